/** The envelope of every document: what is signed, by which signatures, and the exact bytes, which are stored and hashed. */
import { largestTrustDocumentBytes, mostSignaturesOfTrustDocument } from '../../limits.ts'
import { knownKeys } from '../../util/json.ts'
import { canonicalJson, readJson } from './canonical-json.ts'
import { readBytes, readInteger, readList, readStruct, readText } from './fields.ts'
import { InvalidMetadata, OverLimit } from './invalid-metadata.ts'
import type { Signature } from './keys.ts'
import { readTime, zeroTime, type ExpiryTime } from './times.ts'

export interface Envelope {
  /** As they were sent, white space and all. */
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly type: string
  readonly version: number
  readonly expires: ExpiryTime
  /** What the signatures cover, in canonical form. Undefined when the document has no such part. */
  readonly signed: unknown
  readonly signatures: readonly Signature[]
}

const envelopeKeys = knownKeys('signed', 'signatures')
const commonKeys = knownKeys('_type', 'version', 'expires')
const signatureKeys = knownKeys('keyid', 'method', 'sig')

/**
 * Reads what all documents have in common.
 *
 * @throws InvalidMetadata for what Go cannot decode
 * @throws OverLimit
 */
export function readEnvelope(bytes: Uint8Array<ArrayBuffer>): Envelope {
  if (bytes.length > largestTrustDocumentBytes) {
    throw new OverLimit(`it has ${bytes.length} bytes, and at most ${largestTrustDocumentBytes} are taken`)
  }
  const document = readStruct(readJson(bytes), 'the document', envelopeKeys)
  const common = readStruct(document['signed'], 'signed', commonKeys)
  return {
    bytes,
    type: readText(common['_type'], '_type'),
    version: readInteger(common['version'], 'version'),
    expires: readExpiry(common['expires']),
    signed: document['signed'] ?? undefined,
    signatures: readSignatures(document['signatures']),
  }
}

/**
 * Writes a document of our own as clients write theirs: what is signed in canonical form, in which characters that JSON or
 * HTML does not take as they are get escaped.
 */
export function writeEnvelope(signed: string, signatures: readonly object[]): Uint8Array<ArrayBuffer> {
  // oxlint-disable-next-line no-control-regex -- canonical JSON has control characters as they are
  const written = signed.replaceAll(/[\u0000-\u001F<>&\u2028\u2029]/g, escapeCharacter)
  return utf8(`{"signed":${written},"signatures":${JSON.stringify(signatures)}}`)
}

const escapeCharacter = (character: string): string =>
  String.raw`\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

/**
 * Returns the message that the signatures cover.
 *
 * @throws InvalidMetadata where there is none, and for numbers that have no exact integer
 */
export function signedMessage({ signed }: Envelope): Uint8Array<ArrayBuffer> {
  if (signed === undefined) throw new InvalidMetadata('the document has no part that is signed')
  return utf8(canonicalJson(signed))
}

/** Encodes a text. */
export const utf8 = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(new TextEncoder().encode(text))

function readExpiry(value: unknown): ExpiryTime {
  if (value === undefined || value === null) return zeroTime
  const time = readTime(readText(value, 'expires'))
  if (time === undefined) throw new InvalidMetadata('json: expires is not a time of RFC 3339')
  return time
}

function readSignatures(value: unknown): readonly Signature[] {
  const list = readList(value, 'signatures')
  if (list.length > mostSignaturesOfTrustDocument) {
    throw new OverLimit(`it has ${list.length} signatures, and at most ${mostSignaturesOfTrustDocument} are taken`)
  }
  return list.map((item) => {
    const fields = readStruct(item, 'a signature', signatureKeys)
    return {
      keyId: readText(fields['keyid'], 'keyid'),
      method: readText(fields['method'], 'method').toLowerCase(),
      bytes: readBytes(fields['sig'], 'sig'),
    }
  })
}
