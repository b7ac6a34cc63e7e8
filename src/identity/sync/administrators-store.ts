/** Administrators of the registry in a sync. Each function is one round trip. */
import { sql, type SQL } from 'drizzle-orm'
import { runBatch, type Database } from '../../db/database.ts'
import { recordEvents } from '../../db/events/events.ts'
import { isImported, isWanted, wantedOf, type MemberChange, type MemberPlace } from './members-store.ts'
import { ldapProvider } from '../links/identity-store.ts'
import { activeAdministrators, keepsAdministrator } from './users-store.ts'

/** The target of the administrators of the registry: no team has it as its id. */
export const administratorsTarget = 'admins'

/** An administrator to be, or one to be no more. */
export interface AdministratorChange extends MemberChange {
  readonly isActive: boolean
}

/** What a sync of administrators begins with. */
export interface AdministratorFacts {
  readonly named: number
  readonly users: number
  readonly found: number
  readonly before: number
}

/**
 * Counts the administrators that the directory names, and those that came from it.
 * Index: accounts_admins. Key: found_targets, found_members.
 *
 * @returns undefined when this run has not gathered them
 */
export async function countAdministrators(db: Database, part: string): Promise<AdministratorFacts | undefined> {
  const [row] = await db.all<AdministratorFacts>(sql`
    SELECT named, (SELECT count(*) FROM found_members WHERE part = ${part} AND target = ${administratorsTarget}) AS users,
      (SELECT count(*) FROM ${wantedOf(part, sql`${administratorsTarget}`)}) AS found,
      (SELECT count(*) FROM accounts WHERE is_admin = 1 AND ${isImported(sql`accounts.id`)}) AS before
    FROM found_targets WHERE part = ${part} AND target = ${administratorsTarget}`)
  return row
}

/**
 * Lists a page of the changes of administrators, those who become one first.
 * Index: identities_by_account, accounts_admins. Key: found_members, identities, accounts.
 *
 * @returns with the number of active administrators now
 */
export async function changesOfAdministrators(
  db: Database,
  part: string,
  { after, limit }: { readonly after: MemberPlace; readonly limit: number },
): Promise<{ readonly changes: readonly AdministratorChange[]; readonly administrators: number }> {
  const target = sql`${administratorsTarget}`
  const { page, administrators } = await runBatch(db, {
    page: sql<MemberChange & { isActive: number }>`
      SELECT change AS target, '' AS targetName, user_id AS userId, name, change, is_active AS isActive FROM (
        SELECT wanted.id AS user_id, wanted.name, wanted.is_active, 'join' AS change
        FROM ${wantedOf(part, target)} AND wanted.is_admin = 0
        UNION ALL
        SELECT account.id, account.name, account.is_active, 'leave' FROM accounts AS account
        WHERE account.is_admin = 1 AND ${isImported(sql`account.id`)}
          AND NOT ${isWanted(part, target, sql`account.id`)})
      WHERE (change, user_id) > (${after.target}, ${after.userId}) ORDER BY change, user_id LIMIT ${limit}`,
    administrators: activeAdministrators,
  })
  const changes = page.rows.map((row) => Object.assign(row, { isActive: row.isActive === 1 }))
  return { changes, administrators: administrators.first?.count ?? 0 }
}

/** Carries out changes of administrators in one transaction. Key: accounts. */
export async function writeAdministrators(db: Database, changes: readonly MemberChange[], now: number): Promise<void> {
  const ids = (which: MemberChange['change']): string =>
    JSON.stringify(changes.filter(({ change }) => change === which).map(({ userId }) => userId))
  const set = (which: MemberChange['change'], isAdmin: boolean): SQL[] => [
    recordEvents(
      { actor: '', type: 'UPDATE', objectType: 'account', content: { isAdmin, provider: ldapProvider }, now },
      {
        objectId: sql`account.id`,
        objectName: sql`account.name`,
        from: sql`json_each(${ids(which)}) CROSS JOIN accounts AS account ON account.id = value
          WHERE account.is_admin <> ${Number(isAdmin)}`,
      },
    ),
    sql`UPDATE accounts SET is_admin = ${Number(isAdmin)} WHERE id IN (SELECT value FROM json_each(${ids(which)}))`,
  ]
  await runBatch(
    db,
    { promoted: set('join', true), guarded: keepsAdministrator(ids('leave')), demoted: set('leave', false) },
    'repeatable',
  )
}
