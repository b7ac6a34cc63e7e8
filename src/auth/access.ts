/**
 * Who may do what: the one decision, a pure function from facts to a level, that every door asks. The table is DTR's.
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

/** What a client of the distribution API does with a repository. */
export type Action = 'pull' | 'push' | 'delete'

/** What is done with a repository, over whichever API. */
export type RepositoryOperation =
  | 'view'
  | 'pull'
  | 'push'
  | 'delete-content'
  | 'see-events'
  | 'see-pulls'
  | 'edit'
  | 'see-access'
  | 'manage-access'
  | 'delete-repository'

const levelFor: Record<RepositoryOperation, Level> = {
  view: 'read-only',
  pull: 'read-only',
  'see-events': 'read-only',
  push: 'read-write',
  'delete-content': 'read-write',
  'see-pulls': 'admin',
  edit: 'admin',
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
  if (account.isAdmin || standing.isOwn || standing.isOwner) return 'admin'
  return standing.namespaceLevel
}

export function isAllowed(level: Level, operation: RepositoryOperation): boolean {
  return isAtLeast(level, levelFor[operation])
}

/** Whether the account may make repositories in a namespace that somebody has. */
export function mayCreate(account: Account | undefined, standing: NamespaceStanding): boolean {
  return standing.kind !== undefined && levelOnNamespace(account, standing) === 'admin'
}

/** What the account may do with the repository by the distribution API, and whether its push may make it. */
export function permitOf(
  account: Account | undefined,
  standing: RepositoryStanding,
): { actions: readonly Action[]; creates: boolean } {
  const level = levelOn(account, standing)
  const creates = standing.createsOnPush && mayCreate(account, standing)
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
  return type === 'registry' && name === 'catalog' && account !== undefined && wanted.includes('*') ? ['*'] : []
}

/** How an account stands to an organisation and, where one is asked about, to a team of it. */
export interface OrganizationStanding {
  readonly isMember: boolean
  readonly isOwner: boolean
  readonly isTeamMember: boolean
  readonly isTeamAdmin: boolean
}

export type OrganizationOperation =
  | 'view'
  | 'view-team'
  /** Who is in the team. */
  | 'manage-team-members'
  /** Members, teams and what the teams may do. */
  | 'manage'

export function mayInOrganization(
  account: Account | undefined,
  standing: OrganizationStanding,
  operation: OrganizationOperation,
): boolean {
  if (account === undefined) return false
  if (account.isAdmin || standing.isOwner) return true
  switch (operation) {
    case 'view':
      return standing.isMember
    case 'view-team':
      return standing.isTeamMember
    case 'manage-team-members':
      return standing.isTeamAdmin
    case 'manage':
      return false
  }
}
