/**
 * Upload sessions and the segments that they receive; `upload-completion.ts` makes blobs of them. Each function is one
 * round trip to D1.
 */
import { sql, type SQL } from 'drizzle-orm'
import type { Digest, RepositoryName } from '../../names.ts'
import type { SegmentPlace, StoredSegment } from '../../storage/segments.ts'
import { runBatch, type Database } from '../database.ts'
import { runBatchBy, type Right } from '../access/rights.ts'
import type { uploadSessions } from './schema.ts'

export type UploadSession = typeof uploadSessions.$inferSelect

export interface SessionKey {
  readonly id: string
  readonly repository: RepositoryName
  readonly expiresAt: number
}

export interface SegmentClaim {
  readonly session: SessionKey
  readonly key: string
  readonly multipartId: string | undefined
  /** The start of the chunk, if the sender gave it; otherwise the chunk continues the upload. */
  readonly offsetBytes: number | undefined
  readonly chunkLimit: number
  readonly right: Right
  readonly now: number
}

export interface StoredChunk extends SegmentPlace {
  /** Needed for the first chunk only: several chunks are read again to compute their digest. */
  readonly digest: Digest | undefined
}

/** The columns of `UploadSession`. */
export const sessionColumns = sql`
  id, repository, offset_bytes AS offsetBytes, chunk_count AS chunkCount, digest, state, expires_at AS expiresAt`

/** Finds a session. Key: upload_sessions. */
export async function findSession(db: Database, id: string): Promise<UploadSession | undefined> {
  const [session] = await db.all<UploadSession>(sql`SELECT ${sessionColumns} FROM upload_sessions WHERE id = ${id}`)
  return session
}

/**
 * Claims a segment before it is stored, if the session can take it. The first one inserts the row of the session.
 * Key: upload_sessions.
 *
 * @returns the offset of the segment; undefined if the session cannot take it
 */
export async function claimSegment(db: Database, claim: SegmentClaim): Promise<number | undefined> {
  const { session, key, multipartId, offsetBytes, chunkLimit, right, now } = claim
  const { claimed } = await runBatchBy(
    db,
    right,
    {
      session: sql`
      INSERT INTO upload_sessions (id, repository, offset_bytes, chunk_count, state, expires_at)
      VALUES (${session.id}, ${session.repository}, 0, 0, 'open', ${session.expiresAt})
      ON CONFLICT (id) DO NOTHING`,
      claimed: sql<{ offsetBytes: number }>`
      INSERT INTO segments (key, session_id, multipart_id, offset_bytes, created_at)
      SELECT ${key}, id, ${multipartId ?? null}, offset_bytes, ${now} FROM upload_sessions
      WHERE id = ${session.id} AND state = 'open' AND chunk_count < ${chunkLimit}
        AND offset_bytes = coalesce(${offsetBytes ?? null}, offset_bytes)
      ON CONFLICT (key) DO UPDATE SET created_at = excluded.created_at
      RETURNING offset_bytes AS offsetBytes`,
    },
    'repeatable',
  )
  return claimed.first?.offsetBytes
}

/** Commits a stored chunk. @returns whether it counts; if not, its segment is of no use */
export async function commitChunk(db: Database, sessionId: string, chunk: StoredChunk): Promise<boolean> {
  const { appended } = await runBatch(db, appendChunk(sessionId, chunk), 'repeatable')
  return appended.rows.length === 1
}

/** Leaves a useless segment without an owner, so that the sweep deletes it. */
export async function releaseSegment(db: Database, segment: SegmentPlace, now: number): Promise<void> {
  const { key, offsetBytes, sizeBytes } = segment
  // Inserts the row again if the sweep deleted it, because writing took longer than the sweep waits.
  await db.run(sql`
    INSERT INTO segments (key, offset_bytes, size_bytes, created_at)
    VALUES (${key}, ${offsetBytes}, ${sizeBytes}, ${now})
    ON CONFLICT (key) DO UPDATE SET session_id = NULL, size_bytes = excluded.size_bytes`)
}

/**
 * Stores the digest of the received bytes, which were read again. Changes nothing if more bytes came meanwhile.
 * Key: upload_sessions.
 */
export async function setSessionDigest(db: Database, session: UploadSession, digest: Digest): Promise<void> {
  await db.run(sql`UPDATE upload_sessions SET digest = ${digest} WHERE ${isAsRead(session)}`)
}

/**
 * Claims the segment that will replace all of the session's, before it is stored.
 * Key: upload_sessions.
 *
 * @returns whether the session is unchanged since it was read
 */
