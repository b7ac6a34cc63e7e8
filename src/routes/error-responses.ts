/**
 * Turns errors into answers: each failure declares its status, codes and sentence (see `failures/failure.ts`), and the router
 * of the path declares the form of its answers (see `shared/error-forms.ts`).
 */
import { HTTPException } from 'hono/http-exception'
import { isDatabaseFull, isOverloaded, isReadOnly, isTableMissing, loggable, whatIsFull } from '../db/database.ts'
import { readRestoration } from '../db/restoration/restoration.ts'
import { RegistryError, type Failure } from '../errors.ts'
import { ExpectedError } from '../failures/failure.ts'
import { readOnlySince } from '../replicas/read-only.ts'
import { isFull } from '../storage/room.ts'
import { withinTime } from '../util/timeout.ts'
import type { AppContext } from './app-context.ts'
import { errorFormOf, type ErrorForm } from './shared/error-forms.ts'
import { problem } from './shared/problem.ts'
import { distributionErrors } from './v2/errors.ts'

/** Returns the form that the router of the path has declared; by default that of the distribution API. */
const formOf = (c: AppContext): ErrorForm => errorFormOf(c) ?? distributionErrors

/** Turns any error of the app into a response. */
export async function answerError(error: Error, c: AppContext): Promise<Response> {
  const restored = mayComeOfRestoration(error) ? await whyNoTable(c) : undefined
  if (restored !== undefined) return formOf(c).answer(new RegistryError(restored, { cause: error }), c)
  if (error instanceof ExpectedError) {
    if (error.type.isOutage === true) logFault(error.cause ?? error.message, c)
    return formOf(c).answer(error, c)
  }
  const failure = isReadOnly(error) ? await whyReadOnly(c) : (foreseen(error) ?? (await whyNothingIsWritten(c)))
  if (failure !== undefined) return answerError(new RegistryError(failure, { cause: error }), c)
  logFault(error, c)
  const reference = c.req.header('cf-ray') ?? crypto.randomUUID()
  const message = `internal error: try again; if it persists, give the operator the reference ${reference}`
  return c.json(problem(formOf(c).defectCode, message), 500)
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

/** Tells whether the tables may be away: without them no isolate learns who the replicas are, so it sees no majority. */
const mayComeOfRestoration = (error: Error): boolean =>
  isTableMissing(error) || (error instanceof RegistryError && error.failure.kind === 'no-majority')

/** A refusal does not wait longer for its reason. */
const whyMilliseconds = 500

/** Returns the refusal of a registry that is being restored; undefined for another, also if D1 does not say. */
async function whyNoTable(c: AppContext): Promise<Failure | undefined> {
  const asked = readRestoration(c.get('context').db)
  const found = await withinTime(asked, whyMilliseconds).catch(() => undefined)
  return found === undefined ? undefined : { kind: 'being-restored', ...found }
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
  return c.json(problem('UNSUPPORTED', `there is no ${c.req.method} ${c.req.path} here: ${formOf(c).hint}`), 404)
}
