/** The OpenID provider, as D1 has it. Each function is one round trip. */
import { sql } from 'drizzle-orm'
import { runBatch, type Database } from '../../db/database.ts'
import { recordEvent, type Attribution } from '../../db/events/events.ts'

export interface StoredProvider {
  /** JSON. */
  readonly settings: string
  /** The client secret, sealed; empty for none. */
  readonly sealed: string
  readonly sealedWith: string
}

/** Reads the provider. Key: oidc_provider. */
export async function findProvider(db: Database): Promise<StoredProvider | undefined> {
  const [row] = await db.all<StoredProvider>(
    sql`SELECT settings, sealed, sealed_with AS sealedWith FROM oidc_provider WHERE id = 1`,
  )
  return row
}

/** Stores the provider, with an event that has all but the secret. */
export async function writeProvider(
  db: Database,
  { settings, sealed, sealedWith }: StoredProvider,
  content: Readonly<Record<string, unknown>>,
  { by, now }: Attribution,
): Promise<void> {
  await runBatch(db, {
    event: recordEvent({
      actor: by,
      type: 'UPDATE',
      objectType: 'settings',
      objectId: 'oidc',
      objectName: 'single sign-on',
      content,
      now,
    }),
    written: sql`
      INSERT INTO oidc_provider (id, settings, sealed, sealed_with)
      VALUES (1, ${settings}, ${sealed}, ${sealedWith})
      ON CONFLICT (id) DO UPDATE
      SET settings = excluded.settings, sealed = excluded.sealed, sealed_with = excluded.sealed_with`,
  })
}

/** Replaces a sealed secret that no one has changed meanwhile. Key: oidc_provider. */
export async function replaceSealed(
  db: Database,
  before: Pick<StoredProvider, 'sealed'>,
  { sealed, sealedWith }: Pick<StoredProvider, 'sealed' | 'sealedWith'>,
): Promise<void> {
  await db.run(sql`
    UPDATE oidc_provider SET sealed = ${sealed}, sealed_with = ${sealedWith} WHERE id = 1 AND sealed = ${before.sealed}`)
}
