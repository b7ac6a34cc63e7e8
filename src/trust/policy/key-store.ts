/** Public keys of users. Each function is one round trip to D1. */
import { sql, type SQL } from 'drizzle-orm'
import { runBatch, type Database } from '../../db/database.ts'
import { recordEvents, type Attribution } from '../../db/events/events.ts'
import { declareObjectType } from '../../db/events/object-types.ts'
import type { EventType } from '../../db/events/schema.ts'

export const publicKeyObject = declareObjectType('publicKey')

export interface PublicKeyRecord {
  readonly id: string
  readonly accountId: string
  readonly fingerprint: string
  /** PEM, as it was registered. */
  readonly publicKey: string
  readonly label: string
  readonly createdAt: number
}

const columns = sql`id, account_id AS accountId, fingerprint, public_key AS publicKey, label, created_at AS createdAt`

/** Matches a key of a user. Key: public_keys. */
const isKey = (accountId: string, id: string): SQL =>
  sql`public_keys.id = ${id} AND public_keys.account_id = ${accountId}`

/**
 * Records an event for each key. Its name says whose key it was, which a deletion would make untraceable. Key: accounts,
 * public_keys.
 */
const recordKeys = (type: EventType, which: SQL, { by, now }: Attribution): SQL =>
  recordEvents(
    { actor: by, type, objectType: publicKeyObject.name, now },
    {
      objectId: sql`public_keys.fingerprint`,
      objectName: sql`owner.name || '/' || public_keys.label`,
      from: sql`public_keys JOIN accounts AS owner ON owner.id = public_keys.account_id WHERE ${which}`,
    },
  )

export interface NewPublicKey {
  readonly accountId: string
  readonly fingerprint: string
  readonly publicKey: string
  readonly label: string
}

/**
 * Inserts a key, unless the account has it, or the registry itself: what it signs is no user's. Index:
 * public_keys_by_account, registry_keys_fingerprint_unique.
 *
 * @param most how many a user may have
 * @throws a foreign key violation when the account is gone
 */
export async function insertPublicKey(
  db: Database,
  { accountId, fingerprint, publicKey, label }: NewPublicKey,
  most: number,
  attribution: Attribution,
): Promise<PublicKeyRecord | 'own' | 'of-registry' | 'too-many'> {
  const id = crypto.randomUUID()
  const isOwn = sql`account_id = ${accountId} AND fingerprint = ${fingerprint}`
  const isOfRegistry = sql`EXISTS (SELECT 1 FROM registry_keys WHERE registry_keys.fingerprint = ${fingerprint})`
  const { own, ofRegistry, inserted } = await runBatch(db, {
    own: sql`SELECT 1 FROM public_keys WHERE ${isOwn}`,
    ofRegistry: sql`SELECT 1 WHERE ${isOfRegistry}`,
    inserted: sql<PublicKeyRecord>`
      INSERT INTO public_keys (id, account_id, fingerprint, public_key, label, created_at)
      SELECT ${id}, ${accountId}, ${fingerprint}, ${publicKey}, ${label}, ${attribution.now}
      WHERE NOT EXISTS (SELECT 1 FROM public_keys WHERE ${isOwn}) AND NOT ${isOfRegistry}
        AND (SELECT count(*) FROM public_keys WHERE account_id = ${accountId}) < ${most}
      RETURNING ${columns}`,
    event: recordKeys('CREATE', isKey(accountId, id), attribution),
  })
  if (inserted.first !== undefined) return inserted.first
  if (ofRegistry.rows.length > 0) return 'of-registry'
  return own.rows.length > 0 ? 'own' : 'too-many'
}

/** Lists the keys of a user by their ids. Index: public_keys_by_account. */
export async function listPublicKeys(
  db: Database,
  accountId: string,
  page: { readonly start: string; readonly limit: number },
): Promise<{ readonly keys: PublicKeyRecord[]; readonly total: number }> {
  const { keys, count } = await runBatch(db, {
    keys: sql<PublicKeyRecord>`
      SELECT ${columns} FROM public_keys WHERE account_id = ${accountId} AND +id >= ${page.start}
      ORDER BY +id LIMIT ${page.limit}`,
    count: sql<{ total: number }>`SELECT count(*) AS total FROM public_keys WHERE account_id = ${accountId}`,
  })
  return { keys: keys.rows, total: count.first?.total ?? 0 }
}

/** Finds a key of a user. Key: public_keys. */
export async function findPublicKey(db: Database, accountId: string, id: string): Promise<PublicKeyRecord | undefined> {
  const [row] = await db.all<PublicKeyRecord>(sql`SELECT ${columns} FROM public_keys WHERE ${isKey(accountId, id)}`)
  return row
}

/** Changes the label of a key. Key: public_keys. @returns the key as it is then, undefined when there is none */
export async function updatePublicKey(
  db: Database,
  accountId: string,
  id: string,
  label: string,
  attribution: Attribution,
): Promise<PublicKeyRecord | undefined> {
  const { updated } = await runBatch(db, {
    updated: sql<PublicKeyRecord>`
      UPDATE public_keys SET label = ${label} WHERE ${isKey(accountId, id)} RETURNING ${columns}`,
    event: recordKeys('UPDATE', isKey(accountId, id), attribution),
  })
  return updated.first
}

/** Deletes a key. Key: public_keys. @returns whether it was there */
export async function deletePublicKey(
  db: Database,
  accountId: string,
  id: string,
  attribution: Attribution,
): Promise<boolean> {
  const { deleted } = await runBatch(db, {
    event: recordKeys('DELETE', isKey(accountId, id), attribution),
    deleted: sql`DELETE FROM public_keys WHERE ${isKey(accountId, id)} RETURNING id`,
  })
  return deleted.rows.length === 1
}
