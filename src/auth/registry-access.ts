/**
 * Checks what a caller may do over the distribution API: with a repository, with the catalog, or at all. The decisions
 * and their facts stand in `authorization.ts`.
 */
import type { AccessLimit } from '../access-limit.ts'
import { findAccount } from '../db/accounts/accounts.ts'
import type { Database } from '../db/database.ts'
import type { DeletionRight, Ground, HeldRepository, Right } from '../db/access/rights.ts'
import { findStanding, findStandings } from '../db/access/standings.ts'
import { RegistryError, unauthorized } from '../errors.ts'
import type { Deed } from '../failures/deeds.ts'
import { isRepositoryName, type RepositoryName } from '../names.ts'
import type { Caller } from './authentication.ts'
import { grantFacet, type FacetScope } from './facet.ts'
import {
  groundOf,
  isAllowed,
  isCatalog,
  levelOn,
  mayInNamespace,
  mayInRegistry,
  permitOf,
  type Account,
  type Action,
  type Grant,
  type GrantedScope,
} from './authorization.ts'

/** An allowed action, with the right that it is done by. */
export interface Granted {
  readonly right: Right
  /** Whether the caller may push too: a client asks for existing content before it pushes. */
  readonly pushes: boolean
  /** Whether a push may create the repository. */
  readonly creates: boolean
}

export interface GrantedOnRepository extends Granted {
  /** Whether the caller may pull what is not signed: see `GrantedScope`. */
  readonly readsUnsigned: boolean
}

/**
 * Checks that the caller may do this by the distribution API. A token is checked without D1.
 *
 * @param furtherScope what else the request could use, for clients that ask for exactly what the challenge names
 * @throws RegistryError `unauthorized`, `token-invalid` or `denied`, none of which depends on whether the repository
 *   exists; `repository-not-created` or `account-unknown` for a push by a caller who could make it
 */
export async function requireAccess(
  db: Database,
  caller: Caller,
  action: Action,
  repository: RepositoryName,
  furtherScope?: string,
): Promise<GrantedOnRepository> {
  const wanted = action === 'push' ? 'pull,push' : action
  const scopes = [`repository:${repository}:${wanted}`, ...(furtherScope === undefined ? [] : [furtherScope])]
  const scope = scopes.join(' ')
  const permit = await permitFor(db, caller, action, repository)
  if (permit !== undefined) {
    const { ground, holder, ...permitted } = permit
    return { right: { repository, ground, holder, scope }, ...permitted }
  }
  if (action === 'push') await explainRefusedPush(db, caller, repository)
  throw refusal(caller, { kind: action, repository }, scope)
}

interface Permit {
  readonly ground: Ground
  readonly holder: Right['holder']
  readonly pushes: boolean
  readonly readsUnsigned: boolean
  readonly creates: boolean
}

async function permitFor(
  db: Database,
  caller: Caller,
  action: Action,
  repository: RepositoryName,
): Promise<Permit | undefined> {
  switch (caller.kind) {
    case 'anonymous':
    case 'dead-token':
      return undefined
    case 'account': {
      const standing = await findStanding(db, caller.account.id, repository)
      const { actions, creates } = permitOf(caller.account, standing)
      if (!actions.includes(action)) return undefined
      const pushes = actions.includes('push')
      return { ground: groundOf(standing, creates), holder: caller.account, pushes, readsUnsigned: pushes, creates }
    }
    case 'token': {
      const scope = scopeOn(caller.grant, repository)
      if (scope?.ground === undefined || !scope.actions.includes(action)) return undefined
      const pushes = scope.actions.includes('push')
      const readsUnsigned = pushes || scope.readsUnsigned === true
      return { ground: scope.ground, holder: holderOf(caller, scope), pushes, readsUnsigned, creates: scope.creates }
    }
  }
}

const scopeOn = ({ access }: Grant, repository: RepositoryName): GrantedScope | undefined =>
  access.find(({ type, name, facet }) => type === 'repository' && name === repository && facet === undefined)

/**
 * Requires a permission on a facet of a repository. A refusal is always 401, as clients of trust servers know no other.
 *
 * @param wanted the scope that opens the facet, with the one action that is needed
 * @throws RegistryError `unauthorized`, `token-invalid` or `denied`, none of which depends on whether there is anything
 */
export async function requireFacet(db: Database, caller: Caller, wanted: FacetScope): Promise<Granted> {
  const { scope, repository } = wanted
  const [action = ''] = scope.actions
  const granted = await facetGrantOf(db, caller, wanted)
  // Clients ask for exactly what the challenge names, and a publication reads too.
  const text = `repository:${scope.name}:${action === 'push' ? 'pull,push' : action}`
  if (granted?.ground === undefined || !granted.actions.includes(action)) {
    throw refusal(caller, { kind: 'use-trust-data', gun: scope.name }, text, 'always')
  }
  return {
    right: { repository, ground: granted.ground, holder: holderOf(caller), scope: text },
    pushes: granted.actions.includes('push'),
    creates: granted.creates,
  }
}

async function facetGrantOf(db: Database, caller: Caller, wanted: FacetScope): Promise<GrantedScope | undefined> {
  switch (caller.kind) {
    case 'anonymous':
    case 'dead-token':
      return undefined
    case 'account':
      return grantFacet(caller.account, wanted, await findStanding(db, caller.account.id, wanted.repository))
    case 'token':
      return caller.grant.access.find(({ name, facet }) => name === wanted.scope.name && facet === wanted.facet.name)
  }
}

/**
 * Adds to a right whether it may delete immutable tags too. Asks D1 also about the caller of a token, which does not
 * carry the level of its account.
 */
