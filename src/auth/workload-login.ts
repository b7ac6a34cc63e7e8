/**
 * Lets in what has no account: a job of a CI system that shows a token of that system (OpenID Connect). It gets a registry
 * token of minutes for the repositories that a rule names, and nothing else: no account, no session, no list of repositories.
 *
 * A capability knows the rules and the issuers. What must hold for every answer of it stands here: a token that opens
 * nothing is counted as a wrong access token is, and what is granted never goes beyond the level of its rule.
 */
import { isAtLeast, type Level } from '../access-levels.ts'
import type { Context } from '../context.ts'
import type { WorkloadHolder } from '../db/access/rights.ts'
import type { RepositoryStanding } from '../db/access/standings.ts'
import { RegistryError, unauthorized } from '../errors.ts'
import type { WhyWorkloadRefused } from '../failures/workloads.ts'
import type { AccountName, RepositoryName, WorkloadName } from '../names.ts'
import { groundOf, isAllowed, levelOn, operationOf, type Action, type GrantedScope } from './authorization.ts'
import type { ResourceScope } from './scope.ts'
import { countWrongToken } from './wrong-tokens.ts'

/** Stands in place of a user name, so that `docker login` sends the token as the password. No account can have it. */
export const workloadUser = '_oidc'

/** A rule that lets workloads in, and their name. */
export interface Workload {
  /** The id of the rule. */
  readonly id: string
  readonly name: WorkloadName
}

/** What a rule opens. */
export interface WorkloadAccess {
  readonly workload: Workload
  readonly namespace: AccountName
  /** The account that had the namespace when the rule was written: the access ends with it. */
  readonly namespaceId: string
  /** Undefined for all repositories of the namespace. */
  readonly repository: RepositoryName | undefined
  readonly level: 'read-only' | 'read-write'
}

export interface SentToken {
  readonly token: string
  /** As a password the same token comes several times: with the login, and with each scope that a client asks for. */
  readonly as: 'password' | 'exchange'
}

/** A workload that is let in. */
export interface Admission {
  /** That of the first rule, which names the workload. */
  readonly workload: Workload
  readonly access: readonly WorkloadAccess[]
  /** The end of the token that it showed, in milliseconds since 1970: nothing that it gets outlives it. */
  readonly until: number
}

export interface WorkloadLogin {
  /** Returns the workload as a holder of rights. */
  holderOf(workload: Workload): WorkloadHolder
  /**
   * Checks a token and uses it.
   *
   * @throws ExpectedError for a fault, which says nothing about the token
   */
  admit(context: Context, sent: SentToken): Promise<Admission | WhyWorkloadRefused>
}

/**
 * Lets a workload in, or counts its token as a wrong one, which slows down wrong ones alone: jobs of strangers share the
 * addresses of a CI system, and a signature is checked faster than it is refused. The keys of an issuer are kept.
 *
 * @param workloads undefined where no capability knows workloads
 * @throws RegistryError `workload-refused` or `too-many-logins`
 */
export async function admitWorkload(
  workloads: WorkloadLogin | undefined,
  context: Context,
  sent: SentToken,
): Promise<Admission> {
  const answer = (await workloads?.admit(context, sent)) ?? ({ kind: 'unverified' } as const)
  if ('workload' in answer) return answer
  await countWrongToken(context, 'tokens of jobs', '', { workload: answer.kind })
  throw new RegistryError({ kind: 'workload-refused', reason: answer })
}

/** Refuses the credentials of a workload where they open nothing. @throws RegistryError `unauthorized` */
export function refuseWorkload(username: string): void {
  if (username === workloadUser) throw unauthorized({ kind: 'workload-not-here' })
}

/**
 * Selects the wanted scopes that a workload gets, as `grantScopes` does for an account. It never creates a repository.
 */
export function grantToWorkload(
  { workload, access }: Pick<Admission, 'workload' | 'access'>,
  wanted: readonly ResourceScope[],
  standings: readonly RepositoryStanding[],
): GrantedScope[] {
  const byName = new Map<string, RepositoryStanding>(standings.map((standing) => [standing.name, standing]))
  return wanted.flatMap((scope) => {
    const standing = scope.type === 'repository' ? byName.get(scope.name) : undefined
    if (standing?.repository === undefined) return []
    const given = highestFor(access, standing)
    const open = levelOn(undefined, standing)
    const level = given !== undefined && isAtLeast(given.level, open) ? given.level : open
    const actions = allowedOf(level, scope.actions)
    if (actions.length === 0) return []
    const readsUnsigned = isAllowed(level, 'push') ? { readsUnsigned: true } : {}
    const ground = groundOf(standing, false)
    return [{ ...scope, actions, ground, creates: false, workload: given?.workload ?? workload, ...readsUnsigned }]
  })
}

function highestFor(access: readonly WorkloadAccess[], standing: RepositoryStanding): WorkloadAccess | undefined {
  const fitting = access.filter(
    ({ namespace, namespaceId, repository }) =>
      namespaceId === standing.namespaceId &&
      (repository === undefined ? namespace === standing.namespace : repository === standing.name),
  )
  return fitting.find(({ level }) => level === 'read-write') ?? fitting[0]
}

const actionsOf: readonly Action[] = ['pull', 'push', 'delete']

function allowedOf(level: Level, asked: readonly string[]): readonly Action[] {
  // As for an account: a right to push includes pulls.
  const wanted = new Set(asked.includes('push') ? [...asked, 'pull'] : asked)
  return actionsOf.filter((action) => isAllowed(level, operationOf[action]) && (wanted.has(action) || wanted.has('*')))
}
