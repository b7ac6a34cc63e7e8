/** Management of repositories, and the lists of repositories that a viewer may see. */
import { mayInNamespace, type Account } from '../auth/authorization.ts'
import type { Context } from '../context.ts'
import type { Attribution } from '../db/events/events.ts'
import { isForeignKeyViolation, isPinnedRepository, isUniqueViolation } from '../db/database.ts'
import { deleteRepository } from '../db/repositories/repository-deletion.ts'
import {
  findRepository,
  insertRepository,
  updateRepository,
  type RepositoryChanges,
  type RepositoryKey,
  type RepositorySettings,
} from '../db/repositories/repositories.ts'
import { findNamespaceStanding } from '../db/access/standings.ts'
import {
  allNames,
  countVisible,
  listVisible,
  namesIn,
  startingAt,
  type RepositoryRecord,
} from '../db/repositories/visible-repositories.ts'
import { RegistryError } from '../errors.ts'
import { namespaceOf, type AccountName, type RepositoryName } from '../names.ts'
import { deletionJob } from './repository-deletion.ts'

/** The start of a list (inclusive), and the most items of it. */
export interface ListFrom {
  readonly from: string
  readonly limit: number
}

const anywhere = (namespace: AccountName | undefined) => (namespace === undefined ? allNames : namesIn(namespace))

/** Lists the repositories that the viewer may see, by name. */
export async function visibleRepositories(
  context: Context,
  account: Account | undefined,
  { from, limit }: ListFrom,
): Promise<RepositoryRecord[]> {
  return listVisible(context.db, account, startingAt(allNames, from), limit)
}

/**
 * Lists the repositories of one namespace that the viewer may see.
 *
 * @throws RegistryError `account-unknown` if the viewer sees nothing in the namespace and does not belong to it, whether
 *   it exists or not
 */
export async function visibleInNamespace(
  context: Context,
  account: Account | undefined,
  namespace: AccountName,
  { from, limit }: ListFrom,
): Promise<RepositoryRecord[]> {
  const standing = await findNamespaceStanding(context.db, account?.id, namespace)
  const list = (start: string, most: number): Promise<RepositoryRecord[]> =>
    listVisible(context.db, account, startingAt(namesIn(namespace), start), most)
  const found = await list(from, limit)
  const belongs = mayInNamespace(account, standing, 'view')
  // A page may also be empty because it starts after the last name.
  if (found.length > 0 || belongs || (await list('', 1)).length > 0) return found
  throw new RegistryError({ kind: 'account-unknown', name: namespace })
}

/** Counts the repositories that an account may see, up to a bound. @param namespace undefined counts all */
export async function countVisibleRepositories(
  context: Context,
  account: Account | undefined,
  namespace?: AccountName,
): Promise<number> {
  return countVisible(context.db, account, anywhere(namespace))
}

/** Creates a repository. @throws RegistryError `repository-exists`, or `account-unknown` when the namespace is gone */
export async function createRepository(
  context: Context,
  name: RepositoryName,
  settings: RepositorySettings,
  by: AccountName | '',
): Promise<RepositoryRecord> {
  try {
    return await insertRepository(context.db, name, settings, attribution(context, by))
  } catch (error) {
    throw whyNotCreated(name, error)
  }
}

/** Returns a repository. @throws RegistryError `name-unknown` when it was deleted since it was seen */
export async function getRepository(context: Context, repository: RepositoryKey): Promise<RepositoryRecord> {
  return (await findRepository(context.db, repository)) ?? unknown(repository)
}

/** Sets what is given, and leaves the rest. @throws RegistryError `name-unknown` */
export async function editRepository(
  context: Context,
  repository: RepositoryKey,
  changes: RepositoryChanges,
  by: AccountName,
): Promise<RepositoryRecord> {
  return (await updateRepository(context.db, repository, changes, attribution(context, by))) ?? unknown(repository)
}

/**
 * Deletes a repository with all that it holds: at once for everyone, while its rows go by a job, and bytes that no other
 * repository has go with the garbage.
 *
 * @returns the id of the job to work on, if it is a new one
 * @throws RegistryError `name-unknown`, or `repository-pinned`
 */
export async function removeRepository(
  context: Context,
  repository: RepositoryKey,
  by: AccountName,
): Promise<string | undefined> {
  try {
    const deletion = await deleteRepository(context.db, repository, deletionJob(context.now), attribution(context, by))
    return (deletion ?? unknown(repository)).job
  } catch (error) {
    if (!isPinnedRepository(error)) throw error
    throw new RegistryError({ kind: 'repository-pinned', repository: repository.name }, { cause: error })
  }
}

function whyNotCreated(name: RepositoryName, error: unknown): unknown {
  const options = { cause: error }
  if (isUniqueViolation(error)) return new RegistryError({ kind: 'repository-exists', repository: name }, options)
  if (!isForeignKeyViolation(error)) return error
  return new RegistryError({ kind: 'account-unknown', name: namespaceOf(name) }, options)
}

const attribution = ({ now }: Context, by: Attribution['by']): Attribution => ({ by, now })

function unknown({ name }: RepositoryKey): never {
  throw new RegistryError({ kind: 'name-unknown', repository: name })
}
