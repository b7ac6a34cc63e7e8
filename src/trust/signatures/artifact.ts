/**
 * Recognizes signatures by what a registry stores of them, and says which contents are needed to check them:
 *
 * - cosign 2: a manifest with the tag `sha256-<hex>.sig` (or a subject), with a layer for each signature;
 * - cosign 3: a referrer whose layer is a sigstore bundle;
 * - notation: a referrer whose layer is an envelope, in JWS or COSE.
 */
import * as z from 'zod'
import {
  largestSignatureBytes,
  largestSignedPayloadBytes,
  manifestJson,
  mostSignaturesOfArtifact,
} from '../../limits.ts'
import { isDigest } from '../../names.ts'
import { parseJson } from '../../util/json.ts'
import { shaped } from './reading.ts'
import { SignatureRefused, type Refusal } from './types.ts'

export type SignatureArtifact = SimpleSigningArtifact | BundleArtifact | NotationArtifact

interface Artifact {
  /** The digest of the image that is said to be signed. */
  readonly subject: string
  /** To be given to factsOf, by digest. */
  readonly needs: readonly Need[]
}

export interface Need {
  readonly digest: string
  /** A manifest is needed where it is signed itself. */
  readonly from: 'blobs' | 'manifests'
  /** More is of no use. */
  readonly largestBytes: number
}

export interface SimpleSigningArtifact extends Artifact {
  readonly form: 'simple-signing'
  readonly signatures: readonly SimpleSignature[]
  /** How many signatures are over the bound. */
  readonly leftOut: number
}

/** A layer of a `.sig` manifest, by the annotations of cosign. */
export interface SimpleSignature {
  /** The digest of what is signed. */
  readonly payload: string
  /** In base64. */
  readonly signature: string
  /** In PEM. */
  readonly certificate: string | undefined
  /** JSON of the entry in the transparency log. */
  readonly logEntry: string | undefined
  /** JSON of the time stamp. */
  readonly timestamp: string | undefined
}

export interface BundleArtifact extends Artifact {
  readonly form: 'bundle'
  readonly bundle: string
}

export interface NotationArtifact extends Artifact {
  readonly form: 'jws' | 'cose'
  readonly envelope: string
}

export type Recognized = { readonly artifact: SignatureArtifact } | { readonly refusal: Refusal }

const simpleSigning = 'application/vnd.dev.cosign.simplesigning.v1+json'
/** Tells whether a type is that of bundles: clients look for the prefix alone, and the bundle itself names its version. */
const isBundle = (type: string): boolean => type.startsWith('application/vnd.dev.sigstore.bundle')
const notation = 'application/vnd.cncf.notary.signature'
const envelopes: ReadonlyMap<string, 'jws' | 'cose'> = new Map([
  ['application/jose+json', 'jws'],
  ['application/cose', 'cose'],
])

/** The tag of cosign 2 names the image by its digest. */
const signatureTag = /^(sha256|sha512)-([0-9a-f]+)\.sig$/

const manifest = z.object({
  artifactType: z.string().optional(),
  config: z.object({ mediaType: z.string() }).optional(),
  layers: z.array(z.unknown()),
  subject: z.object({ digest: z.string() }).nullish(),
})
const layer = z.object({
  mediaType: z.string(),
  digest: z.string().refine(isDigest),
  size: z.int().min(0),
  annotations: z.record(z.string(), z.string()).nullish(),
})
type Layer = z.infer<typeof layer>

/**
 * Recognizes a signature.
 *
 * @param stored the bytes of a manifest, as the registry accepted them
 * @param tag that it has, if any
 * @returns undefined if it is no signature, and a refusal if it is one that cannot be checked
 */
export function recognizeSignature(stored: Uint8Array, tag: string | undefined): Recognized | undefined {
  const read = readManifest(stored)
  if (read === undefined) return undefined
  try {
    const artifact = artifactOf(read, tag)
    return artifact && { artifact }
  } catch (error) {
    if (!(error instanceof SignatureRefused)) throw error
    return { refusal: { reason: error.reason, sentence: error.message } }
  }
}

