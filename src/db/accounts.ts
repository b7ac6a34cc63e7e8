/** Users and organisations. Each function is one round trip to D1. */
import { eq, or, sql } from 'drizzle-orm'
import type { AccountName } from '../names.ts'
import { runBatch, type Database } from './database.ts'
import { recordEvent } from './events.ts'
import { accounts } from './schema/accounts.ts'

export interface AccountRecord {
  readonly id: string
  readonly name: AccountName
  readonly isOrganization: boolean
  readonly fullName: string
  readonly isAdmin: boolean
  readonly isActive: boolean
}

/** Who does it, for the event; empty for the registry itself. */
export interface Doing {
  readonly by: AccountName | ''
  readonly now: number
}

const columns = {
  id: accounts.id,
  name: accounts.name,
  isOrganization: accounts.isOrganization,
  fullName: accounts.fullName,
  isAdmin: accounts.isAdmin,
  isActive: accounts.isActive,
}

/** @param nameOrId a name is looked for first; an id never looks like the name of somebody else by chance */
export async function findAccount(db: Database, nameOrId: string): Promise<AccountRecord | undefined> {
  const rows = await db
    .select(columns)
    .from(accounts)
    .where(or(eq(accounts.name, sql`${nameOrId}`), eq(accounts.id, nameOrId)))
  return rows.find(({ name }) => name === nameOrId) ?? rows[0]
}

/** @throws a unique violation when the name is taken */
export async function insertAccount(
  db: Database,
  account: {
    readonly name: AccountName
    readonly isOrganization: boolean
    readonly fullName: string
    readonly passwordHash: string | null
    readonly isAdmin: boolean
    readonly isActive: boolean
  },
  { by, now }: Doing,
): Promise<AccountRecord> {
  const { passwordHash, ...record } = { ...account, id: crypto.randomUUID() }
  await runBatch(db, [
    sql`
      INSERT INTO accounts (id, name, is_organization, full_name, password_hash, is_admin, is_active, created_at)
      VALUES (${record.id}, ${record.name}, ${Number(record.isOrganization)}, ${record.fullName}, ${passwordHash},
        ${Number(record.isAdmin)}, ${Number(record.isActive)}, ${now})`,
    recordEvent({
      actor: by,
      type: 'CREATE',
      objectType: 'account',
      objectId: record.id,
      objectName: record.name,
      content: { isOrg: record.isOrganization, isAdmin: record.isAdmin },
      now,
    }),
  ])
  return record
}

/** After a login whose hash had parameters that are no longer ours: not a change that anybody made. */
export async function updatePasswordHash(db: Database, id: string, passwordHash: string): Promise<void> {
  await db.update(accounts).set({ passwordHash }).where(eq(accounts.id, id))
}

/** Whether there is any user. */
export async function hasUsers(db: Database): Promise<boolean> {
  const first = db.select({ id: accounts.id }).from(accounts).where(eq(accounts.isOrganization, false)).limit(1)
  return (await first.get()) !== undefined
}
