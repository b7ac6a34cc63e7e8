/**
 * Grants of teams on single repositories; `namespace-grants.ts` has those on whole namespaces. Each function is one
 * round trip to D1.
 */
import { sql, type SQL } from 'drizzle-orm'
import { levelOfRank, rankOf, type AccessLevel } from '../../access-levels.ts'
import type { TeamName } from '../../names.ts'
import { countOf } from '../counts.ts'
import { runBatch, type Database } from '../database.ts'
import { recordEvents, type Attribution } from '../events/events.ts'
import { selectRecord, type RepositoryKey } from '../repositories/repositories.ts'
import {
  isThere,
  repositoryColumns,
  repositoryRecord,
  type RepositoryRecord,
  type RepositoryRow,
} from '../repositories/visible-repositories.ts'

/** A team, as shown to a viewer. */
export interface SeenTeam {
  readonly id: string
  readonly name: TeamName
  readonly organizationId: string
  /** Whether the viewer is in it. */
  readonly isMember: boolean
}

export interface TeamGrant {
  readonly team: SeenTeam
  readonly level: AccessLevel
}

export interface RepositoryGrant {
  readonly repository: RepositoryRecord
  readonly level: AccessLevel
}

/** A page of a list in the order of names; `from` is its first name. */
export interface NamePage {
  readonly from: string
  readonly limit: number
  /** Whether the total is wanted too. */
  readonly isCounted: boolean
}

/** A page of a list; the total is undefined when it was not wanted. */
export interface Listed<Item> {
  readonly items: readonly Item[]
  readonly total: number | undefined
}

export interface TeamRow {
  id: string
  name: TeamName
  organizationId: string
  isMember: number
}

export interface GrantRow extends TeamRow {
  rank: number
}

export interface CountRow {
  total: number
}

/**
 * Selects the columns of `TeamRow`.
 * Key: team_members.
 *
 * @param viewerId the account that looks
 */
export const teamColumns = (viewerId: string): SQL => sql`
  teams.id, teams.name, teams.organization_id AS organizationId,
  EXISTS (SELECT 1 FROM team_members WHERE team_members.team_id = teams.id AND team_members.user_id = ${viewerId})
    AS isMember`

export const seenTeam = ({ id, name, organizationId, isMember }: TeamRow): SeenTeam => ({
  id,
  name,
  organizationId,
  isMember: isMember === 1,
})

export const teamGrant = (row: GrantRow): TeamGrant => ({ team: seenTeam(row), level: givenLevel(row.rank) })

/** Returns the level of a stored rank. @throws Error for the rank of `none`, which D1 never stores */
export function givenLevel(rank: number): AccessLevel {
  const level = levelOfRank(rank)
  if (level === 'none') throw new Error(`D1 has a grant of rank ${rank}`)
  return level
}

/** Builds the statement that counts the rows of a source; undefined for a page without a total. */
export const totalOf = ({ isCounted }: NamePage, from: SQL): SQL<CountRow> | undefined =>
  isCounted ? sql`SELECT ${countOf(from)} AS total` : undefined

const selectRepository = (id: number): SQL<RepositoryRow> => selectRecord(sql`repositories.id = ${id}`)

/**
 * Lists the teams with a grant on a repository, by their names.
 * Key: repository_grants, teams.
 *
 * @returns the repository too, undefined when it is gone
 */
export async function listRepositoryGrants(
  db: Database,
  repositoryId: number,
  viewerId: string,
  page: NamePage,
): Promise<Listed<TeamGrant> & { readonly repository: RepositoryRecord | undefined }> {
  const granted = sql`repository_grants WHERE repository_id = ${repositoryId}`
  const { repository, grants, count } = await runBatch(db, {
    repository: selectRepository(repositoryId),
    grants: sql<GrantRow>`
      SELECT ${teamColumns(viewerId)}, repository_grants.rank
      FROM repository_grants CROSS JOIN teams ON teams.id = repository_grants.team_id
      WHERE repository_grants.repository_id = ${repositoryId} AND teams.name >= ${page.from}
      ORDER BY teams.name LIMIT ${page.limit}`,
    count: totalOf(page, granted),
  })
  return {
    repository: repository.first === undefined ? undefined : repositoryRecord(repository.first),
    items: grants.rows.map(teamGrant),
    total: count?.first?.total,
  }
}

export interface RepositoryTeam {
  readonly repository: RepositoryKey
  readonly team: TeamName
}

/**
 * Joins a repository with the team of that name in its namespace; no row without such a team.
 * Index: accounts_name_unique, teams_by_name. Key: repositories.
 */
