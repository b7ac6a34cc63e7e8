/** How the doors of `/v2/` ask whether the caller may come in. */
import { nameOf, requireAccess, type Granted } from '../../auth/caller.ts'
import type { Action } from '../../auth/access.ts'
import type { Push } from '../../db/repositories.ts'
import type { AccountName, RepositoryName } from '../../names.ts'
import type { AppContext } from '../context.ts'
import { requireMajority } from '../majority.ts'

/** @throws RegistryError as `requireAccess`, and for whatever is no pull as `requireMajority` */
export async function requireOn(c: AppContext, action: Action, repository: RepositoryName): Promise<Granted> {
  const granted = await requireAccess(c.get('stores').db, c.get('caller'), action, repository)
  if (action !== 'pull') await requireMajority(c)
  return granted
}

/**
 * @param furtherScope see `requireAccess`
 * @returns who pushes, and whether that may make the repository
 * @throws RegistryError as `requireAccess` and `requireMajority`
 */
export async function requirePush(c: AppContext, repository: RepositoryName, furtherScope?: string): Promise<Push> {
  const { creates } = await requireAccess(c.get('stores').db, c.get('caller'), 'push', repository, furtherScope)
  await requireMajority(c)
  return { by: callerName(c), creates }
}

/** Empty for somebody who has not logged in. */
export const callerName = (c: AppContext): AccountName | '' => nameOf(c.get('caller')) ?? ''
