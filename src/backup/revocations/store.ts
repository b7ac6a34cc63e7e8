/** The rows of what was taken away, until the bucket of backups has them. */
import { sql } from 'drizzle-orm'
import * as z from 'zod'
import { runBatch, type Database } from '../../db/database.ts'
import { revocationKinds } from './schema.ts'

export const revocation = z.object({
  kind: z.enum(revocationKinds),
  /** The hash of a token, the id or the name of the others. */
  subject: z.string(),
  /** Empty for a trust root. */
  accountId: z.string(),
  label: z.string(),
  at: z.int(),
})
export type Revocation = z.infer<typeof revocation>

export interface StoredRevocation extends Revocation {
  readonly id: number
}

/** Reads the oldest rows. Scan: revocations, of which it reads a page. */
export async function readRevocations(db: Database, limit: number): Promise<readonly StoredRevocation[]> {
  return db.all<StoredRevocation>(sql`
    SELECT id, kind, subject, account_id AS accountId, label, at FROM revocations ORDER BY id LIMIT ${limit}`)
}

/** Deletes the rows up to one. Key: revocations. */
export async function deleteRevocations(db: Database, upTo: number): Promise<void> {
  await runBatch(db, { deleted: sql`DELETE FROM revocations WHERE id <= ${upTo}` }, 'repeatable')
}

export interface Holding {
  /** What stands before the names of tables: a restore loads them under other names. */
  readonly prefix: string
  /** Tokens stay active. */
  readonly keepsActive: boolean
}

export interface Affected {
  /** The names of accounts that are in the registry, by id. */
  readonly names: ReadonlyMap<string, string>
  /** The hashes of tokens that are in the registry. */
  readonly tokens: ReadonlySet<string>
}

/**
 * Makes tokens inactive, unless they are to stay active, and tells what the registry has of those that were revoked.
 * Key: access_tokens, accounts.
 */
export async function holdTokens(
  db: Database,
  some: readonly Revocation[],
  { prefix, keepsActive }: Holding,
): Promise<Affected> {
  const tokens = sql.raw(`"${prefix}access_tokens"`)
  const accounts = sql.raw(`"${prefix}accounts"`)
  const hashes = JSON.stringify(some.filter(({ kind }) => kind === 'token').map(({ subject }) => subject))
  const ids = JSON.stringify([...new Set(some.map(({ accountId }) => accountId))])
  const { found, owners } = await runBatch(
    db,
    {
      held: keepsActive
        ? undefined
        : sql`UPDATE ${tokens} SET is_active = 0 WHERE hash IN (SELECT value FROM json_each(${hashes})) AND is_active = 1`,
      found: sql<{ hash: string }>`
        SELECT hash FROM ${tokens} WHERE hash IN (SELECT value FROM json_each(${hashes}))`,
      owners: sql<{ id: string; name: string }>`
        SELECT id, name FROM ${accounts} WHERE id IN (SELECT value FROM json_each(${ids}))`,
    },
    'repeatable',
  )
  return {
    names: new Map(owners.rows.map(({ id, name }) => [id, name])),
    tokens: new Set(found.rows.map(({ hash }) => hash)),
  }
}
