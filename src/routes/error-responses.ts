/** Turns errors into answers: the only place that knows which failure has which status and which OCI code. */
import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { isDatabaseFull, isOverloaded, isReadOnly, loggable, whatIsFull } from '../db/database.ts'
import { RegistryError, type Failure } from '../errors.ts'
import { readOnlySince } from '../replicas/read-only.ts'
import { isFull } from '../storage/room.ts'
import { hostOf, isDocker, originOf, type AppContext } from './context.ts'

/** The fourteen codes of the OCI distribution specification, and one for what it did not foresee. */
export type OciCode =
  | 'BLOB_UNKNOWN'
  | 'BLOB_UPLOAD_INVALID'
  | 'BLOB_UPLOAD_UNKNOWN'
  | 'DIGEST_INVALID'
  | 'MANIFEST_BLOB_UNKNOWN'
  | 'MANIFEST_INVALID'
  | 'MANIFEST_UNKNOWN'
  | 'NAME_INVALID'
  | 'NAME_UNKNOWN'
  | 'SIZE_INVALID'
  | 'UNAUTHORIZED'
  | 'DENIED'
  | 'UNSUPPORTED'
  | 'TOOMANYREQUESTS'
  | 'UNKNOWN'

/** The codes of DTR's API, and ours for what it had none for. */
export type ApiCode =
  | 'ACCOUNT_EXISTS'
  | 'ACCOUNT_HAS_REPOSITORIES'
  | 'CONTENT_LOST'
  | 'DATABASE_FULL'
  | 'DISK_FULL'
  | 'INTERNAL_ERROR'
  | 'INVALID_DIGEST'
  | 'INVALID_JSON'
  | 'INVALID_PARAMETERS'
  | 'INVALID_PRUNING_POLICY'
  | 'INVALID_SETTINGS'
  | 'INVALID_TAG_NAME'
  | 'JOB_RUNNING'
  | 'LAST_ADMINISTRATOR'
  | 'NAMESPACE_FULL'
  | 'NOT_ACCEPTABLE'
  | 'NOT_ALLOWED'
  | 'NOT_AN_ORGANIZATION'
  | 'NOT_AUTHENTICATED'
  | 'NOT_AUTHORIZED'
  | 'NO_MAJORITY'
  | 'NO_SUCH_ACCOUNT'
  | 'NO_SUCH_API_TOKEN'
  | 'NO_SUCH_CRON'
  | 'NO_SUCH_JOB'
  | 'NO_SUCH_LAYER'
  | 'NO_SUCH_NAMESPACE_TEAM_ACCESS'
  | 'NO_SUCH_PRUNING_POLICY'
  | 'NO_SUCH_REF'
  | 'NO_SUCH_REPLICA'
  | 'NO_SUCH_REPOSITORY'
  | 'NO_SUCH_TAG'
  | 'NO_SUCH_TEAM'
  | 'NO_SUCH_USER'
  | 'PASSWORD_NEEDED'
  | 'REF_IN_USE'
  | 'REPLICAS_UNCHANGED'
  | 'REPLICA_UNREACHABLE'
  | 'REPOSITORY_EXISTS'
  | 'TAG_IMMUTABLE'
  | 'TAG_LIMIT_REACHED'
  | 'TEAM_EXISTS'
  | 'TOO_MANY_API_TOKENS'
  | 'TOO_MANY_LOGINS'
  | 'TOO_MANY_PRUNING_POLICIES'
  | 'TOO_MANY_REQUESTS'
  | 'UNSUPPORTED'
  | 'UNSUPPORTED_MEDIA_TYPE'

