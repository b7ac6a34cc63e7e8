/** Opens D1 through drizzle, and reads the few errors of it that mean something to the registry. */
import { DrizzleQueryError, SQL, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { askDatabase, isInterrupted, isReading, isRefused, patientBinding } from './transient-errors.ts'
import { droppingKept } from './cache.ts'
import { render } from './rendering.ts'
import { boundsOfNamespace, type BoundOfNamespace } from '../failures/repositories.ts'

export type Database = ReturnType<typeof connect>

const connect = (binding: D1Database) => Object.assign(drizzle(patientBinding(binding)), { binding })

/** Opens the database, once an isolate, so that statements stay prepared. */
export const openDatabase: (binding: D1Database) => Database = once(connect)

/** Prepares the queries of a pull once an isolate: rendering one by drizzle takes a quarter of a manifest request. */
export const prepareOnce = <Query>(prepare: (db: Database) => Query): ((db: Database) => Query) => once(prepare)

/** Caches what was made of an object for as long as the object lives. */
function once<Key extends object, Made>(make: (key: Key) => Made): (key: Key) => Made {
  const known = new WeakMap<Key, Made>()
  return (key) => {
    const found = known.get(key)
    if (found !== undefined) return found
    const made = make(key)
    known.set(key, made)
    return made
  }
}

/** The result of one statement of a batch. */
export interface StatementResult<Row> {
  readonly rows: Row[]
  /** The first row, for a statement with one row at most. */
  readonly first: Row | undefined
  /** The number of changed rows, including those of triggers and cascades. */
  readonly changes: number
}

/** Statements by name, in the order in which they run: one, a list, or undefined to leave one out. */
export type Statements = Readonly<Record<string, SQL | readonly SQL[] | undefined>>

/** A result for each name. The rows are those that the statement is typed with: `sql<Row>`. */
export type BatchResults<Named extends Statements> = { readonly [Name in keyof Named]: ResultOf<Named[Name]> }

type ResultOf<Statement> =
  Statement extends SQL<infer Row>
    ? StatementResult<Row>
    : Statement extends readonly SQL<infer Row>[]
      ? StatementResult<Row>[]
      : undefined

/**
 * Runs statements in one transaction: all of them are done, or none. (drizzle's own `batch` refuses `sql` statements
 * that have parameters.)
 *
 * @param repeating `repeatable` for statements that change and answer the same when they run twice; statements that
 *   only read need no mark
 */
export async function runBatch<Named extends Statements>(
  { binding }: Database,
  statements: Named,
  repeating?: Repeating,
): Promise<BatchResults<Named>> {
  const rendered = Object.values(statements).flatMap((some = []) =>
    some instanceof SQL ? render(some) : some.map(render),
  )
  const bound = rendered.map(({ text, parameters }) => binding.prepare(text).bind(...parameters))
  const texts = rendered.map(({ text }) => text)
  const isRepeatable = () => repeating === 'repeatable' || texts.every(isReading)
  const answers = await droppingKept(binding, texts, () => askDatabase(() => binding.batch(bound), isRepeatable))
  return nameResults(statements, answers)
}

/** Gives the results the names of their statements. @param answers in the order of the statements */
function nameResults<Named extends Statements>(statements: Named, answers: readonly D1Result[]): BatchResults<Named> {
  const left = answers.values()
  const next = () => resultOf(left.next().value)
  const results = Object.entries(statements).map(([name, some]) => [
    name,
    some instanceof SQL ? next() : some?.map(next),
  ])
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- D1 does not check what a statement is typed with
  return Object.fromEntries(results) as BatchResults<Named>
}

function resultOf(answer: D1Result | undefined): StatementResult<unknown> {
  if (answer === undefined) throw new Error('D1 answered fewer statements than it was sent')
  const { results: rows, meta } = answer
  const [first] = rows
  return { rows, first, changes: meta.changes }
}

/**
 * Runs statements that are prepared (`prepareOnce`) in one transaction. They must change and answer the same when done
 * twice, and must delete nothing that is kept (`cache.ts`).
 */
export async function runPrepared<Rows extends Readonly<Record<string, unknown>>>(
  { binding }: Database,
  statements: { readonly [Name in keyof Rows]: D1PreparedStatement },
): Promise<{ readonly [Name in keyof Rows]: StatementResult<Rows[Name]> }> {
  const answers = await askDatabase(
    () => binding.batch(Object.values(statements)),
    () => true,
  )
  const results = Object.keys(statements).map((name, at) => [name, resultOf(answers[at])])
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- D1 does not check what a statement is typed with
  return Object.fromEntries(results) as { readonly [Name in keyof Rows]: StatementResult<Rows[Name]> }
}

export type Repeating = 'repeatable'

/** Renders a statement, or a part of one, that has no parameters. */
export const textOf = (statement: SQL): string => render(statement).text

/**
 * The time of the database's clock in milliseconds since 1970, when a statement takes effect, however long its request
 * has run.
 */
export const databaseTime = sql`CAST(unixepoch('subsec') * 1000 AS INTEGER)`

/**
 * Joins the messages of an error and its causes. Leaves out drizzle's own, which quotes the parameters: texts of users.
 */
function messagesOf(error: unknown, depth = 0): string {
  if (!(error instanceof Error) || depth === mostCauses) return ''
  const own = error instanceof DrizzleQueryError ? '' : error.message
  return `${own}\n${messagesOf(error.cause, depth + 1)}`
}

/** Bounds the causes, as an error may be its own. */
const mostCauses = 10

/** Tells whether a foreign key refused: a row refers to a missing one, or another row still refers to it. */
export function isForeignKeyViolation(error: unknown): boolean {
  return messagesOf(error).includes('FOREIGN KEY constraint failed')
}

export function isUniqueViolation(error: unknown): boolean {
  return messagesOf(error).includes('UNIQUE constraint failed')
}

export function isNotNullViolation(error: unknown): boolean {
  return messagesOf(error).includes('NOT NULL constraint failed')
}

/** Tells whether an immutable tag would move or go: by the trigger `tags_immutable` or by `refusals.ts`. */
export function isImmutableTag(error: unknown): boolean {
  return messagesOf(error).includes('tag is immutable')
}

/** Tells whether a deletion would delete what is pinned (`refusals.ts`): a tag, a manifest, or an index of one. */
export function isPinned(error: unknown): boolean {
  return messagesOf(error).includes('content is pinned')
}

/** Tells whether the deletion of a pinned repository by itself was refused (`refusals.ts`). */
export function isPinnedRepository(error: unknown): boolean {
  return messagesOf(error).includes('repository is pinned')
}

/** Tells whether the trigger `manifests_keep_media_type` refused. */
export function isOtherMediaType(error: unknown): boolean {
  return messagesOf(error).includes('manifest has another media type')
}

/** Tells whether a push found no room for its tags (`refusals.ts`). */
export function isTagLimitReached(error: unknown): boolean {
  return messagesOf(error).includes('tag limit is reached')
}

/** Tells whether the events that a batch consumes are consumed already, or gone (`refusals.ts`). */
export function isOvertaken(error: unknown): boolean {
  return messagesOf(error).includes('another worker consumed it')
}

/** Tells whether what a batch was made from has changed since it was read (`refusals.ts`). */
export function isOutrun(error: unknown): boolean {
  return messagesOf(error).includes('another request was faster')
}

/** Tells whether a sync decides about the member that a batch would change by hand (`refusals.ts`). */
export function isDecidedBySync(error: unknown): boolean {
  return messagesOf(error).includes('a sync decides it')
}

/** Returns the bound of a namespace that a trigger `namespace_…` enforced; undefined for any other error. */
export function whatIsFull(error: unknown): BoundOfNamespace | undefined {
  const [, found] = /namespace is full: ([a-z ]+)/.exec(messagesOf(error)) ?? []
  return boundsOfNamespace.find((what) => what === found)
}

/** Tells whether a trigger refused a change in read-only mode. */
export function isReadOnly(error: unknown): boolean {
  return messagesOf(error).includes('registry is read-only')
}

/** Tells whether the right to a change has ended (`rights.ts`). */
export function isRightEnded(error: unknown): boolean {
  return messagesOf(error).includes('the right has ended')
}

/** Tells whether a table is missing: a restoration has taken it away, or the database was never migrated. */
export function isTableMissing(error: unknown): boolean {
  return messagesOf(error).includes('no such table')
}

/** Tells whether D1 is full, which does not pass by itself. */
export function isDatabaseFull(error: unknown): boolean {
  return /Exceeded maximum DB size|database or disk is full/i.test(messagesOf(error))
}

/** Tells whether the error passes by itself: D1 was too busy or moved, or the connection to it broke. */
export function isOverloaded(error: unknown): boolean {
  return isRefused(messagesOf(error)) || wasInterrupted(error)
}

/** Tells whether the answer was lost: D1 may have done what was asked. */
export function wasInterrupted(error: unknown): boolean {
  return isInterrupted(messagesOf(error))
}

/** Returns what a log may show of an error: drizzle's own quotes parameters, such as the hash of a password. */
export function loggable(error: unknown): unknown {
  return error instanceof DrizzleQueryError ? error.cause : error
}
