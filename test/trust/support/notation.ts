/** Signs images as notation does, with real keys and certificates. What a test wants to be wrong it changes in the parts. */
import { encode, Tag } from 'cbor2'
import { bytesOf, json } from '../../support/content.ts'
import type { Certified } from './certificates.ts'
import { signingTime } from './certificates.ts'
import { aReferrer, type Bytes, type PushedSignature } from './cosign.ts'

export const notationType = 'application/vnd.cncf.notary.signature'
export type Envelope = 'jws' | 'cose'

const layerTypes = { jws: 'application/jose+json', cose: 'application/cose' }

/** What notation signs. */
export const targetPayload = (digest: string): Bytes =>
  json({ targetArtifact: { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size: 1000 } })

export interface NotationWishes {
  readonly payload?: Bytes
  /** Of the signed attributes; undefined takes one away. */
  readonly attributes?: Readonly<Record<string, unknown>>
  readonly critical?: readonly string[]
  readonly algorithm?: string
  readonly contentType?: string
  readonly certificates?: readonly Uint8Array[]
}

const scheme = 'io.cncf.notary.signingScheme'

/** Times are numbers here: milliseconds since 1970. */
const attributesOf = ({ attributes = {} }: NotationWishes): [string, unknown][] =>
  Object.entries({
    [scheme]: 'notary.x509',
    'io.cncf.notary.signingTime': signingTime,
    ...attributes,
  }).filter(([, value]) => value !== undefined)

/** @param chain the signer first */
export const anEnvelope = (
  form: Envelope,
  chain: readonly [Certified, ...Certified[]],
  digest: string,
  wishes: NotationWishes = {},
): Promise<Bytes> => (form === 'jws' ? aJws : aCose)(chain, digest, wishes)

async function aJws(
  chain: readonly [Certified, ...Certified[]],
  digest: string,
  wishes: NotationWishes,
): Promise<Bytes> {
  const [signer] = chain
  const header = json({
    alg: wishes.algorithm ?? algorithmOf(signer),
    cty: wishes.contentType ?? payloadType,
    ...Object.fromEntries(
      attributesOf(wishes).map(([name, value]) => [
        name,
        typeof value === 'number' ? new Date(value).toISOString().replace('.000Z', 'Z') : value,
      ]),
    ),
    crit: wishes.critical ?? [scheme],
  })
  const body = base64url(wishes.payload ?? targetPayload(digest))
  const signature = await sign(signer, bytesOf(`${base64url(header)}.${body}`))
  const x5c = (wishes.certificates ?? chain.map(({ der }) => der)).map((der) => Uint8Array.from(der).toBase64())
  return json({
    payload: body,
    protected: base64url(header),
    header: { x5c, 'io.cncf.notary.signingAgent': 'notation-go/1.3.0' },
    signature: base64url(signature),
  })
}

async function aCose(
  chain: readonly [Certified, ...Certified[]],
  digest: string,
  wishes: NotationWishes,
): Promise<Bytes> {
  const [signer] = chain
  const header = encode(
    new Map<unknown, unknown>([
      [1, coseAlgorithms[wishes.algorithm ?? algorithmOf(signer)]],
      [2, wishes.critical ?? [scheme]],
      [3, wishes.contentType ?? payloadType],
      ...attributesOf(wishes).map(([name, value]): [string, unknown] => [
        name,
        typeof value === 'number' ? new Tag(1, value / 1000) : value,
      ]),
    ]),
  )
  const payload = wishes.payload ?? targetPayload(digest)
  const signature = await sign(signer, encode(['Signature1', header, new Uint8Array(), payload]))
  const unprotected = new Map<unknown, unknown>([[33, wishes.certificates ?? chain.map(({ der }) => der)]])
  return Uint8Array.from(encode(new Tag(18, [header, unprotected, payload, signature])))
}

const payloadType = 'application/vnd.cncf.notary.payload.v1+json'
const coseAlgorithms: Record<string, number> = { ES256: -7, ES384: -35, ES512: -36, PS256: -37, PS384: -38, PS512: -39 }

const base64url = (bytes: Uint8Array): string =>
  Uint8Array.from(bytes).toBase64({ alphabet: 'base64url', omitPadding: true })

const bits = ({ keys }: Certified): string => {
  const { namedCurve, modulusLength } = keys.publicKey.algorithm as { namedCurve?: string; modulusLength?: number }
  return namedCurve ?? String(modulusLength)
}

const algorithmOf = (signer: Certified): string =>
  ({ 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512', '2048': 'PS256', '3072': 'PS384', '4096': 'PS512' })[
    bits(signer)
  ] ?? 'PS256'

/** With the hash that belongs to the key. */
async function sign(signer: Certified, message: Uint8Array): Promise<Bytes> {
  const hash = `SHA-${algorithmOf(signer).slice(2)}`
  const { privateKey } = signer.keys
  if (privateKey.algorithm.name === 'ECDSA') {
    return new Uint8Array(await crypto.subtle.sign({ name: 'ECDSA', hash }, privateKey, message))
  }
  const pkcs8 = (await crypto.subtle.exportKey('pkcs8', privateKey)) as ArrayBuffer
  const key = await crypto.subtle.importKey('pkcs8', pkcs8, { name: 'RSA-PSS', hash }, false, ['sign'])
  const saltLength = Number(hash.slice(4)) / 8
  return new Uint8Array(await crypto.subtle.sign({ name: 'RSA-PSS', saltLength }, key, message))
}

/** What `notation sign` pushes: a referrer with the envelope as its layer. */
export const notationReferrer = (subject: object, form: Envelope, envelope: Bytes): Promise<PushedSignature> =>
  aReferrer(subject, notationType, layerTypes[form], envelope, { 'io.cncf.notary.x509chain.thumbprint#S256': '[]' })

/** Signs an image as `notation sign` does. @param subject the descriptor of the image */
export const signedWithNotation = async (
  form: Envelope,
  chain: readonly [Certified, ...Certified[]],
  subject: { readonly digest: string },
): Promise<PushedSignature> => notationReferrer(subject, form, await anEnvelope(form, chain, subject.digest))
