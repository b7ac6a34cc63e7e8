/** Opens D1 through drizzle, and reads the few errors of it that mean something to the registry. */
import { drizzle } from 'drizzle-orm/d1'
import type { BatchItem } from 'drizzle-orm/batch'

export type Database = ReturnType<typeof openDatabase>

/** One statement of a batch: all of a batch is done, or none of it. */
export type Statement = BatchItem<'sqlite'>

export function openDatabase(binding: D1Database) {
  return drizzle(binding)
}

const messagesOf = (error: unknown): string =>
  error instanceof Error ? `${error.message}\n${messagesOf(error.cause)}` : ''

/** A row names another one that is not there, or is named by one that is. */
export function isForeignKeyViolation(error: unknown): boolean {
  return messagesOf(error).includes('FOREIGN KEY constraint failed')
}

export function isUniqueViolation(error: unknown): boolean {
  return messagesOf(error).includes('UNIQUE constraint failed')
}

/** D1 is one SQLite database: when its queue is full it refuses, and the caller should come back later. */
export function isOverloaded(error: unknown): boolean {
  return /D1 DB is overloaded|too many requests queued|D1 DB storage operation exceeded timeout/i.test(
    messagesOf(error),
  )
}
