/** Upload sessions and the segments they receive. Each function is one round trip to D1. */
import { and, eq, sql, type SQL } from 'drizzle-orm'
import type { Digest, RepositoryName } from '../../names.ts'
import type { SegmentPlace, StoredSegment } from '../../storage/segments.ts'
import { renewedLink } from './blobs.ts'
import { runBatch, type Database } from '../database.ts'
import { makeRepositoryOnPush, type Push } from '../repositories/repositories.ts'
import { runBatchBy, type Right } from '../access/rights.ts'
import { segments, uploadSessions } from './schema.ts'

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
  /** Where the sender says that the chunk starts; undefined takes it as the continuation. */
  readonly offsetBytes: number | undefined
  readonly chunkLimit: number
  readonly right: Right
  readonly now: number
}

export interface StoredChunk extends SegmentPlace {
  /** Needed of the first chunk only: the digest of several chunks is found by reading them again. */
  readonly digest: Digest | undefined
}

export async function findSession(db: Database, id: string): Promise<UploadSession | undefined> {
  return db.select().from(uploadSessions).where(eq(uploadSessions.id, id)).get()
}

/**
 * Writes down a segment that is about to be stored, provided that the session can take it, and makes the session's row
 * with its first byte.
 *
 * @returns the byte at which the segment starts; undefined when the session cannot take it
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

/** @returns whether the chunk counts; if not, its segment was left to the sweep */
export async function commitChunk(db: Database, sessionId: string, chunk: StoredChunk, now: number): Promise<boolean> {
  const { appended } = await runBatch(db, appendChunk(sessionId, chunk), 'repeatable')
  if (appended.rows.length === 1) return true
  await releaseSegment(db, chunk, now)
  return false
}

/** A segment that was stored for nothing: belongs to no one from here on, so the sweep deletes it. */
export async function releaseSegment(db: Database, segment: SegmentPlace, now: number): Promise<void> {
  const { key, offsetBytes, sizeBytes } = segment
  // Should its row be gone, because writing took longer than the sweep waits, it gets one again.
  await db
    .insert(segments)
    .values({ key, offsetBytes, sizeBytes, createdAt: now })
    .onConflictDoUpdate({ target: segments.key, set: { sessionId: null, sizeBytes } })
}

/** What was received was read again and has this digest; void when more bytes came meanwhile. */
export async function setSessionDigest(db: Database, session: UploadSession, digest: Digest): Promise<void> {
  await db.update(uploadSessions).set({ digest }).where(isAsRead(session))
}

/**
 * Writes down the segment that is to replace all of a session's, before it is stored.
 *
 * @returns whether the session is still as it was read
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
 * Puts one segment, which has been stored by now and has this digest, in the place of all that the session has; void when
 * more bytes came meanwhile. Those that it replaces belong to nothing from here on, so the sweep deletes them.
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

/** No chunk has been added since, and nothing has ended it. */
const isAsRead = ({ id, offsetBytes }: UploadSession): SQL =>
  sql`upload_sessions.id = ${id} AND upload_sessions.state = 'open' AND upload_sessions.offset_bytes = ${offsetBytes}`

export async function segmentsOfSession(db: Database, id: string): Promise<SegmentPlace[]> {
  const rows = await db
    .select({ key: segments.key, offsetBytes: segments.offsetBytes, sizeBytes: segments.sizeBytes })
    .from(segments)
    .where(and(eq(segments.sessionId, id), sql`size_bytes IS NOT NULL`))
    .orderBy(segments.offsetBytes)
  return rows.map(({ key, offsetBytes, sizeBytes }) => ({ key, offsetBytes, sizeBytes: sizeBytes ?? 0 }))
}

/** Ends a session before its time; its segments belong to no one then. @returns false when it had ended already */
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
 * Ends a session whose content has the digest and makes it a blob of its repository: all in one batch, which for a
 * session that is not ready changes nothing but the chunk.
 *
 * @param last a chunk that came with the closing request; `empty` for content of zero bytes
 * @returns the session as it is now, undefined if it never had a row; whether the chunk was appended; whether the
 *   repository is there, without which nothing is linked; and whether the blob was there before, so that the session
 *   keeps its segments (see `db/content/lost-content.ts`)
 */
export async function closeSession(
  db: Database,
  session: SessionKey,
  digest: Digest,
  last: StoredChunk | 'empty' | undefined,
  push: Push,
  now: number,
): Promise<{
  session: UploadSession | undefined
  appended: boolean
  linked: boolean
  hasRepository: boolean
  isDuplicate: boolean
}> {
  const chunk = last === 'empty' ? undefined : last
  const { linked, found } = await runBatchBy(
    db,
    push.right,
    {
      appended: chunk && Object.values(appendChunk(session.id, chunk)),
      opened: last === 'empty' ? openEmptySession(session, digest) : undefined,
      ...linkBlob(session, digest, push, now),
      finished: finish(session, digest),
      found: selectSession(session, chunk?.key),
    },
    // Done again it finds a session that is finished, which is confirmed.
    'repeatable',
  )
  const row = found.first
  return {
    session: row,
    appended: row?.isAppended === 1,
    // With what triggers write.
    linked: linked.changes > 0,
    hasRepository: row?.hasRepository === 1,
    isDuplicate: row?.isDuplicate === 1,
  }
}

/** For content that the registry itself stores, such as a large manifest: a blob that no repository serves as such. */
export function adoptChunk(session: SessionKey, chunk: StoredChunk, digest: Digest, now: number): SQL[] {
  return [...Object.values(appendChunk(session.id, chunk)), ...makeBlob(session, digest, now), finish(session, digest)]
}

