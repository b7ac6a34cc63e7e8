/** Turns errors into answers: the only place that knows which failure has which status and which OCI code. */
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { isOverloaded, loggable } from '../db/database.ts'
import { RegistryError, type Failure } from '../errors.ts'
import { hostOf, originOf, type AppContext } from './context.ts'

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

const answers: Record<Failure['kind'], readonly [ContentfulStatusCode, OciCode]> = {
  'name-invalid': [400, 'NAME_INVALID'],
  'tag-invalid': [400, 'MANIFEST_INVALID'],
  'username-invalid': [400, 'NAME_INVALID'],
  'digest-invalid': [400, 'DIGEST_INVALID'],
  'digest-mismatch': [400, 'DIGEST_INVALID'],
  'name-unknown': [404, 'NAME_UNKNOWN'],
  'manifest-unknown': [404, 'MANIFEST_UNKNOWN'],
  'manifest-invalid': [400, 'MANIFEST_INVALID'],
  'manifest-too-large': [413, 'SIZE_INVALID'],
  'manifest-references-unknown': [404, 'MANIFEST_BLOB_UNKNOWN'],
  'manifest-in-use': [409, 'DENIED'],
  'too-many-tags': [414, 'UNSUPPORTED'],
  'blob-unknown': [404, 'BLOB_UNKNOWN'],
  'blob-in-use': [409, 'DENIED'],
  'range-not-satisfiable': [416, 'SIZE_INVALID'],
  'upload-unknown': [404, 'BLOB_UPLOAD_UNKNOWN'],
  'upload-invalid': [400, 'BLOB_UPLOAD_INVALID'],
  'chunk-out-of-order': [416, 'BLOB_UPLOAD_INVALID'],
  'size-mismatch': [400, 'SIZE_INVALID'],
  'parameter-invalid': [400, 'UNSUPPORTED'],
  'body-invalid': [400, 'UNSUPPORTED'],
  'body-interrupted': [400, 'SIZE_INVALID'],
  'account-exists': [409, 'DENIED'],
  unauthorized: [401, 'UNAUTHORIZED'],
  denied: [403, 'DENIED'],
  overloaded: [429, 'TOOMANYREQUESTS'],
}

const retrySeconds = 5

/** The handler of all errors of the app. */
export function answerError(error: Error, c: AppContext): Response {
  if (error instanceof RegistryError) return answerFailure(error.failure, error.message, c)
  if (isOverloaded(error)) {
    const overloaded = new RegistryError({ kind: 'overloaded' }, { cause: error })
    return answerFailure(overloaded.failure, overloaded.message, c)
  }
  console.error(`${c.req.method} ${new URL(c.req.url).pathname}:`, loggable(error))
  const reference = c.req.header('cf-ray') ?? crypto.randomUUID()
  const message = `the registry failed to answer: try again, and if it stays so give ${reference} to its operator`
  return c.json(problem('UNKNOWN', message), 500)
}

/** Paths that mean nothing here; JSON too, as clients print what they cannot parse. */
export function answerNotFound(c: AppContext): Response {
  return c.json(
    problem('UNSUPPORTED', `there is no ${c.req.method} ${c.req.path} here: the registry answers at /v2/`),
    404,
  )
}

function answerFailure(failure: Failure, message: string, c: AppContext): Response {
  const [status, code] = answers[failure.kind]
  const detail = detailOf(failure)
  switch (failure.kind) {
    case 'unauthorized':
      return c.json(problem(code, message), status, challenge(c, failure.scope))
    case 'denied':
      // 401, not 403, while another token might do: clients then ask for one with this scope.
      return failure.scope === undefined
        ? c.json(problem(code, message, detail), status)
        : c.json(problem(code, message, detail), 401, challenge(c, failure.scope, message))
    case 'overloaded':
      return c.json(problem(code, message), status, { 'Retry-After': String(retrySeconds) })
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

/**
 * The challenge of the distribution token specification.
 *
 * @param denied why a valid token is not enough: Docker shows its user this (RFC 6750), not the body
 */
function challenge(c: AppContext, scope: string | undefined, denied?: string): Record<string, string> {
  const fields = {
    realm: `${originOf(c)}/auth/token`,
    service: hostOf(c),
    scope,
    error: denied === undefined ? undefined : 'insufficient_scope',
    error_description: denied?.replaceAll(/["\\]/g, "'"),
  }
  const parameters = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}="${value}"`],
  )
  return { 'WWW-Authenticate': `Bearer ${parameters.join(',')}` }
}

const problem = (code: OciCode, message: string, detail?: object) => ({
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
