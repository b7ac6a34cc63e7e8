/**
 * Which tag a caller means by a digest. Docker asks for a tag with HEAD and fetches what it was told by its digest, so the
 * isolate remembers the answer for some minutes. Another isolate does not know of it: then an event names the tags that
 * point at the digest when it is written (see `db/events/pulls.ts`).
 */
import type { Database } from '../db/database.ts'
import type { Digest, RepositoryName, Tag } from '../names.ts'

/** One answer to one caller. */
export interface Resolution {
  /** The account and the address of the caller: callers without a login share the former. */
  readonly caller: string
  readonly repository: RepositoryName
  readonly digest: Digest
}

interface Remembered {
  readonly tag: Tag
  readonly until: number
}

/** A pull fetches the manifest at once; a client that waits for a free worker does so within this. */
const rememberedMilliseconds = 5 * 60 * 1000

/** The oldest is forgotten first. */
const mostRemembered = 1000

/** By the database, so that nothing is shared that should not be. */
const memory = new WeakMap<Database, Map<string, Remembered>>()

const keyOf = ({ caller, repository, digest }: Resolution): string => `${caller}\n${repository}\n${digest}`

/** Remembers which digest the caller got for the tag. */
export function rememberTag(db: Database, resolution: Resolution, tag: Tag, now: number): void {
  const known = memory.get(db) ?? new Map<string, Remembered>()
  memory.set(db, known)
  const key = keyOf(resolution)
  // What is set again goes to the end.
  known.delete(key)
  known.set(key, { tag, until: now + rememberedMilliseconds })
  const [oldest] = known.keys()
  if (known.size > mostRemembered && oldest !== undefined) known.delete(oldest)
}

/** @returns the tag that the caller was last told to be this digest */
export function rememberedTag(db: Database, resolution: Resolution, now: number): Tag | undefined {
  const found = memory.get(db)?.get(keyOf(resolution))
  return found !== undefined && now < found.until ? found.tag : undefined
}
