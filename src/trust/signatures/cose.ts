/** Reads the COSE envelope of notation: COSE_Sign1 of RFC 9052, tagged. */
import type { Tag } from 'cbor2'
import { largestSignedPayloadBytes, signatureJson } from '../../limits.ts'
import type { SignatureAlgorithm } from './certificates.ts'
import type { NotationEnvelope } from './envelope.ts'
import type { Bytes } from './reading.ts'
import { refusing, SignatureRefused } from './types.ts'
import { lazily } from '../../util/lazy.ts'

const loadCbor = lazily(() => import('cbor2'))

/** RFC 9052 sections 3.1 and 4.2, RFC 9360. */
const signOne = 18
const algorithmLabel = 1
const criticalLabel = 2
const contentTypeLabel = 3
const chainLabel = 33
/** RFC 8949 section 3.4.2. */
const epochTime = 1

/** RFC 9053 section 2.1, RFC 8230 section 2. */
const algorithms: ReadonlyMap<unknown, SignatureAlgorithm> = new Map([
  [-7, 'ES256'],
  [-35, 'ES384'],
  [-36, 'ES512'],
  [-37, 'PS256'],
  [-38, 'PS384'],
  [-39, 'PS512'],
])

const parameters = {
  PS256: { name: 'RSA-PSS', saltLength: 32 },
  PS384: { name: 'RSA-PSS', saltLength: 48 },
  PS512: { name: 'RSA-PSS', saltLength: 64 },
  ES256: { name: 'ECDSA', hash: 'SHA-256' },
  ES384: { name: 'ECDSA', hash: 'SHA-384' },
  ES512: { name: 'ECDSA', hash: 'SHA-512' },
} as const

/**
 * Reads an envelope.
 *
 * @throws SignatureRefused
 */
export async function readCose(stored: Uint8Array): Promise<NotationEnvelope> {
  const cbor = await loadCbor()
  // Tags are left as they are: the decoders of the library would make dates, numbers and regular expressions of them.
  const options = {
    ignoreGlobalTags: true,
    maxDepth: signatureJson.depth,
    preferMap: true,
    rejectStreaming: true,
  }
  const decode = (bytes: Uint8Array, rejectDuplicateKeys: boolean): Promise<unknown> =>
    refusing('malformed', 'the envelope is not valid CBOR: sign again', () =>
      cbor.decode(bytes, { ...options, rejectDuplicateKeys }),
    )
  const isTag = (value: unknown, tag: number): value is Tag => value instanceof cbor.Tag && value.tag === tag

  const message = await decode(stored, false)
  const parts: unknown = isTag(message, signOne) ? message.contents : undefined
  if (!Array.isArray(parts) || parts.length !== 4) throw malformed()
  const [header, unprotected, payload, signature]: unknown[] = parts
  if (!isBytes(header) || !isMap(unprotected) || !isBytes(payload) || !isBytes(signature)) throw malformed()
  // To look for equal keys takes long in a large map. Only signed ones have to mean the same to all readers.
  if (header.length > largestSignedPayloadBytes) throw malformed()
  const attributes = await decode(header, true)
  if (!isMap(attributes)) throw malformed()
  const critical = attributes.get(criticalLabel)
  if (!Array.isArray(critical)) throw malformed()

  return {
    algorithm: algorithms.get(attributes.get(algorithmLabel)),
    contentType: attributes.get(contentTypeLabel),
    critical,
    attributes: new Map([...attributes].flatMap(([name, value]) => (typeof name === 'string' ? [[name, value]] : []))),
    payload,
    certificates: chainIn(unprotected.get(chainLabel) ?? attributes.get(chainLabel)),
    timeOf: (attribute) =>
      isTag(attribute, epochTime) && typeof attribute.contents === 'number' ? timeOf(attribute.contents) : NaN,
    isSignedWith: (key, algorithm) =>
      crypto.subtle.verify(parameters[algorithm], key, signature, signedBytes(cbor.encode, header, payload)),
  }
}

/** Writes what is signed: the Sig_structure of RFC 9052 section 4.4, without external data. */
const signedBytes = (encode: (value: unknown) => Uint8Array, header: Bytes, payload: Bytes): Bytes =>
  Uint8Array.from(encode(['Signature1', header, new Uint8Array(), payload]))

/** Reads a chain of certificates. RFC 9360: a chain of one may be a byte string by itself. */
function chainIn(chain: unknown): readonly Uint8Array[] {
  const certificates: readonly unknown[] = Array.isArray(chain) ? chain : [chain]
  if (!certificates.every(isBytes)) throw malformed()
  return certificates
}

/** Converts seconds since 1970 to milliseconds. A number that is no date is NaN. */
const timeOf = (seconds: number): number => new Date(seconds * 1000).getTime()

const isBytes = (value: unknown): value is Bytes => value instanceof Uint8Array
const isMap = (value: unknown): value is ReadonlyMap<unknown, unknown> => value instanceof Map

const malformed = (): SignatureRefused =>
  new SignatureRefused('malformed', 'the envelope is not a COSE_Sign1 of notation: sign again')
