/**
 * Reads a manifest: which kind it is, what it names, what it is about. A pure function of its bytes and the
 * Content-Type it came with; whether the named content exists is asked of D1.
 */
import * as z from 'zod'
import { RegistryError } from '../errors.ts'
import { longestMediaType } from '../limits.ts'
import { isDigest, type Digest } from '../names.ts'

export const mediaTypes = {
  image: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  artifact: 'application/vnd.oci.artifact.manifest.v1+json',
  dockerImage: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
} as const

export interface ManifestDocument {
  readonly mediaType: string
  readonly artifactType: string | undefined
  readonly subject: Digest | undefined
  /** Must be in the repository. */
  readonly blobs: readonly Digest[]
  /** Layers that may lie elsewhere (OCI: non-distributable, with `urls`). */
  readonly optionalBlobs: readonly Digest[]
  /** Manifests that must be in the repository. */
  readonly children: readonly Digest[]
}

const manifestTypes: readonly string[] = Object.values(mediaTypes)

const digest = z.string().refine(isDigest, { error: 'is not a sha256 or sha512 digest' })
const descriptor = z.object({
  mediaType: z.string().max(longestMediaType).optional(),
  digest,
  size: z.int().min(0),
  urls: z.array(z.string()).nullish(),
})
type Descriptor = z.infer<typeof descriptor>

const common = {
  schemaVersion: z.literal(2, { error: 'must be 2; older manifests cannot be stored, push with a current client' }),
  mediaType: z.string().optional(),
  artifactType: z.string().max(longestMediaType).optional(),
  subject: descriptor.nullish(),
  annotations: z.record(z.string(), z.string()).nullish(),
}
const image = z.object({ ...common, config: descriptor, layers: z.array(descriptor) })
const index = z.object({ ...common, manifests: z.array(descriptor) })
const artifact = z.object({ ...common, schemaVersion: z.int().optional(), blobs: z.array(descriptor).nullish() })

/**
 * @param contentType of the request, undefined when there was none; parameters are ignored
 * @throws RegistryError `manifest-invalid`
 */
export function readManifest(bytes: Uint8Array, contentType: string | undefined): ManifestDocument {
  const json = parseJson(bytes)
  const mediaType = mediaTypeOf(json, contentType)
  switch (mediaType) {
    case mediaTypes.image:
    case mediaTypes.dockerImage: {
      const { config, layers, subject, artifactType } = check(image, json)
      const [foreign, own] = partition(layers, isForeign)
      return {
        mediaType,
        artifactType: nonEmpty(artifactType) ?? nonEmpty(config.mediaType),
        subject: subject?.digest,
        blobs: digestsOf([config, ...own]),
        optionalBlobs: digestsOf(foreign),
        children: [],
      }
    }
    case mediaTypes.index:
    case mediaTypes.dockerList: {
      const { manifests, subject, artifactType } = check(index, json)
      // Build caches list layers in an index, so what is not a manifest by its type is looked for among the blobs.
      const [children, blobs] = partition(
        manifests,
        ({ mediaType: type }) => type === undefined || manifestTypes.includes(type),
      )
      return {
        mediaType,
        artifactType: nonEmpty(artifactType),
        subject: subject?.digest,
        blobs: digestsOf(blobs),
        optionalBlobs: [],
        children: digestsOf(children),
      }
    }
    case mediaTypes.artifact: {
      const { blobs, subject, artifactType } = check(artifact, json)
      return {
        mediaType,
        artifactType: nonEmpty(artifactType),
        subject: subject?.digest,
        blobs: digestsOf(blobs ?? []),
        optionalBlobs: [],
        children: [],
      }
    }
    default:
      throw invalid(
        `its media type ${JSON.stringify(mediaType.slice(0, 100))} is not one of ${manifestTypes.join(', ')}`,
      )
  }
}

/** The annotations of a manifest that was accepted, which a referrer's descriptor repeats. */
export function annotationsOf(manifest: string): Record<string, string> | undefined {
  const { annotations } = z.object({ annotations: common.annotations }).parse(JSON.parse(manifest))
  return annotations ?? undefined
}

/** JSON is UTF-8 without a byte order mark (RFC 8259), so a manifest can be kept as text without changing a byte. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (error) {
    throw new RegistryError({ kind: 'manifest-invalid', why: 'it is not UTF-8 text' }, { cause: error })
  }
}

function parseJson(bytes: Uint8Array): Record<string, unknown> {
  const text = decodeUtf8(bytes)
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text))
  } catch (error) {
    throw new RegistryError({ kind: 'manifest-invalid', why: 'it is not a JSON object' }, { cause: error })
  }
}

/** The header and the field must agree; a manifest with neither is known by its shape. */
function mediaTypeOf(json: Record<string, unknown>, contentType: string | undefined): string {
  if ('manifests' in json && ('layers' in json || 'config' in json)) {
    throw invalid('it is an image and an index at once, which clients may take for either; push two manifests')
  }
  const field = typeof json['mediaType'] === 'string' ? json['mediaType'] : undefined
  const header = contentType?.split(';')[0]?.trim().toLowerCase()
  const known = header === undefined || header === '' || header === 'application/json' ? undefined : header
  if (known !== undefined && field !== undefined && known !== field) {
    throw invalid(
      `its mediaType is ${JSON.stringify(field.slice(0, 100))}, but the Content-Type is ${JSON.stringify(known.slice(0, 100))}; send the same`,
    )
  }
  const fallback = 'manifests' in json ? mediaTypes.index : mediaTypes.image
  return known ?? field ?? fallback
}

function check<Schema extends z.ZodType>(schema: Schema, json: unknown): z.infer<Schema> {
  const result = schema.safeParse(json)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw invalid(`${issue?.path.join('.') ?? 'it'}: ${issue?.message ?? 'is not as the specification says'}`)
}

/** A layer that its owner forbids to distribute is named with its `urls` and was never uploaded. */
function isForeign({ mediaType, urls }: Descriptor): boolean {
  return (
    (urls !== null && urls !== undefined && urls.length > 0) ||
    mediaType?.includes('.nondistributable.') === true ||
    mediaType?.includes('.rootfs.foreign.') === true
  )
}

/** An empty artifactType is none. */
const nonEmpty = (text: string | undefined): string | undefined => (text === '' ? undefined : text)

function partition<Item>(items: readonly Item[], test: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter((item) => test(item)), items.filter((item) => !test(item))]
}

const digestsOf = (descriptors: readonly Descriptor[]): Digest[] => [
  ...new Set(descriptors.map((entry) => entry.digest)),
]

const invalid = (why: string): RegistryError => new RegistryError({ kind: 'manifest-invalid', why })
