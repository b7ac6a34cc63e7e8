/** The statements with which one repository comes back into a running registry. */
import { sql } from 'drizzle-orm'
import { databaseTime, runBatch, type Database } from '../../db/database.ts'
import { accompaniedBy } from '../../db/content/accompanying.ts'
import { renewedLink } from '../../db/content/blobs.ts'
import { recordEvent, recordEvents } from '../../db/events/events.ts'
import { jsonPiecesOf } from '../../db/pieces.ts'
import { isThere } from '../../db/repositories/visible-repositories.ts'
import type { Digest, RepositoryName } from '../../names.ts'

/** A repository of the registry. */
export interface Target {
  readonly id: number
  readonly name: RepositoryName
}

/** Finds a repository. Index: repositories_name_unique. */
export async function findTarget(db: Database, name: RepositoryName): Promise<Target | undefined> {
  const [row] = await db.all<{ id: number }>(sql`SELECT id FROM repositories WHERE name = ${name} AND ${isThere}`)
  return row === undefined ? undefined : { id: row.id, name }
}

/** Begins the grace of those manifests that the repository has, and returns their digests. Key: manifests. */
export async function confirmManifests(
  db: Database,
  { id }: Target,
  digests: readonly Digest[],
): Promise<ReadonlySet<Digest>> {
  const { confirmed } = await runBatch(
    db,
    {
      confirmed: sql<{ digest: Digest }>`
        UPDATE manifests SET confirmed_at = ${databaseTime}
        WHERE repository_id = ${id} AND digest IN (SELECT value FROM json_each(${JSON.stringify(digests)}))
        RETURNING digest`,
    },
    'repeatable',
  )
  return new Set(confirmed.rows.map(({ digest }) => digest))
}

/**
 * Links the blobs that the registry has, and begins their grace.
 * Index: repositories_name_unique. Key: blobs, repository_blobs.
 *
 * @returns those that the registry has not, or has lost, in their order
 */
export async function linkBlobs(db: Database, target: Target, digests: readonly Digest[]): Promise<readonly Digest[]> {
  const pieces = jsonPiecesOf(digests)
  if (pieces.length === 0) return []
  const isWhole = sql`EXISTS (SELECT 1 FROM blobs WHERE blobs.digest = value AND lost_at IS NULL)`
  const { missing } = await runBatch(
    db,
    {
      linked: pieces.map(
        (piece) => sql`
          INSERT INTO repository_blobs (repository_id, digest, linked_at)
          SELECT repositories.id, value, ${databaseTime} FROM json_each(${piece})
          CROSS JOIN repositories ON repositories.name = ${target.name} AND repositories.id = ${target.id}
          WHERE ${isWhole}
          ON CONFLICT (repository_id, digest) DO UPDATE SET linked_at = ${renewedLink}`,
      ),
      missing: pieces.map(
        (piece) => sql<{ digest: Digest }>`SELECT value AS digest FROM json_each(${piece}) WHERE NOT ${isWhole}`,
      ),
    },
    'repeatable',
  )
  return missing.flatMap(({ rows }) => rows.map(({ digest }) => digest)).sort()
}

export interface PushedManifest {
  readonly digest: Digest
  readonly pushedBy: string
  readonly pushedAt: number
}

/** Says of manifests who had pushed them and when; their grace begins now. Key: manifests. */
export async function datePushes(db: Database, { id }: Target, pushed: readonly PushedManifest[]): Promise<void> {
  const listed = JSON.stringify(pushed)
  await runBatch(
    db,
    {
      dated: sql`
        UPDATE manifests SET confirmed_at = ${databaseTime}, pushed_by = value ->> 'pushedBy', pushed_at = value ->> 'pushedAt'
        FROM json_each(${listed}) WHERE repository_id = ${id} AND digest = value ->> 'digest'`,
    },
    'repeatable',
  )
}

export interface RestoredTag {
  readonly name: string
  readonly digest: Digest
  readonly createdAt: number
  readonly updatedBy: string
  readonly updatedAt: number
}

/** Why a tag does not point at what it pointed at. */
export interface LeftTag {
  readonly name: string
  readonly digest: Digest
  readonly hasImage: 0 | 1
  /** What it points at in the registry; null if it is not there. */
  readonly now: Digest | null
}

/**
 * Points tags at their manifests, where these are there and the limit of the repository has room. One that points elsewhere is
 * moved if that is wanted and allowed.
 * Index: tags_by_age. Key: manifests, repositories, tags.
 *
 * @returns how many were pointed, and those that do not point at theirs
 */
