/**
 * Deletes repositories in two steps, as their content may be too much for one statement of D1.
 *
 * First the row of a repository gives up its name, its namespace and its visibility, in the transaction that the caller
 * waits for. Every statement finds a repository by one of these, so from then on nothing finds it, and a new one may
 * have its name. Then a job deletes the content and the row itself (see `deleted-repositories.ts`).
 */
import { sql, type SQL } from 'drizzle-orm'
import type { AccountName } from '../../names.ts'
import { isNotTheLastAdministrator, type Outcome } from '../accounts/accounts.ts'
import { isPinnedRepository as isPinned } from '../content/pins.ts'
import { runBatch, type Database } from '../database.ts'
import { recordEvents, type Attribution } from '../events/events.ts'
import { insertUnlessUnderWay, type NewJob } from '../jobs/jobs.ts'
import { refuse } from '../refusals.ts'
import type { RepositoryKey } from './repositories.ts'
import { isThere } from './visible-repositories.ts'

/** The repositories that one statement takes away: some ten rows each, with words and events. */
const takenAtOnce = 1000

/**
 * Selects the repositories that still exist.
 * Index: repositories_by_namespace. Key: repositories.
 *
 * @param which a condition on `repositories` that an index serves
 */
const found = (which: SQL): SQL => sql`repositories WHERE ${which} AND ${isThere}`

/** Builds the statements that take repositories away from everyone, `takenAtOnce` at most. Key: repositories. */
function takeAway(which: SQL, { by, now }: Attribution) {
  const name = sql`repositories.name`
  const ids = sql`(SELECT id FROM ${found(which)} ORDER BY id LIMIT ${takenAtOnce})`
  return {
    event: recordEvents(
      { actor: by, type: 'DELETE', objectType: 'repository', now },
      { objectId: name, objectName: name, repository: name, from: sql`repositories WHERE id IN ${ids}` },
    ),
    // No name that a client sends has a "~", and every list of names ends before it.
    taken: sql`
      UPDATE repositories SET deleted_name = name, name = '~' || id, namespace = NULL, visibility = 'private'
      WHERE id IN ${ids} RETURNING id`,
  }
}

/** Builds the statement that creates the job of a deletion, which runs before the repositories are taken away. */
const makeJob = (job: NewJob, which: SQL, { now }: Attribution): SQL<{ id: string }> =>
  insertUnlessUnderWay(job, now, sql`EXISTS (SELECT 1 FROM ${found(which)})`)

/** The result of a deletion. */
export interface Deletion {
  readonly outcome: Outcome
  /** The id of the job that deletes the content; undefined if a job that is under way does. */
  readonly job: string | undefined
}

/**
 * Deletes a repository by itself.
 *
 * @param job deletes its content
 * @returns undefined if there was none
 * @throws the error that `isPinnedRepository` recognizes
 */
export async function deleteRepository(
  db: Database,
  { id }: RepositoryKey,
  job: NewJob,
  attribution: Attribution,
): Promise<Pick<Deletion, 'job'> | undefined> {
  const which = sql`repositories.id = ${id}`
  const { made, taken } = await runBatch(db, {
    kept: refuse('repository is pinned', sql`EXISTS (SELECT 1 FROM ${found(which)} AND ${isPinned})`),
    made: makeJob(job, which, attribution),
    ...takeAway(which, attribution),
  })
  return taken.rows.length === 1 ? { job: made.first?.id } : undefined
}

/** Deletes all repositories of a namespace. @param job deletes their content */
export async function deleteNamespaceRepositories(
  db: Database,
  namespace: AccountName,
  job: NewJob,
  attribution: Attribution,
): Promise<Pick<Deletion, 'job'>> {
  const which = sql`repositories.namespace = ${namespace}`
  const pieces = await piecesOf(db, namespace)
  const { made } = await runBatch(db, {
    made: makeJob(job, which, attribution),
    taken: pieces.flatMap(() => Object.values(takeAway(which, attribution))),
  })
  return { job: made.first?.id }
}

/**
 * Deletes a user or an organization with its repositories, teams, memberships and access tokens. The last administrator
 * who may log in stays, with everything.
 * Index: accounts_name_unique.
 *
 * @param job deletes the content of the repositories
 */
export async function deleteAccountWithRepositories(
  db: Database,
  name: AccountName,
  job: NewJob,
  attribution: Attribution,
): Promise<Deletion> {
  const wanted = sql`accounts WHERE accounts.name = ${name} AND ${isNotTheLastAdministrator}`
  const which = sql`repositories.namespace IN (SELECT accounts.name FROM ${wanted})`
  const pieces = await piecesOf(db, name)
  const { known, going, made } = await runBatch(db, {
    known: sql`SELECT id FROM accounts WHERE name = ${name}`,
    going: sql`SELECT id FROM ${wanted}`,
    made: makeJob(job, which, attribution),
    taken: pieces.flatMap(() => Object.values(takeAway(which, attribution))),
    event: recordEvents(
      { actor: attribution.by, type: 'DELETE', objectType: 'account', now: attribution.now },
      { objectId: sql`accounts.id`, objectName: sql`accounts.name`, from: wanted },
    ),
    deleted: sql`DELETE FROM ${wanted}`,
  })
  if (known.rows.length === 0) return { outcome: 'account-unknown', job: undefined }
  return { outcome: going.rows.length === 1 ? 'done' : 'last-administrator', job: made.first?.id }
}

/**
 * Returns one item for each time that `takeAway` is needed, and one more for repositories created meanwhile.
 * Index: repositories_by_namespace.
 */
async function piecesOf(db: Database, namespace: AccountName): Promise<readonly unknown[]> {
  const [row] = await db.all<{ count: number }>(
    sql`SELECT count(*) AS count FROM repositories WHERE namespace = ${namespace}`,
  )
  return Array.from({ length: Math.ceil((row?.count ?? 0) / takenAtOnce) + 1 })
}
