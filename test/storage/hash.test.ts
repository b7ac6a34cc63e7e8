import { describe, expect, it } from 'vitest'
import { digestBytes, digestStreams, StreamHash } from '../../src/storage/hash.ts'
import { bytesOf, streamOf } from '../support/content.ts'

/** FIPS 180-2, appendices B.1 and C.1: the digests of "abc". */
const digests = {
  sha256: 'sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  sha512:
    'sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
}

async function* streams() {
  yield streamOf(bytesOf('a'))
  yield streamOf(bytesOf('bc'))
}

describe('the digest that the standard gives for "abc"', () => {
  for (const algorithm of ['sha256', 'sha512'] as const) {
    it(`is computed of bytes in memory, of pieces and of streams by ${algorithm}`, async () => {
      const expected = digests[algorithm]
      expect(await digestBytes(algorithm, bytesOf('abc'))).toBe(expected)
      const hash = new StreamHash(algorithm)
      await hash.update(bytesOf('ab'))
      await hash.update(bytesOf('c'))
      expect(await hash.digest()).toBe(expected)
      expect(await digestStreams(algorithm, streams())).toBe(expected)
    })
  }
})
