/** Ends uploads: the segments of a session become a blob. Each function is one round trip to D1. */
import { sql, type SQL } from 'drizzle-orm'
import type { Digest } from '../../names.ts'
import { runBatchBy } from '../access/rights.ts'
import type { Database } from '../database.ts'
import { makeRepositoryOnPush, type Push } from '../repositories/repositories.ts'
import { isBroughtBy, renewedLink } from './blobs.ts'
import {
  appendChunk,
  isAppended,
  sessionColumns,
  type SessionKey,
  type StoredChunk,
  type UploadSession,
} from './uploads.ts'

/**
 * Ends a session whose content has the digest, and makes the content a blob of its repository, in one batch. For a
 * session that is not ready it only appends the chunk.
 *
 * @param last a chunk of the closing request; `empty` for content of zero bytes
 * @returns the session as it is now, undefined if it never had a row; whether the chunk was appended; whether the
 *   repository exists, without which no blob is linked; and whether the blob existed before, so that the session keeps
 *   its segments (see `db/content/lost-content.ts`)
 */
export async function closeUploadSession(
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
    // A retry finds the finished session, and confirms it.
    'repeatable',
  )
  const row = found.first
  return {
    session: row,
    appended: row?.isAppended === 1,
    // Includes the writes of triggers.
    linked: linked.changes > 0,
    hasRepository: row?.hasRepository === 1,
    isDuplicate: row?.isDuplicate === 1,
  }
}

/** Stores content of the registry itself, such as a large manifest, as a blob that no repository serves. */
export function adoptChunk(session: SessionKey, chunk: StoredChunk, digest: Digest, now: number): SQL[] {
  return [...Object.values(appendChunk(session.id, chunk)), ...makeBlob(session, digest, now), finish(session, digest)]
}

interface SessionFacts {
  readonly hasRepository: number
  readonly isDuplicate: number
  readonly isAppended: number
}

/**
 * Reads the session and the results of the batch.
 * Index: segments_by_session. Key: segments, upload_sessions.
 *
 * @param key the segment that the batch should append
 */
const selectSession = ({ id }: SessionKey, key = ''): SQL<UploadSession & SessionFacts> => sql`
  SELECT ${sessionColumns},
    ${hasRepository} AS hasRepository,
    EXISTS (SELECT 1 FROM segments WHERE key = ${key} AND ${isAppended(id)}) AS isAppended,
    state = 'finished' AND EXISTS (SELECT 1 FROM segments WHERE session_id = upload_sessions.id) AS isDuplicate
  FROM upload_sessions WHERE id = ${id}`

/** Inserts the row of an empty upload, which has no chunk to do so. */
const openEmptySession = (session: SessionKey, digest: Digest): SQL => sql`
  INSERT INTO upload_sessions (id, repository, offset_bytes, chunk_count, digest, state, expires_at)
  VALUES (${session.id}, ${session.repository}, 0, 0, ${digest}, 'open', ${session.expiresAt})
  ON CONFLICT (id) DO UPDATE SET digest = ${digest} WHERE state = 'open' AND offset_bytes = 0`

/** Index: repositories_name_unique. */
const hasRepository = sql`EXISTS (SELECT 1 FROM repositories WHERE name = upload_sessions.repository)`

const isReady = (session: SessionKey, digest: Digest): SQL =>
  sql`upload_sessions.id = ${session.id} AND state = 'open' AND upload_sessions.digest = ${digest}`

/**
 * Builds statements that each check that the session is open and has the digest: all take effect, or none.
 * Index: repositories_name_unique. Key: upload_sessions.
 */
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
 * Builds the statements that make the segments of a session a blob. An existing blob keeps its own segments, and the
 * session keeps the new ones until R2 is known to have those of the blob. A blob that is marked as lost takes the new
 * ones. Without a repository to link it to, no blob is made: no review would ever look at it.
 * Index: segments_by_blob, segments_by_session. Key: blobs, upload_sessions.
 */
function makeBlob(session: SessionKey, digest: Digest, now: number): SQL[] {
  const ready = sql`${isReady(session, digest)} AND ${hasRepository}`
  const isOurs = isBroughtBy(session.id, digest)
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

/** Ends the session. Key: upload_sessions. */
const finish = (session: SessionKey, digest: Digest): SQL =>
  sql`
    UPDATE upload_sessions SET state = 'finished'
    WHERE ${isReady(session, digest)} AND ${hasRepository}`
