/**
 * Who may do what: one pure decision that every door asks. For now a user owns the namespace of their name and an
 * administrator owns everything.
 */
import type { Account } from '../db/accounts.ts'
import { namespaceOf, isRepositoryName, type RepositoryName } from '../names.ts'
import type { ResourceScope } from './scope.ts'

export type Level = 'none' | 'read-only' | 'read-write' | 'admin'
export type Action = 'pull' | 'push' | 'delete'

const actionsOf: Record<Level, readonly Action[]> = {
  none: [],
  'read-only': ['pull'],
  'read-write': ['pull', 'push', 'delete'],
  admin: ['pull', 'push', 'delete'],
}

/** @param account undefined for a caller who has not logged in */
export function levelOf(account: Pick<Account, 'username' | 'isAdmin'> | undefined, repository: RepositoryName): Level {
  if (account === undefined) return 'none'
  return account.isAdmin || namespaceOf(repository) === account.username ? 'admin' : 'none'
}

export function mayAct(account: Account | undefined, repository: RepositoryName, action: Action): boolean {
  return actionsOf[levelOf(account, repository)].includes(action)
}

/**
 * What of the wanted scopes an account gets: a subset, maybe nothing, and never an error, because clients ask for more
 * than they need. `*` asks for all there is.
 */
export function grantScopes(account: Account | undefined, wanted: readonly ResourceScope[]): ResourceScope[] {
  return wanted
    .map((scope) => ({ ...scope, actions: grantedActions(account, scope) }))
    .filter(({ actions }) => actions.length > 0)
}

function grantedActions(account: Account | undefined, { type, name, actions }: ResourceScope): string[] {
  if (type === 'registry' && name === 'catalog') return account !== undefined && actions.includes('*') ? ['*'] : []
  if (type !== 'repository') return []
  // A name that breaks the grammar names nothing, so nobody has a right to it.
  const granted = actionsOf[isRepositoryName(name) ? levelOf(account, name) : 'none']
  // Who may push may pull: clients ask for `push` alone, and then look at what is there.
  const wanted = new Set(actions.includes('push') ? [...actions, 'pull'] : actions)
  return granted.filter((action) => wanted.has(action) || wanted.has('*'))
}
