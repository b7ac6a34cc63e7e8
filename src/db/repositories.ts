/** Repositories as a list. */
import { and, asc, or, sql } from 'drizzle-orm'
import type { RepositoryName } from '../names.ts'
import type { Database } from './database.ts'
import { accounts, repositories } from './schema.ts'

/**
 * A page of the repositories that an account may see, in ASCII order: those of its own namespace, or all for an
 * administrator. The account is looked up in the same query, so a demoted administrator sees less at once.
 */
export async function listRepositories(
  db: Database,
  page: { readonly username: string; readonly after: string; readonly limit: number },
): Promise<RepositoryName[]> {
  // The names of a namespace lie between `alice/` and `alice0`, "0" being the character after "/".
  const own = or(
    sql`${repositories.name} = ${page.username}`,
    sql`${repositories.name} > ${`${page.username}/`} AND ${repositories.name} < ${`${page.username}0`}`,
  )
  const administrator = sql`EXISTS (
    SELECT 1 FROM ${accounts} WHERE username = ${page.username} AND is_admin = 1 AND is_active = 1)`
  const rows = await db
    .select({ name: repositories.name })
    .from(repositories)
    .where(and(sql`${repositories.name} > ${page.after}`, or(administrator, own)))
    .orderBy(asc(repositories.name))
    .limit(page.limit)
  return rows.map(({ name }) => name)
}
