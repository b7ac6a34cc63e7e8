/**
 * Permissions on repositories, namespaces and the registry: the one decision, as pure functions of facts, that every
 * route uses (`organization-access.ts` and `account-access.ts` have the rest). The table is DTR's.
 *
 * | who                                                     | level                            |
 * | ------------------------------------------------------- | -------------------------------- |
 * | system administrator                                    | `admin` everywhere               |
 * | user, in the namespace of their own name                | `admin`                          |
 * | owner of the organization                               | `admin`                          |
 * | member of teams of the organization                     | the highest that a team was given |
 * | any caller, also anonymous, in a public repository      | at least `read-only`             |
 * | all other callers                                       | `none`: reported as not found    |
 *
 * A login may have a limit (`access-limit.ts`): the level is then the lower of the table and the limit.
 */
import type { Ground } from '../db/access/rights.ts'
import type { NamespaceStanding, RepositoryStanding } from '../db/access/standings.ts'
import { highestOf, isAtLeast, lowerOf, type Level } from '../access-levels.ts'
import { ceilingOn, ceilingOnNamespace, limitAround, type AccessLimit } from '../access-limit.ts'
import { isRepositoryName, type AccountName, type RepositoryName, type WorkloadName } from '../names.ts'
import type { ResourceScope } from './scope.ts'

/** A user who has logged in. */
export interface Account {
  readonly id: string
  readonly name: AccountName
  readonly isAdmin: boolean
  /** What the credentials leave of what the account may do; undefined for a login that may do all of it. */
  readonly limit?: AccessLimit | undefined
}

/** Operations on the registry as a whole. */
export type RegistryOperation =
  /** Page through the names of visible repositories. */
  | 'list-catalog'
  | 'find-accounts'
  /** Manage all accounts, settings, events and access tokens. */
  | 'administer'

/** Decides whether a caller may do this in the registry. @param account undefined for an anonymous caller */
export function mayInRegistry(account: Account | undefined, operation: RegistryOperation): boolean {
  switch (operation) {
    case 'list-catalog':
      return account !== undefined
    case 'find-accounts':
      return account !== undefined && seesAccounts(account)
    case 'administer':
      return account?.isAdmin === true && account.limit === undefined
  }
}

/** Tells whether a login may see accounts: one that is limited to repositories sees only these. */
export const seesAccounts = ({ limit }: Account): boolean => limit?.within === undefined

/** Actions of the distribution API on a repository. */
export type Action = 'pull' | 'push' | 'delete'

/** Operations on a repository that need no login if it is public. */
export type OpenOperation = 'view' | 'pull'

/** Operations on a repository that need a login. */
export type ClosedOperation =
  | 'push'
  | 'delete-content'
  | 'delete-immutable-tags'
  | 'see-events'
  | 'see-pulls'
  | 'edit'
  | 'see-access'
  | 'manage-access'
  | 'delete-repository'

/** Operations on a repository, over either API. */
export type RepositoryOperation = OpenOperation | ClosedOperation

/** An operation on a repository that a capability declares. It needs a login. */
export interface DeclaredOperation {
  /** The lowest level that allows it. */
  readonly level: Exclude<Level, 'none'>
  /** Completes the sentence "alice may not … alice/app". */
  readonly words: string
}

export const isOpen = (operation: RepositoryOperation | DeclaredOperation): operation is OpenOperation =>
  operation === 'view' || operation === 'pull'

const levelFor: Record<RepositoryOperation, Level> = {
  view: 'read-only',
  pull: 'read-only',
  'see-events': 'read-only',
  push: 'read-write',
  'delete-content': 'read-write',
  'delete-immutable-tags': 'admin',
  'see-pulls': 'admin',
  edit: 'admin',
  'see-access': 'admin',
  'manage-access': 'admin',
  'delete-repository': 'admin',
}

/** What each action needs. */
export const operationOf: Record<Action, RepositoryOperation> = { pull: 'pull', push: 'push', delete: 'delete-content' }
const actions: readonly Action[] = ['pull', 'push', 'delete']

/**
 * Returns the level on a repository: the highest that its visibility, its namespace and its teams give, or the limit of
 * the login if that is lower.
 *
 * @param account undefined for an anonymous caller
 */
export function levelOn(account: Account | undefined, standing: RepositoryStanding): Level {
  const open = standing.repository?.visibility === 'public' ? 'read-only' : 'none'
  if (account === undefined) return open
  const given = highestOf(open, givenOnNamespace(account, standing), standing.repositoryLevel)
  return lowerOf(given, ceilingOn(account.limit, standing.name))
}

/** Returns the level that an account has on every repository of a namespace, present and future. */
export function levelOnNamespace(account: Account | undefined, standing: NamespaceStanding): Level {
  if (account === undefined) return 'none'
  return lowerOf(givenOnNamespace(account, standing), ceilingOnNamespace(account.limit, standing.namespace))
}

const givenOnNamespace = (account: Account, standing: NamespaceStanding): Level =>
  account.isAdmin || owns(standing) ? 'admin' : standing.namespaceLevel

const owns = ({ isOwn, isOwner }: NamespaceStanding): boolean => isOwn || isOwner

export function isAllowed(level: Level, operation: RepositoryOperation | DeclaredOperation): boolean {
  return isAtLeast(level, typeof operation === 'string' ? levelFor[operation] : operation.level)
}

