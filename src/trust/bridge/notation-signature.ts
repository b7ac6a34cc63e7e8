/**
 * Writes a signature as notation does: a JWS envelope (RFC 7515, flattened) with the registry's certificate, by the Notary
 * Project's signature specification.
 */
import { sha256Hex } from '../tuf/keys.ts'
import { rfc3339, utf8, writeReferrer, type Bytes, type Referrer, type Signed, type Subject } from './referrer.ts'

const artifactType = 'application/vnd.cncf.notary.signature'
const scheme = 'io.cncf.notary.signingScheme'

const base64url = (bytes: Bytes): string => bytes.toBase64({ alphabet: 'base64url', omitPadding: true })

interface SignedParts {
  readonly protectedHeader: string
  readonly payload: string
}

function signedParts({ mediaType, digest, sizeBytes: size }: Subject, signedAt: number): SignedParts {
  const header = {
    alg: 'ES256',
    crit: [scheme],
    cty: 'application/vnd.cncf.notary.payload.v1+json',
    [scheme]: 'notary.x509',
    'io.cncf.notary.signingTime': rfc3339(signedAt),
  }
  return {
    protectedHeader: base64url(utf8(JSON.stringify(header))),
    payload: base64url(utf8(JSON.stringify({ targetArtifact: { mediaType, digest, size } }))),
  }
}

/** Returns what is signed. */
export function notationMessage(subject: Subject, signedAt: number): Bytes {
  const { protectedHeader, payload } = signedParts(subject, signedAt)
  return utf8(`${protectedHeader}.${payload}`)
}

/** Writes the envelope. @param certificate in DER */
export async function writeNotation(
  subject: Subject,
  { signedAt, signature }: Signed,
  certificate: Bytes,
): Promise<Referrer> {
  const { protectedHeader, payload } = signedParts(subject, signedAt)
  const envelope = {
    payload,
    protected: protectedHeader,
    header: { x5c: [certificate.toBase64()], 'io.cncf.notary.signingAgent': 'breakwater' },
    signature: base64url(signature),
  }
  const thumbprints = JSON.stringify([await sha256Hex(certificate)])
  return writeReferrer(subject, {
    artifactType: undefined,
    configType: artifactType,
    layer: { mediaType: 'application/jose+json', bytes: utf8(JSON.stringify(envelope)) },
    annotations: { 'io.cncf.notary.x509chain.thumbprint#S256': thumbprints },
    signedAt,
  })
}
