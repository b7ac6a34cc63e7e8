/** Failures of authentication and authorization. */
import type { AccountName, RepositoryName, WorkloadName } from '../names.ts'
import { wordsFor, type Deed } from './deeds.ts'
import { phrase, type FailureTypes, type PhraseOf } from './failure.ts'
import { quote } from './text.ts'

const credentialsWrong = 'wrong username or password: check them and log in again'

const whyUnauthorized = {
  'login-missing': () => 'you must log in: run "docker login" first',
  'login-missing-for': ({ deed }: { deed: Deed }) => `you must log in to ${wordsFor(deed)}: run "docker login" first`,
  'login-missing-for-api': () => 'you must log in: send the username with a password or an access token (Basic)',
  'login-missing-for-token': () => 'send a username and password (Basic) to get a token',
  'nothing-public': () => 'nothing public matches: log in to search the repositories that you have access to',
  'client-scheme-unknown': () => 'the Authorization header must be "Bearer <token>" or "Basic <credentials>"',
  'user-scheme-unknown': () =>
    'the Authorization header must be "Basic <credentials>" or "Bearer <token of a session>"',
  'session-missing': () => 'the Authorization header must be "Bearer <token of a session>"',
  'basic-malformed': () => 'the Basic credentials are not "username:password" in base64',
  'credentials-wrong': () => credentialsWrong,
  /** Depends on the sent password only, so it tells nothing about the account, nor whether there is one. */
  'credentials-wrong-or-cut': () =>
    `${credentialsWrong}; an older password with non-ASCII characters must be reset by an administrator`,
  'password-not-proved': () => 'an access token is not enough: send the password itself',
  'password-just-changed': () => 'the password has just been changed: log in with the new one',
  'access-token-expired': () => 'the access token has expired: create a new one and use that',
  'session-ended': () => 'the session has ended: log in again',
  'workload-not-here': () =>
    'the token of a workload opens repositories alone: exchange it for a registry token at /auth/token',
} as const

export type WhyUnauthorized = PhraseOf<typeof whyUnauthorized>

const whyTokenInvalid = {
  expired: () => 'the token has expired: get a new one by logging in',
  unverified: () => 'the token is not valid: get a new one by logging in',
  'access-ended': ({ repository }: { repository: RepositoryName }) =>
    `your access to ${repository} has ended because the account or repository was deleted: log in again`,
} as const

const whyTokenRefused = {
  'form-incomplete': () => 'send grant_type, service, client_id and scope as a form',
  'grant-type-unsupported': () =>
    'log in with username and password (grant_type=password), or exchange the token of a workload (RFC 8693)',
  'credentials-missing': () => 'grant_type=password needs username and password',
  'subject-missing': () =>
    'a token exchange needs subject_token, and subject_token_type=urn:ietf:params:oauth:token-type:jwt or id_token',
  'scope-missing': () => 'a token exchange needs the scope, like repository:acme/app:pull,push',
} as const

export type WhyTokenRefused = PhraseOf<typeof whyTokenRefused>

export type WhyTokenInvalid = PhraseOf<typeof whyTokenInvalid>

export const accessFailures = {
  /** The request is not authenticated; `scope` is what a token would need for it. */
  unauthorized: {
    status: 401,
    ociCode: 'UNAUTHORIZED',
    apiCode: 'NOT_AUTHENTICATED',
    sentence: ({ reason }: { reason: WhyUnauthorized; scope: string | undefined }) => phrase(whyUnauthorized, reason),
  },
  /** The registry token of the request is invalid or has expired; a new one might work. */
  'token-invalid': {
    status: 401,
    ociCode: 'UNAUTHORIZED',
    apiCode: 'NOT_AUTHENTICATED',
    sentence: ({ reason }: { reason: WhyTokenInvalid; scope: string | undefined }) => phrase(whyTokenInvalid, reason),
  },
  /** A form for a registry token that cannot be answered (RFC 6749 section 5.2). */
  'token-refused': {
    status: 400,
    ociCode: 'UNSUPPORTED',
    apiCode: 'INVALID_PARAMETERS',
    sentence: ({ reason }: { reason: WhyTokenRefused }) => phrase(whyTokenRefused, reason),
  },
  /** The caller is known and lacks permission; `scope` is set when another token might allow it. */
  denied: {
    status: 403,
    ociCode: 'DENIED',
    apiCode: 'NOT_AUTHORIZED',
    sentence: ({ who, deed }: { who: AccountName | WorkloadName | undefined; deed: Deed; scope: string | undefined }) =>
      `${who ?? 'a caller without a login'} may not ${wordsFor(deed)}: ask an owner of the namespace or an administrator`,
  },
  /** The caller has the permission, but an access token may not use it (see `auth/proof.ts`). */
  'password-needed': {
    status: 403,
    ociCode: 'DENIED',
    apiCode: 'PASSWORD_NEEDED',
    sentence: ({ who, deed }: { who: AccountName; deed: Deed }) =>
      `${who} may not ${wordsFor(deed)} with an access token, as the change would outlast the token: log in with the password, or with a session from POST /auth/login`,
  },
  'password-needed-again': {
    status: 403,
    ociCode: 'DENIED',
    apiCode: 'PASSWORD_NEEDED',
    sentence: ({ who, deed }: { who: AccountName; deed: Deed }) =>
      `${who} may not ${wordsFor(deed)} with a session that is older than ten minutes: send the password, or log in again at POST /auth/login`,
  },
  /** The password hash function failed, so the password was not checked. */
  'hashing-failed': {
    status: 503,
    ociCode: 'UNKNOWN',
    apiCode: 'INTERNAL_ERROR',
    sentence: () => 'the registry ran short of memory while checking the password: wait a few seconds and try again',
    retryAfterSeconds: () => 5,
    isOutage: true,
  },
  'too-many-logins': {
    status: 429,
    ociCode: 'TOOMANYREQUESTS',
    apiCode: 'TOO_MANY_LOGINS',
    sentence: ({ retryAfterSeconds }: { retryAfterSeconds: number }) =>
      `too many failed logins: wait ${retryAfterSeconds} seconds and try again, or use an access token`,
    retryAfterSeconds: ({ retryAfterSeconds }: { retryAfterSeconds: number }) => retryAfterSeconds,
  },
  /** A browser that is logged in by a cookie sent a change that may be of any page. */
  'csrf-token-wrong': {
    status: 403,
    ociCode: 'DENIED',
    apiCode: 'CSRF_TOKEN_WRONG',
    sentence: () =>
      'a browser that is logged in by its cookie sends X-CSRF-Token with each change: take it from the answer to an earlier request of this session, or send an Authorization header',
  },
  /** A browser sent a change on behalf of a page of another origin. */
  'origin-foreign': {
    status: 403,
    ociCode: 'DENIED',
    apiCode: 'NOT_AUTHORIZED',
    sentence: ({ origin }: { origin: string | undefined }) =>
      `pages of ${quote(origin ?? 'another site')} may not change this registry: send the request from a client that is not a browser, or ask the operator to add the origin to ALLOWED_ORIGINS`,
  },
} as const satisfies FailureTypes