/** Each failure by the distribution API, then by the administrative one. */
const answers: Record<Failure['kind'], readonly [ContentfulStatusCode, OciCode, ContentfulStatusCode, ApiCode]> = {
  'name-invalid': [400, 'NAME_INVALID', 400, 'INVALID_PARAMETERS'],
  // A code at which Docker gives up at once, and does not try again for a minute before it shows the sentence.
  'name-incomplete': [404, 'NAME_UNKNOWN', 400, 'INVALID_PARAMETERS'],
  'tag-invalid': [400, 'MANIFEST_INVALID', 400, 'INVALID_TAG_NAME'],
  'account-name-invalid': [400, 'NAME_INVALID', 400, 'INVALID_PARAMETERS'],
  'team-name-invalid': [400, 'NAME_INVALID', 400, 'INVALID_PARAMETERS'],
  'digest-invalid': [400, 'DIGEST_INVALID', 400, 'INVALID_DIGEST'],
  'digest-mismatch': [400, 'DIGEST_INVALID', 400, 'INVALID_DIGEST'],
  'name-unknown': [404, 'NAME_UNKNOWN', 404, 'NO_SUCH_REPOSITORY'],
  'manifest-unknown': [404, 'MANIFEST_UNKNOWN', 404, 'NO_SUCH_REF'],
  'manifest-invalid': [400, 'MANIFEST_INVALID', 400, 'INVALID_PARAMETERS'],
  'manifest-type-fixed': [400, 'MANIFEST_INVALID', 400, 'INVALID_PARAMETERS'],
  'manifest-too-large': [413, 'SIZE_INVALID', 413, 'INVALID_PARAMETERS'],
  'manifest-references-unknown': [404, 'MANIFEST_BLOB_UNKNOWN', 404, 'NO_SUCH_LAYER'],
  'manifest-in-use': [409, 'DENIED', 409, 'REF_IN_USE'],
  'too-many-tags': [414, 'UNSUPPORTED', 400, 'INVALID_PARAMETERS'],
  'blob-unknown': [404, 'BLOB_UNKNOWN', 404, 'NO_SUCH_LAYER'],
  'content-lost': [500, 'UNKNOWN', 500, 'CONTENT_LOST'],
  'blob-in-use': [409, 'DENIED', 409, 'REF_IN_USE'],
  'range-not-satisfiable': [416, 'SIZE_INVALID', 416, 'INVALID_PARAMETERS'],
  // Podman, buildah and skopeo ask again for fewer ranges when the answer is 400.
  'too-many-ranges': [400, 'UNSUPPORTED', 400, 'INVALID_PARAMETERS'],
  'upload-unknown': [404, 'BLOB_UPLOAD_UNKNOWN', 404, 'NO_SUCH_REF'],
  'upload-invalid': [400, 'BLOB_UPLOAD_INVALID', 400, 'INVALID_PARAMETERS'],
  'chunk-out-of-order': [416, 'BLOB_UPLOAD_INVALID', 416, 'INVALID_PARAMETERS'],
  'size-mismatch': [400, 'SIZE_INVALID', 400, 'INVALID_PARAMETERS'],
  'parameter-invalid': [400, 'UNSUPPORTED', 400, 'INVALID_PARAMETERS'],
  'body-invalid': [400, 'UNSUPPORTED', 400, 'INVALID_JSON'],
  'body-interrupted': [400, 'SIZE_INVALID', 400, 'INVALID_JSON'],
  'body-stalled': [408, 'SIZE_INVALID', 408, 'INVALID_JSON'],
  'account-unknown': [404, 'NAME_UNKNOWN', 404, 'NO_SUCH_ACCOUNT'],
  'account-exists': [409, 'DENIED', 409, 'ACCOUNT_EXISTS'],
  'account-has-repositories': [409, 'DENIED', 409, 'ACCOUNT_HAS_REPOSITORIES'],
  'last-administrator': [409, 'DENIED', 409, 'LAST_ADMINISTRATOR'],
  'not-an-organization': [400, 'UNSUPPORTED', 400, 'NOT_AN_ORGANIZATION'],
  'member-unknown': [404, 'NAME_UNKNOWN', 404, 'NO_SUCH_USER'],
  'team-member-unknown': [404, 'NAME_UNKNOWN', 404, 'NO_SUCH_USER'],
  'user-unknown': [404, 'NAME_UNKNOWN', 404, 'NO_SUCH_USER'],
  'team-unknown': [404, 'NAME_UNKNOWN', 404, 'NO_SUCH_TEAM'],
  'team-exists': [409, 'DENIED', 409, 'TEAM_EXISTS'],
  'grant-unknown': [404, 'NAME_UNKNOWN', 404, 'NO_SUCH_NAMESPACE_TEAM_ACCESS'],
  'access-token-unknown': [404, 'NAME_UNKNOWN', 404, 'NO_SUCH_API_TOKEN'],
  'too-many-access-tokens': [409, 'DENIED', 409, 'TOO_MANY_API_TOKENS'],
  // Docker gives up at this code; it tries again at most others, which helps nobody here.
  'namespace-full': [403, 'DENIED', 409, 'NAMESPACE_FULL'],
  'repository-exists': [409, 'DENIED', 400, 'REPOSITORY_EXISTS'],
  'repository-not-created': [404, 'NAME_UNKNOWN', 404, 'NO_SUCH_REPOSITORY'],
  'pruning-policy-invalid': [400, 'UNSUPPORTED', 400, 'INVALID_PRUNING_POLICY'],
  'pruning-policy-unknown': [404, 'UNKNOWN', 404, 'NO_SUCH_PRUNING_POLICY'],
  'too-many-pruning-policies': [409, 'DENIED', 409, 'TOO_MANY_PRUNING_POLICIES'],
  'tag-unknown': [404, 'MANIFEST_UNKNOWN', 404, 'NO_SUCH_TAG'],
  'tag-immutable': [409, 'DENIED', 409, 'TAG_IMMUTABLE'],
  // DENIED is a code at which Docker gives up at once and shows the sentence.
  'tag-limit-reached': [409, 'DENIED', 409, 'TAG_LIMIT_REACHED'],
  'read-only': [405, 'UNSUPPORTED', 405, 'NOT_ALLOWED'],
  // What passes by itself; clients that read the code of a 503 do not repeat a push that cannot work for now.
  'no-majority': [503, 'UNSUPPORTED', 503, 'NO_MAJORITY'],
  'replica-unknown': [404, 'UNKNOWN', 404, 'NO_SUCH_REPLICA'],
  'replica-unreachable': [503, 'UNKNOWN', 503, 'REPLICA_UNREACHABLE'],
  'replicas-unchanged': [409, 'DENIED', 409, 'REPLICAS_UNCHANGED'],
  // No door runs a collection: a job tells of it.
  'gc-lock-lost': [500, 'UNKNOWN', 500, 'INTERNAL_ERROR'],
  'job-unknown': [404, 'UNKNOWN', 404, 'NO_SUCH_JOB'],
  'job-running': [409, 'DENIED', 409, 'JOB_RUNNING'],
  'job-not-over': [409, 'DENIED', 409, 'JOB_RUNNING'],
  'cron-unknown': [404, 'UNKNOWN', 404, 'NO_SUCH_CRON'],
  'settings-invalid': [400, 'UNSUPPORTED', 400, 'INVALID_SETTINGS'],
  'too-many-logins': [429, 'TOOMANYREQUESTS', 429, 'TOO_MANY_LOGINS'],
  'origin-foreign': [403, 'DENIED', 403, 'NOT_AUTHORIZED'],
  'path-too-long': [414, 'NAME_INVALID', 414, 'INVALID_PARAMETERS'],
  'not-acceptable': [406, 'UNSUPPORTED', 406, 'NOT_ACCEPTABLE'],
  'media-type-unsupported': [415, 'UNSUPPORTED', 415, 'UNSUPPORTED_MEDIA_TYPE'],
  unauthorized: [401, 'UNAUTHORIZED', 401, 'NOT_AUTHENTICATED'],
  'token-invalid': [401, 'UNAUTHORIZED', 401, 'NOT_AUTHENTICATED'],
  denied: [403, 'DENIED', 403, 'NOT_AUTHORIZED'],
  'hashing-failed': [503, 'UNKNOWN', 503, 'INTERNAL_ERROR'],
  'password-needed': [403, 'DENIED', 403, 'PASSWORD_NEEDED'],
  overloaded: [429, 'TOOMANYREQUESTS', 429, 'TOO_MANY_REQUESTS'],
  // RFC 4918 section 11.5. Waiting does not help; Docker tries a few times all the same.
  'database-full': [507, 'DENIED', 507, 'DATABASE_FULL'],
  'disk-full': [507, 'DENIED', 507, 'DISK_FULL'],
  'storage-unavailable': [429, 'TOOMANYREQUESTS', 503, 'INTERNAL_ERROR'],
  'variable-invalid': [500, 'UNKNOWN', 500, 'INTERNAL_ERROR'],
}

