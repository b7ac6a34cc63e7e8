/** Counts what a request, or a function of `src/db`, asks of R2 and D1, by standing in front of the real ones. */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { onTestFinished } from 'vitest'
import { answerRequest } from '../../src/answer.ts'
import { openDatabase, type Database } from '../../src/db/database.ts'
import type { ReplicaEnv } from '../../src/replicas/types.ts'
import { origin, type Send } from './client.ts'

export interface Operations {
  /** R2 class A: put, list, and every step of a multipart upload. */
  classA: number
  /** R2 class B: get and head. */
  classB: number
  lists: number
  /** Round trips to D1, and those of them that change something. */
  roundTrips: number
  writes: number
  /** Statements, of which a round trip may have several. */
  statements: number
  /** Where D1 says it: of statements that answer with rows as objects. */
  rowsRead: number
}

interface Counts extends Operations {
  /** Statements of which D1 does not say how many rows they read. */
  untold: number
}

const none = (): Counts => ({
  classA: 0,
  classB: 0,
  lists: 0,
  roundTrips: 0,
  writes: 0,
  statements: 0,
  rowsRead: 0,
  untold: 0,
})

const classA = new Set<PropertyKey>(['put', 'list', 'createMultipartUpload'])
const classB = new Set<PropertyKey>(['get', 'head'])

/** What a counting client needs, and `settle`, which waits for what was left to do after the answers. */
export interface Counting {
  readonly client: Send
  /** The same without the token. */
  readonly anonymous: Send
  readonly counted: Operations
  readonly reset: () => void
  readonly settle: () => Promise<void>
}

/**
 * A client whose requests run in the Worker's code against counted bindings.
 *
 * @param replicas in place of those that the isolate knows
 */
export function countingClient(token: string, replicas = env.REPLICAS): Counting {
  const counted = none()
  const contexts: ExecutionContext[] = []
  const bindings: ReplicaEnv = {
    ...env,
    REPLICAS: replicas,
    BUCKET: countBucket(env.BUCKET, counted),
    DB: countDatabase(env.DB, counted),
    // Long enough for a test to count what is done before that.
    PULL_LOG_SECONDS: '1',
  }
  const anonymous: Send = async (method, path, { headers = {}, body = null } = {}) => {
    const context = createExecutionContext()
    contexts.push(context)
    const response = await answerRequest(
      new Request(new URL(path, origin), { method, headers, body }),
      bindings,
      context,
    )
    const read = new Response(await response.arrayBuffer(), {
      status: response.status === 204 ? 200 : response.status,
      headers: response.headers,
    })
    return read
  }
  const settle = async (): Promise<void> => {
    for (const context of contexts.splice(0)) await waitOnExecutionContext(context)
  }
  // What is written late must not turn up in the next test.
  onTestFinished(settle)
  const client: Send = (method, path, sending = {}) =>
    anonymous(method, path, { ...sending, headers: { authorization: `Bearer ${token}`, ...sending.headers } })
  return { client, anonymous, counted, reset: () => Object.assign(counted, none()), settle }
}

/** Bindings whose calls are counted, for a function that takes them. */
export function countedBindings(
  database: D1Database,
  bucket: R2Bucket,
): { readonly db: Database; readonly bucket: R2Bucket; readonly counted: Operations } {
  const counted = none()
  return { db: openDatabase(countDatabase(database, counted)), bucket: countBucket(bucket, counted), counted }
}

/** How many rows the work reads, with a database that counts; all its statements must be such as D1 tells of. */
export async function rowsReadBy(work: (db: Database) => Promise<unknown>): Promise<number> {
  const counted = none()
  await work(openDatabase(countDatabase(env.DB, counted)))
  if (counted.untold > 0) throw new Error(`${counted.untold} statements did not report what they read`)
  return counted.rowsRead
}

function countBucket(bucket: R2Bucket, counted: Counts): R2Bucket {
  return new Proxy(bucket, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      return async (...parameters: unknown[]) => {
        if (classA.has(name)) counted.classA++
        if (classB.has(name)) counted.classB++
        if (name === 'list') counted.lists++
        const result: unknown = await Reflect.apply(member, target, parameters)
        return name === 'createMultipartUpload' ? countMultipart(result, counted) : result
      }
    },
  })
}

function countMultipart(upload: unknown, counted: Counts): unknown {
  if (typeof upload !== 'object' || upload === null) return upload
  return new Proxy(upload, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      return (...parameters: unknown[]): unknown => {
        if (name !== 'abort') counted.classA++
        return Reflect.apply(member, target, parameters)
      }
    },
  })
}

function countDatabase(database: D1Database, counted: Counts): D1Database {
  return new Proxy(database, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      if (name === 'prepare') return (sql: string) => countStatement(target.prepare(sql), sql, counted)
      if (name !== 'batch') throw new Error(`${String(name)} of D1 is not counted`)
      return async (statements: D1PreparedStatement[]) => {
        counted.roundTrips++
        counted.statements += statements.length
        const results = await target.batch(statements.map((statement) => originals.get(statement) ?? statement))
        // A condition that does not hold writes nothing, which is what D1 counts too.
        if (results.some(({ meta }) => meta.rows_written > 0)) counted.writes++
        for (const { meta } of results) counted.rowsRead += meta.rows_read
        return results
      }
    },
  })
}

const originals = new WeakMap<object, D1PreparedStatement>()
const changes = (sql: string): boolean => /^\s*(insert|update|delete|replace)/i.test(sql)

function countStatement(statement: D1PreparedStatement, sql: string, counted: Counts): D1PreparedStatement {
  const counting = new Proxy(statement, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      if (name === 'bind') return (...values: unknown[]) => countStatement(target.bind(...values), sql, counted)
      return async (...parameters: unknown[]): Promise<unknown> => {
        counted.roundTrips++
        counted.statements++
        if (changes(sql)) counted.writes++
        const result: { meta?: { rows_read?: number } } = await Reflect.apply(member, target, parameters)
        if (result.meta?.rows_read === undefined) counted.untold++
        else counted.rowsRead += result.meta.rows_read
        return result
      }
    },
  })
  originals.set(counting, statement)
  return counting
}
