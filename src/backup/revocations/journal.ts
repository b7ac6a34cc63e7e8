/**
 * The journal of what was taken away, in the bucket of backups: a restore must not give it back silently, also when the
 * database is lost. It has hashes of tokens and no secret.
 *
 *   revocations/<time of the last>-<id of the last>-<hash>   up to `revocationsOfObject` entries, as JSON
 */
import * as z from 'zod'
import type { Context } from '../../context.ts'
import { deleteBackupObjects, listBackupObjects, putBackupObject } from '../../storage/backups.ts'
import { findBackups } from '../backups.ts'
import { sha256Of } from '../manifest.ts'
import { deleteRevocations, readRevocations, revocation } from './store.ts'

export const revocationsPrefix = 'revocations/'

/** The clocks of D1 and of a Worker may differ by so much. */
const clockMilliseconds = 60_000

const dayMilliseconds = 24 * 3600 * 1000

/** The entries of one object: with the longest labels it has a few hundred kilobytes. */
export const revocationsOfObject = 500

/** The objects that one call of `flushRevocations` writes. */
const objectsOfFlush = 20

export const journalSchema = z.array(revocation)

const padded = (number: number): string => String(number).padStart(15, '0')

/** Returns the earliest time of an entry that a backup may not know of. @param createdAt of the backup */
export const unknownSince = (createdAt: number): number => Math.max(0, createdAt - clockMilliseconds)

/** Returns the key before all objects that have entries since a time. */
export const keyBefore = (time: number): string => `${revocationsPrefix}${padded(time)}`

type Journal = Pick<Context, 'db' | 'backups'>

/**
 * Moves the rows to the bucket. What dies in between is done again, and may store entries twice, which does no harm.
 *
 * @returns whether none is left
 */
export async function flushRevocations({ db, backups }: Journal): Promise<boolean> {
  for (let object = 0; object < objectsOfFlush; object++) {
    const rows = await readRevocations(db, revocationsOfObject)
    const last = rows.at(-1)
    if (last === undefined) return true
    const text = JSON.stringify(rows.map((row) => revocation.parse(row)))
    const hash = await sha256Of(new TextEncoder().encode(text))
    const newest = Math.max(...rows.map(({ at }) => at))
    const key = `${revocationsPrefix}${padded(newest)}-${padded(last.id)}-${hash.slice(0, 16)}`
    await putBackupObject(backups, key, text)
    await deleteRevocations(db, last.id)
    if (rows.length < revocationsOfObject) return true
  }
  return false
}

/**
 * Deletes the entries that no restore needs, as they are older than each backup. Those of the last day stay, as a backup
 * may begin meanwhile; while one has no manifest, nothing is deleted.
 */
export async function trimRevocations({ backups, now }: Pick<Context, 'backups' | 'now'>): Promise<void> {
  const found = await findBackups(backups)
  if (found.some(({ summary }) => summary === undefined)) return
  const oldest = Math.min(now - dayMilliseconds, ...found.map(({ summary }) => summary?.createdAt ?? 0))
  const kept = keyBefore(unknownSince(oldest))
  const isOld = ({ key }: { readonly key: string }): boolean => key < kept
  const { objects } = await listBackupObjects(backups, revocationsPrefix, '')
  await deleteBackupObjects(
    backups,
    objects.filter(isOld).map(({ key }) => key),
  )
}
