import { expect, it } from 'vitest'
import { toHex } from '../../src/util/hex.ts'

it('a byte is always two hexadecimal digits', () => {
  expect(toHex(Uint8Array.of(0, 9, 16, 171, 255))).toBe('000910abff')
  expect(toHex(Uint8Array.of(1, 2, 3).buffer)).toBe('010203')
  expect(toHex(Uint8Array.of(1, 2, 3).subarray(1))).toBe('0203')
})
