/**
 * Writes a signature as `cosign sign --key` of version 3 does without a transparency log: a sigstore bundle (v0.3) with an
 * in-toto statement in a DSSE envelope, which says no more than that the image is signed.
 */
import { algorithmOf } from '../../names.ts'
import { toBase64 } from '../tuf/base64.ts'
import { utf8, writeReferrer, type Bytes, type Referrer, type Signed, type Subject } from './referrer.ts'

const bundleType = 'application/vnd.dev.sigstore.bundle.v0.3+json'
const payloadType = 'application/vnd.in-toto+json'
const predicateType = 'https://sigstore.dev/cosign/sign/v1'

const statementOf = ({ digest }: Subject): Bytes => {
  const algorithm = algorithmOf(digest)
  return utf8(
    JSON.stringify({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ digest: { [algorithm]: digest.slice(algorithm.length + 1) } }],
      predicateType,
      predicate: {},
    }),
  )
}

/** Returns what is signed: the pre-authentication encoding of DSSE. */
export function bundleMessage(subject: Subject): Bytes {
  const statement = statementOf(subject)
  const head = utf8(`DSSEv1 ${payloadType.length} ${payloadType} ${statement.length} `)
  return Uint8Array.from([...head, ...statement])
}

/** Writes the bundle. @param fingerprint of the key; cosign hints at it by its bytes in base64 */
export async function writeBundle(
  subject: Subject,
  { signedAt, signature }: Signed,
  fingerprint: string,
): Promise<Referrer> {
  const bundle = {
    mediaType: bundleType,
    verificationMaterial: { publicKey: { hint: Uint8Array.fromHex(fingerprint).toBase64() } },
    dsseEnvelope: {
      payload: toBase64(statementOf(subject)),
      payloadType,
      signatures: [{ sig: toBase64(inDer(signature)) }],
    },
  }
  return writeReferrer(subject, {
    artifactType: bundleType,
    configType: 'application/vnd.oci.empty.v1+json',
    layer: { mediaType: bundleType, bytes: utf8(JSON.stringify(bundle)) },
    annotations: { 'dev.sigstore.bundle.content': 'dsse-envelope', 'dev.sigstore.bundle.predicateType': predicateType },
    signedAt,
  })
}

/** Writes r and s as X9.62 does, and so Go: SEQUENCE { INTEGER, INTEGER }. */
function inDer(signature: Bytes): Bytes {
  const half = signature.length / 2
  const numbers = [signature.subarray(0, half), signature.subarray(half)].flatMap(integerOf)
  return Uint8Array.from([0x30, numbers.length, ...numbers])
}

/** Writes a positive number without leading zeros, but for one before a digit that would mean a negative one. */
function integerOf(number: Uint8Array): number[] {
  const first = number.findIndex((byte) => byte !== 0)
  const digits = number.subarray(first < 0 ? number.length - 1 : first)
  const zero = (digits[0] ?? 0) >= 0x80 ? [0] : []
  return [0x02, zero.length + digits.length, ...zero, ...digits]
}
