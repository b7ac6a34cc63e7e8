/** The words of signatures: what they prove, what they are checked against, and why they prove nothing. */

/** What follows from a signature: the image with this digest is signed by this signer. */
export interface SignatureFact {
  readonly digest: string
  readonly kind: 'cosign' | 'notation'
  readonly signer: Signer
  /** In milliseconds since 1970, never later than the check. */
  readonly signedAt: number
  /** Who says when: a log or a time stamp authority, the signer, or only this registry, which checked it at that time. */
  readonly timeSource: 'proof' | 'signer' | 'check'
  /** The signer's own end of the signature, in milliseconds since 1970. The fact is none from then on. */
  readonly expiresAt: number | undefined
}

/**
 * Who signed. Each has the fingerprint of the key that made the signature, which a keyless identity has made for this one.
 * A certificate is told with the trust store that vouches for it.
 */
export type Signer =
  | { readonly form: 'key'; readonly fingerprint: string }
  | { readonly form: 'identity'; readonly fingerprint: string; readonly issuer: string; readonly subject: string }
  | { readonly form: 'certificate'; readonly fingerprint: string; readonly store: string; readonly subject: string }

/** What signatures are checked against. Nothing else is trusted. */
export interface SignatureTrust {
  readonly keys: readonly TrustedKey[]
  /** Sigstore's `trusted_root.json`, parsed. Without it there are no keyless identities. */
  readonly trustedRoot?: unknown
  /** The keyless identities that count. Without them all of the trusted root do, and a policy chooses among the facts. */
  readonly identities?: readonly IdentityPattern[]
  readonly stores?: readonly TrustStore[]
}

export interface TrustedKey {
  /** SHA-256 of the SubjectPublicKeyInfo, in hexadecimal digits. */
  readonly fingerprint: string
  /** The SubjectPublicKeyInfo, in DER. */
  readonly spki: Uint8Array<ArrayBuffer>
}

/** A keyless identity is trusted if both match. A `*` stands for any characters, and all else for itself. */
export interface IdentityPattern {
  readonly issuer: string
  readonly subject: string
}

/** As of notation: roots, intermediates or leaves, in DER. A signature's scheme decides which type of store counts. */
export interface TrustStore {
  readonly name: string
  readonly type: 'ca' | 'signingAuthority'
  readonly certificates: readonly Uint8Array<ArrayBuffer>[]
}

/** What the registry stores, by digest: blobs, and the manifest that is signed. */
export type Contents = ReadonlyMap<string, Uint8Array<ArrayBuffer>>

export type RefusalReason =
  /** It cannot be read: JSON, CBOR, DER or base64. */
  | 'malformed'
  /** Over one of the bounds in `limits.ts`. */
  | 'too-large'
  | 'too-many'
  /** A blob that it needs was not given. */
  | 'content-missing'
  /** A form, an algorithm or a critical attribute that is not understood. */
  | 'unsupported'
  /** It says something about the image, and does not sign it. */
  | 'attestation'
  | 'other-digest'
  /** The signature does not fit what it claims to sign, or the key that it claims to be made with. */
  | 'signature-invalid'
  | 'key-unknown'
  | 'identity-unknown'
  /** It is keyless, and no root was given to check it against. */
  | 'root-missing'
  | 'root-unusable'
  /** Its proofs do not hold: certificate, transparency log or time stamp. */
  | 'proof-invalid'
  | 'chain-invalid'
  | 'chain-untrusted'
  | 'certificate-expired'
  | 'certificate-unfit'
  | 'signature-expired'

export interface Refusal {
  readonly reason: RefusalReason
  /** What happened, then what to do. */
  readonly sentence: string
}

/** What factsOf found out about an artifact. It may have facts and refusals: a `.sig` manifest has many signatures. */
export interface Findings {
  readonly facts: readonly SignatureFact[]
  readonly refusals: readonly Refusal[]
}

/** A signature that proves nothing. */
export class SignatureRefused extends Error {
  override readonly name = 'SignatureRefused'
  readonly reason: RefusalReason

  /** Makes a refusal. @param sentence says what happened, then what to do */
  constructor(reason: RefusalReason, sentence: string, options?: ErrorOptions) {
    super(sentence, options)
    this.reason = reason
  }
}

/** Calls what reads or checks the bytes of a stranger, where any error means that they are wrong. */
export async function refusing<Result>(
  reason: RefusalReason,
  sentence: string,
  read: () => Result | Promise<Result>,
): Promise<Result> {
  try {
    return await read()
  } catch (cause) {
    if (cause instanceof SignatureRefused) throw cause
    throw new SignatureRefused(reason, sentence, { cause })
  }
}
