/** The hashes by which a snapshot and a timestamp name files. */
import { toHex } from '../../util/hex.ts'
import type { FileMeta } from './documents.ts'
import { InvalidMetadata } from './invalid-metadata.ts'
import type { Role } from './roles.ts'

/**
 * Compares the bytes of a file with each hash that it is named by.
 *
 * @throws InvalidMetadata for a file that has other bytes, or is not named
 */
export async function checkHashes(
  role: Role,
  bytes: Uint8Array<ArrayBuffer>,
  file: FileMeta | undefined,
): Promise<void> {
  const known = ['sha256', 'sha512'].flatMap((algorithm) => {
    const hash = file?.hashes.get(algorithm)
    return hash === undefined ? [] : [{ algorithm, expected: toHex(hash) }]
  })
  if (known.length === 0) throw withoutHash(role)
  for (const { algorithm, expected } of known) {
    const actual = toHex(await crypto.subtle.digest(algorithm.replace('sha', 'SHA-'), bytes))
    if (actual !== expected) {
      throw new InvalidMetadata(`${algorithm} checksum for ${role} did not match: expected ${expected}`)
    }
  }
}

export const withoutHash = (role: string): InvalidMetadata =>
  new InvalidMetadata(`no checksums for supported algorithms were provided for ${role}`)
