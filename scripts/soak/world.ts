/**
 * The content that must be in the registry, whatever the collector does. Each tag belongs to one client, which alone
 * moves and deletes it; meanwhile other clients cannot know what they find there.
 */
import { inlineBytes, type Artifact, type Blob } from './content.ts'

/** The one tag of each shared repository that belongs to no client. */
export const contendedTag = 'latest'

export interface Tag {
  readonly repository: string
  readonly name: string
  artifact: Artifact | undefined
  /** Changes with all that is done to it. */
  version: number
  /** True while its client changes it. */
  isBusy: boolean
}

/** The state of a tag when a client looked. */
export interface Sight {
  readonly tag: Tag
  readonly artifact: Artifact | undefined
  readonly version: number
  /** The number of deletions of its repository before. */
  readonly deletions: number
}

export interface Expected {
  readonly tags: number
  /** The digests of manifests by repository. */
  readonly manifests: ReadonlyMap<string, ReadonlySet<string>>
  readonly links: number
  readonly blobs: number
  readonly segments: number
}

export class World {
  readonly #tags = new Map<string, Tag>()
  /** The referrers by repository and subject. */
  readonly #referrers = new Map<string, Map<string, Artifact>>()
  readonly #contended = new Map<string, { readonly candidates: Map<string, Artifact>; isThere: boolean }>()
  readonly #deletions = new Map<string, number>()

  tag(repository: string, name: string): Tag {
    const key = `${repository}:${name}`
    const found = this.#tags.get(key) ?? { repository, name, artifact: undefined, version: 0, isBusy: false }
    this.#tags.set(key, found)
    return found
  }

  /** Returns the tags that point at something. */
  tags(): Tag[] {
    return [...this.#tags.values()].filter(({ artifact }) => artifact !== undefined)
  }

  /** Returns the tags of the repository that point at the artifact. */
  tagsOf(repository: string, { digest }: Artifact): Tag[] {
    return this.tags().filter((tag) => tag.repository === repository && tag.artifact?.digest === digest)
  }

  /** Marks tags as busy: until `settle` they may be as before or as they will be. */
  begin(tags: readonly Tag[]): void {
    for (const tag of tags) {
      tag.version++
      tag.isBusy = true
    }
  }

  settle(tags: readonly Tag[], artifact: Artifact | undefined): void {
    for (const tag of tags) {
      tag.artifact = artifact
      tag.version++
      tag.isBusy = false
    }
  }

  look(tag: Tag): Sight {
    return { tag, artifact: tag.artifact, version: tag.version, deletions: this.#deletionsOf(tag.repository) }
  }

  /** Tells whether the tag is untouched since. */
  isStill({ tag, version }: Sight): boolean {
    return tag.version === version && !tag.isBusy
  }

  /** Records the deletion of a repository: no client may expect any content of it. */
  beginDeletion(repository: string): void {
    this.#deletions.set(repository, this.#deletionsOf(repository) + 1)
  }

  /** Tells whether the repository was not deleted since, though the tag may have moved. */
  hasRepository({ tag, deletions }: Sight): boolean {
    return this.#deletionsOf(tag.repository) === deletions
  }

  #deletionsOf(repository: string): number {
    return this.#deletions.get(repository) ?? 0
  }

  /** Records an artifact to which the contended tag may point from now on, like those pushed before. */
  beginContended(repository: string, artifact: Artifact): void {
    this.#contendedOf(repository).candidates.set(artifact.digest, artifact)
  }

  settleContended(repository: string): void {
    this.#contendedOf(repository).isThere = true
  }

  contended(repository: string): { readonly candidates: ReadonlyMap<string, Artifact>; readonly isThere: boolean } {
    return this.#contendedOf(repository)
  }

  #contendedOf(repository: string) {
    const found = this.#contended.get(repository) ?? { candidates: new Map<string, Artifact>(), isThere: false }
    this.#contended.set(repository, found)
    return found
  }

  addReferrer(repository: string, referrer: Artifact): void {
    const key = `${repository}@${referrer.subject ?? ''}`
    const known = this.#referrers.get(key) ?? new Map<string, Artifact>()
    this.#referrers.set(key, known.set(referrer.digest, referrer))
  }

  referrersOf(repository: string, digest: string): Artifact[] {
    return [...(this.#referrers.get(`${repository}@${digest}`)?.values() ?? [])]
  }

  /** Returns the content that must be left after the last run of the collector, and nothing else. */
  expected(): Expected {
    const manifests = new Map<string, Map<string, Artifact>>()
    const reach = (repository: string, artifact: Artifact): void => {
      const known = manifests.get(repository) ?? new Map<string, Artifact>()
      manifests.set(repository, known)
      if (known.has(artifact.digest)) return
      known.set(artifact.digest, artifact)
      for (const one of [...artifact.children, ...this.referrersOf(repository, artifact.digest)]) reach(repository, one)
    }
    const tags = this.tags()
    for (const { repository, artifact } of tags) if (artifact !== undefined) reach(repository, artifact)
    const links = [...manifests.values()].map(blobsOf)
    const blobs = new Map(links.flatMap((own) => Array.from(own)))
    // What is the same manifest in two repositories is one blob.
    const large = [...manifests.values()].flatMap((own) =>
      Array.from(own.values()).filter(({ bytes }) => bytes.length > inlineBytes),
    )
    const bodies = new Set(large.map(({ digest }) => digest))
    return {
      tags: tags.length,
      manifests: new Map([...manifests].map(([repository, own]) => [repository, new Set(own.keys())])),
      links: links.reduce((sum, own) => sum + own.size, 0),
      blobs: blobs.size + bodies.size,
      segments: [...blobs.values()].reduce((sum, { chunks }) => sum + chunks, bodies.size),
    }
  }
}

function blobsOf(manifests: ReadonlyMap<string, Artifact>): Map<string, Blob> {
  return new Map([...manifests.values()].flatMap(({ blobs }) => blobs.map((blob) => [blob.digest, blob])))
}
