/** The fence of garbage collection: each run raises it to the token of its lock before it deletes anything. */
import { sql } from 'drizzle-orm'
import type { Database } from './database.ts'

/** Reads the token of the fence, the only one that may delete. Key: gc_fence. */
export const selectFence = sql<{ token: number }>`SELECT token FROM gc_fence WHERE id = 1`

/** Reads the token of the latest collection, which tells whether one has begun since; zero before the first. */
export async function readFence(db: Database): Promise<number> {
  const [row] = await db.all<{ token: number }>(selectFence)
  return row?.token ?? 0
}
