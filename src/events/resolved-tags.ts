/**
 * Remembers which tag a caller means by a digest. Docker asks for a tag with HEAD and then fetches the digest of the
 * answer, so the isolate remembers that answer for some minutes. If another isolate serves the pull, its event names
 * the tags that point at the digest then (see `db/events/pulls.ts`).
 */
import type { Database } from '../db/database.ts'
import type { Digest, RepositoryName, Tag } from '../names.ts'

/** A digest that one caller got for a tag. */
export interface Resolution {
  /** The account and the address of the caller: anonymous callers differ by address only. */
  readonly caller: string
  readonly repository: RepositoryName
  readonly digest: Digest
}

interface Remembered {
  readonly tag: Tag
  readonly until: number
}

/** Long enough for a client that waits for a free worker before it fetches the manifest. */
const rememberedMilliseconds = 5 * 60 * 1000

/** The most answers of one database; the oldest is forgotten first. */
const mostRemembered = 1000

/** Remembered answers, by the database. */
const memory = new WeakMap<Database, Map<string, Remembered>>()

const keyOf = ({ caller, repository, digest }: Resolution): string => `${caller}\n${repository}\n${digest}`

/** Remembers which digest the caller got for the tag. */
export function rememberTag(db: Database, resolution: Resolution, tag: Tag, now: number): void {
  const known = memory.get(db) ?? new Map<string, Remembered>()
  memory.set(db, known)
  const key = keyOf(resolution)
  // Moves the key to the end.
  known.delete(key)
  known.set(key, { tag, until: now + rememberedMilliseconds })
  const [oldest] = known.keys()
  if (known.size > mostRemembered && oldest !== undefined) known.delete(oldest)
}

/** Returns the tag for which the caller last got this digest; undefined if that was too long ago. */
export function rememberedTag(db: Database, resolution: Resolution, now: number): Tag | undefined {
  const found = memory.get(db)?.get(keyOf(resolution))
  return found !== undefined && now < found.until ? found.tag : undefined
}
