/** One client: chooses what to do next, does it, and tells the world what must be there now. */
import type { Client } from './client.ts'
import { image, index, layer, referrer, type Artifact, type Blob } from './content.ts'
import { pullContended, pullTag } from './pull.ts'
import { cancelUpload, pushArtifact, pushMissing, uploadBlob, type Pusher } from './push.ts'
import type { Random } from '../../test/support/random.ts'
import { Failure, type Tally } from './tally.ts'
import { contendedTag, type Tag, type World } from './world.ts'

export interface ActorOptions {
  readonly name: string
  readonly client: Client
  readonly random: Random
  readonly tally: Tally
  readonly world: World
  /** The repositories that all clients push to. */
  readonly shared: readonly string[]
  /** The repository that this client alone pushes to; it is deleted now and then. */
  readonly own: string
  readonly graceMilliseconds: number
}

/** Images that many push, each under tags of their own, of layers that many share. */
const sharedImages = 24
const sharedLayers = 40
/** After so many steps another set of images is in fashion, and those before become garbage, or are pushed again. */
const stepsOfFashion = 30
const tagsOfOne = 6

type Act = () => Promise<void>

export class Actor {
  readonly #options: ActorOptions
  readonly #pusher: Pusher
  readonly #acts: readonly (readonly [string, number, Act])[]
  /** Artifacts that were pushed without a tag, with their repositories. */
  readonly #untagged: (readonly [repository: string, artifact: Artifact])[] = []
  /** The digests of content that no other client pushes. */
  readonly #made = new Set<string>()
  #names = 0
  #steps = 0

