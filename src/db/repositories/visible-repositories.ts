/**
 * Lists the repositories that a viewer may see, as `auth/authorization.ts` would decide for each: public ones, those of
 * the viewer's own namespaces, and those that a team of the viewer has access to.
 *
 * A page reads from each of these sources no more rows than it may need, in the order of names. So its cost grows with
 * the page and with the grants of the viewer, never with the registry.
 *
 * To a login that is limited to some repositories nothing else is there: its sources are those repositories and namespaces.
 */
import { sql, type SQL } from 'drizzle-orm'
import type { Visibility } from '../../access-levels.ts'
import type { AccessLimit, LimitedPlaces } from '../../access-limit.ts'
import type { AccountName, RepositoryName } from '../../names.ts'
import { countOf, mostCounted } from '../counts.ts'
import type { Database } from '../database.ts'

export interface RepositoryRecord {
  readonly id: number
  readonly name: RepositoryName
  readonly namespaceType: 'user' | 'organization'
  readonly visibility: Visibility
  readonly shortDescription: string
  readonly longDescription: string
  readonly immutableTags: boolean
  readonly tagLimit: number
  readonly pulls: number
  readonly pushes: number
}

interface Row extends Omit<RepositoryRecord, 'immutableTags'> {
  immutableTags: number
}

/** Selects the columns of a record, from `repositories` joined with `accounts AS owner`. */
export const repositoryColumns: SQL = sql`
  repositories.id, repositories.name, repositories.visibility,
  CASE owner.is_organization WHEN 1 THEN 'organization' ELSE 'user' END AS namespaceType,
  repositories.short_description AS shortDescription, repositories.long_description AS longDescription,
  repositories.immutable_tags AS immutableTags, repositories.tag_limit AS tagLimit,
  repositories.pulls, repositories.pushes`

export const repositoryRecord = (row: Row): RepositoryRecord => ({ ...row, immutableTags: row.immutableTags === 1 })
export type RepositoryRow = Row

/** Matches a repository that was not deleted: the row of a deleted one stays for a while. */
export const isThere: SQL = sql`repositories.deleted_name IS NULL`

/** Selects the name of a repository, deleted or not: for logs and findings, never for a list. */
export const nameOrFormerName: SQL = sql`coalesce(repositories.deleted_name, repositories.name)`

/** Selects the name of a repository, deleted or not, by its id. Key: repositories. */
export const nameOfRepository = (id: SQL): SQL =>
  sql`(SELECT ${nameOrFormerName} FROM repositories WHERE repositories.id = ${id})`

/** The viewer; undefined means anonymous. The query of the page reads the account, so revoked permissions apply at once. */
export type Viewer = { readonly id: string; readonly limit?: AccessLimit | undefined } | undefined

/** Names from `from` (inclusive) to `until` (exclusive), in ASCII order. */
export interface NameRange {
  readonly from: string
  readonly until: string
}

/** All names of repositories: "~" follows all their characters, and begins the names of deleted repositories. */
export const allNames: NameRange = { from: '', until: '~' }

/** Returns the range of the names of a namespace: from `acme/` to `acme0`, as "0" follows "/". */
export const namesIn = (namespace: AccountName): NameRange => ({ from: `${namespace}/`, until: `${namespace}0` })

/** Returns the range of the names that begin with a text. */
export const namesFrom = (prefix: string): NameRange => ({ from: prefix, until: `${prefix}~` })

/** Cuts a range at its beginning, to start at a name; a name before the range changes nothing. */
export const startingAt = (range: NameRange, name: string): NameRange => ({
  ...range,
  from: name > range.from ? name : range.from,
})

/** Lists the repositories of a range that the viewer may see. Index: accounts_name_unique. Key: repositories. */
export async function listVisible(
  db: Database,
  viewer: Viewer,
  range: NameRange,
  limit: number,
): Promise<RepositoryRecord[]> {
  // CROSS JOIN is SQLite's way to say what comes first: else it might walk through all repositories in their order.
  const rows = await db.all<Row>(sql`
    WITH ${visible(viewer, range, limit)}
    SELECT ${repositoryColumns}
    FROM visible
    CROSS JOIN repositories ON repositories.id = visible.id
    LEFT JOIN accounts AS owner ON owner.name = repositories.namespace
    ORDER BY repositories.name LIMIT ${limit}`)
  return rows.map(repositoryRecord)
}

/**
 * Lists a page of the names alone, of which a client may want a thousand: descriptions may be long.
 * Key: repositories.
 */
export async function listVisibleNames(
  db: Database,
  viewer: Viewer,
  range: NameRange,
  limit: number,
): Promise<RepositoryName[]> {
  const rows = await db.all<{ name: RepositoryName }>(sql`
    WITH ${visible(viewer, range, limit)}
    SELECT repositories.name FROM visible CROSS JOIN repositories ON repositories.id = visible.id
    ORDER BY repositories.name LIMIT ${limit}`)
  return rows.map(({ name }) => name)
}

/** Counts the visible repositories of a range, up to a bound. */
export async function countVisible(
  db: Database,
  viewer: Viewer,
  range: NameRange,
  most = mostCounted,
): Promise<number> {
  const [row] = await db.all<{ count: number }>(sql`
    WITH ${visible(viewer, range, most)}
    SELECT ${countOf(sql`visible`, most)} AS count`)
  return row?.count ?? 0
}

/**
 * Selects the account of the viewer (`me`), the namespaces that it may read as a whole (`spaces`), and further
 * repositories that it may read (`given`). A viewer who is limited to some repositories reads nothing else, and is no
 * system administrator. Key: accounts.
 */
