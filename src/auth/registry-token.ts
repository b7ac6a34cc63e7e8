/** Registry tokens: JWTs that carry what was granted, so that `/v2/` can check them without asking D1. */
import { errors, jwtVerify, SignJWT } from 'jose'
import * as z from 'zod'
import { accessLimit } from '../access-limit.ts'
import { isAccountName, isWorkloadName } from '../names.ts'
import type { Grant } from './authorization.ts'
import type { Keys } from './keys.ts'
import { VerifiedTokens } from './verified-tokens.ts'

/** Revoked permissions expire within this time; clients fetch a new token automatically. */
export const tokenSeconds = 300

/** A client sends one token many times, so what was verified is remembered until it expires. */
const verified = new VerifiedTokens()

const algorithm = 'HS256'
const issuer = 'breakwater'
const workload = z.object({ id: z.string(), name: z.string().refine(isWorkloadName) })
const claims = z.object({
  sub: z.string(),
  iat: z.number(),
  exp: z.number(),
  accountId: z.string().optional(),
  workload: workload.optional(),
  access: z.array(
    z.object({
      type: z.string(),
      name: z.string(),
      actions: z.array(z.string()),
      // Claims of our own, as no action of the specification says so.
      ground: z.union([z.object({ repositoryId: z.number() }), z.object({ namespaceId: z.string() })]).optional(),
      creates: z.boolean(),
      readsUnsigned: z.boolean().optional(),
      facet: z.string().optional(),
      workload: workload.optional(),
    }),
  ),
  limit: accessLimit.optional(),
})

/** Returns for how many seconds a token is valid that is signed now. @param until what it must not outlive, as `now` */
export const secondsOfToken = (now: number, until = Infinity): number =>
  Math.max(0, Math.min(tokenSeconds, Math.floor((until - now) / 1000)))

/**
 * Signs a registry token, which is valid for `tokenSeconds`, or a shorter time.
 *
 * @param service the host that the token is for
 * @param now in milliseconds since 1970
 * @param until what it must not outlive, as `now`
 */
export async function issueToken(
  keys: Keys,
  service: string,
  { account, workload: holder, access, limit }: Grant,
  now: number,
  until?: number,
): Promise<string> {
  const seconds = Math.floor(now / 1000)
  return new SignJWT({ accountId: account?.id, workload: holder, access, limit })
    .setProtectedHeader({ alg: algorithm, typ: 'JWT' })
    .setIssuer(issuer)
    .setSubject(account?.name ?? holder?.name ?? '')
    .setAudience(service)
    .setIssuedAt(seconds)
    .setNotBefore(seconds)
    .setExpirationTime(seconds + secondsOfToken(now, until))
    .setJti(crypto.randomUUID())
    .sign(keys.current)
}

export type DeadTokenReason = 'expired' | 'unverified'

/** A token that proves nothing. */
export class DeadTokenError extends Error {
  override readonly name = 'DeadTokenError'
  readonly reason: DeadTokenReason

  constructor(reason: DeadTokenReason, options: ErrorOptions) {
    super(`the registry token is ${reason}`, options)
    this.reason = reason
  }
}

/**
 * Verifies a registry token, with the previous key too.
 *
 * @param now in milliseconds since 1970
 * @throws DeadTokenError for a token that is forged, expired, malformed or meant for another host
 */
export async function verifyToken(keys: Keys, service: string, token: string, now: number): Promise<Grant> {
  try {
    return await verifyWith(keys.current, service, token, now)
  } catch (error) {
    if (keys.previous !== undefined && error instanceof errors.JWSSignatureVerificationFailed) {
      return verifyToken({ current: keys.previous, previous: undefined }, service, token, now)
    }
    throw new DeadTokenError(error instanceof errors.JWTExpired ? 'expired' : 'unverified', { cause: error })
  }
}

async function verifyWith(key: CryptoKey, service: string, token: string, now: number): Promise<Grant> {
  const name = `${service}\n${token}`
  const known = verified.find(name, key, now)
  if (known !== undefined) return known.grant
  const { payload } = await jwtVerify(token, key, {
    algorithms: [algorithm],
    issuer,
    audience: service,
    currentDate: new Date(now),
    requiredClaims: ['exp'],
    // A signature proves who made a token, not that this code did: no token lives longer than `tokenSeconds`.
    maxTokenAge: tokenSeconds,
    // Isolates that answer one client may disagree about the time, so that a token may seem to come from the future.
    clockTolerance: 5,
  })
  const { sub, iat, exp, accountId, workload: holder, access, limit } = claims.parse(payload)
  // Nor longer than its own end.
  const until = Math.min(exp, iat + tokenSeconds) * 1000
  if (until <= now) throw new errors.JWTExpired('the token has expired', payload, 'exp', 'check_failed')
  const account = isAccountName(sub) && accountId !== undefined ? { id: accountId, name: sub } : undefined
  const grant = holder === undefined ? { account, access, limit } : { account: undefined, workload: holder, access }
  verified.remember(name, { key, grant, from: now, until })
  return grant
}
