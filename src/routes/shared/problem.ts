/** The body of an error, which all APIs share: `{"errors": [{"code", "message", "detail"}]}`. */
import type { ExpectedError } from '../../failures/failure.ts'

export const problem = (code: string, message: string, detail?: unknown) => ({
  errors: [{ code, message, ...(detail === undefined ? {} : { detail }) }],
})

/** Returns the fields of a failure for programs, shortened; undefined when it has none. */
export function detailOf(failure: ExpectedError['failure']): unknown {
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

/** Returns the header that says when to try again; undefined for a failure that does not pass by itself. */
export function retryAfter(error: ExpectedError): Record<string, string> | undefined {
  const seconds = error.retryAfterSeconds(Date.now())
  return seconds === undefined ? undefined : { 'Retry-After': String(seconds) }
}
