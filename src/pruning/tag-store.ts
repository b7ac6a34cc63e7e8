/** Tags as policies judge and delete them. Each function is one round trip to D1. */
import { sql, type SQL } from 'drizzle-orm'
import type { Digest, RepositoryName, Tag } from '../names.ts'
import { runBatch, type Database } from '../db/database.ts'
import { recordEvents } from '../db/events/events.ts'
import { isUnfinished } from '../db/jobs/jobs.ts'
import { repositoryIdOf, type RepositoryKey } from '../db/repositories/repositories.ts'
import { isPinnedTag } from '../db/content/pins.ts'
import { accompaniesImage, hasSignatureReferrer, hasSignatureTag } from '../db/content/signatures.ts'
import { isThere } from '../db/repositories/visible-repositories.ts'

/** A policy that is in force. */
export interface EnabledPolicy {
  readonly id: string
  /** JSON. */
  readonly rules: string
  readonly version: number
  /** The policy judges only tags that were updated after this time. */
  readonly tagsSince: number
}

export interface PrunedRepository extends RepositoryKey {
  readonly immutableTags: boolean
  readonly policies: readonly EnabledPolicy[]
}

/**
 * Finds the first repository with an id at or after the given one and an enabled policy.
 * Index: pruning_policies_enabled. Key: repositories.
 *
 * @param only the one allowed
 */
export async function nextPrunedRepository(
  db: Database,
  from: number,
  only: RepositoryName | undefined,
): Promise<PrunedRepository | undefined> {
  const which = only === undefined ? sql`true` : sql`repository_id = ${repositoryIdOf(only)}`
  const next = sql`(
    SELECT repository_id FROM pruning_policies CROSS JOIN repositories ON repositories.id = repository_id
    WHERE enabled = 1 AND repository_id >= ${from} AND ${which} AND ${isThere}
    ORDER BY repository_id LIMIT 1)`
  const rows = await db.all<EnabledPolicy & { repositoryId: number; name: RepositoryName; immutableTags: number }>(sql`
    SELECT repositories.id AS repositoryId, repositories.name, repositories.immutable_tags AS immutableTags,
      policies.id, policies.rules, policies.version, policies.tags_since AS tagsSince
    FROM repositories CROSS JOIN pruning_policies AS policies ON policies.repository_id = repositories.id
    WHERE repositories.id = ${next} AND policies.enabled = 1
    ORDER BY policies.created_at, policies.id`)
  const [first] = rows
  if (first === undefined) return undefined
  const { repositoryId: id, name, immutableTags } = first
  return { id, name, immutableTags: immutableTags === 1, policies: rows }
}

/** Tells whether a worker goes through the repository at this moment, and through no other. Index: jobs_unfinished. */
export async function isBeingPruned(db: Database, repository: RepositoryName, now: number): Promise<boolean> {
  const rows = await db.all(sql`
    SELECT 1 FROM jobs INDEXED BY jobs_unfinished
    WHERE ${isUnfinished} AND status <> 'waiting' AND lease_until > ${now} AND action = 'tag_pruning'
      AND parameters ->> 'repository' = ${repository}
    LIMIT 1`)
  return rows.length > 0
}

/** The facts that protect a tag from deletion. */
export interface Trust {
  readonly hasSignatureReferrer: boolean
  readonly hasSignatureTag: boolean
  readonly isPinned: boolean
  /** True for a signature, or the like, of an image that is there. */
  readonly accompaniesImage: boolean
}

/** Reads the trust in each of the tags that exist, by name. Key: tags. */
export async function findTrust(
  db: Database,
  repositoryId: number,
  names: readonly Tag[],
): Promise<ReadonlyMap<Tag, Trust>> {
  if (names.length === 0) return new Map()
  const rows = await db.all<{ name: Tag } & Record<keyof Trust, number>>(sql`
    SELECT tags.name, ${hasSignatureReferrer} AS hasSignatureReferrer, ${hasSignatureTag} AS hasSignatureTag,
      ${isPinnedTag} AS isPinned, ${accompaniesImage} AS accompaniesImage
    FROM json_each(${JSON.stringify(names)}) AS wanted
    CROSS JOIN tags ON tags.repository_id = ${repositoryId} AND tags.name = wanted.value`)
  return new Map(
    rows.map((row) => [
      row.name,
      {
        hasSignatureReferrer: row.hasSignatureReferrer === 1,
        hasSignatureTag: row.hasSignatureTag === 1,
        isPinned: row.isPinned === 1,
        accompaniesImage: row.accompaniesImage === 1,
      },
    ]),
  )
}

/** A tag as it was when a policy was found to match it. */
export interface Condemned {
  readonly name: Tag
  readonly digest: Digest
  readonly updatedAt: number
  readonly policy: { readonly id: string; readonly version: number }
}

/**
 * Deletes those of the tags that are still as they were when they were judged, by policies that are still as they were,
 * and that nothing keeps by now.
 * Key: pruning_policies, tags.
 *
 * @returns the names of those that went
 * @throws what `isReadOnly` knows
 */
export async function deleteCondemned(
  db: Database,
  { id, name: repository }: RepositoryKey,
  condemned: readonly Condemned[],
  now: number,
): Promise<Tag[]> {
  if (condemned.length === 0) return []
  const found = stillCondemned(id, condemned)
  const { deleted } = await runBatch(db, {
    event: recordEvents(
      { actor: '', type: 'DELETE', objectType: 'tag', repository, now },
      {
        objectId: sql`tags.digest`,
        objectName: sql`tags.name`,
        content: sql`json_object('why', 'pruning policy', 'policy', policy.id)`,
        from: found,
      },
    ),
    policies: sql`UPDATE pruning_policies SET last_pruned_at = ${now} WHERE id IN (SELECT policy.id FROM ${found})`,
    // The number of changes would count what the triggers write.
    deleted: sql<{ name: Tag }>`DELETE FROM tags WHERE rowid IN (SELECT tags.rowid FROM ${found}) RETURNING name`,
  })
  return deleted.rows.map(({ name }) => name)
}

/**
 * Selects, after FROM, the tags that may still be deleted as they were judged.
 * Index: pruning_policies_by_repository. Key: tags, repositories.
 */
function stillCondemned(repositoryId: number, condemned: readonly Condemned[]): SQL {
  const rows = condemned.map(({ name, digest, updatedAt, policy }) => [
    name,
    digest,
    updatedAt,
    policy.id,
    policy.version,
  ])
  return sql`
    json_each(${JSON.stringify(rows)}) AS judged
    CROSS JOIN tags ON tags.repository_id = ${repositoryId} AND tags.name = judged.value ->> 0
    CROSS JOIN pruning_policies AS policy ON policy.id = judged.value ->> 3
    WHERE tags.digest = judged.value ->> 1 AND tags.updated_at = judged.value ->> 2
      AND policy.repository_id = ${repositoryId} AND policy.enabled = 1 AND policy.version = judged.value ->> 4
      AND EXISTS (SELECT 1 FROM repositories WHERE id = ${repositoryId} AND immutable_tags = 0 AND ${isThere})
      AND NOT ${hasSignatureReferrer} AND NOT ${hasSignatureTag} AND NOT ${isPinnedTag} AND NOT ${accompaniesImage}`
}
