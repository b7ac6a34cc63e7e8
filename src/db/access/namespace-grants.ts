/**
 * Grants of teams on every repository of their organization, present and future: `teams.namespace_rank`. Each function
 * is one round trip to D1.
 */
import { sql, type SQL } from 'drizzle-orm'
import { rankOf, type AccessLevel } from '../../access-levels.ts'
import type { AccountName, TeamName } from '../../names.ts'
import { accountIdOf } from '../accounts/account-id.ts'
import { runBatch, type Database } from '../database.ts'
import { recordEvents, type Attribution } from '../events/events.ts'
import {
  givenLevel,
  seenTeam,
  teamColumns,
  teamGrant,
  totalOf,
  type GrantRow,
  type Listed,
  type NamePage,
  type SeenTeam,
  type TeamGrant,
  type TeamRow,
} from './grants.ts'

/** The result of a look-up in a namespace, and whether its account is an organization. */
export interface InNamespace<Found> {
  /** Undefined if the namespace does not exist. */
  readonly isOrganization: boolean | undefined
  readonly found: Found
}

interface NamespaceRow {
  isOrganization: number
}

/** Selects the owner of a namespace. Index: accounts_name_unique. */
const selectNamespace = (namespace: AccountName): SQL<NamespaceRow> =>
  sql`SELECT is_organization AS isOrganization FROM accounts WHERE name = ${namespace}`

function inNamespace<Found>(row: NamespaceRow | undefined, found: Found): InNamespace<Found> {
  return { isOrganization: row === undefined ? undefined : row.isOrganization === 1, found }
}

/** Lists the teams with a grant on a whole namespace, by their names. Index: teams_by_name. */
export async function listNamespaceGrants(
  db: Database,
  namespace: AccountName,
  viewerId: string,
  page: NamePage,
): Promise<InNamespace<Listed<TeamGrant>>> {
  const granted = sql`
    teams WHERE organization_id = ${accountIdOf(namespace)} AND namespace_rank IS NOT NULL`
  const { account, grants, count } = await runBatch(db, {
    account: selectNamespace(namespace),
    grants: sql<GrantRow>`
      SELECT ${teamColumns(viewerId)}, teams.namespace_rank AS rank FROM ${granted} AND teams.name >= ${page.from}
      ORDER BY teams.name LIMIT ${page.limit}`,
    count: totalOf(page, granted),
  })
  return inNamespace(account.first, { items: grants.rows.map(teamGrant), total: count?.first?.total })
}

export interface NamespaceTeam {
  readonly namespace: AccountName
  readonly team: TeamName
}

/** Matches the team. Index: teams_by_name. */
const isTeam = ({ namespace, team }: NamespaceTeam): SQL => sql`
  teams.organization_id = ${accountIdOf(namespace)} AND teams.name = ${team}`

/** Selects the team with its rank. Index: teams_by_name. */
const selectTeam = (target: NamespaceTeam, viewerId: string): SQL<TeamRow & { rank: number | null }> =>
  sql`SELECT ${teamColumns(viewerId)}, teams.namespace_rank AS rank FROM teams WHERE ${isTeam(target)}`

/**
 * Finds a team and its level on the whole namespace.
 *
 * @returns undefined when there is no such team; the level is undefined without a grant
 */
export async function findNamespaceGrant(
  db: Database,
  target: NamespaceTeam,
  viewerId: string,
): Promise<InNamespace<{ readonly team: SeenTeam; readonly level: AccessLevel | undefined } | undefined>> {
  const { account, team } = await runBatch(db, {
    account: selectNamespace(target.namespace),
    team: selectTeam(target, viewerId),
  })
  const row = team.first
  const level = row === undefined || row.rank === null ? undefined : givenLevel(row.rank)
  return inNamespace(account.first, row === undefined ? undefined : { team: seenTeam(row), level })
}

/**
 * Gives a team a level on the whole namespace, in place of an earlier one, or takes it away.
 * Index: teams_by_name.
 *
 * @param level undefined to take it away
 * @returns the team, undefined when there is none of that name
 */
export async function setNamespaceGrant(
  db: Database,
  target: NamespaceTeam,
  level: AccessLevel | undefined,
  viewerId: string,
  { by, now }: Attribution,
): Promise<InNamespace<SeenTeam | undefined>> {
  const rank = level === undefined ? null : rankOf(level)
  const differs = sql`teams WHERE ${isTeam(target)} AND teams.namespace_rank IS NOT ${rank}`
  const content = { namespace: target.namespace, accessLevel: level }
  const { account, team } = await runBatch(db, {
    event: recordEvents(
      { actor: by, type: level === undefined ? 'DELETE' : 'UPDATE', objectType: 'access', content, now },
      { objectId: sql`teams.id`, objectName: sql`teams.name`, from: differs },
    ),
    granted: sql`UPDATE teams SET namespace_rank = ${rank} WHERE ${isTeam(target)}`,
    account: selectNamespace(target.namespace),
    team: selectTeam(target, viewerId),
  })
  return inNamespace(account.first, team.first === undefined ? undefined : seenTeam(team.first))
}