/** Under these paths DTR's codes and a plain challenge are spoken. */
const isAdministrative = (c: AppContext): boolean => /^\/(api|enzi|v1|auth\/(login|logout))(\/|$)/.test(c.req.path)

const retrySeconds = 5
const majorityRetrySeconds = 15
const readOnlyRetrySeconds = 60

/** The handler of all errors of the app. */
export async function answerError(error: Error, c: AppContext): Promise<Response> {
  if (error instanceof RegistryError) {
    if (isOutage(error.failure)) logFault(error.cause ?? error.message, c)
    return answerFailure(error.failure, error.message, c)
  }
  const failure = isReadOnly(error) ? await whyReadOnly(c) : (foreseen(error) ?? (await whyNothingIsWritten(c)))
  if (failure !== undefined) {
    if (isOutage(failure)) logFault(error, c)
    const refused = new RegistryError(failure, { cause: error })
    return answerFailure(refused.failure, refused.message, c)
  }
  logFault(error, c)
  const reference = c.req.header('cf-ray') ?? crypto.randomUUID()
  const message = `the registry failed to answer: try again, and if it stays so give ${reference} to its operator`
  return c.json(problem(isAdministrative(c) ? 'INTERNAL_ERROR' : 'UNKNOWN', message), 500)
}

/** A failure of something that the registry stands on, of which its operator must hear. */
const isOutage = ({ kind }: Failure): boolean => outages.has(kind)
const outages: ReadonlySet<Failure['kind']> = new Set([
  'hashing-failed',
  'storage-unavailable',
  'database-full',
  'disk-full',
  'variable-invalid',
])

