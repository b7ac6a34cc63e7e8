import { describe, expect, test } from 'vitest'
import { reseal, sealText, unsealText } from '../../src/auth/sealing.ts'

const old = { current: 'a'.repeat(32), previous: undefined }
const rotated = { current: 'b'.repeat(32), previous: old.current }
const fresh = { current: rotated.current, previous: undefined }

describe('a sealed secret', () => {
  test('opens at its place alone', async () => {
    const sealed = await sealText(old, 'identity', 'here', 'secret')
    expect(await unsealText(old, 'identity', 'here', sealed)).toBe('secret')
    expect(await unsealText(old, 'identity', 'there', sealed)).toBeUndefined()
    expect(await unsealText(old, 'trust', 'here', sealed)).toBeUndefined()
  })

  test('does not open after a change of it', async () => {
    const { sealed, sealedWith } = await sealText(old, 'identity', 'here', 'secret')
    const changed = (sealed.startsWith('A') ? 'B' : 'A') + sealed.slice(1)
    expect(await unsealText(old, 'identity', 'here', { sealed: changed, sealedWith })).toBeUndefined()
    expect(await unsealText(old, 'identity', 'here', { sealed: '!', sealedWith })).toBeUndefined()
  })

  test('opens by the previous secret of the registry, and is sealed again under the current one', async () => {
    const sealed = await sealText(old, 'identity', 'here', 'secret')
    expect(await unsealText(rotated, 'identity', 'here', sealed)).toBe('secret')
    expect(await unsealText(fresh, 'identity', 'here', sealed)).toBeUndefined()
    const again = await reseal(rotated, 'identity', 'here', sealed)
    if (again === undefined) throw new Error('it did not open')
    expect(await unsealText(fresh, 'identity', 'here', again)).toBe('secret')
    expect(await reseal(fresh, 'identity', 'here', sealed)).toBeUndefined()
  })
})
