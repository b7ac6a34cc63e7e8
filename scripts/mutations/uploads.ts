/** Uploads: their identifiers, their chunks, and what closes them. */
import { plantedIn } from './mutation.ts'

export const uploads = [
  ...plantedIn(
    'src/registry/upload-session.ts',
    ['test/registry/upload-session.test.ts'],
    [
      {
        breaks: 'an upload id is good for every repository whose name is as long',
        find: '  bytes.set(name, body.length)\n',
        replace: '',
      },
      {
        breaks: 'an upload id is good for every repository',
        find: 'new TextEncoder().encode(repository)',
        replace: "new TextEncoder().encode('')",
      },
      { breaks: 'an upload id never ends', find: 'expiresAt <= now || algorithm', replace: 'algorithm' },
      {
        breaks: 'the signature of an upload id is not checked',
        find: '!(await hasValidMac(keys, body, mac, repository))',
        replace: 'false',
      },
      {
        breaks: 'an upload id of the previous secret is unknown',
        find: '[keys.current, keys.previous]',
        replace: '[keys.current]',
      },
      {
        breaks: 'an upload id says sha256 whatever was announced',
        find: 'algorithms.indexOf(algorithm)',
        replace: '0',
      },
      { breaks: 'half of a signature is enough', find: 'mac?.length !== macBytes', replace: '(mac?.length ?? 0) < 8' },
    ],
  ),
  ...plantedIn(
    'src/db/content/upload-completion.ts',
    ['test/routes/v2/uploads.test.ts'],
    [
      {
        breaks: 'the digest of nothing closes an upload that has bytes',
        find: "WHERE state = 'open' AND offset_bytes = 0`",
        replace: "WHERE state = 'open'`",
      },
      {
        breaks: 'the digest of nothing opens an upload that has ended',
        find: "DO UPDATE SET digest = ${digest} WHERE state = 'open' AND offset_bytes = 0`",
        replace: "DO UPDATE SET digest = ${digest}, state = 'open' WHERE offset_bytes = 0`",
      },
      {
        breaks: 'an upload closes by whatever digest',
        find: "state = 'open' AND upload_sessions.digest = ${digest}`",
        replace: "state = 'open' AND (upload_sessions.digest = ${digest} OR true)`",
      },
      {
        breaks: 'a blob takes segments that were never stored',
        find: 'blob_digest = CASE WHEN size_bytes IS NOT NULL AND ${isOurs}',
        replace: 'blob_digest = CASE WHEN ${isOurs}',
        tests: ['test/db/content/uploads.test.ts'],
      },
      {
        breaks: 'a blob takes the segments of another upload',
        find: 'const isOurs = isBroughtBy(session.id, digest)',
        replace: 'const isOurs = sql`EXISTS (SELECT 1 FROM blobs WHERE digest = ${digest})`',
      },
      {
        breaks: 'an upload gives its blob to all repositories',
        find: 'JOIN repositories ON repositories.name = upload_sessions.repository\n      WHERE',
        replace: 'JOIN repositories ON true\n      WHERE',
        tests: ['test/db/content/uploads.test.ts'],
      },
      {
        breaks: 'an upload leaves a blob though its repository is gone',
        find: 'const ready = sql`${isReady(session, digest)} AND ${hasRepository}`',
        replace: 'const ready = sql`${isReady(session, digest)}`',
        tests: ['test/db/content/uploads.test.ts'],
      },
      {
        breaks: 'an upload finishes though its repository is gone',
        find: 'WHERE ${isReady(session, digest)} AND ${hasRepository}`\n',
        replace: 'WHERE ${isReady(session, digest)}`\n',
        tests: ['test/db/content/uploads.test.ts'],
      },
      {
        breaks: 'an upload makes its repository though its digest is wrong',
        find: 'makeRepositoryOnPush(push, now, ready)',
        replace: 'makeRepositoryOnPush(push, now)',
      },
    ],
  ),
  ...plantedIn(
    'src/db/content/uploads.ts',
    ['test/routes/v2/uploads.test.ts'],
    [
      {
        breaks: 'the digest of the first chunk stays after another',
        find: 'THEN ${chunk.digest ?? null} END',
        replace: 'THEN ${chunk.digest ?? null} ELSE digest END',
      },
      {
        breaks: 'every chunk says the digest of all',
        find: 'CASE WHEN chunk_count = 0 THEN ${chunk.digest ?? null} END',
        replace: '${chunk.digest ?? null}',
      },
      {
        breaks: 'a chunk that was appended, and whose answer was lost, does not count',
        find: '(${isAppended(sessionId)} OR session_id = ${sessionId} AND EXISTS (SELECT 1 FROM upload_sessions WHERE ${open}))',
        replace: 'session_id = ${sessionId} AND EXISTS (SELECT 1 FROM upload_sessions WHERE ${open})',
        tests: ['test/routes/database-faults.test.ts'],
      },
      {
        breaks: 'a chunk that its upload no longer owns counts',
        find: 'OR session_id = ${sessionId} AND EXISTS (SELECT 1 FROM upload_sessions WHERE ${open}))',
        replace: 'OR EXISTS (SELECT 1 FROM upload_sessions WHERE ${open}))',
        tests: ['test/db/content/uploads.test.ts'],
      },
      {
        breaks: 'an upload goes on behind a chunk that does not count',
        find: ' AND EXISTS (SELECT 1 FROM segments WHERE key = ${chunk.key} AND ${isAppended(sessionId)})`',
        replace: '`',
        tests: ['test/db/content/uploads.test.ts'],
      },
      {
        breaks: 'an upload may have too many chunks',
        find: ' AND chunk_count < ${chunkLimit}\n',
        replace: ' AND ${chunkLimit} > 0\n',
        tests: ['test/limits.test.ts'],
      },
      {
        breaks: 'an upload that has ended meanwhile gets a chunk',
        find: "const open = sql`id = ${sessionId} AND state = 'open' AND",
        replace: 'const open = sql`id = ${sessionId} AND',
        tests: ['test/db/content/uploads.test.ts'],
      },
      {
        breaks: 'a finished upload is canceled',
        find: "ON CONFLICT (id) DO UPDATE SET state = 'cancelled' WHERE state = 'open'`",
        replace: "ON CONFLICT (id) DO UPDATE SET state = 'cancelled'`",
      },
      {
        breaks: 'the segments of a canceled upload are kept',
        find: 'WHERE session_id = ${session.id}\n        AND EXISTS',
        replace: 'WHERE session_id = ${session.id} AND false\n        AND EXISTS',
      },
      {
        breaks: 'a chunk that came while the digest was computed is ignored',
        find: "upload_sessions.state = 'open' AND upload_sessions.offset_bytes = ${offsetBytes}`",
        replace: "upload_sessions.state = 'open' AND ${offsetBytes} >= 0`",
        tests: ['test/db/content/uploads.test.ts'],
      },
      {
        breaks: 'segments are read in the order of their keys',
        find: 'AND size_bytes IS NOT NULL ORDER BY offset_bytes',
        replace: 'AND size_bytes IS NOT NULL ORDER BY key',
      },
      {
        breaks: 'a segment is read that was claimed and never stored',
        find: 'WHERE session_id = ${id} AND size_bytes IS NOT NULL ORDER BY',
        replace: 'WHERE session_id = ${id} ORDER BY',
        tests: ['test/db/content/uploads.test.ts'],
      },
    ],
  ),
  ...plantedIn(
    'src/registry/uploads.ts',
    ['test/routes/v2/uploads.test.ts'],
    [
      {
        breaks: 'a digest that was read is not compared',
        find: 'session !== undefined && actual === digest',
        replace: 'session !== undefined',
      },
      {
        breaks: 'a digest by another algorithm is taken for the one that is wanted',
        find: 'session.digest?.startsWith(`${algorithmOf(wanted)}:`) === true',
        replace: "typeof session.digest === 'string'",
      },
      {
        breaks: 'an upload that ended with another digest is finished',
        find: "session?.state === 'finished' && session.digest === digest",
        replace: "session?.state === 'finished'",
      },
      {
        breaks: 'a wrong digest leaves the upload open',
        find: "  await cancelSession(context.db, ticket)\n  throw new RegistryError({ kind: 'digest-mismatch'",
        replace: "  throw new RegistryError({ kind: 'digest-mismatch'",
      },
      {
        breaks: 'an empty upload closes by any digest',
        find: "chunk ?? (digest === (await emptyDigest(digest)) ? 'empty' : undefined)",
        replace: "chunk ?? 'empty'",
      },
      {
        breaks: 'a repeated closing request reports a blob that was deleted since',
        find: "if (found === undefined) throw new RegistryError({ kind: 'upload-unknown' })\n}\n",
        replace: 'if (found === undefined) return\n}\n',
        tests: ['test/registry/uploads.test.ts'],
      },
      {
        breaks: 'the last chunk may be lost without an error',
        find: 'if (chunk !== undefined && !appended) {',
        replace: 'if (chunk !== undefined && !appended && Date.now() < 0) {',
        tests: ['test/registry/uploads.test.ts'],
      },
      {
        breaks: 'an upload closes though its repository is gone',
        find: 'if (isReady(session, digest) && !hasRepository) throw repositoryUnknown(ticket)\n',
        replace: '',
        equivalent: 'finishAfterReading tries once more, and refuses for the same reason',
      },
      {
        breaks: 'a truncated chunk keeps its bytes',
        find: "  if (chunk !== undefined) await letGo(context, chunk)\n  throw new RegistryError({ kind: 'size-mismatch'",
        replace: "  throw new RegistryError({ kind: 'size-mismatch'",
        tests: ['test/registry/uploads.test.ts'],
      },
      {
        breaks: 'an upload that has ended still reports its offset',
        find: "if (session !== undefined && session.state !== 'open') throw new RegistryError({ kind: 'upload-unknown' })\n  return session?.offsetBytes",
        replace: 'return session?.offsetBytes',
      },
      {
        breaks: 'a closing request that another one outran says that the upload is unknown',
        find: 'if (!isFinished(session, digest)) throw refusedChunk(session)',
        replace: 'throw refusedChunk(session)',
        tests: ['test/registry/uploads.test.ts'],
      },
    ],
  ),
  ...plantedIn(
    'src/registry/rereading.ts',
    ['test/registry/uploads.test.ts'],
    [
      {
        breaks: 'an upload whose segments went to a blob is read as if it were empty',
        find: 'if (readableBytes !== session.offsetBytes) return undefined',
        replace: '',
      },
    ],
  ),
  ...plantedIn(
    'src/routes/v2/uploads.ts',
    ['test/routes/v2/blobs.test.ts'],
    [
      {
        breaks: 'a source whose name breaks the grammar is any source',
        find: "from !== undefined || queryOf(c, 'from') === undefined",
        replace: 'true',
      },
      {
        breaks: 'the range of an upload ends one byte late',
        find: 'Math.max(offsetBytes - 1, 0)',
        replace: 'offsetBytes',
        tests: ['test/routes/v2/uploads.test.ts'],
      },
    ],
  ),
  ...plantedIn(
    'src/db/repositories/repositories.ts',
    ['test/routes/v2/rights.test.ts'],
    [
      {
        breaks: 'a push makes a repository in a namespace without an account',
        find: 'AND EXISTS (SELECT 1 FROM accounts WHERE name = ${namespaceOf(name)})\n',
        replace: '',
        tests: ['test/db/content/uploads.test.ts'],
      },
      {
        breaks: 'a push makes a repository though the setting was switched off',
        find: "    AND ${isOn('createRepositoryOnPush')}\n",
        replace: '',
        tests: ['test/db/content/uploads.test.ts'],
      },
    ],
  ),
  ...plantedIn(
    'src/routes/v2/parameters.ts',
    ['test/routes/v2/uploads.test.ts'],
    [
      {
        breaks: 'the first byte position of a chunk is ignored',
        find: 'return { offsetBytes: Number(first), sizeBytes: expectedBytes }',
        replace: 'return { offsetBytes: 0, sizeBytes: expectedBytes }',
      },
      {
        breaks: 'a page is as long as the client asks',
        find: 'limit: Math.min(limit, largest)',
        replace: 'limit',
        tests: ['test/limits.test.ts'],
      },
    ],
  ),
]
