/**
 * Tokens of workloads. What is read before the signature is checked decides nothing but which rules are asked, and the keys
 * are those of the issuer that these rules name.
 */
import { decodeProtectedHeader, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose'
import * as z from 'zod'
import type { WhyWorkloadRefused } from '../../failures/workloads.ts'
import { longestIssuer, longestWorkloadToken, workloadJson } from '../../limits.ts'
import { parseJson } from '../../util/json.ts'
import { toHex } from '../../util/hex.ts'
import type { Claims } from './condition.ts'

/** Signatures by private keys alone: with a shared key, or with none, anyone could sign. */
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']

/** The clocks of issuers differ from ours by so much. */
const toleranceSeconds = 30
export const longestHours = 24

export interface UncheckedToken {
  readonly text: string
  /** What it says of its issuer. */
  readonly issuer: string
}

export interface CheckedToken {
  readonly issuer: string
  readonly claims: Claims
  readonly audiences: readonly string[]
  /** In milliseconds since 1970. */
  readonly endsAt: number
  /** The same for each use of this token, and for no other. */
  readonly id: string
}

const says = z.object({ iss: z.string().min(1).max(longestIssuer) })

/** Reads the issuer of a token, without checking anything. @returns undefined for what is no signed token, or too long */
export function readUnchecked(text: string): UncheckedToken | undefined {
  if (text.length > longestWorkloadToken) return undefined
  const claims = unverifiedClaims(text)
  const { success, data } = says.safeParse(claims)
  return success && hasGoodAlgorithm(text) ? { text, issuer: data.iss } : undefined
}

/** Reads the claims of a token, which may be forged. @returns undefined for what is no token */
export function unverifiedClaims(text: string): Claims | undefined {
  const [, payload, , ...more] = text.split('.')
  if (payload === undefined || more.length > 0) return undefined
  const parsed = parseJson(textOf(payload), workloadJson)
  if ('refused' in parsed) return undefined
  const { success, data } = z.record(z.string(), z.unknown()).safeParse(parsed.value)
  return success ? data : undefined
}

function hasGoodAlgorithm(text: string): boolean {
  try {
    return algorithms.includes(decodeProtectedHeader(text).alg ?? '')
  } catch {
    return false
  }
}

/** Decodes base64url as UTF-8; empty for anything else. */
function textOf(part: string): string {
  try {
    const bytes = Uint8Array.from(atob(part.replaceAll('-', '+').replaceAll('_', '/')), (one) => one.charCodeAt(0))
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return ''
  }
}

/**
 * Checks the signature and the times of a token, and that it is meant for one of the audiences.
 *
 * @param keys of the issuer
 * @throws what `keys` throws, if the issuer cannot be asked
 */
export async function checkToken(
  { text, issuer }: UncheckedToken,
  keys: JWTVerifyGetKey,
  audiences: readonly string[],
  now: number,
): Promise<CheckedToken | WhyWorkloadRefused> {
  const payload = await verified(text, issuer, keys, now)
  if ('kind' in payload) return payload.why
  const why = whyUntimely(payload.claims, now)
  if (why !== undefined) return why
  const { aud, exp = 0 } = payload.claims
  const meantFor = typeof aud === 'string' ? [aud] : (aud ?? [])
  if (!meantFor.some((audience) => audiences.includes(audience))) return { kind: 'audience-foreign', audiences }
  const id = await idOf(text, issuer, payload.claims)
  return { issuer, claims: payload.claims, audiences: meantFor, endsAt: exp * 1000, id }
}

type Verified = { readonly claims: JWTPayload } | { readonly kind: 'refused'; readonly why: WhyWorkloadRefused }

async function verified(text: string, issuer: string, keys: JWTVerifyGetKey, now: number): Promise<Verified> {
  try {
    const options = { algorithms, issuer, currentDate: new Date(now), clockTolerance: toleranceSeconds }
    return { claims: (await jwtVerify(text, keys, options)).payload }
  } catch (error) {
    // What is no error of the token is one of its issuer.
    if (!(error instanceof errors.JOSEError)) throw error
    return { kind: 'refused', why: whyOf(error) }
  }
}

function whyOf(error: errors.JOSEError): WhyWorkloadRefused {
  if (error instanceof errors.JWTExpired) return { kind: 'expired' }
  const isEarly = error instanceof errors.JWTClaimValidationFailed && error.claim === 'nbf'
  return { kind: isEarly ? 'not-yet' : 'unverified' }
}

/** Tells what is wrong with the times of a token. */
function whyUntimely({ exp, iat }: JWTPayload, now: number): WhyWorkloadRefused | undefined {
  const seconds = now / 1000
  if (exp === undefined || exp - (iat ?? seconds) > longestHours * 3600 + toleranceSeconds) {
    return { kind: 'too-long-lived', mostHours: longestHours }
  }
  // No tolerance: a registry token ends with it, so it would have no time.
  if (exp <= seconds) return { kind: 'expired' }
  return iat !== undefined && iat > seconds + toleranceSeconds ? { kind: 'not-yet' } : undefined
}

/**
 * Names a token by its `jti`, or by what was signed: a signature itself may have several forms.
 */
async function idOf(text: string, issuer: string, { jti }: JWTPayload): Promise<string> {
  const name = typeof jti === 'string' && jti !== '' ? ['jti', jti] : ['token', text.slice(0, text.lastIndexOf('.'))]
  const bytes = new TextEncoder().encode(JSON.stringify([issuer, ...name]))
  return toHex(await crypto.subtle.digest('SHA-256', bytes))
}

/** Claims that say which job asked, for events. */
const told = [
  'sub',
  'jti',
  'repository',
  'repository_id',
  'repository_owner_id',
  'ref',
  'sha',
  'environment',
  'workflow_ref',
  'run_id',
  'run_attempt',
  'actor_id',
  'project_path',
  'project_id',
  'namespace_id',
  'pipeline_id',
  'job_id',
  'user_id',
  'organization_slug',
  'organization_id',
  'pipeline_slug',
  'build_number',
  'build_commit',
  'kubernetes.io',
]
const longestTold = 300

/** Selects what an event says of a workload: few claims, each cut. */
export function toldClaims(claims: Claims): Readonly<Record<string, string>> {
  return Object.fromEntries(
    told.flatMap((name) => {
      const value = claims[name]
      if (value === undefined || value === null) return []
      return [[name, (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, longestTold)]]
    }),
  )
}
