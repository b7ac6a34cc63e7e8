/**
 * Signs images as cosign does, with real keys: the manifests and blobs that a client would push. What a test wants to be
 * wrong it changes in the parts before they are put together.
 */
import { toDSSEBundle, toMessageSignatureBundle, bundleToJSON } from '@sigstore/bundle'
import { dsse } from '@sigstore/core'
import { Buffer } from 'node:buffer'
import { trustedKey } from '../../../src/trust/signatures/keys.ts'
import type { TrustedKey } from '../../../src/trust/signatures/types.ts'
import { bytesOf, digestOf, json } from '../../support/content.ts'

export type Bytes = Uint8Array<ArrayBuffer>

/** What a client pushes: a manifest, and the blobs that it names. */
export interface PushedSignature {
  readonly manifest: Bytes
  readonly blobs: readonly Bytes[]
  /** Under which it is pushed; undefined for a referrer. */
  readonly tag: string | undefined
}

export interface SigningKey {
  readonly trusted: TrustedKey
  /** As cosign writes signatures: those of ECDSA in DER. */
  readonly sign: (message: Uint8Array) => Promise<Bytes>
}

export type KeyKind = 'ECDSA' | 'Ed25519'

export async function aSigningKey(kind: KeyKind = 'ECDSA'): Promise<SigningKey> {
  const algorithm = kind === 'ECDSA' ? { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } : { name: 'Ed25519' }
  const pair = (await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as CryptoKeyPair
  const spki = (await crypto.subtle.exportKey('spki', pair.publicKey)) as ArrayBuffer
  return {
    trusted: await trustedKey(new Uint8Array(spki)),
    async sign(message) {
      const signature = new Uint8Array(await crypto.subtle.sign(algorithm, pair.privateKey, message))
      return kind === 'ECDSA' ? inDer(signature) : signature
    },
  }
}

/** Writes the two numbers of an ECDSA signature as Go does: SEQUENCE { INTEGER, INTEGER }. */
export function inDer(signature: Uint8Array): Bytes {
  const half = signature.length / 2
  const numbers = [signature.subarray(0, half), signature.subarray(half)].flatMap(integerOf)
  return Uint8Array.from([0x30, numbers.length, ...numbers])
}

function integerOf(number: Uint8Array): number[] {
  const start = number.findIndex((byte) => byte !== 0)
  const digits = number.subarray(start < 0 ? number.length - 1 : start)
  const sign = (digits[0] ?? 0) >= 0x80 ? [0] : []
  return [0x02, sign.length + digits.length, ...sign, ...digits]
}

/** What cosign 2 signs. */
export const simplePayload = (digest: string, changes: object = {}): Bytes =>
  json({
    critical: {
      identity: { 'docker-reference': 'registry.example/acme/app' },
      image: { 'docker-manifest-digest': digest },
      type: 'cosign container image signature',
      ...changes,
    },
    optional: null,
  })

export interface SimpleLayer {
  readonly payload: Bytes
  readonly annotations: Readonly<Record<string, string>>
}

/** A layer of a `.sig` manifest. */
export async function simpleLayer(key: SigningKey, payload: Bytes): Promise<SimpleLayer> {
  return { payload, annotations: { [signatureAnnotation]: (await key.sign(payload)).toBase64() } }
}

export const signatureAnnotation = 'dev.cosignproject.cosign/signature'
export const simpleSigningType = 'application/vnd.dev.cosign.simplesigning.v1+json'

/** What `cosign sign` of version 2 pushes under the tag of the image's digest. */
export async function simpleSigning(digest: string, layers: readonly SimpleLayer[]): Promise<PushedSignature> {
  const config = json({ architecture: '', os: '' })
  const manifest = json({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: await descriptorOf('application/vnd.oci.image.config.v1+json', config),
    layers: await Promise.all(
      layers.map(async ({ payload, annotations }) => ({
        ...(await descriptorOf(simpleSigningType, payload)),
        annotations,
      })),
    ),
  })
  return { manifest, blobs: [config, ...layers.map(({ payload }) => payload)], tag: `${digest.replace(':', '-')}.sig` }
}

/** Signs an image as `cosign sign --key` of version 2 does. */
export const signedSimply = async (key: SigningKey, digest: string): Promise<PushedSignature> =>
  simpleSigning(digest, [await simpleLayer(key, simplePayload(digest))])

export const inTotoType = 'application/vnd.in-toto+json'

/** What cosign 3 signs. */
export const signStatement = (digest: string, changes: object = {}): Bytes => {
  const [algorithm = '', hex = ''] = digest.split(':')
  return json({
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ digest: { [algorithm]: hex }, annotations: {} }],
    predicateType: 'https://sigstore.dev/cosign/sign/v1',
    predicate: {},
    ...changes,
  })
}

/** The JSON of a bundle with a DSSE envelope. */
export async function dsseBundle(key: SigningKey, statement: Bytes, payloadType = inTotoType): Promise<object> {
  const signature = Buffer.from(await key.sign(dsse.preAuthEncoding(payloadType, Buffer.from(statement))))
  const options = { artifact: Buffer.from(statement), artifactType: payloadType, signature, keyHint: hintOf(key) }
  return bundleToJSON(toDSSEBundle(options))
}

/** The JSON of a bundle whose signature is one of the manifest's bytes. */
export async function messageBundle(key: SigningKey, message: Bytes): Promise<object> {
  const digest = Buffer.from(await crypto.subtle.digest('SHA-256', message))
  const signature = Buffer.from(await key.sign(message))
  return bundleToJSON(toMessageSignatureBundle({ digest, signature, keyHint: hintOf(key) }))
}

/** cosign's hint is the hash of the key, in base64. */
const hintOf = ({ trusted }: SigningKey): string => Uint8Array.fromHex(trusted.fingerprint).toBase64()

export const bundleType = 'application/vnd.dev.sigstore.bundle.v0.3+json'

/** What `cosign sign` of version 3 pushes: a referrer with the bundle as its layer. */
export const bundleReferrer = (subject: object, bundle: object): Promise<PushedSignature> =>
  aReferrer(subject, bundleType, bundleType, json(bundle), {
    'dev.sigstore.bundle.content': 'dsse-envelope',
    'dev.sigstore.bundle.predicateType': 'https://sigstore.dev/cosign/sign/v1',
  })

/** Signs an image as `cosign sign --key` of version 3 does. @param subject the descriptor of the image */
export const signedWithBundle = async (
  key: SigningKey,
  subject: { readonly digest: string },
): Promise<PushedSignature> => bundleReferrer(subject, await dsseBundle(key, signStatement(subject.digest)))

/** A referrer of one layer and an empty config. */
export async function aReferrer(
  subject: object,
  artifactType: string,
  layerType: string,
  layer: Bytes,
  annotations: object = {},
): Promise<PushedSignature> {
  const config = bytesOf('{}')
  const manifest = json({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    artifactType,
    config: await descriptorOf('application/vnd.oci.empty.v1+json', config),
    layers: [await descriptorOf(layerType, layer)],
    subject,
    annotations,
  })
  return { manifest, blobs: [config, layer], tag: undefined }
}

export const descriptorOf = async (mediaType: string, content: Bytes) => ({
  mediaType,
  digest: await digestOf(content),
  size: content.length,
})
