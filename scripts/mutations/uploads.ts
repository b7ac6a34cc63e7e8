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
        find: '!(await isSigned(keys, body, mac, repository))',
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
    'src/db/content/uploads.ts',
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
        find: '(${isAppended(sessionId)} OR EXISTS (SELECT 1 FROM upload_sessions WHERE ${open}))',
        replace: 'EXISTS (SELECT 1 FROM upload_sessions WHERE ${open})',
        tests: ['test/routes/database-faults.test.ts'],
      },
      {
        breaks: 'an upload closes by whatever digest',
        find: "state = 'open' AND upload_sessions.digest = ${digest}`",
        replace: "state = 'open' AND (upload_sessions.digest = ${digest} OR true)`",
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
        find: "  await cancelSession(stores.db, ticket)\n  throw new RegistryError({ kind: 'digest-mismatch'",
        replace: "  throw new RegistryError({ kind: 'digest-mismatch'",
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
    ],
  ),
]
