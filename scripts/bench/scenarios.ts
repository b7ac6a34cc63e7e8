/** The scenarios of the bench: pushes and pulls, from one large layer to many small requests. */
import { randomBytes, randomUUID } from 'node:crypto'
import {
  askForBlob,
  configWith,
  listTags,
  pullBlob,
  pullManifest,
  pushAnnouncedBlob,
  pushBlob,
  pushManifest,
} from './docker.ts'
import { inParallel, repeatInParallel } from './parallel.ts'
import { listedTags, sampleTag, type Site } from './site.ts'
import { KiB, MiB, type Sizes } from './sizes.ts'

/** The timed work of a scenario, after its preparation; the figure is `amount` a second. */
export interface Load {
  readonly amount: number
  readonly run: () => Promise<unknown>
}

export interface Scenario {
  readonly name: string
  readonly unit: string
  /** The target of the registry, as a part of the floor's figure. */
  readonly target: number | undefined
  readonly prepare: (site: Site) => Promise<Load>
}

/** Requests at the same time: a push has as many as a Docker daemon. */
const pushWidth = 5
const readWidth = 16
const listWidth = 8

export function scenariosFor(sizes: Sizes): Scenario[] {
  return [...pushes(sizes), ...pulls(sizes), list(sizes)]
}

function pushes({ largeMiB, layers, layerMiB, smallBlobs, manifests }: Sizes): Scenario[] {
  return [
    {
      name: `push: one layer of ${largeMiB} MiB`,
      unit: 'MiB/s',
      target: 0.9,
      prepare: async ({ client }) => {
        const content = randomBytes(largeMiB * MiB)
        return { amount: largeMiB, run: () => pushBlob(client, content) }
      },
    },
    {
      name: `push: one announced layer of ${largeMiB} MiB`,
      unit: 'MiB/s',
      target: undefined,
      prepare: async ({ client }) => {
        const content = randomBytes(largeMiB * MiB)
        return { amount: largeMiB, run: () => pushAnnouncedBlob(client, content) }
      },
    },
    {
      name: `push: ${layers} layers of ${layerMiB} MiB at once`,
      unit: 'MiB/s',
      target: 0.9,
      prepare: async ({ client }) => {
        const contents = Array.from({ length: layers }, () => randomBytes(layerMiB * MiB))
        const run = () => inParallel(layers, contents, (content) => pushBlob(client, content))
        return { amount: layers * layerMiB, run }
      },
    },
    {
      name: `push: ${smallBlobs} blobs of 16 KiB, ${pushWidth} at once`,
      unit: 'blobs/s',
      target: 0.8,
      prepare: async ({ client }) => {
        const contents = Array.from({ length: smallBlobs }, () => randomBytes(16 * KiB))
        const run = () => inParallel(pushWidth, contents, (content) => pushBlob(client, content))
        return { amount: smallBlobs, run }
      },
    },
    {
      name: `push: ${manifests} manifests of 3 layers, ${pushWidth} at once`,
      unit: 'manifests/s',
      target: undefined,
      prepare: async (site) => {
        const sample = await site.sample()
        const seeds = Array.from({ length: manifests }, () => configWith(randomUUID()))
        const configs = await Promise.all(seeds.map((config) => pushBlob(site.client, config)))
        const run = () =>
          inParallel(pushWidth, configs.entries(), ([at, config]) =>
            pushManifest(site.client, `pushed-${at}`, config, sample.layers),
          )
        return { amount: manifests, run }
      },
    },
  ]
}

function pulls({ largeMiB, reads }: Sizes): Scenario[] {
  return [
    {
      name: `pull: one layer of ${largeMiB} MiB`,
      unit: 'MiB/s',
      target: 0.9,
      prepare: async (site) => {
        const layer = await site.large(largeMiB)
        return { amount: largeMiB, run: () => pullBlob(site.client, layer) }
      },
    },
    {
      name: `pull: one layer of ${largeMiB} MiB that was pushed announced`,
      unit: 'MiB/s',
      target: undefined,
      prepare: async (site) => {
        const layer = await site.announced(largeMiB)
        return { amount: largeMiB, run: () => pullBlob(site.client, layer) }
      },
    },
    {
      name: `pull: a manifest by tag, ${readWidth} at once`,
      unit: 'requests/s',
      target: 0.7,
      prepare: async (site) => {
        await site.sample()
        return {
          amount: reads,
          run: () => repeatInParallel(readWidth, reads, () => pullManifest(site.client, sampleTag)),
        }
      },
    },
    {
      name: `pull: HEAD of a blob, ${readWidth} at once`,
      unit: 'requests/s',
      target: 0.8,
      prepare: async (site) => {
        const { layer } = await site.sample()
        return { amount: reads, run: () => repeatInParallel(readWidth, reads, () => askForBlob(site.client, layer)) }
      },
    },
    {
      name: `pull: a blob of 64 KiB, ${readWidth} at once`,
      unit: 'requests/s',
      target: 0.7,
      prepare: async (site) => {
        const { layer } = await site.sample()
        return { amount: reads, run: () => repeatInParallel(readWidth, reads, () => pullBlob(site.client, layer)) }
      },
    },
  ]
}

function list({ lists }: Sizes): Scenario {
  return {
    name: `list: ${listedTags} tags of a repository, ${listWidth} at once`,
    unit: 'requests/s',
    target: 0.8,
    prepare: async (site) => {
      await site.tags()
      return { amount: lists, run: () => repeatInParallel(listWidth, lists, () => listTags(site.client, listedTags)) }
    },
  }
}
