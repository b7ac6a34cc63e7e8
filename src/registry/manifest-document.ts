/**
 * Reads a manifest: which kind it is, what it names, what it is about. A pure function of its bytes and the
 * Content-Type it came with; whether the named content exists is asked of D1.
 */
import * as z from 'zod'
import { RegistryError } from '../errors.ts'
import type { KeyPlace, WhyManifestInvalid } from '../failures/content.ts'
import { misfitOf } from '../failures/schema-misfit.ts'
import { knownKeys, mistakableKey, parseJson, type KnownKeys } from '../util/json.ts'
import { longestMediaType, longestUrl, manifestJson, mostAnnotations, mostDescriptors, mostUrls } from '../limits.ts'
import { isDigest, type Digest } from '../names.ts'

export const mediaTypes = {
  image: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  artifact: 'application/vnd.oci.artifact.manifest.v1+json',
  dockerImage: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
} as const

export type Annotations = Readonly<Record<string, string>>

export interface ManifestDocument {
  readonly mediaType: string
  readonly artifactType: string | undefined
  readonly subject: Digest | undefined
  readonly annotations: Annotations | undefined
  /** Blobs that must be in the repository. */
  readonly blobs: readonly Digest[]
  /** Layers that may lie elsewhere (OCI: non-distributable, with `urls`). */
  readonly optionalBlobs: readonly Digest[]
  /** Manifests that must be in the repository. */
  readonly children: readonly Digest[]
}

const manifestTypes: readonly string[] = Object.values(mediaTypes)

const digest = z.string().refine(isDigest, { error: 'is not a sha256 or sha512 digest' })
const url = z.string().max(longestUrl, { error: `is longer than ${longestUrl} characters` })
const descriptor = z.object({
  mediaType: z.string().max(longestMediaType).optional(),
  digest,
  size: z.int().min(0),
  urls: z.array(url).nullish(),
})
type Descriptor = z.infer<typeof descriptor>

const annotations = z.record(z.string(), z.string()).nullish()
const common = {
  schemaVersion: z.literal(2, { error: 'must be 2; older manifests cannot be stored, push with a current client' }),
  mediaType: z.string().optional(),
  artifactType: z.string().max(longestMediaType).optional(),
  subject: descriptor.nullish(),
  annotations,
}
const image = z.object({ ...common, config: descriptor })
const index = z.object(common)
const artifact = z.object({ ...common, schemaVersion: z.int().optional() })

/**
 * Reads a manifest and checks it.
 *
 * @param contentType of the request, undefined when there was none; parameters are ignored
 * @throws RegistryError `manifest-invalid`
 */
export function readManifest(bytes: Uint8Array, contentType: string | undefined): ManifestDocument {
  const json = readObject(decodeUtf8(bytes))
  refuseStrangeParts(json)
  const mediaType = mediaTypeOf(json, contentType)
  refuseFieldsOfOthers(json, mediaType)
  switch (mediaType) {
    case mediaTypes.image:
    case mediaTypes.dockerImage: {
      const { config, ...fields } = check(image, json)
      const [foreign, own] = partition(descriptorsIn(json, 'layers'), isForeign)
      return {
        ...describe(mediaType, fields),
        artifactType: nonEmpty(fields.artifactType) ?? nonEmpty(config.mediaType),
        blobs: digestsOf([config, ...own]),
        optionalBlobs: digestsOf(foreign),
        children: [],
      }
    }
    case mediaTypes.index:
    case mediaTypes.dockerList: {
      // Build caches list layers in an index, so what is not a manifest by its type is looked for among the blobs.
      const [children, blobs] = partition(
        descriptorsIn(json, 'manifests'),
        ({ mediaType: type }) => type === undefined || manifestTypes.includes(type),
      )
      return {
        ...describe(mediaType, check(index, json)),
        blobs: digestsOf(blobs),
        optionalBlobs: [],
        children: digestsOf(children),
      }
    }
    case mediaTypes.artifact: {
      return {
        ...describe(mediaType, check(artifact, json)),
        blobs: digestsOf(descriptorsIn(json, 'blobs')),
        optionalBlobs: [],
        children: [],
      }
    }
    default:
      throw invalid({ kind: 'media-type-unknown', mediaType, known: manifestTypes })
  }
}

const describe = (mediaType: string, fields: Pick<z.infer<typeof artifact>, keyof typeof common>) => ({
  mediaType,
  artifactType: nonEmpty(fields.artifactType),
  subject: fields.subject?.digest,
  annotations: fields.annotations ?? undefined,
})

/** Reads the annotations of a manifest that was accepted, which a referrer's descriptor repeats. */
export const annotationsOf = (manifest: string): Annotations | undefined =>
  z.object({ annotations }).safeParse(JSON.parse(manifest)).data?.annotations ?? undefined

/** Writes annotations as text, to keep them apart from their manifest. */
export const writeAnnotations = (written: Annotations | undefined): string => JSON.stringify(written ?? null)
export const readAnnotations = (text: string): Annotations | undefined =>
  annotations.parse(JSON.parse(text)) ?? undefined

/**
 * Decodes the bytes of a manifest, and keeps a byte order mark, which JSON does not allow (RFC 8259): the text encodes
 * to the same bytes.
 *
 * @throws RegistryError `manifest-invalid`
 */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (error) {
    throw new RegistryError({ kind: 'manifest-invalid', reason: { kind: 'not-utf-8' } }, { cause: error })
  }
}

function readObject(text: string): Record<string, unknown> {
  const parsed = parseJson(text, manifestJson)
  if ('refused' in parsed) throw invalid(parsed.refused)
  if (!isObject(parsed.value)) throw invalid({ kind: 'not-an-object' })
  return parsed.value
}

