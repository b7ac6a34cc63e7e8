/**
 * Who may do what with repositories, namespaces and the registry: the one decision, pure functions from facts, that
 * every door asks (`organization-access.ts` and `account-access.ts` have the rest). The table is DTR's.
 *
 * | who                                                     | level                            |
 * | ------------------------------------------------------- | -------------------------------- |
 * | system administrator                                    | `admin` everywhere               |
 * | user, in the namespace of their own name                | `admin`                          |
 * | owner of the organisation                               | `admin`                          |
 * | member of teams of the organisation                     | the highest that a team was given |
 * | anybody, also without a login, in a public repository   | at least `read-only`             |
 * | everybody else                                          | `none`: it does not exist        |
 */
import type { NamespaceStanding, RepositoryStanding } from '../db/standings.ts'
import { highestOf, isAtLeast, type Level } from '../levels.ts'
import { isRepositoryName, type AccountName, type RepositoryName } from '../names.ts'
import type { ResourceScope } from './scope.ts'

/** Somebody who has logged in. */
export interface Account {
  readonly id: string
  readonly name: AccountName
  readonly isAdmin: boolean
}

/** What concerns the registry as a whole. */
export type RegistryOperation =
  /** Page through the names of the repositories that one may see. */
  | 'list-catalog'
  | 'find-accounts'
  /** All accounts, the settings, all events, and the access tokens of everybody. */
  | 'administer'

/** @param account undefined for somebody who has not logged in */
export function mayInRegistry(account: Account | undefined, operation: RegistryOperation): boolean {
  switch (operation) {
    case 'list-catalog':
    case 'find-accounts':
      return account !== undefined
    case 'administer':
      return account?.isAdmin === true
  }
}

/** What a client of the distribution API does with a repository. */
export type Action = 'pull' | 'push' | 'delete'

/** What is done with a repository without a login, where it is public. */
export type OpenOperation = 'view' | 'pull'

/** What is done with a repository by somebody who has logged in. */
export type ClosedOperation =
  | 'push'
  | 'delete-content'
  | 'see-events'
  | 'see-pulls'
  | 'edit'
  /** See and change the policies by which tags are deleted. */
  | 'manage-pruning'
  | 'see-access'
  | 'manage-access'
  | 'delete-repository'

/** What is done with a repository, over whichever API. */
export type RepositoryOperation = OpenOperation | ClosedOperation

export const isOpen = (operation: RepositoryOperation): operation is OpenOperation =>
  operation === 'view' || operation === 'pull'

const levelFor: Record<RepositoryOperation, Level> = {
  view: 'read-only',
  pull: 'read-only',
  'see-events': 'read-only',
  push: 'read-write',
  'delete-content': 'read-write',
  'see-pulls': 'admin',
  edit: 'admin',
  'manage-pruning': 'admin',
  'see-access': 'admin',
  'manage-access': 'admin',
  'delete-repository': 'admin',
}

const operationOf: Record<Action, RepositoryOperation> = { pull: 'pull', push: 'push', delete: 'delete-content' }
const actions: readonly Action[] = ['pull', 'push', 'delete']

/** @param account undefined for somebody who has not logged in */
export function levelOn(account: Account | undefined, standing: RepositoryStanding): Level {
  const open = standing.repository?.visibility === 'public' ? 'read-only' : 'none'
  if (account === undefined) return open
  return highestOf(open, levelOnNamespace(account, standing), standing.repositoryLevel)
}

/** The level on every repository of a namespace, those to come included. */
export function levelOnNamespace(account: Account | undefined, standing: NamespaceStanding): Level {
  if (account === undefined) return 'none'
  return account.isAdmin || owns(standing) ? 'admin' : standing.namespaceLevel
}

const owns = ({ isOwn, isOwner }: NamespaceStanding): boolean => isOwn || isOwner

export function isAllowed(level: Level, operation: RepositoryOperation): boolean {
  return isAtLeast(level, levelFor[operation])
}

/** What is done with a namespace as a whole. */
export type NamespaceOperation =
  /** Know that somebody has it. */
  | 'view'
  | 'create-repository'
  /** Which teams have access to all of it. */
  | 'see-access'
  | 'manage-access'
  /** Delete all its repositories at once. */
  | 'empty'

/** Nobody may do anything in a namespace that nobody has. */
export function mayInNamespace(
  account: Account | undefined,
  standing: NamespaceStanding,
  operation: NamespaceOperation,
): boolean {
  if (account === undefined || standing.kind === undefined) return false
  const level = levelOnNamespace(account, standing)
  switch (operation) {
    case 'view':
      return standing.isMember || level !== 'none'
    case 'create-repository':
    case 'see-access':
    case 'manage-access':
      return level === 'admin'
    case 'empty':
      // A team with `admin` may delete each of the repositories, but does not own them.
      return account.isAdmin || owns(standing)
  }
}

/** What the account may do with the repository by the distribution API, and whether its push may make it. */
export function permitOf(
  account: Account | undefined,
  standing: RepositoryStanding,
): { actions: readonly Action[]; creates: boolean } {
  const level = levelOn(account, standing)
  const creates = standing.createsOnPush && mayInNamespace(account, standing, 'create-repository')
  const allowed = actions.filter((action) => isAllowed(level, operationOf[action]))
  // A push to what is not there and may not be made would be refused at its end, after all bytes were sent.
  const isPossible = standing.repository !== undefined || creates
  return { actions: isPossible ? allowed : allowed.filter((action) => action !== 'push'), creates }
}

/** What a token is given. */
export interface Grants {
  readonly access: ResourceScope[]
  /** Repositories that a push may make. */
  readonly creates: RepositoryName[]
}

/** The repositories whose standings `grantScopes` needs; a name that breaks the grammar names nothing. */
export function repositoriesIn(wanted: readonly ResourceScope[]): RepositoryName[] {
  return wanted.flatMap(({ type, name }) => (type === 'repository' && isRepositoryName(name) ? [name] : []))
}

/**
 * What of the wanted scopes an account gets: a subset, maybe nothing, and never an error, because clients ask for more
 * than they need. `*` asks for all there is.
 */
export function grantScopes(
  account: Account | undefined,
  wanted: readonly ResourceScope[],
  standings: readonly RepositoryStanding[],
): Grants {
  const byName = new Map<string, RepositoryStanding>(standings.map((standing) => [standing.name, standing]))
  const access: ResourceScope[] = []
  const creates: RepositoryName[] = []
  for (const scope of wanted) {
    const standing = scope.type === 'repository' ? byName.get(scope.name) : undefined
    const granted =
      standing === undefined ? catalogActions(account, scope) : repositoryActions(account, scope, standing)
    if (granted.length === 0) continue
    access.push({ ...scope, actions: granted })
    if (standing !== undefined && granted.includes('push') && permitOf(account, standing).creates) {
      creates.push(standing.name)
    }
  }
  return { access, creates }
}

function repositoryActions(account: Account | undefined, scope: ResourceScope, standing: RepositoryStanding): string[] {
  // Who may push may pull: clients ask for `push` alone, and then look at what is there.
  const wanted = new Set(scope.actions.includes('push') ? [...scope.actions, 'pull'] : scope.actions)
  return permitOf(account, standing).actions.filter((action) => wanted.has(action) || wanted.has('*'))
}

function catalogActions(account: Account | undefined, { type, name, actions: wanted }: ResourceScope): string[] {
  return type === 'registry' && name === 'catalog' && mayInRegistry(account, 'list-catalog') && wanted.includes('*')
    ? ['*']
    : []
}
