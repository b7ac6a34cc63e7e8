/**
 * The search for repositories by the beginnings of the words of their names, and for accounts by the beginning of
 * theirs. It looks at no more matches than a bound, so its cost never grows with the registry.
 */
import { sql, type SQL } from 'drizzle-orm'
import type { AccountName } from '../names.ts'
import type { Database } from './database.ts'
import {
  namesFrom,
  repositoryColumns,
  repositoryRecord,
  viewing,
  type RepositoryRecord,
  type RepositoryRow,
  type Viewer,
} from './visible-repositories.ts'

/** Of how many matches, whoever may see them, the most pulled are found. */
const mostLookedAt = 5000

export interface WordSearch {
  /** Beginnings of words, in small letters; at least one. */
  readonly words: readonly string[]
  /** Only repositories of this namespace. */
  readonly namespace?: AccountName | undefined
  readonly limit: number
}

/**
 * The repositories that somebody may see (see `visible-repositories.ts`) in whose names every word begins one. Those
 * pulled most come first, among the matches that were looked at.
 */
export async function searchByWords(db: Database, viewer: Viewer, search: WordSearch): Promise<RepositoryRecord[]> {
  const words = JSON.stringify(search.words)
  // CROSS JOIN is SQLite's way to say what comes first.
  const rows = await db.all<RepositoryRow>(sql`
    WITH ${viewing(viewer)},
    wanted AS (SELECT value AS word FROM json_each(${words})),
    candidates AS (${search.namespace === undefined ? byRarestWord : ofNamespace(search.namespace)})
    SELECT ${repositoryColumns}
    FROM candidates
    CROSS JOIN repositories ON repositories.id = candidates.id
    LEFT JOIN accounts AS owner ON owner.name = repositories.namespace
    WHERE ${isVisible} AND NOT EXISTS (
      SELECT 1 FROM wanted WHERE NOT EXISTS (
        SELECT 1 FROM repository_words
        WHERE repository_words.repository_id = repositories.id AND ${begins}))
    ORDER BY repositories.pulls DESC, repositories.name LIMIT ${search.limit}`)
  return rows.map(repositoryRecord)
}

/** A word of a name begins with a wanted one: "~" comes after whatever a word may hold. */
const begins: SQL = sql`repository_words.word >= wanted.word AND repository_words.word < wanted.word || '~'`

/** What has the word that fewest have; the others are then asked of each. */
const byRarestWord: SQL = sql`
  SELECT DISTINCT repository_id AS id FROM (
    SELECT repository_words.repository_id
    FROM (
      SELECT word FROM wanted ORDER BY (
        SELECT count(*) FROM (SELECT 1 FROM repository_words WHERE ${begins} LIMIT ${mostLookedAt})) LIMIT 1
    ) AS wanted
    CROSS JOIN repository_words ON ${begins}
    LIMIT ${mostLookedAt})`

const ofNamespace = (namespace: AccountName): SQL => sql`
  SELECT id FROM repositories WHERE namespace = ${namespace} LIMIT ${mostLookedAt}`

/** As `visible-repositories.ts` finds them by name. */
const isVisible: SQL = sql`(
  repositories.visibility = 'public'
  OR EXISTS (SELECT 1 FROM me WHERE is_admin = 1)
  OR repositories.namespace IN (SELECT name FROM spaces)
  OR repositories.id IN (SELECT id FROM given))`

export interface FoundAccount {
  readonly id: string
  readonly name: AccountName
  readonly fullName: string
  readonly isOrganization: boolean
}

/** Users and organisations whose names begin with a text, in the order of their names. */
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
