/** Checks ID tokens (OpenID Connect Core 1.0 section 3.1.3.7) and logout tokens (OpenID Connect Back-Channel Logout 1.0). */
import { base64url, errors, jwtVerify, type JWTHeaderParameters, type JWTPayload, type JWTVerifyGetKey } from 'jose'
import { longestSubject } from '../../limits.ts'
import { oidcError, type WhyTokenRefused } from './failures.ts'

/** Asymmetric ones alone: with a symmetric algorithm the registry could not tell its own signature from the provider's. */
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']

/** Clocks of two servers may differ by so much. */
const toleranceSeconds = 30
/** A token is used at once; one that is older was kept by someone on the way. */
const oldestSeconds = 600

/** What the tokens of one provider are checked against. */
export interface Expected {
  readonly issuer: string
  readonly clientId: string
  readonly keys: JWTVerifyGetKey
  /** Milliseconds since 1970. */
  readonly now: number
}

export interface IdTokenExpected extends Expected {
  /** What the request for the login has sent. */
  readonly nonce: string
  /** Came with the ID token; undefined for none. */
  readonly accessToken: string | undefined
}

export type IdClaims = JWTPayload & { readonly sub: string }

/** Returns the claims of a valid ID token. @throws RegistryError `sso-token-refused` or `issuer-unusable` */
export async function verifyIdToken(token: string, expected: IdTokenExpected): Promise<IdClaims> {
  const { payload, header } = await verify(token, expected, ['exp'])
  const { sub, aud, azp, nonce, at_hash: accessTokenHash } = payload
  if (sub === undefined || sub === '' || sub.length > longestSubject) throw refused({ kind: 'claim', claim: 'sub' })
  // Steps 4 and 5: a token for several clients says for which of them it was made.
  const isForOthersToo = Array.isArray(aud) && aud.length > 1
  if (azp === undefined ? isForOthersToo : azp !== expected.clientId) throw refused({ kind: 'claim', claim: 'azp' })
  // Step 11.
  if (nonce !== expected.nonce) throw refused({ kind: 'claim', claim: 'nonce' })
  // Section 3.1.3.8.
  if (accessTokenHash !== undefined && accessTokenHash !== (await hashOf(header, expected.accessToken ?? ''))) {
    throw refused({ kind: 'claim', claim: 'at_hash' })
  }
  return { ...payload, sub }
}

/** What a logout token asks for. */
export interface Logout {
  /** The session at the provider; undefined for all of the subject. */
  readonly sid: string | undefined
  readonly subject: string | undefined
  /** The name of the token, which is used once. */
  readonly jti: string
  /** Until when the token could be used again, in milliseconds since 1970. */
  readonly until: number
}

const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout'

/** Returns what a valid logout token asks for (section 2.6). @throws RegistryError `sso-token-refused` or `issuer-unusable` */
export async function verifyLogoutToken(token: string, expected: Expected): Promise<Logout> {
  const { payload, header } = await verify(token, expected, ['exp', 'jti'])
  const { sub, sid, jti, iat = 0, events, nonce } = payload
  if (header.typ !== undefined && !/^(?:logout\+jwt|jwt)$/i.test(header.typ.replace(/^application\//i, ''))) {
    throw refused({ kind: 'claim', claim: 'typ' })
  }
  if (!isObject(events) || !isObject(events[logoutEvent])) throw refused({ kind: 'claim', claim: 'events' })
  // An ID token has one: it must not end sessions.
  if (nonce !== undefined) throw refused({ kind: 'claim', claim: 'nonce' })
  if (typeof jti !== 'string' || jti === '' || jti.length > longestSubject) {
    throw refused({ kind: 'claim', claim: 'jti' })
  }
  const subject = sub === '' ? undefined : sub
  const session = typeof sid === 'string' && sid !== '' ? sid : undefined
  if (subject === undefined && session === undefined) throw refused({ kind: 'claim', claim: 'sub' })
  return { sid: session, subject, jti, until: (iat + oldestSeconds + toleranceSeconds) * 1000 }
}

async function verify(
  token: string,
  { issuer, clientId, keys, now }: Expected,
  requiredClaims: readonly string[],
): Promise<{ readonly payload: JWTPayload; readonly header: JWTHeaderParameters }> {
  try {
    const { payload, protectedHeader } = await jwtVerify(token, keys, {
      algorithms,
      issuer,
      audience: clientId,
      currentDate: new Date(now),
      clockTolerance: toleranceSeconds,
      maxTokenAge: oldestSeconds,
      requiredClaims: ['iss', 'aud', 'iat', ...requiredClaims],
    })
    return { payload, header: protectedHeader }
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error
    throw refused(reasonOf(error), error)
  }
}

function reasonOf(error: errors.JOSEError): WhyTokenRefused {
  if (error instanceof errors.JWTExpired) return { kind: 'expired' }
  if (error instanceof errors.JWTClaimValidationFailed) return { kind: 'claim', claim: error.claim }
  if (error instanceof errors.JOSEAlgNotAllowed || error instanceof errors.JOSENotSupported) {
    return { kind: 'algorithm' }
  }
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) {
    return { kind: 'key' }
  }
  return error instanceof errors.JWSSignatureVerificationFailed ? { kind: 'signature' } : { kind: 'malformed' }
}

/** Returns the left half of the hash of a text, by the hash of the algorithm of the token. */
async function hashOf({ alg }: JWTHeaderParameters, text: string): Promise<string> {
  // Ed25519 has SHA-512 inside.
  const bits = /^(?:RS|PS|ES)(\d{3})$/.exec(alg)?.[1] ?? '512'
  const hash = new Uint8Array(await crypto.subtle.digest(`SHA-${bits}`, new TextEncoder().encode(text)))
  return base64url.encode(hash.subarray(0, hash.length / 2))
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const refused = (reason: WhyTokenRefused, cause?: unknown) =>
  oidcError({ kind: 'sso-token-refused', reason }, { cause })
