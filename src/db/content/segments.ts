/** Segments without an owner. Each function is one round trip to D1. */
import { sql } from 'drizzle-orm'
import type { SegmentName } from '../../storage/segments.ts'
import type { Database } from '../database.ts'

const isUnowned = sql`session_id IS NULL AND blob_digest IS NULL AND kept_for IS NULL`

/**
 * Deletes expired sessions; the foreign key leaves their segments without an owner.
 * Index: upload_sessions_expiry. Key: upload_sessions.
 *
 * @returns the number of sessions
 */
export async function deleteExpiredSessions(db: Database, now: number, limit: number): Promise<number> {
  // The number of changes would include the segments.
  const rows = await db.all(sql`
    DELETE FROM upload_sessions WHERE id IN (SELECT id FROM upload_sessions WHERE expires_at <= ${now} LIMIT ${limit})
    RETURNING id`)
  return rows.length
}

/** Counts what `findUnownedSegments` would find, up to a bound. Index: segments_unowned. */
export async function unownedSegments(db: Database, writingSince: number): Promise<DeletedSegments> {
  const [row] = await db.all<DeletedSegments>(sql`
    SELECT count(*) AS segments, coalesce(sum(size_bytes), 0) AS bytes FROM (
      SELECT size_bytes FROM segments
      WHERE ${isUnowned} AND (size_bytes IS NOT NULL OR created_at <= ${writingSince})
      LIMIT 10000)`)
  return row ?? { segments: 0, bytes: 0 }
}

/**
 * Finds segments without an owner, the oldest first.
 * Index: segments_unowned.
 *
 * @param writingSince younger segments without a size may still be written
 */
export async function findUnownedSegments(db: Database, writingSince: number, limit: number): Promise<SegmentName[]> {
  const rows = await db.all<{ key: string; multipart_id: string | null }>(sql`
    SELECT key, CASE WHEN size_bytes IS NULL THEN multipart_id END AS multipart_id FROM segments
    WHERE ${isUnowned} AND (size_bytes IS NOT NULL OR created_at <= ${writingSince})
    ORDER BY created_at LIMIT ${limit}`)
  return rows.map(({ key, multipart_id: multipartId }) => ({ key, multipartId: multipartId ?? undefined }))
}

export interface DeletedSegments {
  readonly segments: number
  readonly bytes: number
}

/** Deletes the rows of segments whose objects are deleted. Key: segments. */
export async function deleteSegments(db: Database, keys: readonly string[]): Promise<DeletedSegments> {
  if (keys.length === 0) return { segments: 0, bytes: 0 }
  const rows = await db.all<{ sizeBytes: number | null }>(sql`
    DELETE FROM segments
    WHERE key IN (SELECT value FROM json_each(${JSON.stringify(keys)})) AND ${isUnowned}
    RETURNING size_bytes AS sizeBytes`)
  return { segments: rows.length, bytes: rows.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0) }
}