export async function rightToDelete(db: Database, caller: Caller, right: Right): Promise<DeletionRight> {
  const account = await accountOf(db, caller)
  if (account === undefined) return { ...right, takesImmutable: false }
  const level = levelOn(account, await findStanding(db, account.id, right.repository))
  return { ...right, takesImmutable: isAllowed(level, 'delete-immutable-tags') }
}

/**
 * Tells a caller who could create the repository why the push did not.
 *
 * @throws RegistryError `account-unknown` or `repository-not-created`
 */
async function explainRefusedPush(db: Database, caller: Caller, repository: RepositoryName): Promise<void> {
  const account = await accountOf(db, caller)
  if (account === undefined) return
  const standing = await findStanding(db, account.id, repository)
  if (mayInRegistry(account, 'administer') && standing.kind === undefined) {
    throw new RegistryError({ kind: 'account-unknown', name: standing.namespace })
  }
  const mayCreate = mayInNamespace(account, standing, 'create-repository')
  if (standing.repository === undefined && !standing.createsOnPush && mayCreate) {
    throw new RegistryError({ kind: 'repository-not-created', repository })
  }
}

async function accountOf(db: Database, caller: Caller): Promise<Account | undefined> {
  switch (caller.kind) {
    case 'anonymous':
    case 'dead-token':
      return undefined
    case 'account':
      return caller.account
    case 'token': {
      const { account } = caller.grant
      const found = account === undefined ? undefined : await findAccount(db, account.id)
      return found?.isActive === true && found.id === account?.id ? { ...found, limit: caller.grant.limit } : undefined
    }
  }
}

/** Selects the repositories that the caller may pull from. */
export async function readableAmong(
  db: Database,
  caller: Caller,
  repositories: readonly RepositoryName[],
): Promise<HeldRepository[]> {
  switch (caller.kind) {
    case 'anonymous':
    case 'dead-token':
      return []
    case 'account': {
      const { account } = caller
      const standings = await findStandings(db, account.id, repositories)
      return standings
        .filter((standing) => permitOf(account, standing).actions.includes('pull'))
        .map((standing) => ({ repository: standing.name, ground: groundOf(standing, false) }))
    }
    case 'token': {
      const wanted = new Set(repositories)
      return readableByToken(caller).filter(({ repository }) => wanted.has(repository))
    }
  }
}

/** Returns the repositories that a token may pull from: the few that it names. */
export function readableByToken({ grant }: { readonly grant: Grant }): HeldRepository[] {
  return grant.access.flatMap(({ type, name, actions, ground, facet }) =>
    type === 'repository' &&
    isRepositoryName(name) &&
    facet === undefined &&
    ground !== undefined &&
    actions.includes('pull')
      ? [{ repository: name, ground }]
      : [],
  )
}

/**
 * Refuses a caller without a login (OCI end-1, where clients log in).
 *
 * @throws RegistryError `unauthorized` or `token-invalid`
 */
export function requireIdentity(caller: Caller): void {
  if (caller.kind === 'anonymous') throw unauthorized({ kind: 'login-missing' })
  if (caller.kind === 'dead-token') throw invalidToken(caller, undefined)
}

/**
 * Checks that the caller may list repositories.
 *
 * @returns the account that the list is for
 * @throws RegistryError `unauthorized`, `token-invalid` or `denied`
 */
export function requireCatalog(caller: Caller): { readonly id: string; readonly limit?: AccessLimit | undefined } {
  const account = caller.kind === 'token' ? caller.grant.account : callingAccount(caller)
  const granted =
    (caller.kind === 'account' && mayInRegistry(caller.account, 'list-catalog')) ||
    (caller.kind === 'token' && caller.grant.access.some(isCatalog))
  if (!granted || account === undefined) throw refusal(caller, { kind: 'list-repositories' }, 'registry:catalog:*')
  return { id: account.id, limit: limitOf(caller) }
}

/** Returns the limit of the login that calls. */
const limitOf = (caller: Caller): AccessLimit | undefined =>
  caller.kind === 'token' ? caller.grant.limit : caller.kind === 'account' ? caller.account.limit : undefined

const callingAccount = (caller: Caller): Account | undefined => (caller.kind === 'account' ? caller.account : undefined)

/**
 * Returns the account or the workload that calls, undefined without a login. The account of a token may have been deleted.
 *
 * @param scope of a token: each scope of a workload has the rule that gave it
 */
function holderOf(caller: Caller, scope?: GrantedScope): Right['holder'] {
  switch (caller.kind) {
    case 'anonymous':
    case 'dead-token':
      return undefined
    case 'account':
      return caller.account
    case 'token': {
      const workload = scope?.workload ?? caller.grant.workload
      return workload === undefined ? caller.grant.account : caller.workloads?.holderOf(workload)
    }
  }
}

/**
 * Makes the refusal of an action, for an anonymous caller, a token or an account.
 *
 * @param tells whether another token might do: of a token, or `always` for clients that know no other refusal
 */
function refusal(caller: Caller, deed: Deed, scope: string, tells: 'tokens' | 'always' = 'tokens'): RegistryError {
  if (caller.kind === 'dead-token') return invalidToken(caller, scope)
  const who = holderOf(caller)?.name
  if (who === undefined) return unauthorized({ kind: 'login-missing-for', deed }, scope)
  return new RegistryError({
    kind: 'denied',
    who,
    deed,
    scope: caller.kind === 'token' || tells === 'always' ? scope : undefined,
  })
}

const invalidToken = ({ reason }: DeadToken, scope: string | undefined): RegistryError =>
  new RegistryError({ kind: 'token-invalid', reason: { kind: reason }, scope })

type DeadToken = Extract<Caller, { readonly kind: 'dead-token' }>
