/** Permission checks of `/v2/`. */
import { requireAccess, type GrantedOnRepository } from '../../auth/registry-access.ts'
import type { Action } from '../../auth/authorization.ts'
import type { Push } from '../../db/repositories/repositories.ts'
import type { RepositoryName } from '../../names.ts'
import type { AppContext } from '../app-context.ts'
import { requireMajority } from '../majority.ts'

/** Requires a permission. @throws RegistryError as `requireAccess`, and except for pulls as `requireMajority` */
export async function requireOn(
  c: AppContext,
  action: Action,
  repository: RepositoryName,
): Promise<GrantedOnRepository> {
  const granted = await requireAccess(c.get('context').db, c.get('caller'), action, repository)
  if (action !== 'pull') await requireMajority(c)
  return granted
}

/**
 * Requires the permission to push.
 *
 * @param furtherScope see `requireAccess`
 * @returns the permission of the push, and whether the push may create the repository
 * @throws RegistryError as `requireAccess` and `requireMajority`
 */
export async function requirePush(c: AppContext, repository: RepositoryName, furtherScope?: string): Promise<Push> {
  const granted = await requireAccess(c.get('context').db, c.get('caller'), 'push', repository, furtherScope)
  await requireMajority(c)
  return granted
}
