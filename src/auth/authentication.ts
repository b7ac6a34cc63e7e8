/** Finds out who is calling, from the Authorization header. */
import type { Context } from '../context.ts'
import { unauthorized } from '../errors.ts'
import { longestAuthorization } from '../limits.ts'
import type { Account, Grant } from './authorization.ts'
import { keysFor } from './keys.ts'
import { logIn, resumeSession, type Credentials, type Login } from './login.ts'
import type { Proof } from './proof.ts'
import { DeadTokenError, verifyToken, type DeadTokenReason } from './registry-token.ts'
import { refuseWorkload, type WorkloadLogin } from './workload-login.ts'

export type Caller =
  | { readonly kind: 'anonymous' }
  /** A forged, expired or malformed registry token: it permits nothing, and the route says what a new one needs. */
  | { readonly kind: 'dead-token'; readonly reason: DeadTokenReason }
  /** A registry token: what it grants was decided when it was issued. */
  | {
      readonly kind: 'token'
      readonly grant: Grant
      /** Knows the holder of the token of a workload. */
      readonly workloads?: Pick<WorkloadLogin, 'holderOf'> | undefined
    }
  /** A password, an access token or a session, checked just now. */
  | { readonly kind: 'account'; readonly account: Account; readonly proof: Proof }

const anonymous: Caller = { kind: 'anonymous' }

/**
 * Identifies a client of the distribution API by its registry token or Basic credentials.
 *
 * @param service the host of the request, which is the audience of its tokens
 * @param authorization the header's value
 * @param workloads undefined where no capability knows workloads: their tokens are dead then
 * @returns `anonymous` without a header, `dead-token` for an invalid token: the route says which scope a new one needs
 * @throws RegistryError `unauthorized` for wrong credentials or another scheme, or `too-many-logins`
 */
export async function identifyClient(
  context: Context,
  service: string,
  authorization: string | undefined,
  workloads?: WorkloadLogin,
): Promise<Caller> {
  if (authorization === undefined) return anonymous
  const { scheme, value } = schemeOf(authorization)
  switch (scheme) {
    case 'bearer':
      return identifyToken(context, service, value, workloads)
    case 'basic':
      return { kind: 'account', ...(await logInAsUser(context, value)) }
    default:
      throw unauthorized({ kind: 'client-scheme-unknown' })
  }
}

async function identifyToken(
  { secrets, now }: Context,
  service: string,
  token: string,
  workloads: WorkloadLogin | undefined,
): Promise<Caller> {
  const keys = await keysFor(secrets, 'token')
  try {
    const grant = await verifyToken(keys, service, token, now)
    if (grant.workload === undefined) return { kind: 'token', grant }
    return workloads === undefined ? { kind: 'dead-token', reason: 'unverified' } : { kind: 'token', grant, workloads }
  } catch (error) {
    if (!(error instanceof DeadTokenError)) throw error
    return { kind: 'dead-token', reason: error.reason }
  }
}

/**
 * Identifies a user of the administrative API by Basic credentials or the token of a session. A registry token is
 * refused, as it says nothing about administration.
 *
 * @throws RegistryError as `identifyClient`
 */
export async function identifyUser(context: Context, authorization: string | undefined): Promise<Caller> {
  if (authorization === undefined) return anonymous
  const { scheme, value } = schemeOf(authorization)
  switch (scheme) {
    case 'bearer':
    case 'sessiontoken':
      return { kind: 'account', ...(await resumeSession(context, value)) }
    case 'basic':
      return { kind: 'account', ...(await logInAsUser(context, value)) }
    default:
      throw unauthorized({ kind: 'user-scheme-unknown' })
  }
}

/** Logs in the user of a Basic header. A workload is none. @throws RegistryError as `logIn` */
async function logInAsUser(context: Context, value: string): Promise<Login> {
  const credentials = parseBasic(value)
  refuseWorkload(credentials.username)
  return logIn(context, credentials)
}

/** Splits a header into scheme and value. If it is too long, only the scheme counts: the value is refused unread. */
export function schemeOf(authorization: string): { scheme: string; value: string } {
  const isTooLong = authorization.length > longestAuthorization
  const [scheme = '', value = ''] = authorization.slice(0, longestAuthorization).split(/ +/, 2)
  return { scheme: scheme.toLowerCase(), value: isTooLong ? '' : value }
}

/** Parses the value of a Basic header (RFC 7617). @throws RegistryError `unauthorized` */
export function parseBasic(value: string): Credentials {
  const text = decodeBase64(value)
  const colon = text?.indexOf(':') ?? -1
  if (text === undefined || colon < 0) throw unauthorized({ kind: 'basic-malformed' })
  return { username: text.slice(0, colon), password: text.slice(colon + 1) }
}

/** Decodes UTF-8 in base64 (RFC 7617); returns undefined for anything else. */
function decodeBase64(value: string): string | undefined {
  try {
    const bytes = Uint8Array.from(atob(value), (character) => character.charCodeAt(0))
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}
