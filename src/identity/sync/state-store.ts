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
  /** How long that one took; null for none yet. */
  readonly doneMilliseconds: number | null
  /** The users that all syncs have created and deactivated, and the syncs that were held back or failed. */
  readonly created: number
  readonly deactivated: number
  readonly failures: number
}

/** Reads how the last sync ended; undefined for none. Key: directory_syncs. */
export async function readSyncState(db: Database): Promise<SyncState | undefined> {
  const [row] = await db.all<SyncState>(sql`
    SELECT outcome, reason, job_id AS jobId, ended_at AS endedAt, done_at AS doneAt, done_milliseconds AS doneMilliseconds,
      created, deactivated, failures
    FROM directory_syncs WHERE id = 1`)
  return row
}

/** Records a sync that changed nothing. Each job counts once. */
export async function recordUndone(
  db: Database,
  { outcome, reason, jobId, now }: { outcome: 'held' | 'failed'; reason: string; jobId: string; now: number },
): Promise<void> {
  await db.run(sql`
    INSERT INTO directory_syncs (id, outcome, reason, job_id, ended_at, failures)
    VALUES (1, ${outcome}, ${reason}, ${jobId}, ${now}, 1)
    ON CONFLICT (id) DO UPDATE SET failures = failures + iif(job_id = excluded.job_id, 0, 1),
      outcome = excluded.outcome, reason = excluded.reason, job_id = excluded.job_id, ended_at = excluded.ended_at`)
}

export interface DoneSync {
  readonly jobId: string
  /** What the searches found. */
  readonly searches: readonly { readonly search: string; readonly found: number }[]
  /** Which teams and others it left as they are, and why; empty for none. */
  readonly left: string
  /** The users that it has created and deactivated. */
  readonly counts: { readonly created: number; readonly deactivated: number }
  readonly startedAt: number
  readonly now: number
}

/** Records a sync that was carried out. Each job counts once. Scan: search_counts, one row for each search. */
export async function recordDone(db: Database, done: DoneSync): Promise<void> {
  const { jobId, left, counts, startedAt, now } = done
  const searches = JSON.stringify(done.searches)
  await runBatch(
    db,
    {
      forgotten: sql`
        DELETE FROM search_counts WHERE search NOT IN (SELECT value ->> 'search' FROM json_each(${searches}))`,
      counted: sql`
        INSERT INTO search_counts (search, found)
        SELECT value ->> 'search', value ->> 'found' FROM json_each(${searches}) WHERE true
        ON CONFLICT (search) DO UPDATE SET found = excluded.found`,
      state: sql`
        INSERT INTO directory_syncs
          (id, outcome, reason, job_id, ended_at, done_at, done_milliseconds, created, deactivated)
        VALUES (1, 'done', ${left}, ${jobId}, ${now}, ${now}, ${now - startedAt}, ${counts.created}, ${counts.deactivated})
        ON CONFLICT (id) DO UPDATE SET
          created = created + iif(job_id = excluded.job_id AND outcome = 'done', 0, excluded.created),
          deactivated = deactivated + iif(job_id = excluded.job_id AND outcome = 'done', 0, excluded.deactivated),
          done_milliseconds = excluded.done_milliseconds, outcome = 'done', reason = excluded.reason, job_id = excluded.job_id,
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
