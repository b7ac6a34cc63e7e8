/**
 * The evaluation of policies: the tags of a repository that they would delete, and those of them that stay, and why.
 */
import type { Database } from '../db/database.ts'
import { findTrust, type Condemned, type Trust } from './tag-store.ts'
import { listTagDetails, type TagDetails, type TagRange } from '../db/content/tag-details.ts'
import type { Matcher } from './rules.ts'

/** A policy that judges tags: a stored one, or one that is only tried. */
export interface PolicyMatcher {
  readonly id: string
  readonly version: number
  readonly matches: Matcher
  /** The policy judges only tags that were updated after this time. */
  readonly tagsSince: number
}

export interface Evaluation {
  readonly condemned: readonly Condemned[]
  /** The number of tags that match a policy but stay, as they are signed or are signatures. */
  readonly kept: number
  readonly lookedAt: number
  /** The first tag that was not looked at. */
  readonly next: string | undefined
}

/** Tells whether the tag or its image is signed: no policy deletes such a tag. */
export const hasSignature = ({ hasSignatureReferrer, hasSignatureTag, isPinned }: Trust): boolean =>
  hasSignatureReferrer || hasSignatureTag || isPinned

/** Tells whether a policy may delete it. */
export const isPrunable = (trust: Trust): boolean => !hasSignature(trust) && !trust.accompaniesImage

/** Returns the first policy that condemns a tag. */
export function matchingPolicy(
  tag: TagDetails,
  policies: readonly PolicyMatcher[],
  now: number,
): PolicyMatcher | undefined {
  return policies.find(({ matches, tagsSince }) => tag.updatedAt > tagsSince && matches(tag, now))
}

/** Evaluates policies for tags from a name on (inclusive), at most so many. */
export async function evaluateTags(
  db: Database,
  repositoryId: number,
  policies: readonly PolicyMatcher[],
  { from, limit }: TagRange,
  now: number,
): Promise<Evaluation> {
  const read = await listTagDetails(db, repositoryId, { from, limit: limit + 1 })
  const tags = read.slice(0, limit)
  const matched = tags.flatMap(({ name, digest, updatedAt, ...rest }): Condemned[] => {
    const policy = matchingPolicy({ name, digest, updatedAt, ...rest }, policies, now)
    return policy === undefined ? [] : [{ name, digest, updatedAt, policy: { id: policy.id, version: policy.version } }]
  })
  const names = matched.map(({ name }) => name)
  const trusts = await findTrust(db, repositoryId, names)
  const condemned = matched.filter(({ name }) => {
    const trust = trusts.get(name)
    return trust !== undefined && isPrunable(trust)
  })
  return { condemned, kept: matched.length - condemned.length, lookedAt: tags.length, next: read[limit]?.name }
}
