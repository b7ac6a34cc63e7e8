/** Logins that a command waits for, by the hash of their code. Each function is one round trip to D1. */
import { sql, type SQL } from 'drizzle-orm'
import { runBatch, type Database } from '../../db/database.ts'
import { mostDevices, mostDevicesOfNetwork } from '../../limits.ts'

export type Purpose = 'login' | 'link'

/** A user of a provider, at the session of a login. */
export interface SsoSession {
  readonly issuer: string
  readonly subject: string
  readonly sid: string | undefined
}

/** What a browser has approved. */
export interface Approved extends SsoSession {
  /** The name that the provider has. */
  readonly name: string
  /** Undefined for a login that links an account. */
  readonly accountId: string | undefined
}

/** A command that waits. */
export interface Waiting {
  /** SHA-256 of the code that the command has. */
  readonly hash: string
  readonly challenge: string
  readonly purpose: Purpose
  readonly expiresAt: number
}

/** Expired rows that each insertion deletes. */
const mostTrimmed = 100

/** Deletes expired rows. Index: oidc_logins_expiry. Key: oidc_logins. */
const trimmed = (now: number): SQL => sql`
  DELETE FROM oidc_logins WHERE hash IN (SELECT hash FROM oidc_logins WHERE expires_at <= ${now} LIMIT ${mostTrimmed})`

/** Keeps what a browser has approved, for the command that has the code. */
export async function insertApproved(
  db: Database,
  { hash, challenge, purpose, expiresAt, issuer, subject, sid, name, accountId }: Waiting & Approved,
  now: number,
): Promise<void> {
  await runBatch(db, {
    trimmed: trimmed(now),
    inserted: sql`
      INSERT INTO oidc_logins (hash, challenge, purpose, device, network, issuer, subject, sid, name, account_id, expires_at)
      VALUES (${hash}, ${challenge}, ${purpose}, '', '', ${issuer}, ${subject}, ${sid ?? null}, ${name},
        ${accountId ?? null}, ${expiresAt})`,
  })
}

/** Keeps a command that waits for a browser. Index: oidc_logins_by_network, oidc_logins_expiry. @returns false when too many wait */
export async function insertDevice(
  db: Database,
  device: Waiting & { readonly userCodeHash: string; readonly device: string; readonly network: string },
  now: number,
): Promise<boolean> {
  const { inserted } = await runBatch(db, {
    trimmed: trimmed(now),
    inserted: sql`
      INSERT INTO oidc_logins (hash, challenge, purpose, user_code_hash, device, network, expires_at)
      SELECT ${device.hash}, ${device.challenge}, ${device.purpose}, ${device.userCodeHash}, ${device.device},
        ${device.network}, ${device.expiresAt}
      WHERE NOT EXISTS (
          SELECT 1 FROM oidc_logins WHERE network = ${device.network} LIMIT 1 OFFSET ${mostDevicesOfNetwork - 1})
        AND NOT EXISTS (SELECT 1 FROM oidc_logins WHERE expires_at > ${now} LIMIT 1 OFFSET ${mostDevices - 1})`,
  })
  return inserted.changes === 1
}

/** What a user is shown of a command that waits. */
export interface ShownDevice {
  readonly device: string
  readonly network: string
  readonly purpose: Purpose
}

/** Finds a command that waits for a browser. Index: oidc_logins_by_user_code. */
export async function findDevice(db: Database, userCodeHash: string, now: number): Promise<ShownDevice | undefined> {
  const [row] = await db.all<ShownDevice>(sql`SELECT device, network, purpose FROM ${waiting(userCodeHash, now)}`)
  return row
}

/** Selects, after FROM, a command that waits. Index: oidc_logins_by_user_code. */
const waiting = (userCodeHash: string, now: number): SQL => sql`
  oidc_logins WHERE user_code_hash = ${userCodeHash} AND subject IS NULL AND expires_at > ${now}`

/** Lets the command go on. Key: oidc_logins. @returns false when it waits no more */
export async function approveDevice(
  db: Database,
  userCodeHash: string,
  { issuer, subject, sid, name, accountId }: Approved,
  now: number,
): Promise<boolean> {
  const { approved } = await runBatch(db, {
    approved: sql`
      UPDATE oidc_logins SET issuer = ${issuer}, subject = ${subject}, sid = ${sid ?? null}, name = ${name},
        account_id = ${accountId ?? null}
      WHERE hash IN (SELECT hash FROM ${waiting(userCodeHash, now)})`,
  })
  return approved.changes === 1
}

/** Ends the wait of a command. Key: oidc_logins. */
export async function refuseDevice(db: Database, userCodeHash: string, now: number): Promise<void> {
  await db.run(sql`DELETE FROM oidc_logins WHERE hash IN (SELECT hash FROM ${waiting(userCodeHash, now)})`)
}

interface Row {
  issuer: string
  subject: string
  sid: string | null
  name: string
  accountId: string | null
}

/**
 * Takes what a browser has approved, once. Key: oidc_logins.
 *
 * @param code the hash of the code, and the challenge of the verifier that was sent with it
 */
export async function takeApproved(
  db: Database,
  { hash, challenge, purpose }: Pick<Waiting, 'hash' | 'challenge' | 'purpose'>,
  now: number,
): Promise<Approved | 'waiting' | undefined> {
  const found = sql`
    oidc_logins WHERE hash = ${hash} AND challenge = ${challenge} AND purpose = ${purpose} AND expires_at > ${now}`
  const { waits, taken } = await runBatch(db, {
    waits: sql`SELECT 1 FROM ${found} AND subject IS NULL`,
    taken: sql<Row>`
      DELETE FROM ${found} AND subject IS NOT NULL
      RETURNING issuer, subject, sid, name, account_id AS accountId`,
  })
  if (waits.rows.length > 0) return 'waiting'
  const row = taken.first
  return row === undefined ? undefined : { ...row, sid: row.sid ?? undefined, accountId: row.accountId ?? undefined }
}
