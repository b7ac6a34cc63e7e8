/** The settings documents of identity providers, as D1 has them. Each function is one round trip. */
import { sql, type SQL } from 'drizzle-orm'
import { runBatch, type Database } from '../../db/database.ts'
import { recordEvent, type Attribution } from '../../db/events/events.ts'
import type { ObjectType } from '../../db/events/object-types.ts'

/** The documents with a secret. */
export type SecretName = 'ldap' | 'oidc'

export type DocumentName = SecretName | 'saml'

/** A secret of a document, as `auth/sealing.ts` seals it; empty for none. */
export interface SealedSecret {
  readonly sealed: string
  readonly sealedWith: string
}

/** A document and its secret. */
export interface SettingsDocument extends SealedSecret {
  /** JSON. */
  readonly document: string
}

export const noSecret: SealedSecret = { sealed: '', sealedWith: '' }

/** Finds a document; undefined before the first. Key: settings_documents. */
export async function findDocument(db: Database, name: DocumentName): Promise<SettingsDocument | undefined> {
  const [row] = await db.all<SettingsDocument>(
    sql`SELECT document, sealed, sealed_with AS sealedWith FROM settings_documents WHERE name = ${name}`,
  )
  return row
}

/** Selects a row while a directory is configured, for the statements of a login. Key: settings_documents. */
export const selectDirectory: SQL = sql`
  SELECT 1 FROM settings_documents WHERE name = 'ldap' AND document ->> 'serverURL' <> ''`

/** Replaces a document, with an event. @param told what the event tells of it: nothing secret */
export async function putDocument(
  db: Database,
  name: DocumentName,
  { document, sealed, sealedWith }: SettingsDocument,
  told: {
    readonly objectType: ObjectType
    readonly objectName: string
    readonly content: Readonly<Record<string, unknown>>
  },
  { by, now }: Attribution,
): Promise<void> {
  await runBatch(db, {
    put: sql`
      INSERT INTO settings_documents (name, document, sealed, sealed_with)
      VALUES (${name}, ${document}, ${sealed}, ${sealedWith})
      ON CONFLICT (name) DO UPDATE SET document = excluded.document, sealed = excluded.sealed,
        sealed_with = excluded.sealed_with`,
    event: recordEvent({ actor: by, type: 'UPDATE', objectId: name, ...told, now }),
  })
}

/** Lists the secrets that are sealed with a key. Scan: settings_documents, three rows at most. */
export async function secretsSealedWith(
  db: Database,
  keyName: string,
): Promise<readonly (SealedSecret & { readonly name: SecretName })[]> {
  return db.all<SealedSecret & { readonly name: SecretName }>(sql`
    SELECT name, sealed, sealed_with AS sealedWith FROM settings_documents WHERE sealed_with = ${keyName}`)
}

/** Replaces a secret that was not changed meanwhile. Key: settings_documents. */
export async function replaceSecret(
  db: Database,
  name: SecretName,
  before: SealedSecret,
  { sealed, sealedWith }: SealedSecret,
): Promise<void> {
  await db.run(sql`
    UPDATE settings_documents SET sealed = ${sealed}, sealed_with = ${sealedWith}
    WHERE name = ${name} AND sealed = ${before.sealed}`)
}
