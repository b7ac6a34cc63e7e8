/** What a restore does with the journal: tokens that were revoked after the backup stay so, and all else is listed. */
import type { Context } from '../../context.ts'
import { loggable } from '../../db/database.ts'
import { listBackupObjects, readBackupText } from '../../storage/backups.ts'
import { flushRevocations, journalSchema, keyBefore, revocationsPrefix, unknownSince } from './journal.ts'
import { holdTokens, type Holding, type Revocation } from './store.ts'

/** The objects of one slice: each is one read of the bucket. */
const objectsOfSlice = 50
/** The entries after which a slice reads no further object. */
const entriesOfSlice = 5000

export interface RevokedSince {
  readonly kind: Revocation['kind']
  /** The hash of a token, the id or the name of the others. */
  readonly subject: string
  /** The account that it was of, as the backup names it; empty for a trust root. */
  readonly owner: string
  readonly label: string
  /** Milliseconds since 1970. */
  readonly at: number
  /** The restored registry has it, and it is inactive. Only tokens are held. */
  readonly isHeld: boolean
}

export interface HeldSlice {
  readonly revoked: readonly RevokedSince[]
  /** Objects of the journal that cannot be read: what they tell of came back. */
  readonly unreadable: readonly string[]
  /** The object after which the next slice goes on; null at the end. */
  readonly next: string | null
}

/**
 * Moves what the database that will be overwritten still knows to the bucket.
 *
 * @returns why that was impossible: the database is lost, or older than the journal
 */
export async function saveRevocations(context: Pick<Context, 'db' | 'backups'>): Promise<string | undefined> {
  try {
    for (let isDone = false; !isDone;) isDone = await flushRevocations(context)
    return undefined
  } catch (error) {
    const { message } = error instanceof Error ? error : new Error(String(error))
    console.warn('the revocations of the database that is overwritten cannot be read:', loggable(error))
    return message
  }
}

/**
 * Holds the tokens inactive that were revoked after a backup, as far as its next objects tell, and lists all that was taken
 * away. It may be done again.
 *
 * @param createdAt of the backup
 * @param after the object that was read last; null before the first
 */
export async function holdRevoked(
  { db, backups }: Pick<Context, 'db' | 'backups'>,
  { createdAt, ...holding }: Holding & { readonly createdAt: number },
  after: string | null,
): Promise<HeldSlice> {
  const since = unknownSince(createdAt)
  const { objects, next } = await listBackupObjects(backups, revocationsPrefix, after ?? keyBefore(since))
  const entries: Revocation[] = []
  const unreadable: string[] = []
  let read = 0
  for (const { key } of objects.slice(0, objectsOfSlice)) {
    if (entries.length >= entriesOfSlice) break
    const text = await readBackupText(backups, key)
    const some = entriesIn(text)
    if (some === undefined) unreadable.push(key)
    else entries.push(...some.filter(({ at }) => at >= since))
    read++
  }
  const isLast = read === objects.length && next === undefined
  const affected = await holdTokens(db, entries, holding)
  const revoked = entries.flatMap(({ kind, subject, accountId, label, at }) => {
    const owner = accountId === '' ? '' : affected.names.get(accountId)
    if (owner === undefined || (kind === 'token' && !affected.tokens.has(subject))) return []
    return [{ kind, subject, owner, label, at, isHeld: kind === 'token' && !holding.keepsActive }]
  })
  return { revoked, unreadable, next: isLast ? null : (objects[read - 1]?.key ?? null) }
}

/** Reads an object of the journal; none of one that was trimmed just now, undefined for a damaged one. */
function entriesIn(text = '[]'): readonly Revocation[] | undefined {
  try {
    return journalSchema.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}