const teamOf = ({ repository, team }: RepositoryTeam): SQL => sql`
  repositories
  JOIN accounts ON accounts.name = repositories.namespace
  JOIN teams ON teams.organization_id = accounts.id AND teams.name = ${team}
  WHERE repositories.id = ${repository.id}`

/**
 * Gives a team a level on one repository of its organization, in place of an earlier one.
 * Key: repository_grants.
 *
 * @returns the repository, undefined when it is gone, and the team, undefined when there is none of that name
 */
export async function setRepositoryGrant(
  db: Database,
  target: RepositoryTeam,
  level: AccessLevel,
  viewerId: string,
  { by, now }: Attribution,
): Promise<{ readonly repository: RepositoryRecord | undefined; readonly team: SeenTeam | undefined }> {
  const { id, name } = target.repository
  const rank = rankOf(level)
  const { repository, team } = await runBatch(db, {
    event: recordEvents(
      { actor: by, type: 'UPDATE', objectType: 'access', repository: name, content: { accessLevel: level }, now },
      {
        objectId: sql`teams.id`,
        objectName: sql`teams.name`,
        from: sql`
          ${teamOf(target)} AND NOT EXISTS (
            SELECT 1 FROM repository_grants WHERE repository_id = ${id} AND team_id = teams.id AND rank = ${rank})`,
      },
    ),
    granted: sql`
      INSERT INTO repository_grants (repository_id, team_id, rank)
      SELECT repositories.id, teams.id, ${rank} FROM ${teamOf(target)}
      ON CONFLICT (repository_id, team_id) DO UPDATE SET rank = excluded.rank`,
    repository: selectRepository(id),
    team: sql<TeamRow>`SELECT ${teamColumns(viewerId)} FROM ${teamOf(target)}`,
  })
  return {
    repository: repository.first === undefined ? undefined : repositoryRecord(repository.first),
    team: team.first === undefined ? undefined : seenTeam(team.first),
  }
}

/**
 * Deletes the grant of a team on a repository, if it has one.
 * Key: repository_grants.
 *
 * @returns the repository, undefined when it is gone
 */
export async function deleteRepositoryGrant(
  db: Database,
  target: RepositoryTeam,
  { by, now }: Attribution,
): Promise<RepositoryRecord | undefined> {
  const { id, name } = target.repository
  const { repository } = await runBatch(db, {
    event: recordEvents(
      { actor: by, type: 'DELETE', objectType: 'access', repository: name, now },
      {
        objectId: sql`teams.id`,
        objectName: sql`teams.name`,
        from: sql`
          ${teamOf(target)} AND EXISTS (
            SELECT 1 FROM repository_grants WHERE repository_id = ${id} AND team_id = teams.id)`,
      },
    ),
    deleted: sql`
      DELETE FROM repository_grants WHERE repository_id = ${id} AND team_id = (SELECT teams.id FROM ${teamOf(target)})`,
    repository: selectRepository(id),
  })
  return repository.first === undefined ? undefined : repositoryRecord(repository.first)
}

/**
 * Lists the repositories on which a team has a grant, by their names.
 * Index: repository_grants_by_team, accounts_name_unique. Key: repositories, teams.
 *
 * @returns the team too, undefined when it is gone
 */
export async function listTeamGrants(
  db: Database,
  teamId: string,
  viewerId: string,
  page: NamePage,
): Promise<Listed<RepositoryGrant> & { readonly team: SeenTeam | undefined }> {
  // CROSS JOIN: from what the team has, never along the names of the whole registry.
  const given = sql`repository_grants CROSS JOIN repositories ON repositories.id = repository_grants.repository_id`
  const ofTeam = sql`repository_grants.team_id = ${teamId} AND ${isThere}`
  const { team, grants, count } = await runBatch(db, {
    team: sql<TeamRow>`SELECT ${teamColumns(viewerId)} FROM teams WHERE teams.id = ${teamId}`,
    grants: sql<RepositoryRow & { rank: number }>`
      SELECT ${repositoryColumns}, repository_grants.rank
      FROM ${given} LEFT JOIN accounts AS owner ON owner.name = repositories.namespace
      WHERE ${ofTeam} AND repositories.name >= ${page.from}
      ORDER BY repositories.name LIMIT ${page.limit}`,
    count: totalOf(page, sql`${given} WHERE ${ofTeam}`),
  })
  return {
    team: team.first === undefined ? undefined : seenTeam(team.first),
    items: grants.rows.map((row) => ({
      repository: repositoryRecord(row),
      level: givenLevel(row.rank),
    })),
    total: count?.first?.total,
  }
}