export async function claimReplacement(
  db: Database,
  session: UploadSession,
  key: string,
  now: number,
): Promise<boolean> {
  const { claimed } = await runBatch(db, {
    claimed: sql`
      INSERT INTO segments (key, session_id, offset_bytes, created_at)
      SELECT ${key}, id, 0, ${now} FROM upload_sessions WHERE ${isAsRead(session)}`,
  })
  return claimed.changes === 1
}

/**
 * Replaces all segments of the session by one stored segment with this digest. Changes nothing if more bytes came
 * meanwhile. The replaced segments lose their owner, so the sweep deletes them.
 * Index: segments_by_session. Key: segments, upload_sessions.
 */
export async function replaceSegments(db: Database, session: UploadSession, segment: StoredSegment): Promise<void> {
  const { key, sizeBytes, digest } = segment
  const isClaimed = sql`EXISTS (SELECT 1 FROM segments WHERE key = ${key} AND session_id = ${session.id})`
  const asRead = sql`EXISTS (SELECT 1 FROM upload_sessions WHERE ${isAsRead(session)}) AND ${isClaimed}`
  await runBatch(db, {
    replaced: sql`
      UPDATE segments SET session_id = NULL
      WHERE session_id = ${session.id} AND size_bytes IS NOT NULL AND key != ${key} AND ${asRead}`,
    segment: sql`UPDATE segments SET size_bytes = ${sizeBytes} WHERE key = ${key} AND ${asRead}`,
    session: sql`
      UPDATE upload_sessions SET digest = ${digest}, chunk_count = 1 WHERE ${isAsRead(session)} AND ${isClaimed}`,
  })
}

/** Tells whether the session is open and has got no further chunk. */
const isAsRead = ({ id, offsetBytes }: UploadSession): SQL =>
  sql`upload_sessions.id = ${id} AND upload_sessions.state = 'open' AND upload_sessions.offset_bytes = ${offsetBytes}`

/** Lists the stored segments of a session. Index: segments_by_session. */
export async function segmentsOfSession(db: Database, id: string): Promise<SegmentPlace[]> {
  return db.all<SegmentPlace>(sql`
    SELECT key, offset_bytes AS offsetBytes, size_bytes AS sizeBytes FROM segments
    WHERE session_id = ${id} AND size_bytes IS NOT NULL ORDER BY offset_bytes`)
}

/**
 * Cancels a session, whose segments lose their owner.
 * Index: segments_by_session. Key: upload_sessions.
 *
 * @returns false if it had ended already
 */
export async function cancelSession(db: Database, session: SessionKey): Promise<boolean> {
  const { cancelled } = await runBatch(db, {
    cancelled: sql`
      INSERT INTO upload_sessions (id, repository, offset_bytes, chunk_count, state, expires_at)
      VALUES (${session.id}, ${session.repository}, 0, 0, 'cancelled', ${session.expiresAt})
      ON CONFLICT (id) DO UPDATE SET state = 'cancelled' WHERE state = 'open'`,
    segments: sql`
      UPDATE segments SET session_id = NULL
      WHERE session_id = ${session.id}
        AND EXISTS (SELECT 1 FROM upload_sessions WHERE id = ${session.id} AND state = 'cancelled')`,
  })
  return cancelled.changes === 1
}

/**
 * Tells whether a segment counts for its session, also after an earlier try whose answer was lost: only appending sets
 * the size of a segment.
 */
export const isAppended = (sessionId: string): SQL =>
  sql`size_bytes IS NOT NULL AND (session_id = ${sessionId} OR blob_digest IS NOT NULL)`

/**
 * Makes a stored segment the next chunk, unless another request was faster or the session has ended: a segment that the
 * session no longer owns may be swept at any time. `appended` returns a row if the chunk counts.
 * Key: segments, upload_sessions.
 */
export function appendChunk(sessionId: string, chunk: StoredChunk) {
  const open = sql`id = ${sessionId} AND state = 'open' AND offset_bytes = ${chunk.offsetBytes}`
  return {
    appended: sql`
      UPDATE segments SET size_bytes = ${chunk.sizeBytes}
      WHERE key = ${chunk.key}
        AND (${isAppended(sessionId)} OR session_id = ${sessionId} AND EXISTS (SELECT 1 FROM upload_sessions WHERE ${open}))
      RETURNING key`,
    session: sql`
      UPDATE upload_sessions
      SET offset_bytes = offset_bytes + ${chunk.sizeBytes}, chunk_count = chunk_count + 1,
        digest = CASE WHEN chunk_count = 0 THEN ${chunk.digest ?? null} END
      WHERE ${open} AND EXISTS (SELECT 1 FROM segments WHERE key = ${chunk.key} AND ${isAppended(sessionId)})`,
  }
}
