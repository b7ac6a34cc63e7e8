/** Repositories: made by a push, and referred to by name. */
import { sql, type SQL } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import { namespaceOf, type AccountName, type RepositoryName } from '../names.ts'
import { recordEvent } from './events.ts'

/** Who pushes, and whether that may make the repository. */
export interface Push {
  readonly by: AccountName | ''
  readonly creates: boolean
}

/**
 * The statements by which a push makes its repository, unless it is there: private, in a namespace that somebody has
 * at that moment. None for a push that may not.
 *
 * @param when a further condition of the batch
 */
export function makeRepositoryOnPush(name: RepositoryName, push: Push, now: number, when: SQL = sql`true`): SQL[] {
  if (!push.creates) return []
  const isMissing = sql`
    NOT EXISTS (SELECT 1 FROM repositories WHERE name = ${name})
    AND EXISTS (SELECT 1 FROM accounts WHERE name = ${namespaceOf(name)})
    AND ${when}`
  return [
    recordEvent(
      {
        actor: push.by,
        type: 'CREATE',
        objectType: 'repository',
        objectId: name,
        objectName: name,
        repository: name,
        now,
      },
      isMissing,
    ),
    sql`
      INSERT INTO repositories (name, namespace, created_at)
      SELECT ${name}, ${namespaceOf(name)}, ${now} WHERE ${isMissing}`,
  ]
}

/** The id of a repository, for statements that know its name. */
export const repositoryIdOf = (name: RepositoryName): SQL =>
  sql`(SELECT id FROM repositories WHERE name = ${name})`

/** The rows of one repository, by its name. */
export const inRepository = (repositoryId: SQLiteColumn, name: RepositoryName): SQL =>
  sql`${repositoryId} = ${repositoryIdOf(name)}`
