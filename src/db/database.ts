/** Opens D1 through drizzle, and reads the few errors of it that mean something to the registry. */
import { DrizzleQueryError, SQL, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { askDatabase, isInterrupted, isReading, isRefused, patientBinding } from './transient-errors.ts'
import { droppingKept } from './cache.ts'
import { render } from './rendering.ts'
import { boundsOfNamespace, type BoundOfNamespace } from '../failures/repositories.ts'

export type Database = ReturnType<typeof connect>

const connect = (binding: D1Database) => Object.assign(drizzle(patientBinding(binding)), { binding })

/** The same for every request of an isolate, so that what is prepared once stays prepared. */
export const openDatabase: (binding: D1Database) => Database = once(connect)

/**
 * For the queries of the pull path: drizzle renders them once an isolate, not once a request, which would take a quarter
 * of all the time that a request for a manifest needs.
 */
export const prepareOnce = <Query>(prepare: (db: Database) => Query): ((db: Database) => Query) => once(prepare)

/** Remembers what was made of an object for as long as the object lives. */
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

/** What a statement of a batch answered. */
export interface StatementResult<Row> {
  readonly rows: Row[]
  /** The first row, for a statement that answers one at most. */
  readonly first: Row | undefined
  /** How many rows it changed, those of triggers and cascades included. */
  readonly changes: number
}

/** Statements by their names, in the order in which they run: one, a list, or undefined for one that is left out. */
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
 * @param repeating `repeatable` for statements that change and answer the same when they are done twice; what only reads is
 *   so without being marked
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

/** @param answers those of the statements, in their order */
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
  return { rows: answer.results, first: answer.results[0], changes: answer.meta.changes }
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

/** The text of a statement, or of a part of one, that has no parameters. */
export const textOf = (statement: SQL): string => render(statement).text

/** The time by the clock of the database, which is when a statement takes effect, however long its request went on. */
export const databaseTime = sql`CAST(unixepoch('subsec') * 1000 AS INTEGER)`

/** Without what drizzle says itself: it quotes the parameters, which may be texts of users. */
function messagesOf(error: unknown, depth = 0): string {
  if (!(error instanceof Error) || depth === mostCauses) return ''
  const own = error instanceof DrizzleQueryError ? '' : error.message
  return `${own}\n${messagesOf(error.cause, depth + 1)}`
}

/** An error may be its own cause. */
const mostCauses = 10

/** A row names another one that is not there, or is named by one that is. */
export function isForeignKeyViolation(error: unknown): boolean {
  return messagesOf(error).includes('FOREIGN KEY constraint failed')
}

export function isUniqueViolation(error: unknown): boolean {
  return messagesOf(error).includes('UNIQUE constraint failed')
}

export function isNotNullViolation(error: unknown): boolean {
  return messagesOf(error).includes('NOT NULL constraint failed')
}

/** The trigger `tags_immutable` refused, or a batch that would delete an immutable tag (`refusals.ts`). */
export function isImmutableTag(error: unknown): boolean {
  return messagesOf(error).includes('tag is immutable')
}

/** The trigger `manifests_keep_media_type` refused. */
export function isOtherMediaType(error: unknown): boolean {
  return messagesOf(error).includes('manifest has another media type')
}

/** A push found no room for its tags (`refusals.ts`). */
export function isTagLimitReached(error: unknown): boolean {
  return messagesOf(error).includes('tag limit is reached')
}

/** The events that a batch consumes are consumed already, or are gone (`refusals.ts`). */
export function isOvertaken(error: unknown): boolean {
  return messagesOf(error).includes('another worker consumed it')
}

/** What a namespace has as much of as it may have: a trigger `namespace_…` refused one more. */
export function whatIsFull(error: unknown): BoundOfNamespace | undefined {
  const [, found] = /namespace is full: ([a-z ]+)/.exec(messagesOf(error)) ?? []
  return boundsOfNamespace.find((what) => what === found)
}

/** A trigger of the switch to read-only refused. */
export function isReadOnly(error: unknown): boolean {
  return messagesOf(error).includes('registry is read-only')
}

/** The right to a change has ended (`rights.ts`). */
export function isRightEnded(error: unknown): boolean {
  return messagesOf(error).includes('the right has ended')
}

/** D1 has as much as it may have. That does not pass by itself. */
export function isDatabaseFull(error: unknown): boolean {
  return /Exceeded maximum DB size|database or disk is full/i.test(messagesOf(error))
}

/** D1 is one SQLite database: when its queue is full, or while it moves, the caller should come back later. */
export function isOverloaded(error: unknown): boolean {
  return isRefused(messagesOf(error)) || wasInterrupted(error)
}

/** D1 may have done what was asked, and only the answer was lost. */
export function wasInterrupted(error: unknown): boolean {
  return isInterrupted(messagesOf(error))
}

/** What may stand in a log: drizzle's errors quote the parameters of a query, which may be the hash of a password. */
export function loggable(error: unknown): unknown {
  return error instanceof DrizzleQueryError ? error.cause : error
}
