/** The search for repositories by words of their names or by a part of their paths, and for accounts. */
import type { Database } from '../db/database.ts'
import { searchAccounts, searchByWords, type FoundAccount } from '../db/repositories/search.ts'
import {
  allNames,
  listVisible,
  namesFrom,
  namesIn,
  type NameRange,
  type RepositoryRecord,
  type Viewer,
} from '../db/repositories/visible-repositories.ts'
import { mostSearchWords } from '../limits.ts'
import type { AccountName } from '../names.ts'

export interface Search {
  readonly query: string
  /** The namespace of the repositories; undefined is any. */
  readonly namespace?: AccountName | undefined
  readonly limit: number
}

/**
 * Finds repositories that the viewer may see. A query with a "/" finds the full names that begin with it, and then the
 * repositories in whose path it begins a part: `backend/a` finds `acme/backend/api`. Of any other query every word must
 * begin a word of the name, and the most pulled come first. An empty query finds all there is, by name.
 */
export async function findRepositories(db: Database, viewer: Viewer, search: Search): Promise<RepositoryRecord[]> {
  const { namespace, limit } = search
  const query = search.query.trim().toLowerCase()
  const names = namespace === undefined ? allNames : namesIn(namespace)
  if (query === '') return listVisible(db, viewer, names, limit)
  if (query.includes('/')) return findByPath(db, viewer, { query, names, namespace, limit })
  const words = wordsOf(query)
  return words.length === 0 ? [] : searchByWords(db, viewer, { words, namespace, limit })
}

interface PathSearch extends Search {
  readonly names: NameRange
}

async function findByPath(
  db: Database,
  viewer: Viewer,
  { query, names, namespace, limit }: PathSearch,
): Promise<RepositoryRecord[]> {
  // A query that begins with "/" means the beginning of a part.
  const path = query.replace(/^\/+/, '')
  if (path === '') return []
  const named = await listVisible(db, viewer, overlapOf(names, namesFrom(path)), limit)
  if (named.length === limit) return named
  // The paths without their namespaces stand among the words of a repository.
  const within = await searchByWords(db, viewer, { words: [path], namespace, limit })
  const known = new Set(named.map(({ id }) => id))
  return [...named, ...within.filter(({ id }) => !known.has(id))].slice(0, limit)
}

/** Finds users and organizations whose names begin with the query. */
export async function findAccounts(db: Database, { query, limit }: Search): Promise<FoundAccount[]> {
  return searchAccounts(db, query.trim().toLowerCase(), limit)
}

/** Splits a query into words of letters and digits, each once. */
const wordsOf = (query: string): string[] => [...new Set(query.match(/[a-z0-9]+/g))].slice(0, mostSearchWords)

const overlapOf = (one: NameRange, other: NameRange): NameRange => ({
  from: one.from > other.from ? one.from : other.from,
  until: one.until < other.until ? one.until : other.until,
})
