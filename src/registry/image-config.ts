/**
 * Reads the details of an image from its manifest and config: pure functions of two texts. The config comes from the
 * pusher unchecked, so missing and malformed fields count as absent.
 */
import * as z from 'zod'
import { knownKeys, mistakableKey, parseJson, type JsonBounds } from '../util/json.ts'
import {
  configJson,
  longestMediaType,
  longestShownLine,
  longestUrl,
  manifestJson,
  mostDescriptors,
  mostShownSteps,
  mostUrls,
} from '../limits.ts'
import { isDigest, type Digest } from '../names.ts'
import { mediaTypes } from './manifest-document.ts'

export interface Layer {
  readonly digest: string
  readonly mediaType: string
  readonly sizeBytes: number
  readonly urls: readonly string[]
}

/** The platform that an image runs on. */
export interface Platform {
  readonly os: string
  readonly osVersion: string
  readonly architecture: string
}

/** A manifest that an index lists; the platform is what the index says of it. */
export interface ListedManifest {
  readonly digest: Digest
  readonly platform: Platform | undefined
}

export interface ManifestParts {
  readonly config: { readonly digest: Digest; readonly mediaType: string; readonly sizeBytes: number } | undefined
  readonly layers: readonly Layer[]
  /** The manifests that an index lists; empty for any other manifest. */
  readonly listed: readonly ListedManifest[]
}

export interface ImageConfig extends Platform {
  /** The time of the build, in milliseconds since 1970. */
  readonly createdAt: number | undefined
  readonly steps: readonly BuildStep[]
}

interface BuildStep {
  readonly line: string
  readonly isEmpty: boolean
}

/** A step of the build, with the layer that it made. */
export interface DockerfileLine extends BuildStep {
  readonly layer: Layer | undefined
}

const manifestTypes: ReadonlySet<string> = new Set(Object.values(mediaTypes))
const imageTypes: ReadonlySet<string> = new Set([mediaTypes.image, mediaTypes.dockerImage])
const indexTypes: ReadonlySet<string> = new Set([mediaTypes.index, mediaTypes.dockerList])

/** The types of configs that describe an image; those of charts, signatures and the like do not. */
const imageConfigTypes: ReadonlySet<string> = new Set([
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
])

const word = z.string().max(longestMediaType).catch('')
const platform = z.object({ os: word, 'os.version': word, architecture: word })
const size = z.int().min(0).catch(0)
const digest = z.string().refine(isDigest)
const configDescriptor = z.object({ digest, mediaType: word, size })
/** Makes the schema of a list that reads its first items only; a list with a bad one among these counts as empty. */
const firstOf = <Item extends z.ZodType>(most: number, item: Item) =>
  z.preprocess((list) => (Array.isArray(list) ? list.slice(0, most) : list), z.array(item).catch([]))
const urls = firstOf(mostUrls, z.string().max(longestUrl))
const layer = z.object({ digest, mediaType: word, size, urls })
const listed = z.object({
  digest,
  mediaType: z.string().optional().catch(undefined),
  platform: platform.optional().catch(undefined),
})
const manifest = z.object({
  config: configDescriptor.optional().catch(undefined),
  layers: firstOf(mostDescriptors, layer),
  manifests: firstOf(mostDescriptors, listed),
})
const config = z.object({
  ...platform.shape,
  created: word,
  history: firstOf(
    mostShownSteps,
    z.object({ created_by: z.string().catch(''), empty_layer: z.boolean().catch(false) }),
  ),
})

const configKeys = knownKeys('os', 'os.version', 'architecture', 'created', 'history')
const stepKeys = knownKeys('created_by', 'empty_layer')

export const isIndex = (mediaType: string): boolean => indexTypes.has(mediaType)

/**
 * Reads the config, layers and listed manifests of a manifest, as far as its media type gives them a meaning: only
 * those were checked when it was pushed.
 *
 * @param text of a manifest that was accepted; undefined when it could not be read
 */
export function partsOf(mediaType: string, text: string | undefined): ManifestParts {
  const { data } = manifest.safeParse(valueOf(text, manifestJson))
  const isImage = imageTypes.has(mediaType)
  const named = isImage ? data?.config : undefined
  return {
    config: named && { digest: named.digest, mediaType: named.mediaType, sizeBytes: named.size },
    layers: isImage ? (data?.layers ?? []).map(layerOf) : [],
    listed: isIndex(mediaType) ? (data?.manifests ?? []).filter(isManifest).map(listedOf) : [],
  }
}

const layerOf = (named: z.infer<typeof layer>): Layer => ({
  digest: named.digest,
  mediaType: named.mediaType,
  sizeBytes: named.size,
  urls: named.urls,
})

/** Tells whether an index lists a manifest here: build caches list layers too. */
const isManifest = ({ mediaType }: z.infer<typeof listed>): boolean =>
  mediaType === undefined || manifestTypes.has(mediaType)

const listedOf = (entry: z.infer<typeof listed>): ListedManifest => ({
  digest: entry.digest,
  platform: entry.platform && platformOf(entry.platform),
})

/** Tells whether the config of a manifest is that of an image. */
export const describesImage = ({ config: named }: ManifestParts): boolean =>
  named !== undefined && imageConfigTypes.has(named.mediaType)

/** The details of a manifest without a config, or with an unreadable one. */
export const noConfig: ImageConfig = { os: '', osVersion: '', architecture: '', createdAt: undefined, steps: [] }

/**
 * Reads the config of an image; `noConfig` for one that is malformed.
 *
 * @param text undefined when it could not be read
 */
export function readImageConfig(text: string | undefined): ImageConfig {
  const value = valueOf(text, configJson)
  const { data } = hasOneReading(value) ? config.safeParse(value) : {}
  if (data === undefined) return noConfig
  const createdAt = Date.parse(data.created)
  return {
    ...platformOf(data),
    createdAt: Number.isNaN(createdAt) ? undefined : createdAt,
    steps: data.history.map((step) => ({
      line: step.created_by.slice(0, longestShownLine),
      isEmpty: step.empty_layer,
    })),
  }
}

/** Pairs each step with the layer that it made; layers without a step follow with an empty line. */
export function dockerfileOf(steps: readonly BuildStep[], layers: readonly Layer[]): DockerfileLine[] {
  const left = layers.values()
  const lines = steps.map((step) => ({ ...step, layer: step.isEmpty ? undefined : left.next().value }))
  const untold = Array.from(left, (made) => ({ line: '', isEmpty: false, layer: made }))
  return [...lines, ...untold].slice(0, mostShownSteps)
}

const platformOf = (found: z.infer<typeof platform>): Platform => ({
  os: found.os,
  osVersion: found['os.version'],
  architecture: found.architecture,
})

/**
 * Tells whether all clients read a config alike: no push checked it, and one that has two readings counts as absent.
 */
function hasOneReading(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true
  const steps: unknown = 'history' in value ? value.history : undefined
  const objects = Array.isArray(steps) ? steps.slice(0, mostShownSteps).filter((step) => typeof step === 'object') : []
  return (
    mistakableKey(value, configKeys) === undefined &&
    objects.every((step) => step === null || mistakableKey(step, stepKeys) === undefined)
  )
}

function valueOf(text: string | undefined, bounds: JsonBounds): unknown {
  const parsed = text === undefined ? {} : parseJson(text, bounds)
  return 'value' in parsed ? parsed.value : undefined
}
