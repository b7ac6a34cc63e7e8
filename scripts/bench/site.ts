/** A server under measurement, and what the scenarios that read find there: each is pushed when it is first wanted. */
import { randomBytes } from 'node:crypto'
import * as z from 'zod'
import { Client } from './client.ts'
import { configWith, listTags, pushAnnouncedBlob, pushBlob, pushManifest, type Pushed } from './docker.ts'
import { inParallel } from './parallel.ts'
import type { Server } from './servers.ts'
import { KiB, MiB } from './sizes.ts'

export const sampleTag = 'sample'
export const listedTags = 100

/** A small image of three layers. */
export interface Sample {
  readonly layers: readonly Pushed[]
  readonly layer: Pushed
}

export class Site {
  readonly server: Server
  readonly client: Client
  #sample: Promise<Sample> | undefined
  #large: Promise<Pushed> | undefined
  #announced: Promise<Pushed> | undefined
  #tags: Promise<void> | undefined

  constructor(server: Server) {
    this.server = server
    this.client = new Client(server.origin, server.user)
  }

  sample(): Promise<Sample> {
    this.#sample ??= this.#pushSample()
    return this.#sample
  }

  large(sizeMiB: number): Promise<Pushed> {
    this.#large ??= pushBlob(this.client, randomBytes(sizeMiB * MiB))
    return this.#large
  }

  /** Returns a layer that was pushed with its length. */
  announced(sizeMiB: number): Promise<Pushed> {
    this.#announced ??= pushAnnouncedBlob(this.client, randomBytes(sizeMiB * MiB))
    return this.#announced
  }

  /** Makes sure that a list of tags has no less than it should. */
  tags(): Promise<void> {
    this.#tags ??= this.#pushTags()
    return this.#tags
  }

  async #pushSample(): Promise<Sample> {
    const layers = await Promise.all([1, 2, 3].map(() => pushBlob(this.client, randomBytes(64 * KiB))))
    const [layer] = layers
    if (layer === undefined) throw new Error('an image without layers')
    await pushManifest(this.client, sampleTag, await pushBlob(this.client, configWith(sampleTag)), layers)
    return { layers, layer }
  }

  async #pushTags(): Promise<void> {
    const { layers } = await this.sample()
    const config = await pushBlob(this.client, configWith('tags'))
    const names = Array.from({ length: listedTags }, (_, at) => `listed-${at}`)
    await inParallel(5, names, (name) => pushManifest(this.client, name, config, layers))
    const { tags } = tagList.parse(JSON.parse((await listTags(this.client, listedTags)).toString()))
    if (tags.length !== listedTags) throw new Error(`${this.server.name} lists ${tags.length} tags of ${listedTags}`)
  }
}

const tagList = z.object({ tags: z.array(z.string()) })
