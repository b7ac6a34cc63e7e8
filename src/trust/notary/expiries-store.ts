/**
 * Until when trust data holds. Docker refuses what is below an expired document, so a fact of Notary holds until the
 * earliest expiry of its chain: the root, the targets and each delegation down to its role, and the snapshot and timestamp
 * where the registry cannot sign them again. A row for each document, and not a time in each fact, lets a publication that
 * renews `targets` write one row, however many tags it has.
 */
import { sql, type SQL } from 'drizzle-orm'
import { runBatch, type Database } from '../../db/database.ts'
import { refuse } from '../../db/refusals.ts'

export interface Expiry {
  readonly role: string
  /** In milliseconds since 1970; undefined for a document that the registry signs again before it expires. */
  readonly expiresAt: number | undefined
}

/** Returns the statements that store until when documents hold. Key: trust_expiries. */
export function storeExpiries(collectionId: number, expiries: readonly Expiry[]): SQL[] {
  const listed = sql`json_each(${JSON.stringify(expiries.map(({ role, expiresAt }) => [role, expiresAt ?? null]))})`
  return [
    sql`
      DELETE FROM trust_expiries
      WHERE collection_id = ${collectionId} AND role IN (SELECT value ->> 0 FROM ${listed} WHERE value ->> 1 IS NULL)`,
    sql`
      INSERT INTO trust_expiries (collection_id, role, expires_at)
      SELECT ${collectionId}, value ->> 0, value ->> 1 FROM ${listed} WHERE value ->> 1 IS NOT NULL
      ON CONFLICT (collection_id, role) DO UPDATE
      SET expires_at = excluded.expires_at WHERE expires_at IS NOT excluded.expires_at`,
  ]
}

/** Returns the statement that forgets the roles of a branch that count no more. Key: trust_expiries. */
export const keepExpiriesIn = (collectionId: number, top: string, kept: readonly string[]): SQL =>
  // "0" follows "/".
  sql`
    DELETE FROM trust_expiries
    WHERE collection_id = ${collectionId} AND (role = ${top} OR (role > ${`${top}/`} AND role < ${`${top}0`}))
      AND role NOT IN (SELECT value FROM json_each(${JSON.stringify(kept)}))`

/** Returns the statement that forgets a collection. Key: trust_expiries. */
export const deleteExpiries = (collectionId: number): SQL =>
  sql`DELETE FROM trust_expiries WHERE collection_id = ${collectionId}`

/**
 * Matches facts of Notary for which a document of their chain has expired. Index: trust_expiries_by_time.
 *
 * @param facts the name of `signature_facts` in the statement
 */
export const hasExpired = (facts: SQL, time: SQL): SQL => sql`(
  ${facts}.kind = 'notary' AND EXISTS (
    SELECT 1 FROM trust_expiries AS document
    WHERE document.collection_id = CAST(${facts}.source AS INTEGER) AND document.expires_at < ${time}
      AND (document.role IN ('root', 'snapshot', 'timestamp')
        OR instr(${facts}.source || '/', document.collection_id || '/' || document.role || '/') = 1)))`

/** A collection of which nothing is known yet, as it was published before there were rows. */
export interface UnknownCollection {
  readonly id: number
  readonly revision: number
}

/** Matches the mark of such collections. Index: trust_expiries_unknown. */
export const isUnknown = sql`EXISTS (SELECT 1 FROM trust_expiries WHERE expires_at IS NULL)`

/** Finds some of them. Index: trust_expiries_unknown. Key: trust_collections. */
export const findUnknown = (db: Database, limit: number): Promise<UnknownCollection[]> =>
  db.all<UnknownCollection>(sql`
    SELECT trust_collections.id, trust_collections.revision FROM trust_expiries
    CROSS JOIN trust_collections ON trust_collections.id = trust_expiries.collection_id
    WHERE trust_expiries.expires_at IS NULL LIMIT ${limit}`)

/**
 * Stores what was read of a collection. Key: trust_collections.
 *
 * @throws the error that `isOutrun` recognizes when it was changed meanwhile
 */
export async function storeKnown(
  db: Database,
  { id, revision }: UnknownCollection,
  expiries: readonly Expiry[],
): Promise<void> {
  const isOther = sql`NOT EXISTS (SELECT 1 FROM trust_collections WHERE id = ${id} AND revision = ${revision})`
  await runBatch(db, {
    unchanged: refuse('another request was faster', isOther),
    expiries: storeExpiries(id, expiries),
  })
}
