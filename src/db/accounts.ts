/** Accounts. Each function is one round trip to D1. */
import { eq } from 'drizzle-orm'
import type { Username } from '../names.ts'
import type { Database } from './database.ts'
import { accounts } from './schema.ts'

export interface Account {
  readonly id: number
  readonly username: Username
  readonly isAdmin: boolean
}

export interface AccountWithPassword extends Account {
  readonly passwordHash: string
}

/** An account that may log in; one that was deactivated is not found. */
export async function findAccount(db: Database, username: Username): Promise<AccountWithPassword | undefined> {
  const row = await db.select().from(accounts).where(eq(accounts.username, username)).get()
  if (row?.isActive !== true) return undefined
  return {
    id: row.id,
    username: row.username,
    isAdmin: row.isAdmin,
    passwordHash: row.passwordHash,
  }
}

/** @throws a unique violation when the name is taken */
export async function insertAccount(
  db: Database,
  account: {
    readonly username: Username
    readonly passwordHash: string
    readonly isAdmin: boolean
    readonly now: number
  },
): Promise<Account> {
  const row = await db
    .insert(accounts)
    .values({
      username: account.username,
      passwordHash: account.passwordHash,
      isAdmin: account.isAdmin,
      createdAt: account.now,
    })
    .returning({ id: accounts.id })
    .get()
  return { id: row.id, username: account.username, isAdmin: account.isAdmin }
}

export async function updatePasswordHash(db: Database, id: number, passwordHash: string): Promise<void> {
  await db.update(accounts).set({ passwordHash }).where(eq(accounts.id, id))
}

export async function hasAccounts(db: Database): Promise<boolean> {
  return (await db.select({ id: accounts.id }).from(accounts).limit(1).get()) !== undefined
}
