/** Signatures as cosign and notation make them: the manifests and blobs that they push. */
// oxlint-disable-next-line import/no-unassigned-import -- the library below expects it to be there
import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import { bundleToJSON, toDSSEBundle } from '@sigstore/bundle'
import { dsse } from '@sigstore/core'
import { encode, Tag } from 'cbor2'
import { constants, generateKeyPairSync, KeyObject, sign } from 'node:crypto'
import { digestOf } from '../../../scripts/client/digest.ts'
import type { Descriptor } from './content.ts'

export type Subject = Descriptor & { readonly mediaType: string }

/** What a client pushes: the blobs, and the manifest that names them. */
export interface SignatureArtifact {
  readonly blobs: readonly Buffer[]
  readonly manifest: Buffer
}

export const types = {
  image: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  simpleSigning: 'application/vnd.dev.cosign.simplesigning.v1+json',
  bundle: 'application/vnd.dev.sigstore.bundle.v0.3+json',
  notation: 'application/vnd.cncf.notary.signature',
} as const

export const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))

const descriptorOf = (mediaType: string, content: Buffer) => ({
  mediaType,
  digest: digestOf(content),
  size: content.length,
})

/** A pair as `cosign generate-key-pair` makes it. */
export interface CosignKey {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  /** What stands in `cosign.pub`. */
  readonly pem: string
}

export function newCosignKey(): CosignKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { privateKey, publicKey, pem: publicKey.export({ type: 'spki', format: 'pem' }).toString() }
}

const signatureAnnotation = 'dev.cosignproject.cosign/signature'

/** What cosign 2 pushes under the tag `sha256-….sig`. @param digest that is signed */
export function cosignSignature({ privateKey }: CosignKey, digest: string): SignatureArtifact {
  const payload = json({
    critical: {
      identity: { 'docker-reference': '' },
      image: { 'docker-manifest-digest': digest },
      type: 'cosign container image signature',
    },
    optional: null,
  })
  const config = json({ architecture: '', os: '', rootfs: { type: 'layers', diff_ids: [digestOf(payload)] } })
  const annotations = { [signatureAnnotation]: sign('sha256', payload, privateKey).toString('base64') }
  const manifest = json({
    schemaVersion: 2,
    mediaType: types.image,
    config: descriptorOf('application/vnd.oci.image.config.v1+json', config),
    layers: [{ ...descriptorOf(types.simpleSigning, payload), annotations }],
  })
  return { blobs: [payload, config], manifest }
}

/** What cosign 3 pushes as a referrer. @param digest that is signed, which is the subject's unless a test wants another */
export function cosignBundle(
  { privateKey, publicKey }: CosignKey,
  subject: Subject,
  digest = subject.digest,
): SignatureArtifact {
  const [algorithm = '', hex = ''] = digest.split(':')
  const payloadType = 'application/vnd.in-toto+json'
  const predicateType = 'https://sigstore.dev/cosign/sign/v1'
  const statement = json({
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ digest: { [algorithm]: hex } }],
    predicateType,
    predicate: {},
  })
  const signature = sign('sha256', dsse.preAuthEncoding(payloadType, statement), privateKey)
  const bundle = toDSSEBundle({
    artifact: statement,
    artifactType: payloadType,
    signature,
    keyHint: hintOf(publicKey),
  })
  const layer = json(bundleToJSON(bundle))
  const title = `${digestOf(layer).replace(':', '-')}.sigstore.json`
  const config = Buffer.from('{}')
  const manifest = json({
    schemaVersion: 2,
    mediaType: types.image,
    config: { ...descriptorOf('application/vnd.oci.empty.v1+json', config), artifactType: types.bundle },
    layers: [{ ...descriptorOf(types.bundle, layer), annotations: { 'org.opencontainers.image.title': title } }],
    subject,
    annotations: {
      'org.opencontainers.image.created': new Date().toISOString(),
      'dev.sigstore.bundle.content': 'dsse-envelope',
      'dev.sigstore.bundle.predicateType': predicateType,
    },
    artifactType: types.bundle,
  })
  return { blobs: [config, layer], manifest }
}