  constructor(options: ActorOptions) {
    const { client, random, tally, graceMilliseconds, shared, own } = options
    this.#options = options
    this.#pusher = { client, random, tally, graceMilliseconds, repositories: [...shared, own] }
    this.#acts = [
      ['push', 30, () => this.#push()],
      ['pull', 40, () => this.#pull()],
      ['push where all push', 5, () => this.#pushContended()],
      ['pull what all push', 5, () => this.#pullContended()],
      ['retag', 10, () => this.#retag()],
      ['push an index', 6, () => this.#pushIndex()],
      ['push a referrer', 6, () => this.#pushReferrer()],
      ['push without a tag', 8, () => this.#pushUntagged()],
      ['tag what has no tag', 8, () => this.#tagUntagged()],
      ['upload a blob for nothing', 4, () => this.#uploadForNothing()],
      ['delete a tag', 12, () => this.#deleteTag()],
      ['delete a manifest', 5, () => this.#deleteManifest()],
      ['delete a repository', 0.5, () => this.#deleteRepository()],
    ]
  }

  /** Takes one step. A failure is recorded with its seed and step. */
  async step(number: number, seed: number): Promise<void> {
    const { random, tally, name } = this.#options
    this.#steps = number
    const [what, , act] = random.weighted(this.#acts.map((one) => [one, one[1]])) ?? []
    if (act === undefined) return
    try {
      await act()
      tally.add(`steps: ${what ?? ''}`)
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      tally.fail(`seed ${seed}, ${name}, step ${number} (${what ?? ''}): ${error.message}`)
    }
  }

  /** Pulls everything that must be there, at the end. */
  async pullAll(tags: readonly Tag[]): Promise<void> {
    for (const tag of tags) {
      try {
        await pullTag(this.#options, tag)
      } catch (error) {
        if (!(error instanceof Failure)) throw error
        this.#options.tally.fail(`at the end: ${error.message}`)
      }
    }
  }

  /** Pulls the contended tag at the end, and records what it points at. */
  async pullLast(repository: string): Promise<void> {
    const { world, tally } = this.#options
    try {
      const artifact = await pullContended(this.#options, repository)
      world.settle([world.tag(repository, contendedTag)], artifact)
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      tally.fail(`at the end: ${error.message}`)
    }
  }

  async #push(): Promise<void> {
    const repository = this.#repository()
    const artifact = this.#options.random.isLucky(0.5) ? this.#sharedImage() : this.#ownImage()
    await this.#tag(repository, artifact, this.#tagNames())
  }

  async #pull(): Promise<void> {
    const { random, world } = this.#options
    // Sometimes one that is not there.
    const tag = random.isLucky(0.95) ? random.of(world.tags()) : this.#tagIn(this.#repository())
    if (tag !== undefined) await pullTag(this.#options, tag)
  }

  /** Pushes the tag that many clients push at the same time: whichever wins, the image is whole. */
  async #pushContended(): Promise<void> {
    const { world, shared, random } = this.#options
    const repository = random.of(shared) ?? ''
    const artifact = random.isLucky(0.5) ? this.#sharedImage() : this.#ownImage()
    world.beginContended(repository, artifact)
    await pushArtifact(this.#pusher, repository, artifact, [contendedTag])
    world.settleContended(repository)
  }

  async #pullContended(): Promise<void> {
    await pullContended(this.#options, this.#options.random.of(this.#options.shared) ?? '')
  }

  /** Tags a manifest that it has just pulled, and asks for nothing else, as `crane tag` does. */
  async #retag(): Promise<void> {
    const from = this.#taggedHere()
    if (from?.artifact === undefined) return
    const { repository, artifact } = from
    const { body } = await this.#options.client.call('GET', `/v2/${repository}/manifests/${from.name}`, [200])
    if (!body.equals(artifact.bytes)) throw new Failure(`${repository}:${from.name} has other bytes`)
    const to = this.#options.world.tag(repository, this.#tagName())
    await this.#pointing([to], artifact, () =>
      this.#options.client.call('PUT', `/v2/${repository}/manifests/${to.name}`, [201], {
        headers: { 'content-type': artifact.mediaType },
        body: artifact.bytes,
      }),
    )
  }

  async #pushIndex(): Promise<void> {
    const { random } = this.#options
    const repository = this.#repository()
    const children = [this.#ownImage(), random.isLucky(0.5) ? this.#sharedImage() : this.#ownImage()]
    const [known] = random.isLucky(0.5) ? this.#takeUntagged(repository) : []
    if (known !== undefined) children.push(known)
    await this.#tag(repository, this.#own(index(children, this.#nextName())), this.#tagNames())
  }

  /** Refers to an image of this client, so that no other client keeps or releases it. */
  async #pushReferrer(): Promise<void> {
    const { world, tally } = this.#options
    const tag = this.#taggedHere()
    if (tag?.artifact === undefined || !this.#made.has(tag.artifact.digest)) return
    const signature = referrer(tag.artifact, this.#nextName())
    await pushArtifact(this.#pusher, tag.repository, signature, [])
    world.addReferrer(tag.repository, signature)
    tally.add('referrers pushed')
  }

  async #pushUntagged(): Promise<void> {
    const repository = this.#repository()
    const artifact = this.#ownImage()
    await pushArtifact(this.#pusher, repository, artifact, [])
    this.#untagged.push([repository, artifact])
    if (this.#untagged.length > 10) this.#untagged.shift()
  }

  /** Tags an untagged artifact, which may be garbage by now, and is as good as any once it has a tag. */
  async #tagUntagged(): Promise<void> {
    const repository = this.#repository()
    const [artifact] = this.#takeUntagged(repository)
    if (artifact === undefined) return
    const { client, tally, world } = this.#options
    const tag = world.tag(repository, this.#tagName())
    await this.#pointing([tag], artifact, async () => {
      const begun = Date.now()
      await pushMissing(this.#pusher, repository, artifact)
      if (Date.now() - begun > this.#options.graceMilliseconds / 2) {
        tally.add('pushes slower than the grace')
        return pushArtifact(this.#pusher, repository, artifact, [tag.name])
      }
      await client.call('PUT', `/v2/${repository}/manifests/${tag.name}`, [201], {
        headers: { 'content-type': artifact.mediaType },
        body: artifact.bytes,
      })
    })
  }

  async #uploadForNothing(): Promise<void> {
    const blob = this.#layer()
    const repository = this.#repository()
    await (this.#options.random.isLucky(0.5)
      ? uploadBlob(this.#pusher, repository, blob)
      : cancelUpload(this.#pusher, repository, blob))
  }

  async #deleteTag(): Promise<void> {
    const tag = this.#taggedHere()
    if (tag === undefined) return
    await this.#pointing([tag], undefined, () =>
      this.#options.client.call('DELETE', `/v2/${tag.repository}/manifests/${tag.name}`, [202]),
    )
  }

  /** Deletes a manifest with all its tags, unless an index lists it. */
  async #deleteManifest(): Promise<void> {
    const { world, client, tally } = this.#options
    const tag = this.#taggedHere()
    if (tag?.artifact === undefined || !this.#made.has(tag.artifact.digest)) return
    const { repository, artifact } = tag
    const before = world.tagsOf(repository, artifact)
    world.begin(before)
    const { status } = await client.call('DELETE', `/v2/${repository}/manifests/${artifact.digest}`, [202, 409])
    world.settle(before, status === 202 ? undefined : artifact)
    if (status === 409) tally.add('deletions of what an index lists')
  }

  async #deleteRepository(): Promise<void> {
    const { world, client, own } = this.#options
    const tags = world.tags().filter(({ repository }) => repository === own)
    world.begin(tags)
    world.beginDeletion(own)
    const [namespace = '', name = ''] = own.split('/')
    await client.call('DELETE', `/api/v0/repositories/${namespace}/${name}`, [204, 404])
    world.settle(tags, undefined)
  }

  async #tag(repository: string, artifact: Artifact, names: readonly string[]): Promise<void> {
    const tags = names.map((name) => this.#options.world.tag(repository, name))
    await this.#pointing(tags, artifact, () => pushArtifact(this.#pusher, repository, artifact, names))
  }

  /** Moves tags. A failure leaves them in an unknown state: they stay busy, and nothing is expected of them. */
  async #pointing(tags: readonly Tag[], artifact: Artifact | undefined, act: () => Promise<unknown>): Promise<void> {
    const { world } = this.#options
    world.begin(tags)
    await act()
    world.settle(tags, artifact)
  }

  #repository(): string {
    const { random, shared, own } = this.#options
    return (random.isLucky(0.75) ? random.of(shared) : undefined) ?? own
  }

  /** Makes an image of layers that others may share; a few are too large for a row. */
  #ownImage(): Artifact {
    const { random } = this.#options
    const layers = Array.from({ length: 1 + random.below(3) }, () => this.#layer())
    return this.#own(image({ name: this.#nextName(), layers: unique(layers), isLarge: random.isLucky(0.05) }))
  }

  #sharedImage(): Artifact {
    const { random } = this.#options
    const [fashion, number] = [this.#fashion(), random.below(sharedImages)]
    const layers = [0, 1, 2].map((at) => layer(`shared ${fashion} ${(number * 7 + at * 11) % sharedLayers}`))
    return image({ name: `shared ${fashion} ${number}`, layers: unique(layers), isLarge: number === 0 })
  }

  #layer(): Blob {
    const { random } = this.#options
    return random.isLucky(0.6)
      ? layer(`shared ${this.#fashion()} ${random.below(sharedLayers)}`)
      : layer(`${this.#options.name} ${random.below(1000)}`)
  }

  /** Returns a number for the layers in use: mostly today's, at times one of the last three. */
  #fashion(): number {
    const { random } = this.#options
    const today = Math.floor(this.#steps / stepsOfFashion)
    return random.isLucky(0.7) ? today : today - 1 - random.below(3)
  }

  #nextName(): string {
    return `${this.#options.name} ${this.#names++}`
  }

  #own(artifact: Artifact): Artifact {
    this.#made.add(artifact.digest)
    return artifact
  }

  #tagName(): string {
    return `${this.#options.name}-${this.#options.random.below(tagsOfOne)}`
  }

  #tagNames(): string[] {
    const name = this.#tagName()
    return this.#options.random.isLucky(0.1) ? unique([name, this.#tagName()]) : [name]
  }

  #tagIn(repository: string): Tag {
    return this.#options.world.tag(repository, this.#tagName())
  }

  /** Picks a tag of this client that points at something. */
  #taggedHere(): Tag | undefined {
    const { random, world, name } = this.#options
    return random.of(world.tags().filter((tag) => tag.name.startsWith(`${name}-`) && !tag.isBusy))
  }

  #takeUntagged(repository: string): Artifact[] {
    const at = this.#untagged.findIndex(([where]) => where === repository)
    return at < 0 ? [] : this.#untagged.splice(at, 1).map(([, artifact]) => artifact)
  }
}

const unique = <Item>(items: readonly Item[]): Item[] => [...new Set(items)]
