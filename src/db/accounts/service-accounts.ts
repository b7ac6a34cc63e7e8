/** Service accounts: users that are machines of an organization. Each function is one round trip to D1. */
import { sql, type SQL } from 'drizzle-orm'
import type { AccountName } from '../../names.ts'
import { runBatch, type Database } from '../database.ts'
import { recordEvents, type Attribution } from '../events/events.ts'

export interface ServiceAccount {
  readonly id: string
  readonly name: AccountName
  readonly description: string
  readonly isActive: boolean
  readonly createdAt: number
  /** The name of its creator at the time. */
  readonly createdBy: string
  /** When one of its tokens was last used; undefined if none ever was. */
  readonly lastUsedAt: number | undefined
}

interface Row {
  id: string
  name: AccountName
  description: string
  isActive: number
  createdAt: number
  createdBy: string
  lastUsedAt: number | null
}

const serviceAccountOf = (row: Row): ServiceAccount => ({
  ...row,
  isActive: row.isActive === 1,
  lastUsedAt: row.lastUsedAt ?? undefined,
})

/** Selects the columns of a `Row`. Index: access_tokens_by_account. */
const columns: SQL = sql`
  accounts.id, accounts.name, accounts.is_active AS isActive, service_accounts.description,
  service_accounts.created_at AS createdAt, service_accounts.created_by AS createdBy,
  (SELECT max(access_tokens.last_used_at) FROM access_tokens WHERE access_tokens.account_id = accounts.id) AS lastUsedAt`

/** Selects the service account of an organization that has a name. Index: accounts_name_unique. Key: service_accounts. */
const selectNamed = (organizationId: string, name: AccountName): SQL<Row> => sql`
  SELECT ${columns} FROM accounts JOIN service_accounts ON service_accounts.account_id = accounts.id
  WHERE accounts.name = ${name} AND service_accounts.organization_id = ${organizationId}`

/**
 * Makes a service account, which becomes a member of the organization, so that teams can have it.
 * Index: service_accounts_by_organization. Key: accounts, service_accounts.
 *
 * @param most how many an organization may have
 * @returns undefined when the organization has that many already
 * @throws a unique violation when the name is taken, and a foreign key violation when the organization is gone
 */
export async function insertServiceAccount(
  db: Database,
  account: { readonly name: AccountName; readonly organizationId: string; readonly description: string },
  most: number,
  { by, now }: Attribution,
): Promise<ServiceAccount | undefined> {
  const { name, organizationId, description } = account
  const id = crypto.randomUUID()
  const made = sql`accounts WHERE id = ${id}`
  const { found } = await runBatch(db, {
    account: sql`
      INSERT INTO accounts (id, name, created_at) SELECT ${id}, ${name}, ${now}
      WHERE (SELECT count(*) FROM service_accounts WHERE organization_id = ${organizationId}) < ${most}`,
    service: sql`
      INSERT INTO service_accounts (account_id, organization_id, description, created_by, created_at)
      SELECT id, ${organizationId}, ${description}, ${by}, ${now} FROM ${made}`,
    member: sql`INSERT INTO members (organization_id, user_id) SELECT ${organizationId}, id FROM ${made}`,
    event: recordEvents(
      { actor: by, type: 'CREATE', objectType: 'account', content: { isServiceAccount: true }, now },
      { objectId: sql`id`, objectName: sql`name`, from: made },
    ),
    found: selectNamed(organizationId, name),
  })
  return found.first === undefined ? undefined : serviceAccountOf(found.first)
}

/** Lists the service accounts of an organization, all of the few, by their names. Index: service_accounts_by_organization. Key: accounts. */
export async function listServiceAccounts(db: Database, organizationId: string): Promise<ServiceAccount[]> {
  const rows = await db.all<Row>(sql`
    SELECT ${columns} FROM service_accounts CROSS JOIN accounts ON accounts.id = service_accounts.account_id
    WHERE service_accounts.organization_id = ${organizationId} ORDER BY accounts.name`)
  return rows.map(serviceAccountOf)
}

export async function findServiceAccount(
  db: Database,
  organizationId: string,
  name: AccountName,
): Promise<ServiceAccount | undefined> {
  const [row] = await db.all<Row>(selectNamed(organizationId, name))
  return row === undefined ? undefined : serviceAccountOf(row)
}

/**
 * Finds the organization of a service account. Index: accounts_name_unique. Key: accounts, service_accounts.
 *
 * @returns undefined for an account that is none
 */
export async function findOrganizationOfService(
  db: Database,
  name: AccountName,
): Promise<{ readonly id: string; readonly name: AccountName } | undefined> {
  const [row] = await db.all<{ id: string; name: AccountName }>(sql`
    SELECT organization.id, organization.name FROM accounts
    JOIN service_accounts ON service_accounts.account_id = accounts.id
    JOIN accounts AS organization ON organization.id = service_accounts.organization_id
    WHERE accounts.name = ${name}`)
  return row
}
