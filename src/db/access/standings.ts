/**
 * The facts that decide permissions: how an account relates to a namespace and to a repository in it. Only
 * `auth/authorization.ts` decides what follows from them.
 */
import { sql, type SQL } from 'drizzle-orm'
import { levelOfRank, type Level, type Visibility } from '../../access-levels.ts'
import { namespaceOf, type AccountName, type RepositoryName } from '../../names.ts'
import type { Database } from '../database.ts'
import { isOn } from '../settings/settings.ts'
import { shared } from '../in-flight.ts'

export interface NamespaceStanding {
  readonly namespace: AccountName
  /** Undefined if the namespace does not exist. */
  readonly kind: 'user' | 'organization' | undefined
  /** The id of the account that has the namespace. */
  readonly namespaceId: string | undefined
  /** The namespace is the account's own. */
  readonly isOwn: boolean
  readonly isMember: boolean
  /** The account is an owner of the organization. */
  readonly isOwner: boolean
  /** The highest level of the account's teams on the whole namespace. */
  readonly namespaceLevel: Level
  /** The settings let a push create repositories. */
  readonly createsOnPush: boolean
}

export interface RepositoryStanding extends NamespaceStanding {
  readonly name: RepositoryName
  /** Undefined when there is no such repository. */
  readonly repository: { readonly id: number; readonly visibility: Visibility } | undefined
  /** The highest level of the account's teams on this repository. */
  readonly repositoryLevel: Level
}

interface Row {
  namespace: AccountName
  kind: 'user' | 'organization' | null
  namespaceId: string | null
  isOwn: number
  isOwner: number | null
  namespaceRank: number | null
  createsOnPush: number
  repositoryId: number | null
  visibility: Visibility | null
  repositoryRank: number | null
}

/**
 * Reads how an account stands to repositories, in the order of their names. One query makes an indexed look-up for each
 * name, whether the repository exists or not.
 *
 * @param accountId undefined for an anonymous caller
 */
export async function findStandings(
  db: Database,
  accountId: string | undefined,
  names: readonly RepositoryName[],
): Promise<RepositoryStanding[]> {
  const rows = await select(
    db,
    accountId,
    names.map((name) => [namespaceOf(name), name]),
  )
  return standingsOf(rows, names)
}

/** How an account is asked about. */
export interface AskedStanding {
  readonly accountId: string
  readonly name: RepositoryName
}

/** Reads how each of several accounts stands to a repository, in the order in which they are asked about. */
export async function findStandingsOfMany(
  db: Database,
  asked: readonly AskedStanding[],
): Promise<RepositoryStanding[]> {
  const wanted = asked.map(({ accountId, name }) => [namespaceOf(name), name, accountId])
  const rows = await db.all<Row>(standingsSql(sql`wanted.value ->> 2`, wanted))
  return standingsOf(
    rows,
    asked.map(({ name }) => name),
  )
}

const standingsOf = (rows: readonly Row[], names: readonly RepositoryName[]): RepositoryStanding[] =>
  rows.flatMap((row, at) => {
    const name = names[at]
    if (name === undefined) return []
    const { repositoryId: id, visibility } = row
    return [
      {
        ...standingOf(row),
        name,
        repository: id === null || visibility === null ? undefined : { id, visibility },
        repositoryLevel: levelOfRank(row.repositoryRank),
      },
    ]
  })

/** Reads how an account stands to one repository. @param accountId undefined for an anonymous caller */
export async function findStanding(
  db: Database,
  accountId: string | undefined,
  name: RepositoryName,
): Promise<RepositoryStanding> {
  const [standing] = await findStandings(db, accountId, [name])
  if (standing === undefined) throw new Error('D1 answered a query of one row with none')
  return standing
}

export async function findNamespaceStanding(
  db: Database,
  accountId: string | undefined,
  namespace: AccountName,
): Promise<NamespaceStanding> {
  const [row] = await select(db, accountId, [[namespace, null]])
  if (row === undefined) throw new Error('D1 answered a query of one row with none')
  return standingOf(row)
}

/** Reads the facts, a row for each wanted name. */
function select(
  db: Database,
  accountId: string | undefined,
  wanted: readonly (readonly [AccountName, RepositoryName | null])[],
): Promise<Row[]> {
  const me = accountId ?? ''
  return shared(db, ['standings', me, wanted], () => db.all<Row>(standingsSql(sql`${me}`, wanted)))
}

/**
 * Selects the facts, a row for each wanted name.
 * Index: accounts_name_unique, repositories_name_unique, team_members_by_user. Key: members, teams, repository_grants.
 *
 * @param me the id of the account
 */
const standingsSql = (me: SQL, wanted: readonly (readonly (string | null)[])[]): SQL => sql`
  SELECT
    wanted.value ->> 0 AS namespace,
    CASE owner.is_organization WHEN 1 THEN 'organization' WHEN 0 THEN 'user' END AS kind,
    owner.id AS namespaceId,
    coalesce(owner.id = ${me}, 0) AS isOwn,
    members.is_admin AS isOwner,
    (SELECT max(teams.namespace_rank) FROM team_members JOIN teams ON teams.id = team_members.team_id
      WHERE team_members.user_id = ${me} AND team_members.organization_id = owner.id) AS namespaceRank,
    ${isOn('createRepositoryOnPush')} AS createsOnPush,
    repositories.id AS repositoryId,
    repositories.visibility AS visibility,
    (SELECT max(repository_grants.rank) FROM team_members JOIN repository_grants
        ON repository_grants.team_id = team_members.team_id AND repository_grants.repository_id = repositories.id
      WHERE team_members.user_id = ${me} AND team_members.organization_id = owner.id) AS repositoryRank
  FROM json_each(${JSON.stringify(wanted)}) AS wanted
  LEFT JOIN accounts AS owner ON owner.name = wanted.value ->> 0
  LEFT JOIN members ON members.organization_id = owner.id AND members.user_id = ${me}
  LEFT JOIN repositories ON repositories.name = wanted.value ->> 1
  ORDER BY wanted.key`

const standingOf = (row: Row): NamespaceStanding => ({
  namespace: row.namespace,
  kind: row.kind ?? undefined,
  namespaceId: row.namespaceId ?? undefined,
  isOwn: row.isOwn === 1,
  isMember: row.isOwner !== null,
  isOwner: row.isOwner === 1,
  namespaceLevel: levelOfRank(row.namespaceRank),
  createsOnPush: row.createsOnPush === 1,
})
