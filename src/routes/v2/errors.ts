/** The errors of the distribution API: its codes, and the challenge by which clients find the token endpoint. */
import { RegistryError, type Failure } from '../../errors.ts'
import type { ExpectedError, FailureStatus } from '../../failures/failure.ts'
import { hostOf, isDocker, originOf, type AppContext } from '../app-context.ts'
import type { ErrorForm } from '../shared/error-forms.ts'
import { detailOf, problem, retryAfter } from '../shared/problem.ts'

export const distributionErrors: ErrorForm = {
  answer(error, c) {
    const { failure, message, type } = error
    const wait = retryAfter(error)
    const own = ownAnswer(error, c)
    const detail = own.hasNoDetail === true || wait !== undefined ? undefined : detailOf(failure)
    const body = { ...own.fields, ...problem(type.ociCode, own.message ?? message, detail) }
    return c.json(body, own.status ?? type.status, own.headers ?? wait)
  },
  defectCode: 'UNKNOWN',
  hint: 'the registry answers at /v2/',
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

/** Returns what the clients of the distribution API need of an answer, as the challenge of a refusal. */
export const ownAnswer = (error: ExpectedError, c: AppContext): OwnAnswer =>
  error instanceof RegistryError ? answerOf(error.failure, error.message, c) : {}

function answerOf(failure: Failure, message: string, c: AppContext): OwnAnswer {
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
