/**
 * Blobs of which R2 has lost bytes. A mark (`blobs.lost_at`) makes clients send the content again, and that upload
 * replaces the segments. An upload of an existing blob keeps its own segments until R2 is known to have those of the
 * blob: the sweep deletes segments without an owner at any time, so only owned ones may replace others. Each function
 * is one round trip to D1.
 */
import { sql, type SQL } from 'drizzle-orm'
import type { Digest } from '../../names.ts'
import type { SegmentPlace } from '../../storage/segments.ts'
import { isBroughtBy, placesOf } from './blobs.ts'
import { runBatch, type Database } from '../database.ts'

/**
 * Marks the blob of the segment as lost.
 * Key: blobs, segments.
 *
 * @returns the blob; undefined if it is marked already or does not exist
 */
export async function markLost(db: Database, key: string, now: number): Promise<Digest | undefined> {
  const [marked] = await db.all<{ digest: Digest }>(sql`
    UPDATE blobs SET lost_at = ${now}
    WHERE digest = (SELECT blob_digest FROM segments WHERE key = ${key}) AND lost_at IS NULL RETURNING digest`)
  return marked?.digest
}

/**
 * Marks the blobs of the segments as lost.
 * Key: blobs, segments.
 *
 * @param writtenBefore younger segments are skipped: their upload may just have ended
 */
export function markAllLost(
  db: Database,
  keys: readonly string[],
  writtenBefore: number,
  now: number,
): Promise<{ digest: Digest }[]> {
  return db.all(sql`
    UPDATE blobs SET lost_at = ${now}
    WHERE lost_at IS NULL AND digest IN (
      SELECT blob_digest FROM segments
      WHERE key IN (SELECT value FROM json_each(${JSON.stringify(keys)})) AND created_at <= ${writtenBefore})
    RETURNING digest`)
}

/** Marks those of the blobs whose segments do not add up to their size, because D1 has lost rows. Key: blobs. */
export function markIncomplete(db: Database, digests: readonly Digest[], now: number): Promise<{ digest: Digest }[]> {
  return db.all(sql`
    UPDATE blobs SET lost_at = ${now}
    WHERE lost_at IS NULL AND digest IN (SELECT value FROM json_each(${JSON.stringify(digests)}))
      AND ${isIncomplete}
    RETURNING digest`)
}

/** Index: segments_by_blob. */
const isIncomplete = sql`
  blobs.size_bytes <> coalesce((SELECT sum(segments.size_bytes) FROM segments WHERE blob_digest = blobs.digest), 0)`

/**
 * Removes the mark: R2 has all bytes.
 * Index: segments_by_blob. Key: blobs.
 *
 * @param keys the segments that were read; changes nothing if the blob has others
 */
export async function takeMark(db: Database, digest: Digest, keys: readonly string[]): Promise<boolean> {
  const rows = await db.all(sql`
    UPDATE blobs SET lost_at = NULL
    WHERE digest = ${digest} AND lost_at IS NOT NULL AND NOT (${isIncomplete}) AND NOT EXISTS (
      SELECT 1 FROM segments
      WHERE blob_digest = ${digest} AND key NOT IN (SELECT value FROM json_each(${JSON.stringify(keys)})))
    RETURNING digest`)
  return rows.length === 1
}

/**
 * Returns the segments of a blob that was uploaded again.
 * Index: segments_by_blob. Key: upload_sessions.
 *
 * @returns none if the blob is gone, undefined if the session holds no duplicate of it
 */
export async function segmentsBeside(
  db: Database,
  sessionId: string,
  digest: Digest,
): Promise<SegmentPlace[] | undefined> {
  const rows = await db.all<{ key: string | null; offsetBytes: number | null; sizeBytes: number | null }>(sql`
    SELECT key, segments.offset_bytes AS offsetBytes, size_bytes AS sizeBytes
    FROM upload_sessions LEFT JOIN segments ON segments.blob_digest = ${digest}
    WHERE upload_sessions.id = ${sessionId} AND ${holdsDuplicate(sessionId, digest)}
    ORDER BY segments.offset_bytes`)
  return rows.length === 0 ? undefined : placesOf(rows)
}

/**
 * Replaces the segments of the blob by those of the session, if the blob is marked as lost or still has the lost
 * segment. Otherwise it leaves the session's segments without an owner. One batch decides, since the blob may have been
 * marked or got other segments after R2 was asked.
 * Index: segments_by_blob, segments_by_session. Key: blobs, segments.
 *
 * @param lost the key of the lost segment; undefined if R2 has all of them
 */
export async function settleSegments(
  db: Database,
  sessionId: string,
  digest: Digest,
  lost: string | undefined,
): Promise<void> {
  const isOurs = isBroughtBy(sessionId, digest)
  const holds = holdsDuplicate(sessionId, digest)
  await runBatch(db, {
    blob: sql`
      UPDATE blobs SET session_id = ${sessionId}, lost_at = NULL
      WHERE digest = ${digest} AND ${holds} AND (
        lost_at IS NOT NULL OR digest = (SELECT blob_digest FROM segments WHERE key = ${lost ?? null}))`,
    // Until the end of this batch, the session is the blob's and still holds segments.
    lost: sql`UPDATE segments SET blob_digest = NULL WHERE blob_digest = ${digest} AND ${isOurs} AND ${holds}`,
    taken: sql`
      UPDATE segments SET blob_digest = ${digest}, session_id = NULL
      WHERE session_id = ${sessionId} AND size_bytes IS NOT NULL AND ${isOurs} AND ${holds}`,
    spare: sql`UPDATE segments SET session_id = NULL WHERE session_id = ${sessionId} AND ${holds}`,
  })
}

/**
 * Tells whether the upload ended with this content, which existed already.
 * Index: segments_by_session. Key: upload_sessions.
 */
const holdsDuplicate = (sessionId: string, digest: Digest): SQL => sql`EXISTS (
  SELECT 1 FROM upload_sessions AS ended
  WHERE ended.id = ${sessionId} AND ended.state = 'finished' AND ended.digest = ${digest}
    AND EXISTS (SELECT 1 FROM segments AS held WHERE held.session_id = ended.id))`
