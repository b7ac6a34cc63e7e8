/** Turns errors into answers: each failure declares its status, codes and sentence (see `failures/failure.ts`). */
import { HTTPException } from 'hono/http-exception'
import { isDatabaseFull, isOverloaded, isReadOnly, loggable, whatIsFull } from '../db/database.ts'
import { RegistryError, type Failure } from '../errors.ts'
import { ExpectedError, type FailureStatus } from '../failures/failure.ts'
import { readOnlySince } from '../replicas/read-only.ts'
import { isFull } from '../storage/room.ts'
import { hostOf, isDocker, originOf, type AppContext } from './app-context.ts'

/** Tells whether a path answers with DTR's error codes and a plain challenge. */
const isAdministrative = (c: AppContext): boolean => /^\/(api|enzi|v1|auth\/(login|logout))(\/|$)/.test(c.req.path)

/** Turns any error of the app into a response. */
export async function answerError(error: Error, c: AppContext): Promise<Response> {
  if (error instanceof ExpectedError) {
    if (error.type.isOutage === true) logFault(error.cause ?? error.message, c)
    return answerExpected(error, c)
  }
  const failure = isReadOnly(error) ? await whyReadOnly(c) : (foreseen(error) ?? (await whyNothingIsWritten(c)))
  if (failure !== undefined) return answerError(new RegistryError(failure, { cause: error }), c)
  logFault(error, c)
  const reference = c.req.header('cf-ray') ?? crypto.randomUUID()
  const message = `internal error: try again; if it persists, give the operator the reference ${reference}`
  return c.json(problem(isAdministrative(c) ? 'INTERNAL_ERROR' : 'UNKNOWN', message), 500)
}

/** Writes down for the operator what the caller is not told. */
function logFault(error: unknown, c: AppContext): void {
  console.error(`${c.req.method} ${new URL(c.req.url).pathname}:`, loggable(error))
}

/**
 * Recognizes errors that any statement of D1 or Hono's validator may throw, so that no handler needs to expect them.
 */
function foreseen(error: Error): Failure | undefined {
  if (isOverloaded(error)) return { kind: 'overloaded' }
  if (isDatabaseFull(error)) return { kind: 'database-full' }
  const full = whatIsFull(error)
  if (full !== undefined) return { kind: 'namespace-full', what: full }
  if (error instanceof HTTPException && error.status === 400) {
    return { kind: 'body-invalid', reason: { kind: 'unreadable' } }
  }
  if (error instanceof HTTPException && error.status === 415) return { kind: 'media-type-unsupported' }
  return undefined
}

/** Returns the refusal of a read-only registry, with the reason and the end if they can be read. */
async function whyReadOnly(c: AppContext): Promise<Failure> {
  const { db, now } = c.get('context')
  const found = await readOnlySince(db, now).catch(() => undefined)
  return { kind: 'read-only', ...found }
}

/** Finds out whether the disk of a local registry is full: D1 and R2 then fail without a reason. */
const whyNothingIsWritten = async (c: AppContext): Promise<Failure | undefined> =>
  (await isFull(c.env.DISK)) ? { kind: 'disk-full' } : undefined

/** Answers a path that has no route, in JSON too, as clients print what they cannot parse. */
export function answerNotFound(c: AppContext): Response {
  const hint = isAdministrative(c)
    ? 'the paths of the API are listed at /apidocs, and a "/" within the name of a repository is written %2F'
    : 'the registry answers at /v2/'
  return c.json(problem('UNSUPPORTED', `there is no ${c.req.method} ${c.req.path} here: ${hint}`), 404)
}

function answerExpected(error: ExpectedError, c: AppContext): Response {
  const { failure, message, type } = error
  const { status, apiStatus = status, ociCode, apiCode } = type
  const wait = retryAfter(error)
  if (isAdministrative(c)) {
    const headers = apiCode === 'NOT_AUTHENTICATED' ? { 'WWW-Authenticate': `Basic realm="${hostOf(c)}"` } : wait
    return c.json(problem(apiCode, message, detailOf(failure)), apiStatus, headers)
  }
  const own = error instanceof RegistryError ? ownAnswer(error.failure, message, c) : {}
  const detail = own.hasNoDetail === true || wait !== undefined ? undefined : detailOf(failure)
  const body = { ...own.fields, ...problem(ociCode, own.message ?? message, detail) }
  return c.json(body, own.status ?? status, own.headers ?? wait)
}

/** The part of an answer of the distribution API that differs from the declaration of the failure. */
interface OwnAnswer {
  readonly status?: FailureStatus
  readonly message?: string
  readonly headers?: Record<string, string>
  readonly hasNoDetail?: true
  /** Beside `errors`. */
  readonly fields?: Record<string, string>
}

function ownAnswer(failure: Failure, message: string, c: AppContext): OwnAnswer {
  switch (failure.kind) {
    case 'unauthorized': {
      // RFC 6750 section 3: no error where nothing was proved, which is so for a token that was given without a login too.
      // With one, Docker says only that access is denied, and not our sentence about logging in.
      const told = withAddress(message, c)
      return { message: told, headers: challenge(c, failure.scope, undefined, told), hasNoDetail: true }
    }
    case 'token-invalid':
      return { headers: challenge(c, failure.scope, 'invalid_token', message), hasNoDetail: true }
    case 'token-refused': {
      // RFC 6749 section 5.2
      const error = failure.reason.kind === 'grant-type-unsupported' ? 'unsupported_grant_type' : 'invalid_request'
      return { fields: { error, error_description: message }, hasNoDetail: true }
    }
    case 'denied':
      // 401, not 403, while another token might do: clients then ask for one with this scope.
      return failure.scope === undefined
        ? {}
        : { status: 401, headers: challenge(c, failure.scope, 'insufficient_scope', message) }
    case 'overloaded':
    case 'storage-unavailable':
      // Docker gives a push up at 429 and repeats it at 503; skopeo and containerd do the opposite.
      return { status: isDocker(c) ? 503 : 429 }
    case 'chunk-out-of-order':
      return { headers: { Location: c.req.path, Range: `0-${Math.max(failure.offsetBytes - 1, 0)}` } }
    case 'range-not-satisfiable':
      return { headers: { 'Content-Range': `bytes */${failure.sizeBytes}` } }
    default:
      return {}
  }
}

function retryAfter(error: ExpectedError): Record<string, string> | undefined {
  const seconds = error.retryAfterSeconds(Date.now())
  return seconds === undefined ? undefined : { 'Retry-After': String(seconds) }
}

/**
 * Completes the command `docker login` with the host that the client asked; without one Docker logs in to Docker Hub.
 */
const withAddress = (message: string, c: AppContext): string =>
  message.replace('"docker login"', `"docker login ${hostOf(c)}"`)

/** RFC 6750 section 3.1: what is wrong with the token of a request. */
type TokenError = 'invalid_token' | 'insufficient_scope'

/**
 * Returns the headers with the challenge of the distribution token specification.
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

const problem = (code: string, message: string, detail?: unknown) => ({
  errors: [{ code, message, ...(detail === undefined ? {} : { detail }) }],
})

/** Returns the fields of a failure for programs, shortened; undefined when it has none. */
function detailOf(failure: ExpectedError['failure']): unknown {
  const { kind: _, ...fields } = failure
  return Object.keys(fields).length === 0 ? undefined : shortened(fields)
}

/** Cuts lists to 10 items and texts to 300 characters, so that an error does not send a request's contents back. */
function shortened(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 10).map(shortened)
  if (typeof value === 'string') return value.slice(0, 300)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]: [string, unknown]) => [name, shortened(inner)]))
}
