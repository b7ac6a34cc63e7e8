/** Pairs of keys that the registry signs with. D1 has the private halves sealed (`auth/sealing.ts`). */
import { reseal, seal, unseal, type Sealed } from '../auth/sealing.ts'
import type { Secrets } from '../variables.ts'
import type { SealedPrivate } from './notary/schema.ts'

/** What every released client of Notary, cosign and notation knows. */
const algorithm = { name: 'ECDSA', namedCurve: 'P-256' } as const
const signing = { name: 'ECDSA', hash: 'SHA-256' } as const

type Bytes = Uint8Array<ArrayBuffer>

/** Signs a message. Signatures are r and s, 32 bytes each. */
export type Sign = (message: BufferSource) => Promise<Bytes>

export interface FreshPair {
  readonly keys: CryptoKeyPair
  /** The DER SubjectPublicKeyInfo. */
  readonly spki: Bytes
  readonly pkcs8: Bytes
}

export async function makePair(): Promise<FreshPair> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  if (!('privateKey' in keys)) throw new TypeError('WebCrypto made no pair of keys')
  return {
    keys,
    spki: await exportBytes('spki', keys.publicKey),
    pkcs8: await exportBytes('pkcs8', keys.privateKey),
  }
}

/** Encrypts a private key under the current secret. @param place what the key is bound to */
export const sealPrivate = async (secrets: Secrets, place: string, pkcs8: Bytes): Promise<SealedPrivate> =>
  rowOf(await seal(secrets, 'trust', place, pkcs8))

/** Opens a private key to sign with. @returns undefined when neither the current nor the previous secret opens it */
export async function openPrivate(secrets: Secrets, place: string, row: SealedPrivate): Promise<Sign | undefined> {
  const pkcs8 = await unseal(secrets, 'trust', place, sealedOf(row))
  if (pkcs8 === undefined) return undefined
  const imported = await crypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign'])
  return async (message) => new Uint8Array(await crypto.subtle.sign(signing, imported, message))
}

/** Encrypts a private key again, under the current secret. @returns undefined when neither secret opens it */
export async function resealPrivate(
  secrets: Secrets,
  place: string,
  row: SealedPrivate,
): Promise<SealedPrivate | undefined> {
  const fresh = await reseal(secrets, 'trust', place, sealedOf(row))
  return fresh && rowOf(fresh)
}

/** Binds a private key to another place. @returns undefined when neither secret opens it */
export async function movePrivate(
  secrets: Secrets,
  { from, to }: { readonly from: string; readonly to: string },
  row: SealedPrivate,
): Promise<SealedPrivate | undefined> {
  const pkcs8 = await unseal(secrets, 'trust', from, sealedOf(row))
  return pkcs8 && sealPrivate(secrets, to, pkcs8)
}

const rowOf = ({ sealed, sealedWith }: Sealed): SealedPrivate => ({ sealedPrivate: sealed, sealedWith })
const sealedOf = ({ sealedPrivate, sealedWith }: SealedPrivate): Sealed => ({ sealed: sealedPrivate, sealedWith })

async function exportBytes(format: 'spki' | 'pkcs8', key: CryptoKey): Promise<Bytes> {
  const exported = await crypto.subtle.exportKey(format, key)
  if (!(exported instanceof ArrayBuffer)) throw new TypeError(`WebCrypto exported no bytes of ${format}`)
  return new Uint8Array(exported)
}