export function viewing(viewer: Viewer): SQL {
  const me = sql`SELECT id, name, is_admin FROM accounts WHERE id = ${viewer?.id ?? ''} AND is_active = 1`
  const within = viewer?.limit?.within
  return within === undefined
    ? sql`me AS (${me}), spaces AS (${spacesOfMe}), given AS (${grantsOfMe})`
    : viewingWithin(me, within)
}

/** Index: accounts_name_unique, members_by_user, team_members_by_user. Key: accounts, teams. */
const spacesOfMe: SQL = sql`
  SELECT name FROM me
  UNION
  SELECT accounts.name FROM me
    JOIN members ON members.user_id = me.id AND members.is_admin = 1
    JOIN accounts ON accounts.id = members.organization_id
  UNION
  SELECT accounts.name FROM me
    JOIN team_members ON team_members.user_id = me.id
    JOIN teams ON teams.id = team_members.team_id AND teams.namespace_rank IS NOT NULL
    JOIN accounts ON accounts.id = teams.organization_id`

/** Index: team_members_by_user, repository_grants_by_team. */
const grantsOfMe: SQL = sql`
  SELECT repository_grants.repository_id AS id FROM me
    JOIN team_members ON team_members.user_id = me.id
    JOIN repository_grants ON repository_grants.team_id = team_members.team_id`

/**
 * Selects what a limited viewer may read: `limited (name)` are the namespaces of the limit, and `given` has what is
 * visible of its repositories, public ones too.
 * Index: repositories_name_unique. Key: repositories.
 */
const viewingWithin = (account: SQL, { repositories, namespaces }: LimitedPlaces): SQL => sql`
  viewer AS (${account}),
  me AS (SELECT id, name, 0 AS is_admin FROM viewer),
  limited AS (SELECT value AS name FROM json_each(${JSON.stringify(namespaces)})),
  whole AS (${spacesOfMe}),
  granted AS (${grantsOfMe}),
  spaces AS (
    SELECT name FROM limited
    WHERE EXISTS (SELECT 1 FROM viewer WHERE is_admin = 1) OR name IN (SELECT name FROM whole)
  ),
  given AS (
    SELECT repositories.id FROM json_each(${JSON.stringify(repositories)}) AS named
      CROSS JOIN repositories ON repositories.name = named.value
      WHERE repositories.visibility = 'public' OR EXISTS (SELECT 1 FROM viewer WHERE is_admin = 1)
        OR repositories.namespace IN (SELECT name FROM whole) OR repositories.id IN (SELECT id FROM granted)
    UNION
    SELECT repositories.id FROM granted CROSS JOIN repositories ON repositories.id = granted.id
      WHERE repositories.namespace IN (SELECT name FROM limited)
  )`

export const isLimited = (viewer: Viewer): boolean => viewer?.limit?.within !== undefined

/** Matches a row of `repositories` that the viewer of `viewing` may see. */
export const isVisible = (viewer: Viewer): SQL => sql`(
  ${isThere} AND (
    ${isLimited(viewer) ? isPublicWithin : sql`repositories.visibility = 'public'`}
    OR EXISTS (SELECT 1 FROM me WHERE is_admin = 1)
    OR repositories.namespace IN (SELECT name FROM spaces)
    OR repositories.id IN (SELECT id FROM given)))`

const isPublicWithin: SQL = sql`
  (repositories.visibility = 'public' AND repositories.namespace IN (SELECT name FROM limited))`

/**
 * Selects `visible (id)`: at least the first `limit` of the range by name, as each source is cut at the limit
 * separately.
 * Index: repositories_name_unique. Key: repositories.
 */
function visible(viewer: Viewer, range: NameRange, limit: number): SQL {
  const { from, until } = range
  const inRange = sql`name >= ${from} AND name < ${until}`
  // Lists of ids, as one of the longest names could grow beyond what D1 takes for a text.
  return sql`
    ${viewing(viewer)},
    visible AS (
      ${isLimited(viewer) ? publicWithin(range, limit) : publicIn(inRange, limit)}
      UNION
      SELECT page.value FROM spaces, json_each((
        SELECT json_group_array(id) FROM (
          SELECT id FROM repositories WHERE ${isInNamespace(sql`spaces`, range)}
          ORDER BY name LIMIT ${limit}))) AS page
      UNION
      SELECT id FROM (
        SELECT repositories.id FROM (SELECT DISTINCT id FROM given) AS given
        CROSS JOIN repositories ON repositories.id = given.id
        WHERE ${inRange} ORDER BY name LIMIT ${limit})
      UNION
      SELECT page.value FROM me, json_each((
        SELECT json_group_array(id) FROM (
          SELECT id FROM repositories WHERE ${inRange} ORDER BY name LIMIT ${limit}))) AS page
      WHERE me.is_admin = 1
    )`
}

/** Matches names of a range that belong to a namespace of a table. */
const isInNamespace = (table: SQL, { from, until }: NameRange): SQL =>
  sql`name >= max(${from}, ${table}.name || '/') AND name < min(${until}, ${table}.name || '0')`

/** Selects the public repositories of a range. Index: repositories_public. */
const publicIn = (inRange: SQL, limit: number): SQL => sql`
  SELECT id FROM (
    SELECT id FROM repositories WHERE visibility = 'public' AND ${inRange} ORDER BY name LIMIT ${limit})`

/** Selects those of the namespaces that a viewer is limited to, each cut separately. Index: repositories_public. */
const publicWithin = (range: NameRange, limit: number): SQL => sql`
  SELECT page.value AS id FROM limited, json_each((
    SELECT json_group_array(id) FROM (
      SELECT id FROM repositories INDEXED BY repositories_public
      WHERE visibility = 'public' AND ${isInNamespace(sql`limited`, range)} ORDER BY name LIMIT ${limit}))) AS page`
