/** The recorded pulls, and what they lack. Each function is one round trip to D1. */
import { sql, type SQL } from 'drizzle-orm'
import { runBatch, type Database } from '../../db/database.ts'
import { isThere } from '../../db/repositories/visible-repositories.ts'
import type { AccountName, Digest, RepositoryName } from '../../names.ts'
import { accompaniesImage, isSignedBy, policiesOf } from './decision-store.ts'
import { demandedTeams, nameOfDemanded, nameOfTeam, type PolicyOwner, type TeamReference } from './policy-store.ts'

/** Pulls of one image by one caller. */
export interface RecordedPulls {
  readonly repositoryId: number
  readonly repository: RepositoryName
  /** The tag, or the digest. */
  readonly name: string
  readonly digest: Digest
  /** Null for anonymous callers. */
  readonly actorId: string | null
  readonly actor: string
  readonly count: number
  /** When the latest of them was recorded. */
  readonly lastAt: number
}

export interface PullPlace {
  /** The id of the first event, which older ones follow; undefined for the newest. */
  readonly from: number | undefined
  /** How many events are looked at. */
  readonly limit: number
}

export interface PullPage {
  readonly pulls: readonly RecordedPulls[]
  /** Where the next page begins; undefined on the last one. */
  readonly next: number | undefined
}

/** An event has the time at which its request began, but its id is from the end, less than this later. */
const longestRequest = 24 * 3600 * 1000

/**
 * Reads the recorded pulls of repositories that are there, also those that a policy refused, among a bounded number of
 * events, the newest first.
 * Index: events_by_repository, events_by_time, repositories_name_unique. Key: events.
 */
export async function readPulls(
  db: Database,
  owner: PolicyOwner | undefined,
  since: number,
  { from = Number.MAX_SAFE_INTEGER, limit }: PullPlace,
): Promise<PullPage> {
  const ofRepository = owner?.kind === 'repository' ? sql`AND events.repository = ${owner.name}` : sql``
  const ofNamespace = owner?.kind === 'namespace' ? sql`AND repositories.namespace = ${owner.name}` : sql``
  const isWithin = sql`
    id <= ${from} ${ofRepository} AND id > coalesce((
      SELECT id FROM events WHERE published_at < ${since - longestRequest} ORDER BY published_at DESC LIMIT 1), 0)`
  const { pulls, following } = await runBatch(db, {
    pulls: sql<RecordedPulls>`
      SELECT repositories.id AS repositoryId, repositories.name AS repository, object_name AS name, object_id AS digest,
        actor_id AS actorId, actor, sum(content ->> 'count') AS count, max(published_at) AS lastAt
      FROM (SELECT * FROM events WHERE ${isWithin} ORDER BY id DESC LIMIT ${limit}) AS looked CROSS JOIN repositories ON repositories.name = looked.repository
      WHERE type IN ('GET', 'FAIL') AND object_type IN ('tag', 'manifest') AND published_at >= ${since}
        -- A name may be reused by an account that must not learn what was there before.
        AND published_at >= repositories.created_at AND ${isThere} ${ofNamespace}
      GROUP BY repositories.id, object_id, object_name, actor_id, actor
      ORDER BY max(looked.id) DESC`,
    // The first event of the next page, of which none may be left.
    following: sql<{ id: number }>`
      SELECT events.id FROM events WHERE ${isWithin} ORDER BY events.id DESC LIMIT 1 OFFSET ${limit}`,
  })
  return { pulls: pulls.rows, next: following.first?.id }
}

export type AskedImage = Pick<RecordedPulls, 'repositoryId' | 'digest'>

/**
 * Finds the teams of which no member has signed, for each of several images, as for a pull now. Key: trust_policy_teams.
 *
 * @param proposed the teams that a policy would demand; undefined for the policies that there are, in whatever mode
 * @returns the names of teams, in the order of the images
 */
export async function findMissingOfMany(
  db: Database,
  images: readonly AskedImage[],
  proposed: readonly (TeamReference & { readonly id: string })[] | undefined,
): Promise<string[][]> {
  const asked = JSON.stringify(images.map(({ repositoryId, digest }) => [repositoryId, digest]))
  const [id, digest] = [sql`(asked.value ->> 0)`, sql`(asked.value ->> 1)`]
  const lacks = (teamId: SQL): SQL => sql`NOT ${isSignedBy(id, digest, teamId)} AND NOT ${accompaniesImage(id, digest)}`
  const rows = await db.all<{ at: number; name: string }>(
    proposed === undefined
      ? sql`
        SELECT DISTINCT asked.key AS at, ${nameOfDemanded} AS name
        FROM json_each(${asked}) AS asked CROSS JOIN ${demandedTeams}
        WHERE trust_policy_teams.policy_id IN (${policiesOf(id)}) AND ${lacks(sql`trust_policy_teams.team_id`)}
        ORDER BY 1, 2`
      : sql`
        SELECT asked.key AS at, team.value ->> 1 AS name
        FROM json_each(${asked}) AS asked
        CROSS JOIN json_each(${JSON.stringify(proposed.map((team) => [team.id, nameOfTeam(team)]))}) AS team
        WHERE ${lacks(sql`(team.value ->> 0)`)}
        ORDER BY 1, 2`,
  )
  const missing = images.map((): string[] => [])
  for (const { at, name } of rows) missing[at]?.push(name)
  return missing
}

export interface PullingAccount {
  readonly id: string
  readonly name: AccountName
  readonly isAdmin: boolean
}

/** Finds the active users among accounts, by their ids. Key: accounts. */
export async function findActiveUsers(
  db: Database,
  ids: readonly string[],
): Promise<ReadonlyMap<string, PullingAccount>> {
  const rows = await db.all<{ id: string; name: AccountName; isAdmin: number }>(sql`
    SELECT accounts.id, accounts.name, accounts.is_admin AS isAdmin
    FROM json_each(${JSON.stringify(ids)}) AS asked CROSS JOIN accounts ON accounts.id = asked.value
    WHERE accounts.is_active = 1`)
  return new Map(rows.map(({ id, name, isAdmin }) => [id, { id, name, isAdmin: isAdmin === 1 }]))
}
