/** Upload sessions and the segments they receive. Each function is one round trip to D1. */
import { and, eq, sql } from 'drizzle-orm'
import type { Digest, RepositoryName } from '../names.ts'
import type { Database, Statement } from './database.ts'
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
  readonly now: number
}

export interface StoredChunk {
  readonly key: string
  readonly offsetBytes: number
  readonly sizeBytes: number
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
 * @returns whether the segment was accepted, and the session to say why not or where the chunk starts
 */
export async function claimSegment(
  db: Database,
  claim: SegmentClaim,
): Promise<{ accepted: boolean; session: UploadSession }> {
  const { session, key, multipartId, offsetBytes, chunkLimit, now } = claim
  const [, inserted, [row]] = await db.batch([
    db.run(sql`
      INSERT INTO upload_sessions (id, repository, offset_bytes, chunk_count, state, expires_at)
      VALUES (${session.id}, ${session.repository}, 0, 0, 'open', ${session.expiresAt})
      ON CONFLICT (id) DO NOTHING`),
    db.run(sql`
      INSERT INTO segments (key, session_id, multipart_id, offset_bytes, created_at)
      SELECT ${key}, id, ${multipartId ?? null}, offset_bytes, ${now} FROM upload_sessions
      WHERE id = ${session.id} AND state = 'open' AND chunk_count < ${chunkLimit}
        AND offset_bytes = coalesce(${offsetBytes ?? null}, offset_bytes)`),
    db.select().from(uploadSessions).where(eq(uploadSessions.id, session.id)),
  ])
  if (row === undefined) throw new Error(`upload session ${session.id} vanished while it was claimed`)
  return { accepted: inserted.meta.changes === 1, session: row }
}

/** The segment is in R2: it becomes the next chunk, unless another request was faster or the session has ended. */
function appendChunk(db: Database, sessionId: string, chunk: StoredChunk) {
  const open = sql`state = 'open' AND offset_bytes = ${chunk.offsetBytes}`
  return [
    db.run(sql`
      UPDATE segments SET size_bytes = ${chunk.sizeBytes}
      WHERE key = ${chunk.key} AND EXISTS (SELECT 1 FROM upload_sessions WHERE id = ${sessionId} AND ${open})`),
    db.run(sql`
      UPDATE upload_sessions
      SET offset_bytes = offset_bytes + ${chunk.sizeBytes}, chunk_count = chunk_count + 1,
        digest = CASE WHEN chunk_count = 0 THEN ${chunk.digest ?? null} END
      WHERE id = ${sessionId} AND ${open}`),
  ] as const
}

/** @returns whether the chunk counts; if not, its segment was left to the sweep */
export async function commitChunk(db: Database, sessionId: string, chunk: StoredChunk): Promise<boolean> {
  const [, moved] = await db.batch(appendChunk(db, sessionId, chunk))
  if (moved.meta.changes === 1) return true
  await releaseSegment(db, chunk.key, chunk.sizeBytes)
  return false
}

/** A segment that was stored for nothing: belongs to no one from here on, so the sweep deletes it. */
export async function releaseSegment(db: Database, key: string, sizeBytes: number): Promise<void> {
  await db.update(segments).set({ sessionId: null, sizeBytes }).where(eq(segments.key, key))
}

/** What was received was read again and has this digest; void when more bytes came meanwhile. */
export async function setSessionDigest(db: Database, session: UploadSession, digest: Digest): Promise<void> {
  await db
    .update(uploadSessions)
    .set({ digest })
    .where(and(eq(uploadSessions.id, session.id), eq(uploadSessions.offsetBytes, session.offsetBytes)))
}

export async function segmentsOfSession(db: Database, id: string) {
  const rows = await db
    .select({ key: segments.key, offsetBytes: segments.offsetBytes, sizeBytes: segments.sizeBytes })
    .from(segments)
    .where(and(eq(segments.sessionId, id), sql`size_bytes IS NOT NULL`))
    .orderBy(segments.offsetBytes)
  return rows.map(({ key, offsetBytes, sizeBytes }) => ({ key, offsetBytes, sizeBytes: sizeBytes ?? 0 }))
}

/** Ends a session before its time; its segments belong to no one then. @returns false when it had ended already */
export async function cancelSession(db: Database, session: SessionKey): Promise<boolean> {
  const [cancelled] = await db.batch([
    db.run(sql`
      INSERT INTO upload_sessions (id, repository, offset_bytes, chunk_count, state, expires_at)
      VALUES (${session.id}, ${session.repository}, 0, 0, 'cancelled', ${session.expiresAt})
      ON CONFLICT (id) DO UPDATE SET state = 'cancelled' WHERE state = 'open'`),
    db.run(sql`
      UPDATE segments SET session_id = NULL
      WHERE session_id = ${session.id}
        AND EXISTS (SELECT 1 FROM upload_sessions WHERE id = ${session.id} AND state = 'cancelled')`),
  ])
  return cancelled.meta.changes === 1
}

/**
 * Ends a session whose content has the digest and makes it a blob of its repository: all in one batch, which for a
 * session that is not ready changes nothing but the chunk.
 *
 * @param last a chunk that came with the closing request; `empty` for content of zero bytes
 * @returns the session as it is now, undefined if it never had a row, and whether the chunk was appended
 */
export async function closeSession(
  db: Database,
  session: SessionKey,
  digest: Digest,
  last: StoredChunk | 'empty' | undefined,
  now: number,
): Promise<{ session: UploadSession | undefined; appended: boolean }> {
  const find = db.select().from(uploadSessions).where(eq(uploadSessions.id, session.id))
  const finish = [...linkStatements(db, session, digest, now), find] as const
  if (last === undefined) {
    const [, , , , , [row]] = await db.batch(finish)
    return { session: row, appended: true }
  }
  if (last === 'empty') {
    const [, , , , , , [row]] = await db.batch([openEmptySession(db, session, digest), ...finish])
    return { session: row, appended: true }
  }
  const [, appended, , , , , , [row]] = await db.batch([...appendChunk(db, session.id, last), ...finish])
  return { session: row, appended: appended.meta.changes === 1 }
}

/** For content that the registry itself stores, such as a large manifest: a blob that no repository serves as such. */
export function adoptStatements(
  db: Database,
  session: SessionKey,
  chunk: StoredChunk,
  digest: Digest,
  now: number,
): Statement[] {
  return [
    ...appendChunk(db, session.id, chunk),
    ...blobStatements(db, session, digest, now),
    finishStatement(db, session, digest),
  ]
}

const ready = (session: SessionKey, digest: Digest) =>
  sql`upload_sessions.id = ${session.id} AND state = 'open' AND upload_sessions.digest = ${digest}`

/** Each statement asks again whether the session is open and has the digest: together they do everything or nothing. */
function linkStatements(db: Database, session: SessionKey, digest: Digest, now: number) {
  return [
    db.run(sql`
      INSERT INTO repositories (name, created_at)
      SELECT repository, ${now} FROM upload_sessions WHERE ${ready(session, digest)}
      ON CONFLICT (name) DO NOTHING`),
    ...blobStatements(db, session, digest, now),
    db.run(sql`
      INSERT INTO repository_blobs (repository_id, digest, linked_at)
      SELECT repositories.id, upload_sessions.digest, ${now}
      FROM upload_sessions JOIN repositories ON repositories.name = upload_sessions.repository
      WHERE ${ready(session, digest)}
      ON CONFLICT (repository_id, digest) DO UPDATE SET linked_at = excluded.linked_at`),
    finishStatement(db, session, digest),
  ] as const
}

/** When the blob is there already its own segments stay, and the new ones belong to no one. */
function blobStatements(db: Database, session: SessionKey, digest: Digest, now: number) {
  return [
    db.run(sql`
      INSERT INTO blobs (digest, size_bytes, session_id, created_at)
      SELECT digest, offset_bytes, id, ${now} FROM upload_sessions WHERE ${ready(session, digest)}
      ON CONFLICT (digest) DO NOTHING`),
    db.run(sql`
      UPDATE segments SET session_id = NULL,
        blob_digest = CASE WHEN size_bytes IS NOT NULL
          THEN (SELECT digest FROM blobs WHERE digest = ${digest} AND session_id = ${session.id}) END
      WHERE session_id = ${session.id} AND EXISTS (SELECT 1 FROM upload_sessions WHERE ${ready(session, digest)})`),
  ] as const
}

function finishStatement(db: Database, session: SessionKey, digest: Digest) {
  return db.run(sql`UPDATE upload_sessions SET state = 'finished' WHERE ${ready(session, digest)}`)
}

/** A zero-byte upload has no chunk that could have made its row. */
function openEmptySession(db: Database, session: SessionKey, digest: Digest) {
  return db.run(sql`
    INSERT INTO upload_sessions (id, repository, offset_bytes, chunk_count, digest, state, expires_at)
    VALUES (${session.id}, ${session.repository}, 0, 0, ${digest}, 'open', ${session.expiresAt})
    ON CONFLICT (id) DO UPDATE SET digest = ${digest} WHERE state = 'open' AND offset_bytes = 0`)
}
