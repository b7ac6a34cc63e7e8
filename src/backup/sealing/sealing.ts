/**
 * How the parts of a backup are kept: as they are, or encrypted under the data key of the backup. The exporter, the loader
 * and the commands of operators know no other difference.
 */
import * as z from 'zod'
import { fromHex, toHex } from '../../util/hex.ts'
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
  /** Returns the keys of rows as the manifest has them: those of access tokens are hashes. */
  hideKeys(object: string, keys: PartKeys): Promise<PartKeys>
  /** Returns the keys that `hideKeys` was given. @throws Error as `open` */
  showKeys(object: string, keys: PartKeys): Promise<PartKeys>
}

/** The keys of the first and the last row of a part. */
export interface PartKeys {
  readonly first: string[]
  readonly last: string[]
}

/** Keeps parts as they are, for all backups that have the same rows. */
export const plainSealing: Sealing = {
  isShared: true,
  digestOf: async (lines) => toHex(await crypto.subtle.digest('SHA-256', lines)),
  objectOf: partKey,
  seal: async (_object, compressed) => compressed,
  open: async (_object, stored) => stored,
  hideKeys: async (_object, keys) => keys,
  showKeys: async (_object, keys) => keys,
}

/** AES-GCM's nonce, which stands before what is encrypted. */
const nonceBytes = 12

const encoder = new TextEncoder()

const keysSchema = z.object({ first: z.array(z.string()), last: z.array(z.string()) })

/** Keeps the parts of one backup encrypted. @param id of the backup */
export const sealedUnder = (id: string, key: DataKey): Sealing => ({
  isShared: false,
  digestOf: async (lines) => toHex(await crypto.subtle.sign('HMAC', key.digests, lines)),
  objectOf: (digest) => sealedPartKey(id, digest),
  seal: (object, compressed) => encrypt(key, object, compressed),
  open: (object, stored) => decrypt(key, object, stored),
  async hideKeys(object, { first, last }) {
    const hidden = await encrypt(key, keysOf(object), new Uint8Array(encoder.encode(JSON.stringify({ first, last }))))
    return { first: [toHex(hidden)], last: [] }
  },
  async showKeys(object, { first: [hidden = ''] }) {
    const shown = await decrypt(key, keysOf(object), fromHex(hidden))
    return keysSchema.parse(JSON.parse(new TextDecoder().decode(shown)))
  },
})

/** Returns the place of the keys of a part. */
const keysOf = (object: string): string => `${object} keys`

/** Encrypts bytes and binds them to a place, which names the backup. */
async function encrypt({ parts }: DataKey, place: string, bytes: Bytes): Promise<Bytes> {
  const iv = crypto.getRandomValues(new Uint8Array(nonceBytes))
  const additionalData = encoder.encode(place)
  const encrypted = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData }, parts, bytes)
  const stored = new Uint8Array(nonceBytes + encrypted.byteLength)
  stored.set(iv)
  stored.set(new Uint8Array(encrypted), nonceBytes)
  return stored
}

async function decrypt({ parts }: DataKey, place: string, stored: Bytes): Promise<Bytes> {
  const iv = stored.subarray(0, nonceBytes)
  const additionalData = encoder.encode(place)
  const encrypted = stored.subarray(nonceBytes)
  try {
    return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv, additionalData }, parts, encrypted))
  } catch (cause) {
    throw new Error(
      `the object ${place} does not open with the data key: it was changed, or belongs to another backup`,
      {
        cause,
      },
    )
  }
}