interface SessionFacts {
  readonly hasRepository: number
  readonly isDuplicate: number
  readonly isAppended: number
}

/**
 * Whether a segment counts for its session, also when it was appended by an earlier try whose answer was lost: it gets its
 * size only when it is appended.
 */
const isAppended = (sessionId: string): SQL =>
  sql`size_bytes IS NOT NULL AND (session_id = ${sessionId} OR blob_digest IS NOT NULL)`

/** @param key of the segment that was to be appended */
const selectSession = ({ id }: SessionKey, key = ''): SQL<UploadSession & SessionFacts> => sql`
  SELECT id, repository, offset_bytes AS offsetBytes, chunk_count AS chunkCount, digest, state, expires_at AS expiresAt,
    ${hasRepository} AS hasRepository,
    EXISTS (SELECT 1 FROM segments WHERE key = ${key} AND ${isAppended(id)}) AS isAppended,
    state = 'finished' AND EXISTS (SELECT 1 FROM segments WHERE session_id = upload_sessions.id) AS isDuplicate
  FROM upload_sessions WHERE id = ${id}`

/**
 * The segment is in R2: it becomes the next chunk, unless another request was faster or the session has ended. `appended`
 * returns a row when the chunk counts.
 */
function appendChunk(sessionId: string, chunk: StoredChunk) {
  const open = sql`id = ${sessionId} AND state = 'open' AND offset_bytes = ${chunk.offsetBytes}`
  return {
    appended: sql`
      UPDATE segments SET size_bytes = ${chunk.sizeBytes}
      WHERE key = ${chunk.key} AND (${isAppended(sessionId)} OR EXISTS (SELECT 1 FROM upload_sessions WHERE ${open}))
      RETURNING key`,
    session: sql`
      UPDATE upload_sessions
      SET offset_bytes = offset_bytes + ${chunk.sizeBytes}, chunk_count = chunk_count + 1,
        digest = CASE WHEN chunk_count = 0 THEN ${chunk.digest ?? null} END
      WHERE ${open}`,
  }
}

/** A zero-byte upload has no chunk that could have made its row. */
const openEmptySession = (session: SessionKey, digest: Digest): SQL => sql`
  INSERT INTO upload_sessions (id, repository, offset_bytes, chunk_count, digest, state, expires_at)
  VALUES (${session.id}, ${session.repository}, 0, 0, ${digest}, 'open', ${session.expiresAt})
  ON CONFLICT (id) DO UPDATE SET digest = ${digest} WHERE state = 'open' AND offset_bytes = 0`

const hasRepository = sql`EXISTS (SELECT 1 FROM repositories WHERE name = upload_sessions.repository)`

const isReady = (session: SessionKey, digest: Digest): SQL =>
  sql`upload_sessions.id = ${session.id} AND state = 'open' AND upload_sessions.digest = ${digest}`

/** Each statement asks again whether the session is open and has the digest: together they do everything or nothing. */
function linkBlob(session: SessionKey, digest: Digest, push: Push, now: number) {
  const ready = sql`EXISTS (SELECT 1 FROM upload_sessions WHERE ${isReady(session, digest)})`
  return {
    repository: makeRepositoryOnPush(push, now, ready),
    blob: makeBlob(session, digest, now),
    linked: sql`
      INSERT INTO repository_blobs (repository_id, digest, linked_at)
      SELECT repositories.id, upload_sessions.digest, ${now}
      FROM upload_sessions JOIN repositories ON repositories.name = upload_sessions.repository
      WHERE ${isReady(session, digest)}
      ON CONFLICT (repository_id, digest) DO UPDATE SET linked_at = ${renewedLink}`,
  }
}

/**
 * When the blob is there already its own segments stay, and the session keeps the new ones until it is known that R2 still
 * has the others. A blob that is marked as lost lets its segments go and takes the new ones. Without a repository to link
 * it there is no blob: nothing would ever look at it again.
 */
function makeBlob(session: SessionKey, digest: Digest, now: number): SQL[] {
  const ready = sql`${isReady(session, digest)} AND ${hasRepository}`
  const isOurs = sql`EXISTS (SELECT 1 FROM blobs WHERE digest = ${digest} AND session_id = ${session.id})`
  return [
    sql`
      UPDATE segments SET blob_digest = NULL
      WHERE blob_digest = (SELECT digest FROM blobs WHERE digest = ${digest} AND lost_at IS NOT NULL)
        AND EXISTS (SELECT 1 FROM upload_sessions WHERE ${ready})`,
    sql`
      INSERT INTO blobs (digest, size_bytes, session_id, created_at)
      SELECT digest, offset_bytes, id, ${now} FROM upload_sessions WHERE ${ready}
      ON CONFLICT (digest) DO UPDATE SET session_id = excluded.session_id, lost_at = NULL WHERE lost_at IS NOT NULL`,
    sql`
      UPDATE segments SET
        blob_digest = CASE WHEN size_bytes IS NOT NULL AND ${isOurs} THEN ${digest} END,
        session_id = CASE WHEN size_bytes IS NOT NULL AND NOT ${isOurs} THEN session_id END
      WHERE session_id = ${session.id} AND EXISTS (SELECT 1 FROM upload_sessions WHERE ${ready})`,
  ]
}

const finish = (session: SessionKey, digest: Digest): SQL =>
  sql`
    UPDATE upload_sessions SET state = 'finished'
    WHERE ${isReady(session, digest)} AND ${hasRepository}`