/** Writes down for the operator what the caller is not told. */
function logFault(error: unknown, c: AppContext): void {
  console.error(`${c.req.method} ${new URL(c.req.url).pathname}:`, loggable(error))
}

/** What any statement may answer, and Hono's validator, so that no domain function and no handler needs to expect it. */
function foreseen(error: Error): Failure | undefined {
  if (isOverloaded(error)) return { kind: 'overloaded' }
  if (isDatabaseFull(error)) return { kind: 'database-full' }
  const full = whatIsFull(error)
  if (full !== undefined) return { kind: 'namespace-full', what: full }
  if (error instanceof HTTPException && error.status === 400) return { kind: 'body-invalid', why: 'not valid JSON' }
  if (error instanceof HTTPException && error.status === 415) return { kind: 'media-type-unsupported' }
  return undefined
}

/** A refusal says why and until when; should that not be known, it is a refusal still. */
async function whyReadOnly(c: AppContext): Promise<Failure> {
  const { db, now } = c.get('context')
  const found = await readOnlySince(db, now).catch(() => undefined)
  return { kind: 'read-only', ...found }
}

/** On a disk that something else has filled, D1 and R2 fail without saying why. */
const whyNothingIsWritten = async (c: AppContext): Promise<Failure | undefined> =>
  (await isFull(c.env.DISK)) ? { kind: 'disk-full' } : undefined

/** Paths that mean nothing here; JSON too, as clients print what they cannot parse. */
export function answerNotFound(c: AppContext): Response {
  const hint = isAdministrative(c)
    ? 'the paths of the API are listed at /apidocs, and a "/" within the name of a repository is written %2F'
    : 'the registry answers at /v2/'
  return c.json(problem('UNSUPPORTED', `there is no ${c.req.method} ${c.req.path} here: ${hint}`), 404)
}

