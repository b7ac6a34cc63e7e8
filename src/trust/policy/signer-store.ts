/** Identities that sign without a registered key, and the roots that vouch for them. Each function is one round trip. */
import { sql, type SQL } from 'drizzle-orm'
import { runBatch, type Database } from '../../db/database.ts'
import { recordEvent, recordEvents, type Attribution } from '../../db/events/events.ts'
import { declareObjectType } from '../../db/events/object-types.ts'
import type { EventType } from '../../db/events/schema.ts'
import type { AccountName } from '../../names.ts'

export const signerIdentityObject = declareObjectType('signerIdentity')
export const trustRootObject = declareObjectType('trustRoot')

export interface IdentityRecord {
  readonly id: string
  readonly account: AccountName
  /** An OIDC issuer, or `x509:` with the name of a trust root. */
  readonly issuer: string
  /** A pattern of subjects, in which `*` stands for any characters. */
  readonly subject: string
  readonly createdAt: number
}

const identityColumns = sql`
  signer_identities.id, owner.name AS account, signer_identities.issuer, signer_identities.subject,
  signer_identities.created_at AS createdAt`
/** Joins identities with their users. Key: signer_identities, accounts. */
const identities = sql`signer_identities JOIN accounts AS owner ON owner.id = signer_identities.account_id`

/** Records an event for an identity. Key: signer_identities. */
const recordIdentity = (type: EventType, id: string, { by, now }: Attribution): SQL =>
  recordEvents(
    { actor: by, type, objectType: signerIdentityObject.name, now },
    {
      objectId: sql`signer_identities.id`,
      objectName: sql`owner.name || '/' || signer_identities.subject`,
      content: sql`json_object('issuer', signer_identities.issuer, 'subject', signer_identities.subject)`,
      from: sql`${identities} WHERE signer_identities.id = ${id}`,
    },
  )

/**
 * Inserts an identity. Index: signer_identities_by_account. Key: signer_identities.
 *
 * @param most how many a user may have
 * @throws a foreign key violation when the account is gone, and a unique violation for one that the user has
 */
export async function insertIdentity(
  db: Database,
  { accountId, issuer, subject }: { readonly accountId: string; readonly issuer: string; readonly subject: string },
  most: number,
  attribution: Attribution,
): Promise<IdentityRecord | undefined> {
  const id = crypto.randomUUID()
  const { made } = await runBatch(db, {
    inserted: sql`
      INSERT INTO signer_identities (id, account_id, issuer, subject, created_at)
      SELECT ${id}, ${accountId}, ${issuer}, ${subject}, ${attribution.now}
      WHERE (SELECT count(*) FROM signer_identities WHERE account_id = ${accountId}) < ${most}`,
    event: recordIdentity('CREATE', id, attribution),
    made: sql<IdentityRecord>`SELECT ${identityColumns} FROM ${identities} WHERE signer_identities.id = ${id}`,
  })
  return made.first
}

/** Lists identities by their ids. Key: signer_identities, accounts. */
export const listIdentities = (
  db: Database,
  { start, limit }: { readonly start: string; readonly limit: number },
): Promise<IdentityRecord[]> =>
  db.all<IdentityRecord>(sql`
    SELECT ${identityColumns}
    FROM (SELECT * FROM signer_identities WHERE id >= ${start} ORDER BY id LIMIT ${limit}) AS signer_identities
    JOIN accounts AS owner ON owner.id = signer_identities.account_id ORDER BY signer_identities.id`)

/** Deletes an identity. Key: signer_identities. @returns whether it was there */
export async function deleteIdentity(db: Database, id: string, attribution: Attribution): Promise<boolean> {
  const { deleted } = await runBatch(db, {
    event: recordIdentity('DELETE', id, attribution),
    deleted: sql`DELETE FROM signer_identities WHERE id = ${id} RETURNING id`,
  })
  return deleted.rows.length === 1
}

export const rootKinds = ['sigstore', 'x509'] as const
export type RootKind = (typeof rootKinds)[number]

export interface RootRecord {
  readonly name: string
  readonly kind: RootKind
  /** JSON of sigstore, or PEM. */
  readonly document: string
  readonly createdAt: number
}

const rootColumns = sql`name, kind, document, created_at AS createdAt`

/** Tells whether there is a root of a name. Key: trust_roots. */
const isRoot = (name: string): SQL => sql`EXISTS (SELECT 1 FROM trust_roots WHERE name = ${name})`

/** Stores a root in place of one of the same name. Scan: trust_roots, of which there are few. @returns undefined when there are too many */
export async function putRoot(
  db: Database,
  { name, kind, document }: Omit<RootRecord, 'createdAt'>,
  most: number,
  { by, now }: Attribution,
): Promise<RootRecord | undefined> {
  const isThere = isRoot(name)
  const event = {
    actor: by,
    objectType: trustRootObject.name,
    objectId: name,
    objectName: name,
    content: { kind },
    now,
  }
  const { stored } = await runBatch(db, {
    updated: recordEvent({ ...event, type: 'UPDATE' }, isThere),
    created: recordEvent(
      { ...event, type: 'CREATE' },
      sql`NOT ${isThere} AND (SELECT count(*) FROM trust_roots) < ${most}`,
    ),
    stored: sql<RootRecord>`
      INSERT INTO trust_roots (name, kind, document, created_at)
      SELECT ${name}, ${kind}, ${document}, ${now}
      WHERE ${isThere} OR (SELECT count(*) FROM trust_roots) < ${most}
      ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, document = excluded.document
      RETURNING ${rootColumns}`,
  })
  return stored.first
}

/** Lists all roots, of which there are few, by name. Key: trust_roots. */
export const listRoots = (db: Database): Promise<RootRecord[]> =>
  db.all<RootRecord>(sql`SELECT ${rootColumns} FROM trust_roots ORDER BY name`)

/** Finds a root. Key: trust_roots. */
export async function findRoot(db: Database, name: string): Promise<RootRecord | undefined> {
  const [row] = await db.all<RootRecord>(sql`SELECT ${rootColumns} FROM trust_roots WHERE name = ${name}`)
  return row
}

/** Deletes a root. Key: trust_roots. @returns whether it was there */
export async function deleteRoot(db: Database, name: string, { by, now }: Attribution): Promise<boolean> {
  const { deleted } = await runBatch(db, {
    event: recordEvent(
      { actor: by, type: 'DELETE', objectType: trustRootObject.name, objectId: name, objectName: name, now },
      isRoot(name),
    ),
    deleted: sql`DELETE FROM trust_roots WHERE name = ${name} RETURNING name`,
  })
  return deleted.rows.length === 1
}
