/**
 * Decides what is garbage, as pure functions of facts. A manifest is used if a tag or a pin leads to it: its own, one
 * of an index that lists it, or one of its subject. A blob of a repository is used if a manifest of that repository names it.
 * Bytes are used if any repository has the blob, or if they are the body of a manifest.
 *
 * Unused content is deleted if neither it nor anything above it was pushed, mounted, confirmed or released since the
 * cutoff: the start of the run minus the grace period.
 */
import type { Keeping } from '../db/content/ancestry.ts'
import { keptAsReferrer, keptAsUntagged, type BlobFacts, type LinkFacts, type ManifestFacts } from './review-store.ts'

export type Decision =
  | { readonly kind: 'delete' }
  /** It is used, or does not exist any more: its review is deleted until a later change adds one. */
  | { readonly kind: 'forget' }
  /** Its review is postponed. */
  | { readonly kind: 'wait'; readonly since: number }

/** The indexes that list it are deleted first. Their deletion queues it again. */
export type ManifestDecision = Decision | { readonly kind: 'indexesFirst' }

const remove = { kind: 'delete' } as const
const forget = { kind: 'forget' } as const
const waitSince = (since: number) => ({ kind: 'wait', since }) as const

export function decideManifest(facts: ManifestFacts, cutoff: number, keeping: Keeping): ManifestDecision {
  const { isThere, isListed, ancestry } = facts
  if (!isThere || ancestry.isUsed) return forget
  // Each waits by itself: of two manifests above each other, each may be kept by another setting.
  if (keeping.keepUntagged && ancestry.hasOrigin) return waitSince(keptAsUntagged(ancestry.usedAt))
  if (!keeping.deleteReferrers && ancestry.hasReferrer) return waitSince(keptAsReferrer(ancestry.usedAt))
  if (ancestry.usedAt > cutoff) return waitSince(ancestry.usedAt)
  return isListed ? { kind: 'indexesFirst' } : remove
}

export function decideLink({ isThere, isNamed, linkedAt }: LinkFacts, cutoff: number): Decision {
  if (!isThere || isNamed) return forget
  return linkedAt > cutoff ? waitSince(linkedAt) : remove
}

/** Decides about bytes, whose grace period was that of the last repository with the blob. */
export const decideBlob = ({ isThere, isUsed }: BlobFacts): Decision => (!isThere || isUsed ? forget : remove)
