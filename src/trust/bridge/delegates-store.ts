/** Collections in which the registry may be a delegate: when it has to look at them, and what it found. */
import { sql, type SQL } from 'drizzle-orm'
import type { Database } from '../../db/database.ts'
import { insertUnlessUnderWay, type NewJob } from '../../db/jobs/jobs.ts'
import { isThere } from '../../db/repositories/visible-repositories.ts'
import type { RepositoryName } from '../../names.ts'
import { sourceOf } from '../notary/facts-store.ts'
import type { trustDelegates } from './schema.ts'

export type DelegateProblem = NonNullable<(typeof trustDelegates.$inferSelect)['problem']>

/**
 * Returns the statement that makes a collection due after a publication. Key: trust_delegates.
 *
 * @param delegates whether other keys than that of `targets` sign in it: only then it may be the registry's
 */
export const noteDelegate = (collectionId: number, delegates: boolean): SQL =>
  delegates
    ? sql`
        INSERT INTO trust_delegates (collection_id) VALUES (${collectionId})
        ON CONFLICT (collection_id) DO UPDATE SET changes = changes + 1, due_at = 0`
    : sql`UPDATE trust_delegates SET changes = changes + 1, due_at = 0 WHERE collection_id = ${collectionId}`

/** Returns the statement that forgets a collection. Key: trust_delegates. */
export const forgetDelegate = (collectionId: number): SQL =>
  sql`DELETE FROM trust_delegates WHERE collection_id = ${collectionId}`

/**
 * Returns the statement that takes back the pins of tags in `targets/releases` that the registry alone has put there, as
 * its own role says. Such a tag may be deleted, as the registry withdraws what it signed by itself; the image stays pinned
 * by its own signature. Key: pins. Index: signature_facts_by_name,
 * registry_keys_fingerprint_unique.
 */
export function unpinOwnTags(
  { id, repositoryId }: { readonly id: number; readonly repositoryId: number },
  pinnedBy: string,
): SQL {
  const fact = (isBy: SQL): SQL => sql`EXISTS (
    SELECT 1 FROM signature_facts INDEXED BY signature_facts_by_name
    WHERE signature_facts.repository_id = ${repositoryId} AND signature_facts.name = pins.name
      AND signature_facts.name <> '' AND signature_facts.kind = 'notary'
      AND signature_facts.source <> ${sourceOf(id, 'targets/releases')}
      AND signature_facts.fingerprint ${isBy} (SELECT fingerprint FROM registry_keys))`
  return sql`
    DELETE FROM pins
    WHERE repository_id = ${repositoryId} AND kind = 'tag' AND pinned_by = ${pinnedBy}
      AND ${fact(sql`IN`)} AND NOT ${fact(sql`NOT IN`)}`
}

/** A collection that has to be looked at. */
export interface DueDelegate {
  readonly collectionId: number
  readonly repositoryId: number
  readonly repository: RepositoryName
  readonly gun: string
  readonly changes: number
}

/** Selects from the collections that are due. Index: trust_delegates_due. Key: trust_collections, repositories. */
const fromDue = (now: number): SQL => sql`
  FROM trust_delegates
  CROSS JOIN trust_collections ON trust_collections.id = trust_delegates.collection_id
  CROSS JOIN repositories ON repositories.id = trust_collections.repository_id AND ${isThere}
  WHERE trust_delegates.due_at <= ${now}`

/** Finds some of the collections that are due, those first that are so for longest. */
export const findDueDelegates = (db: Database, now: number, limit: number): Promise<DueDelegate[]> =>
  db.all<DueDelegate>(sql`
    SELECT trust_delegates.collection_id AS collectionId, repositories.id AS repositoryId,
      repositories.name AS repository, trust_collections.gun, trust_delegates.changes
    ${fromDue(now)} ORDER BY trust_delegates.due_at LIMIT ${limit}`)

/**
 * Notes that a collection was looked at. What changed since the look keeps it due. Key: trust_delegates.
 *
 * @param dueAt when it is looked at again
 */
export async function noteLook(
  db: Database,
  { collectionId, changes }: Pick<DueDelegate, 'collectionId' | 'changes'>,
  dueAt: number,
  problem: DelegateProblem | null,
): Promise<void> {
  await db.run(sql`
    UPDATE trust_delegates SET due_at = iif(changes = ${changes}, ${dueAt}, due_at), problem = ${problem}
    WHERE collection_id = ${collectionId}`)
}

/** Forgets a collection that does not delegate to the registry, unless it changed since the look. Key: trust_delegates. */
export async function dropDelegate(
  db: Database,
  { collectionId, changes }: Pick<DueDelegate, 'collectionId' | 'changes'>,
): Promise<void> {
  await db.run(sql`DELETE FROM trust_delegates WHERE collection_id = ${collectionId} AND changes = ${changes}`)
}

/** Makes all collections due. Scan: trust_delegates, one row for each collection with signers. */
export const allDue = (): SQL => sql`UPDATE trust_delegates SET changes = changes + 1, due_at = 0`

/**
 * Makes the collections of some repositories due. Index: repositories_name_unique, trust_collections_by_gun. Key:
 * trust_delegates.
 */
export const dueOf = (repositories: readonly RepositoryName[]): SQL => sql`
  UPDATE trust_delegates SET changes = changes + 1, due_at = 0
  WHERE collection_id IN (
    SELECT trust_collections.id FROM json_each(${JSON.stringify(repositories)}) AS wanted
    CROSS JOIN repositories ON repositories.name = wanted.value
    CROSS JOIN trust_collections ON trust_collections.repository_id = repositories.id)`

/** Inserts the job while a collection is due, unless it is under way. Index: jobs_unfinished. */
export async function insertDelegateJob(db: Database, job: NewJob, now: number): Promise<void> {
  await db.run(insertUnlessUnderWay(job, now, sql`EXISTS (SELECT 1 ${fromDue(now)})`))
}

/** A problem, with one of the collections that have it. */
export interface StuckDelegates {
  readonly problem: DelegateProblem
  readonly gun: string
  readonly count: number
}

/** Lists the problems of collections. Index: trust_delegates_stuck. Key: trust_collections. */
export const findStuck = (db: Database): Promise<StuckDelegates[]> =>
  db.all<StuckDelegates>(sql`
    SELECT problem, min(trust_collections.gun) AS gun, count(*) AS count
    FROM trust_delegates JOIN trust_collections ON trust_collections.id = trust_delegates.collection_id
    WHERE problem IS NOT NULL GROUP BY problem`)
