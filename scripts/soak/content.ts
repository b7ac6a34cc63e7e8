/** The content that clients push: every blob and manifest follows from its name, so any client can recreate it. */
import { createHash } from 'node:crypto'
import { digestOf } from '../client/digest.ts'
import { Random } from '../../test/support/random.ts'

export interface Blob {
  readonly digest: string
  readonly bytes: Buffer<ArrayBuffer>
  /** The number of chunks of its upload: always the same, so that the number of segments can be told. */
  readonly chunks: number
}

/** A manifest of any kind with all it names. */
export interface Artifact {
  readonly digest: string
  readonly mediaType: string
  readonly bytes: Buffer<ArrayBuffer>
  readonly blobs: readonly Blob[]
  readonly children: readonly Artifact[]
  /** The digest of its subject, which need not be there. */
  readonly subject: string | undefined
}

const imageType = 'application/vnd.oci.image.manifest.v1+json'
const indexType = 'application/vnd.oci.image.index.v1+json'
const layerType = 'application/vnd.oci.image.layer.v1.tar+gzip'
const configType = 'application/vnd.oci.image.config.v1+json'

/** Manifests above this are kept in R2, as blobs of no repository. */
export const inlineBytes = 128 * 1024

const smallestLayer = 300
const largestLayer = 40_000

const made = new Map<string, Blob>()

/** Makes a layer of random bytes. @param name the same name gives the same bytes */
export function layer(name: string): Blob {
  const known = made.get(name)
  if (known !== undefined) return known
  const random = new Random(createHash('sha256').update(name).digest().readUInt32LE())
  const bytes = Buffer.alloc(smallestLayer + random.below(largestLayer - smallestLayer))
  for (let at = 0; at + 4 <= bytes.length; at += 4) bytes.writeUInt32LE(random.below(4_294_967_296), at)
  const blob = { digest: digestOf(bytes), bytes, chunks: 1 + (random.isLucky(0.15) ? 1 + random.below(2) : 0) }
  made.set(name, blob)
  return blob
}

export interface ImageOptions {
  /** Makes it differ from others with the same layers. */
  readonly name: string
  readonly layers: readonly Blob[]
  readonly isLarge: boolean
}

export function image({ name, layers, isLarge }: ImageOptions): Artifact {
  const config = jsonBlob({ architecture: 'amd64', os: 'linux', name, rootfs: { type: 'layers', diff_ids: [] } })
  return artifact(imageType, [config, ...layers], [], undefined, {
    config: { mediaType: configType, ...descriptor(config) },
    layers: layers.map((blob) => ({ mediaType: layerType, ...descriptor(blob) })),
    ...(isLarge ? { annotations: { 'org.example.padding': name.padEnd(inlineBytes, 'x') } } : {}),
  })
}

export function index(children: readonly Artifact[], name: string): Artifact {
  return artifact(indexType, [], children, undefined, {
    manifests: children.map(({ mediaType, digest, bytes }) => ({ mediaType, digest, size: bytes.length })),
    annotations: { name },
  })
}

/** Makes a signature of an artifact, which refers to it. */
export function referrer(subject: Artifact, name: string): Artifact {
  const config = jsonBlob({})
  const content = jsonBlob({ signs: subject.digest, name })
  return artifact(imageType, [config, content], [], subject.digest, {
    artifactType: 'application/vnd.example.signature',
    config: { mediaType: 'application/vnd.oci.empty.v1+json', ...descriptor(config) },
    layers: [{ mediaType: 'application/vnd.example.signature', ...descriptor(content) }],
    subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.bytes.length },
  })
}

function artifact(
  mediaType: string,
  blobs: readonly Blob[],
  children: readonly Artifact[],
  subject: string | undefined,
  fields: object,
): Artifact {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...fields }))
  return { digest: digestOf(bytes), mediaType, bytes, blobs, children, subject }
}

function jsonBlob(value: unknown): Blob {
  const bytes = Buffer.from(JSON.stringify(value))
  return { digest: digestOf(bytes), bytes, chunks: 1 }
}

const descriptor = ({ digest, bytes }: Blob) => ({ digest, size: bytes.length })