export async function pointTags(
  db: Database,
  { id, name }: Target,
  tags: readonly RestoredTag[],
  movesTags: boolean,
  now: number,
): Promise<{ readonly pointed: number; readonly left: readonly LeftTag[] }> {
  const listed = JSON.stringify(tags)
  const field = (which: string) => sql.raw(`value ->> '${which}'`)
  const isNew = sql`NOT EXISTS (SELECT 1 FROM tags WHERE repository_id = ${id} AND tags.name = ${field('name')})`
  const isMoved = movesTags
    ? sql`EXISTS (
        SELECT 1 FROM tags WHERE repository_id = ${id} AND tags.name = ${field('name')} AND tags.digest <> ${field('digest')})
        AND (SELECT immutable_tags FROM repositories WHERE id = ${id}) = 0`
    : sql`false`
  const hasImage = sql`EXISTS (SELECT 1 FROM manifests WHERE repository_id = ${id} AND manifests.digest = ${field('digest')})`
  const limit = sql`(SELECT nullif(tag_limit, 0) FROM repositories WHERE id = ${id})`
  const counted = sql`(SELECT count(*) FROM tags WHERE repository_id = ${id} AND accompanies IS NULL)`
  const candidates = sql`
    SELECT value, sum(${isNew} AND ${accompaniedBy(field('name'))} IS NULL) OVER (
      ORDER BY ${field('updatedAt')} DESC, ${field('name')} ROWS UNBOUNDED PRECEDING) AS place
    FROM json_each(${listed}) WHERE ${hasImage} AND (${isNew} OR ${isMoved})`
  const some = sql`(${candidates}) WHERE place <= coalesce(max(0, ${limit} - ${counted}), place)`
  const { pointed, left } = await runBatch(db, {
    events: recordEvents(
      { actor: '', objectType: 'tag', repository: name, type: 'CREATE', now },
      { objectId: field('digest'), objectName: field('name'), from: some },
    ),
    pointed: sql`
      INSERT INTO tags (repository_id, name, digest, created_at, updated_by, updated_at)
      SELECT ${id}, ${field('name')}, ${field('digest')}, ${field('createdAt')}, ${field('updatedBy')}, ${field('updatedAt')}
      FROM ${some}
      ON CONFLICT (repository_id, name) DO UPDATE
      SET digest = excluded.digest, updated_by = excluded.updated_by, updated_at = excluded.updated_at, is_orphaned = 0
      RETURNING name`,
    left: sql<LeftTag>`
      SELECT ${field('name')} AS name, ${field('digest')} AS digest, ${hasImage} AS hasImage, tags.digest AS now
      FROM json_each(${listed})
      LEFT JOIN tags ON tags.repository_id = ${id} AND tags.name = ${field('name')}
      WHERE tags.digest IS NOT ${field('digest')}`,
  })
  return { pointed: pointed.rows.length, left: left.rows }
}

export interface Grant {
  readonly teamId: string
  readonly rank: number
}

/** Grants a new repository to those of the teams that are teams of its namespace still. Key: accounts, repositories, teams. */
export async function grantTeams(db: Database, { id }: Target, grants: readonly Grant[]): Promise<void> {
  const pieces = jsonPiecesOf(grants)
  if (pieces.length === 0) return
  await runBatch(
    db,
    {
      granted: pieces.map(
        (piece) => sql`
          INSERT INTO repository_grants (repository_id, team_id, rank)
          SELECT repositories.id, teams.id, value ->> 'rank' FROM json_each(${piece})
          CROSS JOIN repositories ON repositories.id = ${id}
          CROSS JOIN teams ON teams.id = value ->> 'teamId'
          CROSS JOIN accounts ON accounts.id = teams.organization_id AND accounts.name = repositories.namespace
          WHERE true ON CONFLICT DO NOTHING`,
      ),
    },
    'repeatable',
  )
}

export interface Policy {
  readonly mode: 'report' | 'enforce'
  readonly updatedAt: number
  readonly teams: readonly { readonly id: string; readonly name: string }[]
}

/** Gives a new repository the signature policy that it had. A team that is gone stays in it. Key: trust_policies. */
export async function demandSignatures(
  db: Database,
  { id }: Target,
  { mode, updatedAt, teams }: Policy,
): Promise<void> {
  const policy = sql`(SELECT id FROM trust_policies WHERE repository_id = ${id})`
  await runBatch(
    db,
    {
      policy: sql`
        INSERT INTO trust_policies (id, repository_id, mode, updated_at)
        VALUES (${crypto.randomUUID()}, ${id}, ${mode}, ${updatedAt}) ON CONFLICT DO NOTHING`,
      teams: sql`
        INSERT INTO trust_policy_teams (policy_id, team_id, team_name)
        SELECT ${policy}, value ->> 'id', value ->> 'name' FROM json_each(${JSON.stringify(teams)}) WHERE true
        ON CONFLICT DO NOTHING`,
    },
    'repeatable',
  )
}

export interface RestoredEvent {
  readonly backup: string
  readonly counts: Readonly<Record<string, number>>
  readonly now: number
  /** Set for a repository that was made again: the counts of its pulls and pushes. */
  readonly uses: { readonly pulls: number; readonly pushes: number } | undefined
}

/** Ends the restore of a repository with its event. The event of the job says who asked for it. Key: repositories. */
export async function recordRestored(
  db: Database,
  { id, name }: Target,
  { backup, counts, now, uses }: RestoredEvent,
): Promise<void> {
  await runBatch(db, {
    uses:
      uses &&
      sql`UPDATE repositories SET pulls = max(pulls, ${uses.pulls}), pushes = max(pushes, ${uses.pushes}) WHERE id = ${id}`,
    event: recordEvent({
      actor: '',
      type: 'UPDATE',
      objectType: 'repository',
      objectId: name,
      objectName: name,
      repository: name,
      content: { restoredFrom: backup, ...counts },
      now,
    }),
  })
}
