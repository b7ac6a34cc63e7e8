/** Who signed what tags point at, as people look at it. Each function is one round trip to D1. */
import { sql } from 'drizzle-orm'
import { runBatch, type Database } from '../../db/database.ts'
import { mostShownSignatures } from '../../limits.ts'
import type { Digest, Tag } from '../../names.ts'
import { hasExpired } from '../notary/expiries-store.ts'
import { isVouchedFor } from '../policy/decision-store.ts'
import type { signatureFacts } from './schema.ts'

export interface SignatureRow {
  readonly tag: Tag
  readonly kind: (typeof signatureFacts.$inferSelect)['kind']
  readonly signer: string
  readonly key: string
  readonly signedAt: number
  readonly isExpired: number
}

/** What the trust data of a GUN says of a tag, in a role in which Docker looks for it. */
export interface TargetRow {
  readonly tag: Tag
  readonly digest: Digest
  readonly role: string
  readonly isExpired: number
}

/**
 * Finds the signatures of what tags point at, and what the trust data of a GUN says of the tags. Index:
 * signature_facts_by_name, trust_collections_by_gun, public_keys_by_fingerprint. Key: signature_facts, accounts.
 */
export async function findShown(
  db: Database,
  { repositoryId, gun }: { readonly repositoryId: number; readonly gun: string },
  tags: readonly { readonly name: Tag; readonly digest: Digest }[],
  now: number,
): Promise<{ readonly signatures: readonly SignatureRow[]; readonly targets: readonly TargetRow[] }> {
  const wanted = sql`json_each(${JSON.stringify(tags.map(({ name, digest }) => [name, digest]))}) AS wanted`
  const { signatures, targets } = await runBatch(db, {
    signatures: sql<SignatureRow>`
      SELECT DISTINCT wanted.value ->> 0 AS tag, facts.kind, facts.fingerprint AS key, facts.signed_at AS signedAt,
        ${hasExpired(sql`facts`, sql`${now}`)} AS isExpired, coalesce(accounts.name, facts.subject) AS signer
      FROM ${wanted} CROSS JOIN signature_facts AS facts ON facts.rowid IN (
        SELECT rowid FROM signature_facts
        WHERE repository_id = ${repositoryId} AND digest = wanted.value ->> 1 AND name IN ('', wanted.value ->> 0)
          AND (expires_at IS NULL OR expires_at > ${now}) AND (issuer = '' OR ${isVouchedFor})
        LIMIT ${mostShownSignatures})
      LEFT JOIN public_keys ON public_keys.rowid IN (
        SELECT rowid FROM public_keys WHERE fingerprint = facts.fingerprint LIMIT ${mostShownSignatures})
      LEFT JOIN accounts ON accounts.id = public_keys.account_id
      ORDER BY signedAt, kind, signer, key`,
    targets: sql<TargetRow>`
      SELECT facts.name AS tag, facts.digest, substr(facts.source, instr(facts.source, '/') + 1) AS role,
        ${hasExpired(sql`facts`, sql`${now}`)} AS isExpired
      FROM trust_collections AS collection CROSS JOIN ${wanted}
      CROSS JOIN signature_facts AS facts
        ON facts.repository_id = collection.repository_id AND facts.name = wanted.value ->> 0 AND facts.name <> ''
      WHERE collection.repository_id = ${repositoryId} AND collection.gun = ${gun} AND facts.kind = 'notary'
        AND facts.source IN (collection.id || '/targets/releases', collection.id || '/targets')`,
  })
  return { signatures: signatures.rows, targets: targets.rows }
}

/** Finds the repositories that have published trust data. Index: trust_collections_by_gun. */
export async function publishedOf(db: Database, repositoryIds: readonly number[]): Promise<number[]> {
  const rows = await db.all<{ id: number }>(sql`
    SELECT DISTINCT repository_id AS id FROM trust_collections
    WHERE repository_id IN (SELECT value FROM json_each(${JSON.stringify(repositoryIds)})) AND is_published = 1`)
  return rows.map(({ id }) => id)
}
