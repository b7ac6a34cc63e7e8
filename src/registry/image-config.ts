/**
 * What a manifest and its config say of an image: pure functions of two texts. Both come from whoever pushed them and
 * only the manifest was checked, so whatever is missing or strange in a config is as good as absent.
 */
import * as z from 'zod'
import { isDigest, type Digest } from '../names.ts'
import { mediaTypes } from './manifest-document.ts'

export interface Layer {
  readonly digest: string
  readonly mediaType: string
  readonly sizeBytes: number
  readonly urls: readonly string[]
}

/** What a manifest is for. */
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
  /** Of an index. */
  readonly listed: readonly ListedManifest[]
}

export interface ImageConfig extends Platform {
  /** When the image was built, in milliseconds since 1970. */
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

/** No image has more layers, and a page of manifests should stay of a size that can be answered. */
const mostSteps = 500

const manifestTypes: ReadonlySet<string> = new Set(Object.values(mediaTypes))
const indexTypes: ReadonlySet<string> = new Set([mediaTypes.index, mediaTypes.dockerList])

/** The types of configs that describe an image; those of charts, signatures and the like do not. */
const imageConfigTypes: ReadonlySet<string> = new Set([
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
])

const word = z.string().max(255).catch('')
const platform = z.object({ os: word, 'os.version': word, architecture: word })
const size = z.int().min(0).catch(0)
const digest = z.string().refine(isDigest)
const configDescriptor = z.object({ digest, mediaType: word, size })
const layer = z.object({ digest, mediaType: word, size, urls: z.array(z.string()).catch([]) })
const listed = z.object({
  digest,
  mediaType: z.string().optional().catch(undefined),
  platform: platform.optional().catch(undefined),
})
const manifest = z.object({
  config: configDescriptor.optional().catch(undefined),
  layers: z.array(layer).catch([]),
  manifests: z.array(listed).catch([]),
})
const config = z.object({
  ...platform.shape,
  created: word,
  history: z.array(z.object({ created_by: z.string().catch(''), empty_layer: z.boolean().catch(false) })).catch([]),
})

export const isIndex = (mediaType: string): boolean => indexTypes.has(mediaType)

/** @param text of a manifest that was accepted; undefined when it could not be read */
export function partsOf(mediaType: string, text: string | undefined): ManifestParts {
  const { data } = manifest.safeParse(parseJson(text))
  if (data === undefined) return { config: undefined, layers: [], listed: [] }
  return {
    config: data.config && {
      digest: data.config.digest,
      mediaType: data.config.mediaType,
      sizeBytes: data.config.size,
    },
    layers: data.layers.map(({ size: sizeBytes, ...rest }) => ({ ...rest, sizeBytes })),
    listed: isIndex(mediaType) ? data.manifests.filter(isManifest).map(listedOf) : [],
  }
}

/** Build caches list layers too. */
const isManifest = ({ mediaType }: z.infer<typeof listed>): boolean =>
  mediaType === undefined || manifestTypes.has(mediaType)

const listedOf = (entry: z.infer<typeof listed>): ListedManifest => ({
  digest: entry.digest,
  platform: entry.platform && platformOf(entry.platform),
})

/** Whether the config of a manifest is that of an image. */
export const describesImage = ({ config: named }: ManifestParts): boolean =>
  named !== undefined && imageConfigTypes.has(named.mediaType)

/** @param text undefined when it could not be read */
export function readImageConfig(text: string | undefined): ImageConfig {
  const { data } = config.safeParse(parseJson(text))
  if (data === undefined) return { os: '', osVersion: '', architecture: '', createdAt: undefined, steps: [] }
  const createdAt = Date.parse(data.created)
  return {
    ...platformOf(data),
    createdAt: Number.isNaN(createdAt) ? undefined : createdAt,
    steps: data.history.slice(0, mostSteps).map(({ created_by: line, empty_layer: isEmpty }) => ({ line, isEmpty })),
  }
}

/** Each step with the layer that it made; layers that no step tells of follow with an empty line. */
export function dockerfileOf(steps: readonly BuildStep[], layers: readonly Layer[]): DockerfileLine[] {
  const left = layers.values()
  const lines = steps.map((step) => ({ ...step, layer: step.isEmpty ? undefined : left.next().value }))
  const untold = Array.from(left, (made) => ({ line: '', isEmpty: false, layer: made }))
  return [...lines, ...untold].slice(0, mostSteps)
}

const platformOf = (found: z.infer<typeof platform>): Platform => ({
  os: found.os,
  osVersion: found['os.version'],
  architecture: found.architecture,
})

function parseJson(text: string | undefined): unknown {
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