type Manifest = z.infer<typeof manifest>

/** Reads a manifest with layers; an index, or what is no manifest, is no signature. */
function readManifest(stored: Uint8Array): Manifest | undefined {
  const parsed = parseJson(new TextDecoder().decode(stored), manifestJson)
  return 'refused' in parsed ? undefined : manifest.safeParse(parsed.value).data
}

function artifactOf(read: Manifest, tag: string | undefined): SignatureArtifact | undefined {
  const type = read.artifactType ?? read.config?.mediaType ?? ''
  if (type === notation) return notationArtifact(read)
  if (isBundle(type)) return bundleArtifact(read)
  return isSimpleSigning(read) ? simpleSigningArtifact(read, tag) : undefined
}

const isSimpleSigning = ({ layers: [first] }: Manifest): boolean =>
  layer.safeParse(first).data?.mediaType === simpleSigning

function simpleSigningArtifact(read: Manifest, tag: string | undefined): SimpleSigningArtifact {
  const layers = read.layers.slice(0, mostSignaturesOfArtifact).map((one) => shaped(layer, one, 'a layer'))
  const signatures = layers.filter(({ mediaType }) => mediaType === simpleSigning).map(simpleSignature)
  return {
    form: 'simple-signing',
    subject: subjectOfTag(tag) ?? subjectOf(read),
    signatures,
    leftOut: Math.max(0, read.layers.length - mostSignaturesOfArtifact),
    needs: [...new Set(signatures.map(({ payload }) => payload))].map((digest) => ({
      digest,
      from: 'blobs',
      largestBytes: largestSignedPayloadBytes,
    })),
  }
}

/** Reads the annotations of cosign 2. Without a signature among them the signature is empty, and is refused as malformed. */
const simpleSignature = ({ digest, annotations }: Layer): SimpleSignature => ({
  payload: digest,
  signature: annotations?.['dev.cosignproject.cosign/signature'] ?? '',
  certificate: annotations?.['dev.sigstore.cosign/certificate'],
  logEntry: annotations?.['dev.sigstore.cosign/bundle'],
  timestamp: annotations?.['dev.sigstore.cosign/rfc3161timestamp'],
})

function subjectOfTag(tag: string | undefined): string | undefined {
  const [, algorithm, hex] = signatureTag.exec(tag ?? '') ?? []
  const digest = `${algorithm}:${hex}`
  return isDigest(digest) ? digest : undefined
}

function bundleArtifact(read: Manifest): BundleArtifact {
  const { digest } = onlyLayer(read, ({ mediaType }) => isBundle(mediaType))
  const subject = subjectOf(read)
  return {
    form: 'bundle',
    subject,
    bundle: digest,
    needs: [
      { digest, from: 'blobs', largestBytes: largestSignatureBytes },
      // A message signature is one of the manifest's bytes.
      { digest: subject, from: 'manifests', largestBytes: Infinity },
    ],
  }
}

function notationArtifact(read: Manifest): NotationArtifact {
  const { digest, mediaType } = onlyLayer(read, (one) => envelopes.has(one.mediaType))
  return {
    form: envelopes.get(mediaType) ?? 'jws',
    subject: subjectOf(read),
    envelope: digest,
    needs: [{ digest, from: 'blobs', largestBytes: largestSignatureBytes }],
  }
}

function onlyLayer({ layers }: Manifest, fits: (one: Layer) => boolean): Layer {
  const [first, ...others] = layers
  if (others.length > 0) {
    throw new SignatureRefused('too-many', 'the artifact has more than one layer: push each signature by itself')
  }
  const only = shaped(layer, first, 'the layer')
  if (!fits(only)) {
    throw new SignatureRefused('unsupported', `the layer is of type ${only.mediaType}: sign with a current client`)
  }
  return only
}

function subjectOf({ subject }: Manifest): string {
  if (subject && isDigest(subject.digest)) return subject.digest
  throw new SignatureRefused('malformed', 'the artifact has no subject: sign with a client that knows referrers')
}
