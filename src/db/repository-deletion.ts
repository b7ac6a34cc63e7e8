/**
 * The deletion of repositories with all that they hold, as statements for a batch: one repository, a whole namespace, or
 * an account with its namespace.
 */
import { sql, type SQL } from 'drizzle-orm'
import type { Doing } from './accounts.ts'
import { recordEvents } from './events.ts'

/**
 * Each statement asks the condition again, so it must mean the same to all of them: it may look at what the batch does
 * not change. The bytes of blobs stay for other repositories, and else for the garbage collector.
 *
 * @param which a condition on `repositories`, served by an index: sql`repositories.name = …`
 * @returns statements of which the last gives the name of each repository that went
 */
export function deleteRepositories(which: SQL, { by, now }: Doing): SQL[] {
  const found = sql`repositories WHERE ${which}`
  const ids = sql`(SELECT repositories.id FROM ${found})`
  const name = sql`repositories.name`
  return [
    recordEvents(
      { actor: by, type: 'DELETE', objectType: 'repository', now },
      { objectId: name, objectName: name, repository: name, from: found },
    ),
    // With their tags and what they refer to, an index together with the manifests that it lists.
    sql`DELETE FROM manifests WHERE repository_id IN ${ids}`,
    sql`DELETE FROM repository_blobs WHERE repository_id IN ${ids}`,
    // The number of changes would count words and grants too.
    sql`DELETE FROM ${found} RETURNING name`,
  ]
}
