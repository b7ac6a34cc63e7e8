/** The configuration of the directory, as D1 has it. Each function is one round trip. */
import { sql } from 'drizzle-orm'
import { runBatch, type Database } from '../../db/database.ts'
import { recordEvent, type Attribution } from '../../db/events/events.ts'
import { declareObjectType } from '../../db/events/object-types.ts'

export const directoryObject = declareObjectType('directory', { isForAdministrators: true })

export interface StoredDirectory {
  /** JSON. */
  readonly document: string
  readonly sealed: string
  readonly sealedWith: string
}

/** Finds the configuration; undefined before the first. Key: directories. */
export async function findDirectory(db: Database): Promise<StoredDirectory | undefined> {
  const [row] = await db.all<StoredDirectory>(
    sql`SELECT document, sealed, sealed_with AS sealedWith FROM directories WHERE id = 1`,
  )
  return row
}

/** Replaces the configuration, with an event. @param content what the event tells of it */
export async function putDirectory(
  db: Database,
  { document, sealed, sealedWith }: StoredDirectory,
  content: Readonly<Record<string, unknown>>,
  { by, now }: Attribution,
): Promise<void> {
  await runBatch(db, {
    put: sql`
      INSERT INTO directories (id, document, sealed, sealed_with, updated_at)
      VALUES (1, ${document}, ${sealed}, ${sealedWith}, ${now})
      ON CONFLICT (id) DO UPDATE SET document = excluded.document, sealed = excluded.sealed,
        sealed_with = excluded.sealed_with, updated_at = excluded.updated_at`,
    event: recordEvent({
      actor: by,
      type: 'UPDATE',
      objectType: directoryObject.name,
      objectId: 'ldap',
      objectName: 'ldap',
      content,
      now,
    }),
  })
}

/** Replaces the encrypted passwords, unless they were changed meanwhile. Key: directories. */
export async function resealDirectory(
  db: Database,
  before: StoredDirectory,
  { sealed, sealedWith }: Omit<StoredDirectory, 'document'>,
): Promise<void> {
  await db.run(sql`
    UPDATE directories SET sealed = ${sealed}, sealed_with = ${sealedWith} WHERE id = 1 AND sealed = ${before.sealed}`)
}
