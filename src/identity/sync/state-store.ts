/** How the last sync ended, and how many entries its searches found. Each function is one round trip. */
import { sql } from 'drizzle-orm'
import { runBatch, type Database } from '../../db/database.ts'

export interface SyncState {
  readonly outcome: 'done' | 'held' | 'failed'
  /** Why it was held back or failed; of one that was carried out, what it left as it is. */
  readonly reason: string
  readonly jobId: string
  readonly endedAt: number
  /** The end of the last one that was carried out; null for none yet. */
  readonly doneAt: number | null
}

/** Reads how the last sync ended; undefined for none. Key: directory_syncs. */
export async function readSyncState(db: Database): Promise<SyncState | undefined> {
  const [row] = await db.all<SyncState>(sql`
    SELECT outcome, reason, job_id AS jobId, ended_at AS endedAt, done_at AS doneAt FROM directory_syncs WHERE id = 1`)
  return row
}

/** Records a sync that changed nothing. */
export async function recordUndone(
  db: Database,
  { outcome, reason, jobId, now }: { outcome: 'held' | 'failed'; reason: string; jobId: string; now: number },
): Promise<void> {
  await db.run(sql`
    INSERT INTO directory_syncs (id, outcome, reason, job_id, ended_at) VALUES (1, ${outcome}, ${reason}, ${jobId}, ${now})
    ON CONFLICT (id) DO UPDATE SET outcome = excluded.outcome, reason = excluded.reason, job_id = excluded.job_id,
      ended_at = excluded.ended_at`)
}

export interface DoneSync {
  readonly jobId: string
  /** What the searches found. */
  readonly searches: readonly { readonly search: string; readonly found: number }[]
  /** Which teams and others it left as they are, and why; empty for none. */
  readonly left: string
  readonly now: number
}

/** Records a sync that was carried out. Scan: search_counts, one row for each search. */
export async function recordDone(db: Database, { jobId, searches, left, now }: DoneSync): Promise<void> {
  const counts = JSON.stringify(searches)
  await runBatch(
    db,
    {
      forgotten: sql`
        DELETE FROM search_counts WHERE search NOT IN (SELECT value ->> 'search' FROM json_each(${counts}))`,
      counted: sql`
        INSERT INTO search_counts (search, found)
        SELECT value ->> 'search', value ->> 'found' FROM json_each(${counts}) WHERE true
        ON CONFLICT (search) DO UPDATE SET found = excluded.found`,
      state: sql`
        INSERT INTO directory_syncs (id, outcome, reason, job_id, ended_at, done_at)
        VALUES (1, 'done', ${left}, ${jobId}, ${now}, ${now})
        ON CONFLICT (id) DO UPDATE SET outcome = 'done', reason = excluded.reason, job_id = excluded.job_id,
          ended_at = excluded.ended_at, done_at = excluded.done_at`,
    },
    'repeatable',
  )
}

/** Reads how many entries searches found in the last sync. Key: search_counts. */
export async function readSearchCounts(
  db: Database,
  searches: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await db.all<{ search: string; found: number }>(sql`
    SELECT search, found FROM search_counts WHERE search IN (SELECT value FROM json_each(${JSON.stringify(searches)}))`)
  return new Map(rows.map(({ search, found }) => [search, found]))
}
