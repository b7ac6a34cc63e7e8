/** Keys as all kinds of signatures know them: the same key has the same fingerprint. */
import { toHex } from '../../util/hex.ts'
import type { TrustedKey } from './types.ts'

/** Names a public key by the SHA-256 of its SubjectPublicKeyInfo. */
export const fingerprintOf = async (spki: Uint8Array<ArrayBuffer>): Promise<string> =>
  toHex(await crypto.subtle.digest('SHA-256', spki))

/** Makes a key to check against of its SubjectPublicKeyInfo in DER. */
export const trustedKey = async (spki: Uint8Array<ArrayBuffer>): Promise<TrustedKey> => ({
  fingerprint: await fingerprintOf(spki),
  spki,
})

/** Says whether cosign signs with such a key here: ECDSA on P-256, or Ed25519. */
export const isForCosign = ({ spki }: TrustedKey): boolean =>
  [p256, ed25519].some(({ prefix, length }) => spki.length === length && prefix.every((byte, at) => spki[at] === byte))

/** RFC 5480: SEQUENCE { SEQUENCE { id-ecPublicKey, secp256r1 }, BIT STRING }, of a point that is not compressed. */
const p256 = { prefix: Uint8Array.fromHex('3059301306072a8648ce3d020106082a8648ce3d03010703420004'), length: 91 }
/** RFC 8410: SEQUENCE { SEQUENCE { id-Ed25519 }, BIT STRING }. */
const ed25519 = { prefix: Uint8Array.fromHex('302a300506032b6570032100'), length: 44 }
