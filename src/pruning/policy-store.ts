/** Pruning policies, as administrators of their repository make and change them. Each function is one round trip. */
import { sql, type SQL } from 'drizzle-orm'
import { runBatch, type Database } from '../db/database.ts'
import { recordEvents, type Attribution } from '../db/events/events.ts'
import { declareObjectType } from '../db/events/object-types.ts'
import { jsonPiecesOf } from '../db/pieces.ts'
import type { RepositoryKey } from '../db/repositories/repositories.ts'
import type { EventType } from '../db/events/schema.ts'
import { isThere } from '../db/repositories/visible-repositories.ts'

export const policyObject = declareObjectType('policy', { isForAdministrators: true })

export interface PolicyRecord {
  readonly id: string
  readonly enabled: boolean
  /** JSON. */
  readonly rules: string
  /** The policy judges only tags that were updated after this time; zero: all. */
  readonly tagsSince: number
  readonly lastPrunedAt: number | undefined
}

interface Row {
  id: string
  enabled: number
  rules: string
  tagsSince: number
  lastPrunedAt: number | null
}

const columns: SQL = sql`id, enabled, rules, tags_since AS tagsSince, last_pruned_at AS lastPrunedAt`
const policyOf = (row: Row): PolicyRecord => ({
  ...row,
  enabled: row.enabled === 1,
  lastPrunedAt: row.lastPrunedAt ?? undefined,
})

/** Matches a policy, if it is one of the repository. */
const isPolicy = (repositoryId: number, id: string): SQL => sql`id = ${id} AND repository_id = ${repositoryId}`

/** Lists the policies of a repository, in the order in which they were made. Index: pruning_policies_by_repository. */
export async function listPolicies(db: Database, repositoryId: number): Promise<PolicyRecord[]> {
  const rows = await db.all<Row>(sql`
    SELECT ${columns} FROM pruning_policies WHERE repository_id = ${repositoryId} ORDER BY created_at, id`)
  return rows.map(policyOf)
}

/** Finds a policy of a repository. Key: pruning_policies. */
export async function findPolicy(db: Database, repositoryId: number, id: string): Promise<PolicyRecord | undefined> {
  const [row] = await db.all<Row>(sql`
    SELECT ${columns} FROM pruning_policies WHERE ${isPolicy(repositoryId, id)}`)
  return row === undefined ? undefined : policyOf(row)
}

export interface NewPolicy {
  readonly enabled: boolean
  readonly rules: string
  readonly tagsSince: number
}

export interface ReturnedPolicy {
  readonly rules: string
  readonly createdAt: number
  readonly tagsSince: number
}

/**
 * Inserts policies out of a backup, switched off, into a repository that has none. Their rules are too long for one list.
 * Index: pruning_policies_by_repository.
 */
export async function insertReturned(
  db: Database,
  repositoryId: number,
  policies: readonly ReturnedPolicy[],
): Promise<void> {
  const returned = policies.map((policy) => ({ ...policy, id: crypto.randomUUID() }))
  const ids = JSON.stringify(returned.map(({ id }) => id))
  await runBatch(
    db,
    {
      inserted: jsonPiecesOf(returned).map(
        (piece) => sql`
          INSERT INTO pruning_policies (id, repository_id, enabled, rules, created_at, version, tags_since)
          SELECT value ->> 'id', ${repositoryId}, 0, value ->> 'rules', value ->> 'createdAt', 1, value ->> 'tagsSince'
          FROM json_each(${piece})
          WHERE NOT EXISTS (
            SELECT 1 FROM pruning_policies
            WHERE repository_id = ${repositoryId} AND id NOT IN (SELECT value FROM json_each(${ids})))
          ON CONFLICT (id) DO NOTHING`,
      ),
    },
    'repeatable',
  )
}

/**
 * Inserts a policy with its event.
 * Index: pruning_policies_by_repository. Key: repositories.
 *
 * @param most how many a repository may have
 */
export async function insertPolicy(
  db: Database,
  repository: RepositoryKey,
  { enabled, rules, tagsSince }: NewPolicy,
  most: number,
  attribution: Attribution,
): Promise<PolicyRecord | 'no-repository' | 'too-many'> {
  const id = crypto.randomUUID()
  const { inserted, found } = await runBatch(db, {
    inserted: sql<Row>`
      INSERT INTO pruning_policies (id, repository_id, enabled, rules, created_at, version, tags_since)
      SELECT ${id}, id, ${Number(enabled)}, ${rules}, ${attribution.now}, 1, ${tagsSince} FROM repositories
      WHERE id = ${repository.id} AND ${isThere}
        AND (SELECT count(*) FROM pruning_policies WHERE repository_id = ${repository.id}) < ${most}
      RETURNING ${columns}`,
    event: recordChange(repository, id, 'CREATE', attribution),
    found: sql`SELECT id FROM repositories WHERE id = ${repository.id} AND ${isThere}`,
  })
  if (inserted.first !== undefined) return policyOf(inserted.first)
  return found.rows.length === 1 ? 'too-many' : 'no-repository'
}

/** The changes of a policy; an undefined field stays as it is. */
export type PolicyChanges = { readonly [Field in keyof NewPolicy]: NewPolicy[Field] | undefined }

/**
 * Changes a policy, with an event.
 * Key: pruning_policies.
 *
 * @returns the changed policy; undefined if it does not exist
 */
export async function updatePolicy(
  db: Database,
  repository: RepositoryKey,
  id: string,
  { enabled, rules, tagsSince }: PolicyChanges,
  attribution: Attribution,
): Promise<PolicyRecord | undefined> {
  const { updated } = await runBatch(db, {
    updated: sql<Row>`
      UPDATE pruning_policies
      SET enabled = coalesce(${enabled === undefined ? null : Number(enabled)}, enabled), version = version + 1,
        rules = coalesce(${rules ?? null}, rules), tags_since = coalesce(${tagsSince ?? null}, tags_since)
      WHERE ${isPolicy(repository.id, id)}
      RETURNING ${columns}`,
    event: recordChange(repository, id, 'UPDATE', attribution),
  })
  return updated.first === undefined ? undefined : policyOf(updated.first)
}

/**
 * Deletes a policy, with an event.
 * Key: pruning_policies.
 *
 * @returns whether it was there
 */
export async function deletePolicy(
  db: Database,
  repository: RepositoryKey,
  id: string,
  attribution: Attribution,
): Promise<boolean> {
  const { deleted } = await runBatch(db, {
    event: recordChange(repository, id, 'DELETE', attribution),
    deleted: sql`DELETE FROM pruning_policies WHERE ${isPolicy(repository.id, id)} RETURNING id`,
  })
  return deleted.rows.length === 1
}

/** The longest rules that an event holds, in characters; of longer ones it holds their number. */
const longestInEvent = 4000

/**
 * Records the policy as of this point of the batch, so that the reason for a deletion is known later.
 * Key: pruning_policies.
 */
function recordChange(
  { id: repositoryId, name }: RepositoryKey,
  id: string,
  type: EventType,
  attribution: Attribution,
): SQL {
  return recordEvents(
    { actor: attribution.by, type, objectType: policyObject.name, repository: name, now: attribution.now },
    {
      objectId: sql`id`,
      objectName: sql`id`,
      content: sql`json_object('kind', 'pruning', 'enabled', json(iif(enabled, 'true', 'false')),
        'rules', json(iif(length(rules) <= ${longestInEvent}, rules, json_array_length(rules))))`,
      from: sql`pruning_policies WHERE ${isPolicy(repositoryId, id)}`,
    },
  )
}
