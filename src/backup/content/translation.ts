/**
 * Says in OCI's words what a manifest of Docker says: tools that read OCI layouts look for OCI's media types. The content that
 * it names is the same, byte by byte.
 */
import * as z from 'zod'
import { isDigest, type Digest } from '../../names.ts'
import { mediaTypes } from '../../registry/manifest-document.ts'
import { digestBytes } from '../../storage/hash.ts'

/** A manifest of OCI that was made beside one of Docker. */
export interface Translation {
  readonly text: string
  readonly digest: Digest
  readonly sizeBytes: number
}

export const dockerTypes = [mediaTypes.dockerImage, mediaTypes.dockerList] as const

/** Docker's media types by what the OCI image specification calls the same content ("Compatibility Matrix"). */
const ociTypes: ReadonlyMap<string, string> = new Map([
  [mediaTypes.dockerImage, mediaTypes.image],
  [mediaTypes.dockerList, mediaTypes.index],
  ['application/vnd.docker.container.image.v1+json', 'application/vnd.oci.image.config.v1+json'],
  ['application/vnd.docker.image.rootfs.diff.tar', 'application/vnd.oci.image.layer.v1.tar'],
  ['application/vnd.docker.image.rootfs.diff.tar.gzip', 'application/vnd.oci.image.layer.v1.tar+gzip'],
  ['application/vnd.docker.image.rootfs.diff.tar.zstd', 'application/vnd.oci.image.layer.v1.tar+zstd'],
  ['application/vnd.docker.image.rootfs.foreign.diff.tar', 'application/vnd.oci.image.layer.nondistributable.v1.tar'],
  [
    'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
    'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
  ],
])

export const isOfDocker = (mediaType: string): boolean => dockerTypes.some((type) => type === mediaType)

/** Returns what OCI calls a media type; others stay as they are. */
export const ociTypeOf = (mediaType: string): string => ociTypes.get(mediaType) ?? mediaType

const descriptor = z.looseObject({
  mediaType: z.string().optional(),
  digest: z.string().refine(isDigest),
  size: z.int(),
})
type Descriptor = z.infer<typeof descriptor>

const image = z.looseObject({ config: descriptor, layers: z.array(descriptor).default([]) })
const list = z.looseObject({ manifests: z.array(descriptor).default([]) })

/** Lists the images of a list whose media types are Docker's. */
export const dockerChildrenOf = (text: string): readonly Digest[] =>
  (list.safeParse(JSON.parse(text)).data?.manifests ?? [])
    .filter(({ mediaType }) => mediaType === mediaTypes.dockerImage)
    .map(({ digest }) => digest)

/** Translates the manifest of an image. @returns undefined for one that is written in another way */
export async function translateImage(text: string): Promise<Translation | undefined> {
  const manifest = image.safeParse(JSON.parse(text)).data
  if (manifest === undefined) return undefined
  return translationOf({
    ...manifest,
    mediaType: mediaTypes.image,
    config: inOciWords(manifest.config),
    layers: manifest.layers.map(inOciWords),
  })
}

/**
 * Translates a list.
 *
 * @param images translations of the images that it names; one without a translation stays as it is
 * @returns undefined for a list that is written in another way
 */
export async function translateList(
  text: string,
  images: ReadonlyMap<Digest, Pick<Translation, 'digest' | 'sizeBytes'>>,
): Promise<Translation | undefined> {
  const index = list.safeParse(JSON.parse(text)).data
  if (index === undefined) return undefined
  const manifests = index.manifests.map((one) => {
    const translated = images.get(one.digest)
    if (translated === undefined) return one
    return { ...inOciWords(one), digest: translated.digest, size: translated.sizeBytes }
  })
  return translationOf({ ...index, mediaType: mediaTypes.index, manifests })
}

const inOciWords = (one: Descriptor): Descriptor =>
  one.mediaType === undefined ? one : { ...one, mediaType: ociTypeOf(one.mediaType) }

const encoder = new TextEncoder()

async function translationOf(document: object): Promise<Translation> {
  const text = JSON.stringify(document)
  const bytes = encoder.encode(text)
  return { text, digest: await digestBytes('sha256', bytes), sizeBytes: bytes.length }
}
