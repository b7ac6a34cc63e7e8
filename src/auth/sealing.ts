/**
 * Secrets that the registry itself has to read again: keys that it signs with, passwords by which it logs in elsewhere. D1
 * has them encrypted by AES-GCM under a key derived from the secret of the registry, and bound to their place, so that no
 * row can be copied to another.
 */
import { base64 } from '@scure/base'
import type { Secrets } from '../variables.ts'
import { encryptionKeysFor, type Kept } from './keys.ts'

/** A secret as D1 has it. */
export interface Sealed {
  /** The initialization vector and the ciphertext, in base64. */
  readonly sealed: string
  /** The name of the key that opens it (`EncryptionKey`). */
  readonly sealedWith: string
}

type Bytes = Uint8Array<ArrayBuffer>

const ivBytes = 12
const encoder = new TextEncoder()

/** Encrypts a secret under the current secret of the registry. @param place what the secret is bound to */
export async function seal(secrets: Secrets, kept: Kept, place: string, bytes: Bytes): Promise<Sealed> {
  const { current } = await encryptionKeysFor(secrets, kept)
  const iv = crypto.getRandomValues(new Uint8Array(ivBytes))
  const encrypted = await crypto.subtle.encrypt(parametersFor(iv, place), current.key, bytes)
  return {
    sealed: base64.encode(Uint8Array.from([...iv, ...new Uint8Array(encrypted)])),
    sealedWith: current.name,
  }
}

/** Decrypts a secret. @returns undefined when neither the current nor the previous secret of the registry opens it */
export async function unseal(
  secrets: Secrets,
  kept: Kept,
  place: string,
  { sealed, sealedWith }: Sealed,
): Promise<Bytes | undefined> {
  const { current, previous } = await encryptionKeysFor(secrets, kept)
  const wanted = [current, previous].find((key) => key?.name === sealedWith)
  if (wanted === undefined) return undefined
  try {
    const bytes = Uint8Array.from(base64.decode(sealed))
    const parameters = parametersFor(bytes.slice(0, ivBytes), place)
    return new Uint8Array(await crypto.subtle.decrypt(parameters, wanted.key, bytes.slice(ivBytes)))
  } catch {
    // The row was changed: the secret is of another place, or broken.
    return undefined
  }
}

/** Encrypts a secret again, under the current secret. @returns undefined when neither secret opens it */
export async function reseal(secrets: Secrets, kept: Kept, place: string, old: Sealed): Promise<Sealed | undefined> {
  const bytes = await unseal(secrets, kept, place, old)
  return bytes && seal(secrets, kept, place, bytes)
}

/** Encrypts a text, as `seal`. */
export const sealText = (secrets: Secrets, kept: Kept, place: string, text: string): Promise<Sealed> =>
  seal(secrets, kept, place, Uint8Array.from(encoder.encode(text)))

/** Decrypts a text, as `unseal`. */
export async function unsealText(
  secrets: Secrets,
  kept: Kept,
  place: string,
  sealed: Sealed,
): Promise<string | undefined> {
  const bytes = await unseal(secrets, kept, place, sealed)
  return bytes && new TextDecoder().decode(bytes)
}

const parametersFor = (iv: Bytes, place: string) => ({
  name: 'AES-GCM',
  iv,
  additionalData: encoder.encode(place),
})