function answerFailure(failure: Failure, message: string, c: AppContext): Response {
  const [status, code, apiStatus, apiCode] = answers[failure.kind]
  const detail = detailOf(failure)
  if (isAdministrative(c)) return c.json(problem(apiCode, message, detail), apiStatus, apiHeaders(failure, c))
  switch (failure.kind) {
    case 'unauthorized': {
      // RFC 6750 section 3: no error where nothing was proved, which is so for a token that was given without a login too.
      // With one, Docker says only that access is denied, and not our sentence about logging in.
      const told = withAddress(message, c)
      return c.json(problem(code, told), status, challenge(c, failure.scope, undefined, told))
    }
    case 'token-invalid':
      return c.json(problem(code, message), status, challenge(c, failure.scope, 'invalid_token', message))
    case 'denied':
      // 401, not 403, while another token might do: clients then ask for one with this scope.
      return failure.scope === undefined
        ? c.json(problem(code, message, detail), status)
        : c.json(problem(code, message, detail), 401, challenge(c, failure.scope, 'insufficient_scope', message))
    case 'overloaded':
    case 'storage-unavailable':
      // Docker gives a push up at 429 and repeats it at 503; skopeo and containerd do the opposite.
      return c.json(problem(code, message), isDocker(c) ? 503 : 429, retryAfter(failure, c))
    case 'hashing-failed':
    case 'no-majority':
    case 'read-only':
    case 'too-many-logins':
      return c.json(problem(code, message), status, retryAfter(failure, c))
    case 'chunk-out-of-order':
      return c.json(problem(code, message, detail), status, {
        Location: c.req.path,
        Range: `0-${Math.max(failure.offsetBytes - 1, 0)}`,
      })
    case 'range-not-satisfiable':
      return c.json(problem(code, message, detail), status, { 'Content-Range': `bytes */${failure.sizeBytes}` })
    default:
      return c.json(problem(code, message, detail), status)
  }
}

function apiHeaders(failure: Failure, c: AppContext): Record<string, string> {
  return failure.kind === 'unauthorized' || failure.kind === 'token-invalid'
    ? { 'WWW-Authenticate': `Basic realm="${hostOf(c)}"` }
    : retryAfter(failure, c)
}

function retryAfter(failure: Failure, c: AppContext): Record<string, string> {
  switch (failure.kind) {
    case 'overloaded':
    case 'hashing-failed':
    case 'storage-unavailable':
      return { 'Retry-After': String(retrySeconds) }
    case 'read-only':
      return { 'Retry-After': String(secondsUntil(failure.until, c) ?? readOnlyRetrySeconds) }
    case 'no-majority':
      return { 'Retry-After': String(majorityRetrySeconds) }
    case 'too-many-logins':
      return { 'Retry-After': String(failure.retryAfterSeconds) }
    default:
      return {}
  }
}

function secondsUntil(time: number | undefined, c: AppContext): number | undefined {
  return time === undefined ? undefined : Math.max(1, Math.ceil((time - c.get('context').now) / 1000))
}

/** The command to log in, with the address that the client has used: without one Docker logs in to Docker Hub. */
const withAddress = (message: string, c: AppContext): string =>
  message.replace('"docker login"', `"docker login ${hostOf(c)}"`)

/** RFC 6750 section 3.1: what is wrong with the token of a request. */
type TokenError = 'invalid_token' | 'insufficient_scope'

/**
 * The challenge of the distribution token specification.
 *
 * @param error undefined for a request that sent no token
 * @param message Docker shows its user this, not the body, when there is an error
 */
function challenge(
  c: AppContext,
  scope: string | undefined,
  error: TokenError | undefined,
  message: string,
): Record<string, string> {
  const fields = {
    realm: `${originOf(c)}/auth/token`,
    service: hostOf(c),
    scope,
    error,
    error_description: error === undefined ? undefined : message.replaceAll(/["\\]/g, "'"),
  }
  const parameters = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}="${value}"`],
  )
  return { 'WWW-Authenticate': `Bearer ${parameters.join(',')}` }
}

const problem = (code: OciCode | ApiCode, message: string, detail?: object) => ({
  errors: [{ code, message, ...(detail === undefined ? {} : { detail }) }],
})

/** What a program may want to know of a failure, apart from its sentence. */
function detailOf(failure: Failure): object | undefined {
  const { kind: _, ...fields } = failure
  const kept = Object.entries(fields).map(([name, value]: [string, unknown]) => [name, shortened(value)])
  return kept.length === 0 ? undefined : Object.fromEntries(kept)
}

/** An error is no place to send a request's contents back. */
function shortened(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 10).map(shortened)
  return typeof value === 'string' ? value.slice(0, 300) : value
}
