/** Failures of authentication and authorization. */
import type { AccountName } from '../names.ts'
import type { FailureTypes } from './failure.ts'
import { quote } from './text.ts'

export const accessFailures = {
  /** The request is not authenticated; `scope` is what a token would need for it. */
  unauthorized: {
    status: 401,
    ociCode: 'UNAUTHORIZED',
    apiCode: 'NOT_AUTHENTICATED',
    sentence: ({ why }: { why: string; scope: string | undefined }) => why,
  },
  /** The registry token of the request is invalid or has expired; a new one might work. */
  'token-invalid': {
    status: 401,
    ociCode: 'UNAUTHORIZED',
    apiCode: 'NOT_AUTHENTICATED',
    sentence: ({ why }: { why: string; scope: string | undefined }) => why,
  },
  /** The caller is known and lacks permission; `scope` is set when another token might allow it. */
  denied: {
    status: 403,
    ociCode: 'DENIED',
    apiCode: 'NOT_AUTHORIZED',
    sentence: ({ who, what }: { who: string; what: string; scope: string | undefined }) =>
      `${who} may not ${what}: ask an owner of the namespace or an administrator`,
  },
  /** The caller has the permission, but an access token may not use it (see `auth/proof.ts`). */
  'password-needed': {
    status: 403,
    ociCode: 'DENIED',
    apiCode: 'PASSWORD_NEEDED',
    sentence: ({ who, what }: { who: AccountName; what: string }) =>
      `${who} may not ${what} with an access token, as the change would outlast the token: log in with the password, or with a session from POST /auth/login`,
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
  /** A browser sent a change on behalf of a page of another origin. */
  'origin-foreign': {
    status: 403,
    ociCode: 'DENIED',
    apiCode: 'NOT_AUTHORIZED',
    sentence: ({ origin }: { origin: string }) =>
      `pages of ${quote(origin)} may not change this registry: send the request from a client that is not a browser, or ask the operator to add the origin to ALLOWED_ORIGINS`,
  },
} as const satisfies FailureTypes
