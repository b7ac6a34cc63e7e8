/**
 * What is garbage, as pure functions of facts. A manifest is used when a tag leads to it: its own, one of an index that
 * lists it, or one of what it is about. A blob of a repository is used when a manifest of that repository names it, and
 * the bytes are when any repository has the blob, or a manifest has them for its body.
 *
 * Unused content is deleted if neither it nor anything above it was pushed, mounted, confirmed or released since the
 * cutoff: the start of the run minus the grace period.
 */
import type { Keeping } from '../db/content/ancestry.ts'
import { keptAsReferrer, keptAsUntagged, type BlobFacts, type LinkFacts, type ManifestFacts } from './review-store.ts'

export type Decision =
  | { readonly kind: 'delete' }
  /** It is used, or not there any more: its review goes until something happens to it again. */
  | { readonly kind: 'forget' }
  /** Its review is put off. */
  | { readonly kind: 'wait'; readonly since: number }

/** What lists it goes before it; with that the database queues it again. */
export type ManifestDecision = Decision | { readonly kind: 'indexesFirst' }

const remove = { kind: 'delete' } as const
const forget = { kind: 'forget' } as const
const waitSince = (since: number) => ({ kind: 'wait', since }) as const

export function decideManifest(facts: ManifestFacts, cutoff: number, keeping: Keeping): ManifestDecision {
  const { isThere, isListed, ancestry } = facts
  if (!isThere || ancestry.isUsed) return forget
  // Each waits for itself: of two that are above each other, one may be kept now by this setting, one later by that.
  if (keeping.keepUntagged && ancestry.hasOrigin) return waitSince(keptAsUntagged(ancestry.usedAt))
  if (!keeping.deleteReferrers && ancestry.hasReferrer) return waitSince(keptAsReferrer(ancestry.usedAt))
  if (ancestry.usedAt > cutoff) return waitSince(ancestry.usedAt)
  return isListed ? { kind: 'indexesFirst' } : remove
}

export function decideLink({ isThere, isNamed, linkedAt }: LinkFacts, cutoff: number): Decision {
  if (!isThere || isNamed) return forget
  return linkedAt > cutoff ? waitSince(linkedAt) : remove
}

/** Its grace was that of the last repository which had it. */
export const decideBlob = ({ isThere, isUsed }: BlobFacts): Decision => (!isThere || isUsed ? forget : remove)
