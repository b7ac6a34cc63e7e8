/** The one form into which both envelopes of notation are read, JWS and COSE. */
import type { SignatureAlgorithm } from './certificates.ts'
import type { Bytes } from './reading.ts'

/** All but the certificates is signed. */
export interface NotationEnvelope {
  readonly algorithm: unknown
  readonly contentType: unknown
  /** Names of attributes that have to be understood. */
  readonly critical: readonly unknown[]
  /** The further signed attributes, by name. */
  readonly attributes: ReadonlyMap<string, unknown>
  readonly payload: Bytes
  /** In DER, the signer's first. */
  readonly certificates: readonly Uint8Array[]
  /** Reads a time of an attribute, in milliseconds since 1970; NaN if it is none. */
  readonly timeOf: (attribute: unknown) => number
  readonly isSignedWith: (key: CryptoKey, algorithm: SignatureAlgorithm) => Promise<boolean>
}
