import { expect, it } from 'vitest'
import { isIn } from '../../../src/trust/notary/signed-targets.ts'

it('a role is in itself and in those above it, and in none that its name only begins with', () => {
  expect(isIn('targets', 'targets')).toBe(true)
  expect(isIn('targets', 'targets/releases')).toBe(true)
  expect(isIn('targets/a', 'targets/a/b')).toBe(true)
  expect(isIn('targets/a', 'targets/ab')).toBe(false)
  expect(isIn('targets/a/b', 'targets/a')).toBe(false)
})
