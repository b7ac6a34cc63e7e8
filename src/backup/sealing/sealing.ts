/**
 * How the parts of a backup are kept: as they are, or encrypted under the data key of the backup. The exporter, the loader
 * and the commands of operators know no other difference.
 */
import { toHex } from '../../util/hex.ts'
import { partKey, sealedPartKey } from '../keys.ts'
import type { Bytes, DataKey } from './data-key.ts'

export interface Sealing {
  /**
   * Digests the lines of a part, as its `sha256` in the manifest: SHA-256, or for an encrypted backup HMAC-SHA-256 under a
   * key of its own, as a hash would let anyone find short lines by trying.
   */
  digestOf(lines: Bytes): Promise<string>
  /** Parts belong to all backups that have the same rows. */
  readonly isShared: boolean
  /** The manifest may tell keys of rows: those of access tokens are hashes. */
  readonly tellsKeys: boolean
  /** Returns the key of the object of a part. @param digest of its lines */
  objectOf(digest: string): string
  /** Makes what is stored under a key of the bucket. */
  seal(object: string, compressed: Bytes): Promise<Bytes>
  /**
   * Opens what is stored under a key of the bucket: returns the bytes that `seal` was given, which are gzip.
   *
   * @throws Error when they were changed, or belong to another place
   */
  open(object: string, stored: Bytes): Promise<Bytes>
}

/** Keeps parts as they are, for all backups that have the same rows. */
export const plainSealing: Sealing = {
  isShared: true,
  tellsKeys: true,
  digestOf: async (lines) => toHex(await crypto.subtle.digest('SHA-256', lines)),
  objectOf: partKey,
  seal: async (_object, compressed) => compressed,
  open: async (_object, stored) => stored,
}

/** AES-GCM's nonce, which stands before what is encrypted. */
const nonceBytes = 12

const encoder = new TextEncoder()

/** Keeps the parts of one backup encrypted. @param id of the backup */
export const sealedUnder = (id: string, key: DataKey): Sealing => ({
  isShared: false,
  tellsKeys: false,
  digestOf: async (lines) => toHex(await crypto.subtle.sign('HMAC', key.digests, lines)),
  objectOf: (digest) => sealedPartKey(id, digest),
  async seal(object, compressed) {
    const iv = crypto.getRandomValues(new Uint8Array(nonceBytes))
    const encrypted = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, ...placeOf(object) }, key.parts, compressed)
    const stored = new Uint8Array(nonceBytes + encrypted.byteLength)
    stored.set(iv)
    stored.set(new Uint8Array(encrypted), nonceBytes)
    return stored
  },
  async open(object, stored) {
    const iv = stored.subarray(0, nonceBytes)
    const encrypted = stored.subarray(nonceBytes)
    try {
      return new Uint8Array(
        await crypto.subtle.decrypt({ name: 'AES-GCM', iv, ...placeOf(object) }, key.parts, encrypted),
      )
    } catch (cause) {
      throw new Error(
        `the object ${object} does not open with the data key: it was changed, or belongs to another backup`,
        {
          cause,
        },
      )
    }
  },
})

/** Binds what is encrypted to the key of its object, which names the backup. */
const placeOf = (object: string) => ({ additionalData: encoder.encode(object) })
