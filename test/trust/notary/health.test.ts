/** What the health of the Notary server says of its keys. */
import { expect, it } from 'vitest'
import { toldOfHealth } from '../../../src/trust/notary/health.ts'

const sound = { needPrevious: 0, lost: 0, isOwnLost: false }

it('is well and says nothing while all keys open with the current secret', () => {
  expect(toldOfHealth(sound)).toEqual({ isWell: true, told: {} })
})

it('is well and says how many keys need the previous secret', () => {
  expect(toldOfHealth({ ...sound, needPrevious: 3 })).toEqual({
    isWell: true,
    told: {
      previousSecret: expect.stringMatching(/^3 keys .* need the previous secret: keep REGISTRY_SECRET_PREVIOUS/),
    },
  })
})

it('is not well without a key, and says the rest too', () => {
  expect(toldOfHealth({ needPrevious: 1, lost: 2, isOwnLost: true })).toEqual({
    isWell: false,
    told: {
      keys: expect.stringMatching(/^2 keys .* open with neither secret/),
      registryKey: expect.stringMatching(/own signing key opens with neither secret/),
      previousSecret: expect.stringMatching(/^1 keys /),
    },
  })
})