const manifestKeys = knownKeys(
  'schemaVersion',
  'mediaType',
  'artifactType',
  'config',
  'layers',
  'manifests',
  'blobs',
  'subject',
  'annotations',
)
const descriptorKeys = knownKeys(
  'mediaType',
  'artifactType',
  'digest',
  'size',
  'urls',
  'annotations',
  'data',
  'platform',
)
const platformKeys = knownKeys('architecture', 'os', 'os.version', 'os.features', 'variant', 'features')

/**
 * Refuses what clients would read in another way than this registry, before a schema looks at the items of any list.
 *
 * @throws RegistryError `manifest-invalid`
 */
function refuseStrangeParts(json: Record<string, unknown>): void {
  refuseMistakable(json, manifestKeys, { in: 'manifest' })
  const { annotations: noted } = json
  if (isObject(noted) && Object.keys(noted).length > mostAnnotations) {
    throw invalid({ kind: 'too-many-annotations', limit: mostAnnotations })
  }
  for (const field of ['config', 'subject', 'layers', 'manifests', 'blobs']) {
    const value = json[field]
    for (const named of Array.isArray(value) ? value : [value]) {
      if (isObject(named)) refuseStrangeDescriptor(named, field)
    }
  }
}

function refuseStrangeDescriptor(named: Record<string, unknown>, field: string): void {
  const { platform, urls } = named
  refuseMistakable(named, descriptorKeys, { in: 'descriptor', field })
  if (isObject(platform)) refuseMistakable(platform, platformKeys, { in: 'platform', field })
  if (!Array.isArray(urls) || urls.length <= mostUrls) return
  throw invalid({ kind: 'too-many-urls', field, limit: mostUrls })
}

/** Refuses a key like `LAYERS`, which means nothing here and the layers to clients that are written in Go. */
function refuseMistakable(object: Record<string, unknown>, known: KnownKeys, where: KeyPlace): void {
  const found = mistakableKey(object, known)
  if (found !== undefined) throw invalid({ kind: 'key-mistakable', where, ...found })
}

const fieldsOfImages = ['config', 'layers']
const fieldsOfIndexes = ['manifests']

/** The fields by which a manifest would be taken for the other kind. */
const fieldsOfOthers: ReadonlyMap<string, readonly string[]> = new Map([
  [mediaTypes.image, fieldsOfIndexes],
  [mediaTypes.dockerImage, fieldsOfIndexes],
  [mediaTypes.index, fieldsOfImages],
  [mediaTypes.dockerList, fieldsOfImages],
  [mediaTypes.artifact, [...fieldsOfImages, ...fieldsOfIndexes]],
])

/** Refuses fields of another type, as clients that go by the fields would read another manifest than is stored. */
function refuseFieldsOfOthers(json: Record<string, unknown>, mediaType: string): void {
  const field = fieldsOfOthers.get(mediaType)?.find((other) => other in json)
  if (field !== undefined) throw invalid({ kind: 'field-of-others', field, mediaType })
}

/** Reads a list of descriptors; absent or null is empty, as BuildKit writes null for an image without layers. */
function descriptorsIn(json: Record<string, unknown>, field: string): Descriptor[] {
  const list = json[field] ?? []
  if (!Array.isArray(list)) throw invalid({ kind: 'not-a-list', field })
  if (list.length > mostDescriptors) throw invalid({ kind: 'too-many-items', field, limit: mostDescriptors })
  return list.map((item, at) => check(descriptor, item, [field, String(at)]))
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Decides the media type: the header and the field must agree, and a manifest with neither is known by its shape. */
function mediaTypeOf(json: Record<string, unknown>, contentType: string | undefined): string {
  const field = typeof json['mediaType'] === 'string' ? json['mediaType'] : undefined
  const header = contentType?.split(';')[0]?.trim().toLowerCase()
  const known = header === undefined || header === '' || header === 'application/json' ? undefined : header
  if (known !== undefined && field !== undefined && known !== field) {
    throw invalid({ kind: 'media-types-differ', mediaType: field, contentType: known })
  }
  const fallback = 'manifests' in json ? mediaTypes.index : mediaTypes.image
  return known ?? field ?? fallback
}

/**
 * Parses a value by a schema.
 *
 * @param place of the value in the manifest
 * @throws RegistryError `manifest-invalid`
 */
function check<Schema extends z.ZodType>(
  schema: Schema,
  json: unknown,
  place: readonly string[] = [],
): z.infer<Schema> {
  const result = schema.safeParse(json)
  if (result.success) return result.data
  throw invalid({ kind: 'of-schema', ...misfitOf(result.error, place) })
}

/**
 * Tells whether a layer may lie elsewhere: its owner forbids to distribute it, so it has `urls` and was never uploaded.
 */
function isForeign({ mediaType, urls }: Descriptor): boolean {
  return (
    (urls !== null && urls !== undefined && urls.length > 0) ||
    mediaType?.includes('.nondistributable.') === true ||
    mediaType?.includes('.rootfs.foreign.') === true
  )
}

/** Reads an empty artifactType as a missing one. */
const nonEmpty = (text: string | undefined): string | undefined => (text === '' ? undefined : text)

function partition<Item>(items: readonly Item[], test: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter((item) => test(item)), items.filter((item) => !test(item))]
}

const digestsOf = (descriptors: readonly Descriptor[]): Digest[] => [
  ...new Set(descriptors.map((entry) => entry.digest)),
]

const invalid = (reason: WhyManifestInvalid): RegistryError => new RegistryError({ kind: 'manifest-invalid', reason })
