/** Repositories as a list. */
import { sql, type SQL } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import type { RepositoryName } from '../names.ts'
import type { Database } from './database.ts'

/**
 * A page of the repositories that an account may see, in ASCII order: those of its own namespace, or all for an
 * administrator. The account is looked up in the same query, so a demoted administrator sees less at once.
 */
export async function listRepositories(
  db: Database,
  page: { readonly username: string; readonly after: string; readonly limit: number },
): Promise<RepositoryName[]> {
  // The names of a namespace lie between `alice` and `alice0`, "0" being the character after "/", and "~" comes after
  // whatever a name may hold. The bounds are constants of the query, so the index is read between them only.
  const { username, after, limit } = page
  const isAdministrator = sql`EXISTS (
    SELECT 1 FROM accounts WHERE username = ${username} AND is_admin = 1 AND is_active = 1)`
  const rows = await db.all<{ name: RepositoryName }>(sql`
    SELECT name FROM repositories
    WHERE name > ${after}
      AND name >= CASE WHEN ${isAdministrator} THEN '' ELSE ${username} END
      AND name < CASE WHEN ${isAdministrator} THEN '~' ELSE ${`${username}0`} END
      AND (${isAdministrator} OR name = ${username} OR name > ${`${username}/`})
    ORDER BY name LIMIT ${limit}`)
  return rows.map(({ name }) => name)
}

/** The rows of one repository, by its name. */
export const inRepository = (repositoryId: SQLiteColumn, name: RepositoryName): SQL =>
  sql`${repositoryId} = (SELECT id FROM repositories WHERE name = ${name})`
