/** Signatures as referrers: an OCI manifest with `{}` as its config, one layer with the signature, and the image as its subject. */
import { mediaTypes } from '../../registry/manifest-document.ts'
import { digestOf, type Digest } from '../../names.ts'
import { isoTime } from '../../util/iso-time.ts'
import { sha256Hex } from '../tuf/keys.ts'

export type Bytes = Uint8Array<ArrayBuffer>

/** The image that is signed. */
export interface Subject {
  readonly mediaType: string
  readonly digest: Digest
  readonly sizeBytes: number
}

/** What the bytes of a signature are made of, beside the key. */
export interface Signed {
  /** In milliseconds since 1970. */
  readonly signedAt: number
  /** r and s, 32 bytes each. */
  readonly signature: Bytes
}

/** What is pushed: the manifest, and the blobs that it names. */
export interface Referrer {
  readonly digest: Digest
  readonly manifest: Bytes
  readonly blobs: readonly Blob[]
}

interface Blob {
  readonly digest: Digest
  readonly bytes: Bytes
}

export const utf8 = (text: string): Bytes => Uint8Array.from(new TextEncoder().encode(text))

/** What a signature is made of, beside the image. */
interface Parts {
  /** Undefined where the type of the config says it. */
  readonly artifactType: string | undefined
  readonly configType: string
  readonly layer: { readonly mediaType: string; readonly bytes: Bytes }
  readonly annotations: Readonly<Record<string, string>>
  readonly signedAt: number
}

/** Writes the manifest of a signature. */
export async function writeReferrer(
  { mediaType, digest, sizeBytes: size }: Subject,
  { artifactType, configType, layer, annotations, signedAt }: Parts,
): Promise<Referrer> {
  const [config, content] = await Promise.all([blobOf(utf8('{}')), blobOf(layer.bytes)])
  const manifest = utf8(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.image,
      artifactType,
      config: { mediaType: configType, digest: config.digest, size: config.bytes.length },
      layers: [{ mediaType: layer.mediaType, digest: content.digest, size: content.bytes.length }],
      subject: { mediaType, digest, size },
      annotations: { ...annotations, 'org.opencontainers.image.created': rfc3339(signedAt) },
    }),
  )
  return { digest: (await blobOf(manifest)).digest, manifest, blobs: [config, content] }
}

const blobOf = async (bytes: Bytes): Promise<Blob> => ({ digest: digestOf('sha256', await sha256Hex(bytes)), bytes })

/** Writes a time in seconds. */
export const rfc3339 = (time: number): string => isoTime(time).replace(/\.\d+Z$/, 'Z')