/** The hash of the key, by which a bundle names it. */
const hintOf = (key: KeyObject): string =>
  Buffer.from(digestOf(key.export({ type: 'spki', format: 'der' })).slice('sha256:'.length), 'hex').toString('base64')

/** A key and a certificate as `notation cert generate-test` makes them. */
export interface NotationKey {
  readonly privateKey: KeyObject
  readonly certificate: Buffer
  /** What stands in `localkeys/NAME.crt`. */
  readonly pem: string
}

export async function newNotationKey(): Promise<NotationKey> {
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 2048 }
  const publicExponent = Uint8Array.of(1, 0, 1)
  const keys = await crypto.subtle.generateKey({ ...algorithm, publicExponent }, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=example.com,O=Notary,L=Seattle,ST=WA,C=US',
    keys,
    signingAlgorithm: algorithm,
    notAfter: new Date(Date.now() + 86_400_000),
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.codeSigning]),
    ],
  })
  return {
    privateKey: KeyObject.from(keys.privateKey),
    certificate: Buffer.from(certificate.rawData),
    pem: certificate.toString('pem'),
  }
}

const scheme = 'io.cncf.notary.signingScheme'
const signingTime = 'io.cncf.notary.signingTime'
const payloadType = 'application/vnd.cncf.notary.payload.v1+json'
const agent = { 'io.cncf.notary.signingAgent': 'notation-go/1.3.2' }

/** What notation pushes as a referrer. @param target that is signed, which is the subject unless a test wants another */
export function notationSignature(
  key: NotationKey,
  subject: Subject,
  form: 'jws' | 'cose',
  target = subject,
): SignatureArtifact {
  const payload = json({ targetArtifact: target })
  const layer = form === 'jws' ? jws(key, payload) : cose(key, payload)
  const config = Buffer.from('{}')
  const thumbprint = digestOf(key.certificate).slice('sha256:'.length)
  const manifest = json({
    schemaVersion: 2,
    mediaType: types.image,
    config: descriptorOf(types.notation, config),
    layers: [descriptorOf(form === 'jws' ? 'application/jose+json' : 'application/cose', layer)],
    subject,
    annotations: {
      'io.cncf.notary.x509chain.thumbprint#S256': JSON.stringify([thumbprint]),
      'org.opencontainers.image.created': new Date().toISOString(),
    },
  })
  return { blobs: [layer, config], manifest }
}

function jws(key: NotationKey, payload: Buffer): Buffer {
  const header = json({
    alg: 'PS256',
    cty: payloadType,
    crit: [scheme],
    [scheme]: 'notary.x509',
    [signingTime]: new Date().toISOString().replace(/\.\d+/, ''),
  })
  const [protectedPart, body] = [header.toString('base64url'), payload.toString('base64url')]
  const signature = signPss(key, Buffer.from(`${protectedPart}.${body}`)).toString('base64url')
  const x5c = [key.certificate.toString('base64')]
  return json({ payload: body, protected: protectedPart, header: { x5c, ...agent }, signature })
}

function cose(key: NotationKey, payload: Buffer): Buffer {
  const header = encode(
    new Map<unknown, unknown>([
      [1, -37],
      [2, [scheme]],
      [3, payloadType],
      [scheme, 'notary.x509'],
      [signingTime, new Tag(1, Math.floor(Date.now() / 1000))],
    ]),
  )
  const signature = signPss(key, encode(['Signature1', header, new Uint8Array(), Uint8Array.from(payload)]))
  const unprotected = new Map<unknown, unknown>([[33, [Uint8Array.from(key.certificate)]], ...Object.entries(agent)])
  return Buffer.from(encode(new Tag(18, [header, unprotected, Uint8Array.from(payload), Uint8Array.from(signature)])))
}

const signPss = ({ privateKey: key }: NotationKey, message: Uint8Array): Buffer =>
  sign('sha256', message, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 })
