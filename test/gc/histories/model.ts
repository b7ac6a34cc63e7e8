/**
 * What a registry has, as plain sets, and what of it is used: the rule as it is written down in `src/gc/README.md`,
 * followed from the tags and pins downwards, while the database looks from each manifest upwards.
 */
import type { Digest } from '../../../src/names.ts'
import type { Bytes } from '../../support/content.ts'
import { pinners } from './steps.ts'

/** A manifest that a client may push to any repository. */
export interface Document {
  readonly digest: Digest
  readonly bytes: Bytes
  readonly mediaType: string
  readonly blobs: readonly Digest[]
  readonly children: readonly Digest[]
  readonly subject: Digest | undefined
  /** Its bytes are a blob. */
  readonly isLarge: boolean
}

export interface Repository {
  readonly tags: Map<string, Digest>
  /** A text of `keyOfPin` for each. */
  readonly pins: Set<string>
  /** Tags whose images were here and were deleted. */
  readonly orphaned: Set<string>
  readonly manifests: Map<Digest, Document>
  readonly links: Set<Digest>
  /**
   * When each manifest and blob was last pushed, mounted or asked for, and when a tag or a pin last led to a manifest.
   */
  readonly usedAt: Map<Digest, number>
}

export interface Policy {
  readonly keepUntagged: boolean
  readonly deleteReferrers: boolean
}

export const emptyRepository = (): Repository => ({
  tags: new Map(),
  pins: new Set(),
  orphaned: new Set(),
  manifests: new Map(),
  links: new Set(),
  usedAt: new Map(),
})

/** The kind of a pin, what it pins, and the kind of signature that does. */
export const keyOfPin = (pin: { readonly tag: string } | { readonly digest: Digest }, pinnedBy: string): string =>
  'tag' in pin ? `tag ${pin.tag} ${pinnedBy}` : `manifest ${pin.digest} ${pinnedBy}`

export const isPinned = (
  { pins }: Pick<Repository, 'pins'>,
  pin: { readonly tag: string } | { readonly digest: Digest },
): boolean => pinners.some((pinnedBy) => pins.has(keyOfPin(pin, pinnedBy)))

/** The tag of a signature of cosign. */
export const signatureTag = (image: Digest): string => `${image.replace(':', '-')}.sig`

const accompaniedBy = (tag: string): Digest | undefined =>
  tag.endsWith('.sig') ? (tag.replace('-', ':').slice(0, -4) as Digest) : undefined

/** What tags and pins lead to, and what the settings keep besides. */
export function usedManifests(repository: Repository, policy?: Policy): Set<Digest> {
  const { tags, orphaned, manifests } = repository
  const accompanying = [...tags].flatMap(([tag, target]) => {
    const image = accompaniedBy(tag)
    return image === undefined ? [] : [{ tag, target, image }]
  })
  const used = new Set<Digest>()
  for (const [tag, target] of tags) if (accompaniedBy(tag) === undefined) used.add(target)
  for (const digest of manifests.keys()) if (isPinned(repository, { digest })) used.add(digest)
  for (const [tag, target] of tags) if (isPinned(repository, { tag })) used.add(target)
  // Signatures may have a repository of their own.
  for (const { tag, target, image } of accompanying) {
    if (!manifests.has(image) && !orphaned.has(tag)) used.add(target)
  }
  for (const { digest, subject } of manifests.values()) {
    const isReferrer = subject !== undefined || accompanying.some(({ target }) => target === digest)
    if (policy?.keepUntagged === true && !isReferrer) used.add(digest)
    if (policy?.deleteReferrers === false && isReferrer) used.add(digest)
  }
  for (let before = -1; before !== used.size;) {
    before = used.size
    for (const { target, image } of accompanying) if (manifests.has(image) && used.has(image)) used.add(target)
    for (const manifest of manifests.values()) {
      if (used.has(manifest.digest)) for (const child of manifest.children) used.add(child)
      else if (manifest.subject !== undefined && manifests.has(manifest.subject) && used.has(manifest.subject)) {
        used.add(manifest.digest)
      }
    }
  }
  return used
}

/** The blobs that used manifests name. */
export function usedBlobs(repository: Repository, policy?: Policy): Set<Digest> {
  const used = usedManifests(repository, policy)
  return new Set([...repository.manifests.values()].flatMap(({ digest, blobs }) => (used.has(digest) ? blobs : [])))
}

/** What a run without grace leaves of a repository. */
export function collected(repository: Repository, policy: Policy): Pick<Repository, 'manifests' | 'links'> {
  const used = usedManifests(repository, policy)
  const manifests = new Map([...repository.manifests].filter(([digest]) => used.has(digest)))
  return { manifests, links: usedBlobs(repository, policy) }
}

/**
 * Tags and pins lead to these manifests at this time. Of a blob it is no use that a manifest names it: a client that deletes it by
 * hand may leave another one, long unused, with which the blob goes.
 */
export function noteUse(repository: Repository, now: number): void {
  for (const digest of usedManifests(repository)) repository.usedAt.set(digest, now)
}
