/** What a text that somebody typed asks for: repositories by words of their names, or by the beginning of a name. */
import type { Database } from '../db/database.ts'
import { searchAccounts, searchByWords, type FoundAccount } from '../db/search.ts'
import {
  allNames,
  listVisible,
  namesFrom,
  namesIn,
  type NameRange,
  type RepositoryRecord,
  type Viewer,
} from '../db/visible-repositories.ts'
import { mostSearchWords } from '../limits.ts'
import type { AccountName } from '../names.ts'

export interface Search {
  readonly query: string
  /** Only repositories of this namespace. */
  readonly namespace?: AccountName | undefined
  readonly limit: number
}

/**
 * Repositories that somebody may see. A query with a "/" is the beginning of a full name; of any other every word must
 * begin a word of the name, and the most pulled come first. An empty query finds whatever there is, by name.
 */
export async function findRepositories(db: Database, viewer: Viewer, search: Search): Promise<RepositoryRecord[]> {
  const { namespace, limit } = search
  const query = search.query.trim().toLowerCase()
  const names = namespace === undefined ? allNames : namesIn(namespace)
  if (query === '') return listVisible(db, viewer, names, limit)
  if (query.includes('/')) return listVisible(db, viewer, overlapOf(names, namesFrom(query)), limit)
  const words = wordsOf(query)
  return words.length === 0 ? [] : searchByWords(db, viewer, { words, namespace, limit })
}

/** Users and organisations whose names begin with the query. */
export async function findAccounts(db: Database, { query, limit }: Search): Promise<FoundAccount[]> {
  return searchAccounts(db, query.trim().toLowerCase(), limit)
}

/** Words as names have them: letters and digits, whatever stands between. */
const wordsOf = (query: string): string[] => [...new Set(query.match(/[a-z0-9]+/g))].slice(0, mostSearchWords)

const overlapOf = (one: NameRange, other: NameRange): NameRange => ({
  from: one.from > other.from ? one.from : other.from,
  until: one.until < other.until ? one.until : other.until,
})
