/** Who is calling, from the Authorization header, and whether they may do what they came for. */
import { findAccount, updatePasswordHash, type Account } from '../db/accounts.ts'
import type { Database } from '../db/database.ts'
import { RegistryError } from '../errors.ts'
import { isUsername, type RepositoryName, type Username } from '../names.ts'
import { mayAct, type Action } from './access.ts'
import type { Keys } from './keys.ts'
import { hashPassword, needsRehash, verifyPassword } from './password.ts'
import { verifyToken, type Grant } from './token.ts'

export type Caller =
  | { readonly kind: 'nobody' }
  /** A registry token: what it grants was decided when it was issued. */
  | { readonly kind: 'token'; readonly grant: Grant }
  /** A password, checked just now. */
  | { readonly kind: 'account'; readonly account: Account }

export interface Credentials {
  readonly username: string
  readonly password: string
}

export interface AuthContext {
  readonly db: Database
  readonly keys: Keys
  /** The host that was asked, which is the audience of its tokens. */
  readonly service: string
  readonly now: number
}

/**
 * @param authorization the header's value: a Bearer token or Basic credentials
 * @throws RegistryError `unauthorized` for credentials that are wrong; none at all is `nobody`
 */
export async function identify(context: AuthContext, authorization: string | undefined): Promise<Caller> {
  if (authorization === undefined) return { kind: 'nobody' }
  const [scheme = '', value = ''] = authorization.split(/ +/, 2)
  switch (scheme.toLowerCase()) {
    case 'bearer':
      return { kind: 'token', grant: await verifyToken(context.keys, context.service, value, context.now) }
    case 'basic':
      return { kind: 'account', account: await logIn(context.db, parseBasic(value)) }
    default:
      throw unauthorized('the Authorization header must be "Bearer <token>" or "Basic <credentials>"')
  }
}

/** @throws RegistryError `unauthorized`, the same and after the same time for an unknown user and a wrong password */
export async function logIn(db: Database, { username, password }: Credentials): Promise<Account> {
  const account = isUsername(username) ? await findAccount(db, username) : undefined
  const verified = verifyPassword(account?.passwordHash, password)
  if (account === undefined || !verified) throw unauthorized('wrong username or password: check them and log in again')
  if (needsRehash(account.passwordHash)) await updatePasswordHash(db, account.id, hashPassword(password))
  return { id: account.id, username: account.username, isAdmin: account.isAdmin }
}

/** @throws RegistryError `unauthorized` */
export function parseBasic(value: string): Credentials {
  const text = decodeBase64(value)
  const colon = text?.indexOf(':') ?? -1
  if (text === undefined || colon < 0) throw unauthorized('the Basic credentials are not "username:password" in base64')
  return { username: text.slice(0, colon), password: text.slice(colon + 1) }
}

export function may(caller: Caller, action: Action, repository: RepositoryName): boolean {
  switch (caller.kind) {
    case 'nobody':
      return mayAct(undefined, repository, action)
    case 'account':
      return mayAct(caller.account, repository, action)
    case 'token':
      return caller.grant.access.some(
        ({ type, name, actions }) => type === 'repository' && name === repository && actions.includes(action),
      )
  }
}

/**
 * @throws RegistryError `unauthorized` or `denied`; both say which scope a client should ask for, and neither depends on
 *   whether the repository exists
 * @param furtherScope what else the request could use, for clients that ask for exactly what the challenge names
 */
export function requireAccess(caller: Caller, action: Action, repository: RepositoryName, furtherScope?: string): void {
  if (may(caller, action, repository)) return
  const wanted = action === 'push' ? 'pull,push' : action
  const preposition = action === 'push' ? 'to' : 'from'
  const scopes = [`repository:${repository}:${wanted}`, ...(furtherScope === undefined ? [] : [furtherScope])]
  throw refusal(caller, `${action} ${preposition} ${repository}`, scopes.join(' '))
}

/** The repositories that a token names; undefined for callers whose rights are not a list. */
export function namedRepositories(caller: Caller): string[] | undefined {
  if (caller.kind !== 'token') return undefined
  return caller.grant.access.filter(({ type }) => type === 'repository').map(({ name }) => name)
}

/** @throws RegistryError as `requireAccess` */
export function requireCatalog(caller: Caller): Username {
  const username = usernameOf(caller)
  const granted =
    caller.kind === 'account' ||
    (caller.kind === 'token' && caller.grant.access.some(({ type, name }) => type === 'registry' && name === 'catalog'))
  if (!granted || username === undefined) throw refusal(caller, 'list the repositories', 'registry:catalog:*')
  return username
}

export function usernameOf(caller: Caller): Username | undefined {
  switch (caller.kind) {
    case 'nobody':
      return undefined
    case 'account':
      return caller.account.username
    case 'token':
      return caller.grant.username
  }
}

function refusal(caller: Caller, what: string, scope: string): RegistryError {
  const who = usernameOf(caller)
  if (who === undefined) {
    return new RegistryError({
      kind: 'unauthorized',
      why: `you must log in to ${what}: run "docker login" first`,
      scope,
    })
  }
  return new RegistryError({ kind: 'denied', who, what, scope: caller.kind === 'token' ? scope : undefined })
}

const unauthorized = (why: string): RegistryError => new RegistryError({ kind: 'unauthorized', why, scope: undefined })

/** Credentials are UTF-8 in base64 (RFC 7617); undefined for anything else. */
function decodeBase64(value: string): string | undefined {
  try {
    const bytes = Uint8Array.from(atob(value), (character) => character.charCodeAt(0))
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}
