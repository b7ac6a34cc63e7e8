/** Public keys in PEM, as users register them. */
import { sha256Hex } from '../../../src/trust/tuf/keys.ts'

export interface PemKey {
  readonly pem: string
  readonly fingerprint: string
}

export type KeyAlgorithm = 'P-256' | 'P-384' | 'Ed25519' | { readonly rsaBits: number }

export async function aPublicKey(algorithm: KeyAlgorithm = 'P-256'): Promise<PemKey> {
  const pair = await crypto.subtle.generateKey(parametersOf(algorithm), true, ['sign', 'verify'])
  if (!('publicKey' in pair)) throw new Error('a pair of keys has a public one')
  const spki = new Uint8Array((await crypto.subtle.exportKey('spki', pair.publicKey)) as ArrayBuffer)
  return { pem: pemOf(spki), fingerprint: await sha256Hex(spki) }
}

export const pemOf = (der: Uint8Array, label = 'PUBLIC KEY'): string =>
  `-----BEGIN ${label}-----\n${btoa(String.fromCharCode(...der))}\n-----END ${label}-----\n`

function parametersOf(algorithm: KeyAlgorithm): SubtleCryptoGenerateKeyAlgorithm {
  if (algorithm === 'Ed25519') return { name: 'Ed25519' }
  if (typeof algorithm === 'string') return { name: 'ECDSA', namedCurve: algorithm }
  return {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    modulusLength: algorithm.rsaBits,
    publicExponent: Uint8Array.of(1, 0, 1),
  }
}
