/** The event of a backup. */
import type { Database } from '../db/database.ts'
import { runBatch } from '../db/database.ts'
import { recordEvent } from '../db/events/events.ts'
import { declareObjectType } from '../db/events/object-types.ts'
import type { AccountName } from '../names.ts'

export const backupObject = declareObjectType('backup')

/** Records that backups are deleted by the rules of retention. */
export async function recordDeletedBackups(db: Database, ids: readonly string[], now: number): Promise<void> {
  await runBatch(db, {
    events: ids.map((id) =>
      recordEvent({ actor: '', type: 'DELETE', objectType: backupObject.name, objectId: id, objectName: id, now }),
    ),
  })
}

/** Records what the proof of a backup came to. */
export async function recordProof(db: Database, id: string, state: 'proven' | 'failed', now: number): Promise<void> {
  await runBatch(db, {
    event: recordEvent({
      actor: '',
      type: 'UPDATE',
      objectType: backupObject.name,
      objectId: id,
      objectName: id,
      content: { state },
      now,
    }),
  })
}

/** Records that an administrator begins to download a backup. */
export async function recordDownload(db: Database, id: string, actor: AccountName, now: number): Promise<void> {
  const backup = { objectType: backupObject.name, objectId: id, objectName: id }
  await runBatch(db, { event: recordEvent({ actor, type: 'GET', ...backup, now }) })
}

/** Records that an administrator has lent the registry the key of an encrypted backup. */
export async function recordLentKey(db: Database, id: string, actor: AccountName, now: number): Promise<void> {
  const backup = { objectType: backupObject.name, objectId: id, objectName: id }
  await runBatch(db, { event: recordEvent({ actor, type: 'UPDATE', ...backup, content: { keyIsLent: true }, now }) })
}

export interface RecordedBackup {
  readonly id: string
  readonly isEncrypted: boolean
  readonly schema: string
}

/** Records that a backup was written. The event of its job says who asked for it. */
export async function recordBackup(
  db: Database,
  { id, isEncrypted, schema }: RecordedBackup,
  now: number,
): Promise<void> {
  await runBatch(db, {
    event: recordEvent({
      actor: '',
      type: 'CREATE',
      objectType: backupObject.name,
      objectId: id,
      objectName: id,
      content: { isEncrypted, schema },
      now,
    }),
  })
}
