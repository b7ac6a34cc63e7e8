/**
 * The data key of a backup: 32 random bytes, from which a key is derived for each use (HKDF, RFC 5869). Written as 64
 * hexadecimal digits. Only WebCrypto is used, so the commands of operators open backups with the same code.
 */
import { fromHex, toHex } from '../../util/hex.ts'

export type Bytes = Uint8Array<ArrayBuffer>

const keyBytes = 32
const encoder = new TextEncoder()

export const dataKeyText = /^[0-9a-f]{64}$/

/** As the Worker and Node both know it. */
type Key = Awaited<ReturnType<typeof crypto.subtle.importKey>>

/** A data key, ready for use. */
export interface DataKey {
  /** Encrypts the parts. */
  readonly parts: Key
  /** Makes names of parts, which tell nothing about the lines, and proves that a manifest is unchanged. */
  readonly digests: Key
  /** Names the data key, and tells nothing about it. */
  readonly name: string
}

/** Makes the text of a data key. */
export const makeDataKey = (): string => toHex(crypto.getRandomValues(new Uint8Array(keyBytes)))

/** Derives the keys of a data key. @throws TypeError for a text that is none */
export async function dataKeyOf(text: string): Promise<DataKey> {
  // The text is a secret, so the error does not have it.
  if (!dataKeyText.test(text)) throw new TypeError('this is no data key of a backup: it has 64 hexadecimal digits')
  const bytes = fromHex(text)
  const material = await crypto.subtle.importKey('raw', bytes, 'HKDF', false, ['deriveKey', 'deriveBits'])
  const hmac = { name: 'HMAC', hash: 'SHA-256', length: 256 }
  return {
    parts: await crypto.subtle.deriveKey(hkdf('parts'), material, { name: 'AES-GCM', length: 256 }, false, [
      'encrypt',
      'decrypt',
    ]),
    digests: await crypto.subtle.deriveKey(hkdf('digests'), material, hmac, false, ['sign']),
    name: toHex(await crypto.subtle.deriveBits(hkdf('name'), material, 128)),
  }
}

const hkdf = (use: string) => ({
  name: 'HKDF',
  hash: 'SHA-256',
  salt: encoder.encode('breakwater backup'),
  info: encoder.encode(use),
})
