/**
 * Finds repositories by the beginnings of the words of their names, including the ends of their paths (`backend/api` of
 * `acme/backend/api`), and accounts by the beginning of their names.
 *
 * The search reads only sources that the viewer may see (`repository_words` has the namespace of a word and whether it
 * is public), and from each source at most a fixed number. So the cost never grows with the registry, and other matches
 * never displace those of the viewer.
 */
import { sql, type SQL } from 'drizzle-orm'
import type { AccountName } from '../../names.ts'
import type { Database } from '../database.ts'
import {
  isLimited,
  isVisible,
  namesFrom,
  namesIn,
  repositoryColumns,
  repositoryRecord,
  viewing,
  type RepositoryRecord,
  type RepositoryRow,
  type Viewer,
} from './visible-repositories.ts'

/** The most matches of a source that are read; the result has the most pulled of these. */
const mostMatchesLookedAt = 5000

export interface WordSearch {
  /** Beginnings of words in lower case; at least one. */
  readonly words: readonly string[]
  /** Only repositories of this namespace. */
  readonly namespace?: AccountName | undefined
  readonly limit: number
}

/**
 * Finds the repositories that the viewer may see (see `visible-repositories.ts`) and in whose names each search word
 * begins a word. The most pulled come first, among the matches that were read.
 * Index: accounts_name_unique. Key: repositories.
 */
export async function searchByWords(db: Database, viewer: Viewer, search: WordSearch): Promise<RepositoryRecord[]> {
  const words = JSON.stringify(search.words)
  // CROSS JOIN is SQLite's way to say what comes first.
  const rows = await db.all<RepositoryRow>(sql`
    WITH ${viewing(viewer)},
    wanted AS (SELECT value AS word FROM json_each(${words})),
    candidates AS (${candidatesFor(viewer, search)})
    SELECT ${repositoryColumns}
    FROM candidates
    CROSS JOIN repositories ON repositories.id = candidates.id
    LEFT JOIN accounts AS owner ON owner.name = repositories.namespace
    WHERE ${isVisible(viewer)} AND ${hasAllWords(sql`repositories.id`)}
    ORDER BY repositories.pulls DESC, repositories.name LIMIT ${search.limit}`)
  return rows.map(repositoryRecord)
}

/** Matches a word of a name that begins with a wanted one: "~" follows all characters of words. */
const begins: SQL = sql`repository_words.word >= wanted.word AND repository_words.word < wanted.word || '~'`

/** Matches repositories whose names have all wanted words. Index: repository_words_by_repository. */
const hasAllWords = (id: SQL): SQL => sql`NOT EXISTS (
  SELECT 1 FROM wanted WHERE NOT EXISTS (
    SELECT 1 FROM repository_words WHERE repository_words.repository_id = ${id} AND ${begins}))`

/**
 * Selects the ids of repositories that have the rarest wanted word of a source; the other words are then asked of each.
 *
 * @param words what stands after FROM: the words of the source, with the index to use
 */
const byRarestWord = (words: SQL): SQL => sql`
  SELECT repository_words.repository_id AS id
  FROM (
    SELECT word FROM wanted ORDER BY CASE WHEN (SELECT count(*) FROM wanted) > 1 THEN (
      SELECT count(*) FROM (SELECT 1 FROM ${words} AND ${begins} LIMIT ${mostMatchesLookedAt})) END LIMIT 1
  ) AS wanted
  CROSS JOIN ${words} AND ${begins}
  LIMIT ${mostMatchesLookedAt}`

/** Key: repository_words. */
const allWords: SQL = sql`me CROSS JOIN repository_words WHERE me.is_admin = 1`
/** Index: repository_words_public. */
const publicWords: SQL = sql`repository_words INDEXED BY repository_words_public WHERE repository_words.is_public = 1`

/**
 * Selects from each namespace of `whole (name)` separately, so that none takes the place of another.
 * Index: repository_words_by_namespace.
 */
const ofWhole = (whole: SQL): SQL => sql`
  SELECT found.value AS id FROM ${whole} AS whole, json_each((
    SELECT json_group_array(id) FROM (${byRarestWord(sql`
      repository_words INDEXED BY repository_words_by_namespace WHERE repository_words.namespace = whole.name`)}))
  ) AS found`

/** Selects from the repositories that teams have grants on, all of which are read, as for a list of names. */
const ofGiven = (among: SQL): SQL => sql`
  SELECT id FROM (SELECT DISTINCT id FROM ${among}) AS given WHERE ${hasAllWords(sql`given.id`)} LIMIT ${mostMatchesLookedAt}`

/** Selects what is looked at: of a limited viewer, the words of the limit alone. */
function candidatesFor(viewer: Viewer, { namespace }: WordSearch): SQL {
  if (namespace !== undefined) return within(namespace)
  return isLimited(viewer) ? withinLimit : anywhere
}

const withinLimit: SQL = sql`
  ${ofWhole(sql`limited`)}
  UNION
  SELECT id FROM (${ofGiven(sql`given`)})`

const anywhere: SQL = sql`
  SELECT id FROM (${byRarestWord(publicWords)})
  UNION
  SELECT id FROM (${byRarestWord(allWords)})
  UNION
  ${ofWhole(sql`spaces`)}
  UNION
  SELECT id FROM (${ofGiven(sql`given`)})`

/**
 * Selects from one namespace: all of it if the viewer may read all of it, else the granted repositories and the public
 * ones, the first of these by name.
 * Index: repositories_public. Key: repositories.
 */
function within(namespace: AccountName): SQL {
  const { from, until } = namesIn(namespace)
  return sql`
    SELECT id FROM (
      SELECT id FROM repositories INDEXED BY repositories_public
      WHERE visibility = 'public' AND name >= ${from} AND name < ${until}
      ORDER BY name LIMIT ${mostMatchesLookedAt})
    UNION
    ${ofWhole(sql`(
      SELECT name FROM spaces WHERE name = ${namespace} UNION SELECT ${namespace} FROM me WHERE is_admin = 1)`)}
    UNION
    SELECT id FROM (${ofGiven(sql`(
      SELECT given.id FROM given CROSS JOIN repositories ON repositories.id = given.id
      WHERE repositories.namespace = ${namespace})`)})`
}

export interface FoundAccount {
  readonly id: string
  readonly name: AccountName
  readonly fullName: string
  readonly isOrganization: boolean
}

/**
 * Finds users and organizations whose names begin with a text, in the order of their names.
 * Index: accounts_name_unique.
 */
export async function searchAccounts(db: Database, prefix: string, limit: number): Promise<FoundAccount[]> {
  const { from, until } = namesFrom(prefix)
  const rows = await db.all<Omit<FoundAccount, 'isOrganization'> & { isOrganization: number }>(sql`
    SELECT id, name, full_name AS fullName, is_organization AS isOrganization
    FROM accounts WHERE name >= ${from} AND name < ${until} ORDER BY name LIMIT ${limit}`)
  return rows.map(({ id, name, fullName, isOrganization }) => ({
    id,
    name,
    fullName,
    isOrganization: isOrganization === 1,
  }))
}