/** Operations on a namespace as a whole. */
export type NamespaceOperation =
  /** Know that it exists. */
  | 'view'
  | 'create-repository'
  /** Which teams have access to all of it. */
  | 'see-access'
  | 'manage-access'
  /** Delete all its repositories at once. */
  | 'empty'

/**
 * Decides whether a caller may do this in a namespace. Denies everything without an account, and in a namespace that
 * does not exist.
 */
export function mayInNamespace(
  account: Account | undefined,
  standing: NamespaceStanding,
  operation: NamespaceOperation,
): boolean {
  if (account === undefined || standing.kind === undefined) return false
  const level = levelOnNamespace(account, standing)
  switch (operation) {
    case 'view':
      return level !== 'none' || (standing.isMember && ceilingOnNamespace(account.limit, standing.namespace) !== 'none')
    case 'create-repository':
    case 'see-access':
    case 'manage-access':
      return level === 'admin'
    case 'empty':
      // A team with `admin` may delete each of the repositories, but does not own them.
      return level === 'admin' && (account.isAdmin || owns(standing))
  }
}

/** Returns what the account may do with the repository by the distribution API, and whether its push may create it. */
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

/**
 * Returns what a right to a repository refers to. A caller who may create repositories in a namespace has full access to
 * all of them, so the right refers to the namespace. Any other right refers to the repository, or to the namespace if the
 * repository does not exist yet.
 */
export function groundOf(standing: RepositoryStanding, creates: boolean): Ground {
  const { repository, namespaceId = '' } = standing
  return repository === undefined || creates ? { namespaceId } : { repositoryId: repository.id }
}

/** The part of a requested scope that a token grants. */
export interface GrantedScope extends ResourceScope {
  /** Undefined for a scope that is no repository. */
  readonly ground?: Ground | undefined
  /** Whether a push may create the repository. */
  readonly creates: boolean
  /**
   * The account may push, also where the token was asked for pulls alone: it reads what is not signed yet, as clients
   * push first and sign what they read.
   */
  readonly readsUnsigned?: boolean | undefined
  /** The name of a facet, for a scope that opens nothing else of the repository (see `facet.ts`). */
  readonly facet?: string | undefined
  /** The workload that has it: the right ends with its rule. Undefined for the scope of an account. */
  readonly workload?: Grant['workload']
}

/** The rights that a registry token carries. */
export interface Grant {
  /** Undefined for a token that was given to a workload, or to a caller without a login. */
  readonly account: { readonly id: string; readonly name: AccountName } | undefined
  /** The workload that has the token, by the rule that let it in (see `workload-login.ts`). */
  readonly workload?: { readonly id: string; readonly name: WorkloadName } | undefined
  readonly access: readonly GrantedScope[]
  /** The limit of the login, for what the account is looked up for again. */
  readonly limit?: AccessLimit | undefined
}

/**
 * Returns the limit that a registry token carries: for these repositories only, unless it lists repositories, as a token
 * is sent with each request.
 *
 * @param names the repositories that the token is about
 */
export function limitOfGrant(
  limit: AccessLimit | undefined,
  access: readonly GrantedScope[],
  names: readonly RepositoryName[],
): AccessLimit | undefined {
  if (limit === undefined || access.some(isCatalog)) return limit
  return limitAround(limit, names)
}

/** Tells whether a scope is that of the list of repositories. */
export const isCatalog = ({ type, name }: ResourceScope): boolean => type === 'registry' && name === 'catalog'

/** Selects the repositories whose standings `grantScopes` needs; leaves out names that break the grammar. */
export function repositoriesIn(wanted: readonly ResourceScope[]): RepositoryName[] {
  return wanted.flatMap(({ type, name }) => (type === 'repository' && isRepositoryName(name) ? [name] : []))
}

/**
 * Selects the wanted scopes that an account gets: a subset, maybe nothing, and never an error, because clients ask
 * for more than they need. `*` asks for all there is.
 */
export function grantScopes(
  account: Account | undefined,
  wanted: readonly ResourceScope[],
  standings: readonly RepositoryStanding[],
): GrantedScope[] {
  const byName = new Map<string, RepositoryStanding>(standings.map((standing) => [standing.name, standing]))
  return wanted.flatMap((scope) => {
    const standing = scope.type === 'repository' ? byName.get(scope.name) : undefined
    const granted = standing === undefined ? grantCatalog(account, scope) : grantRepository(account, scope, standing)
    return granted.actions.length === 0 ? [] : [granted]
  })
}

function grantRepository(
  account: Account | undefined,
  scope: ResourceScope,
  standing: RepositoryStanding,
): GrantedScope {
  // A right to push includes pulls: clients ask for `push` alone, and then look for existing content.
  const wanted = new Set(scope.actions.includes('push') ? [...scope.actions, 'pull'] : scope.actions)
  const permit = permitOf(account, standing)
  const granted = permit.actions.filter((action) => wanted.has(action) || wanted.has('*'))
  const creates = permit.creates && granted.includes('push')
  const readsUnsigned = permit.actions.includes('push') ? { readsUnsigned: true } : {}
  return { ...scope, actions: granted, ground: groundOf(standing, creates), creates, ...readsUnsigned }
}

function grantCatalog(account: Account | undefined, scope: ResourceScope): GrantedScope {
  const isGranted = isCatalog(scope) && mayInRegistry(account, 'list-catalog') && scope.actions.includes('*')
  return { ...scope, actions: isGranted ? ['*'] : [], ground: undefined, creates: false }
}
