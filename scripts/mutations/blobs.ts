/** Blobs: which repository has them, who may mount, read and delete them, and ranges. */
import { plantedIn } from './mutation.ts'

export const blobs = [
  ...plantedIn(
    'src/db/repositories/repositories.ts',
    ['test/routes/v2/rights.test.ts'],
    [{ breaks: 'a push that may not makes the repository', find: 'if (!creates) return []\n', replace: '' }],
  ),
  ...plantedIn(
    'src/registry/blobs.ts',
    ['test/routes/v2/blobs.test.ts'],
    [
      {
        breaks: 'a mount from a source looks everywhere',
        find: 'from === undefined\n      ?',
        replace: 'from !== null\n      ?',
      },
      {
        breaks: 'a mount by a token without a source finds nothing',
        find: "if (caller.kind === 'token') return readableByToken(caller)",
        replace: "if (caller.kind === 'token') return []",
      },
      {
        breaks: 'a mount reads any repository',
        find: 'return readableAmong(context.db, caller, asked)',
        replace: "return asked.map((repository) => ({ repository, ground: { namespaceId: 'x' } }))",
        tests: ['test/routes/v2/blobs.test.ts'],
      },
      {
        breaks: 'a pull finds a blob whose bytes are lost',
        find: 'if (blob === undefined || blob.isLost) throw unknown',
        replace: 'if (blob === undefined) throw unknown',
        tests: ['test/registry/lost-content.test.ts'],
      },
    ],
  ),
  ...plantedIn(
    'src/db/content/blobs.ts',
    ['test/routes/v2/blobs.test.ts'],
    [
      {
        breaks: 'a mount takes blobs that the source does not have',
        find: 'ON repository_blobs.repository_id = source.id AND repository_blobs.digest = ${digest}',
        replace: 'ON repository_blobs.digest = ${digest}',
      },
      {
        breaks: 'a mount takes whatever blob',
        find: 'ON repository_blobs.repository_id = source.id AND repository_blobs.digest = ${digest}',
        replace: 'ON repository_blobs.repository_id = source.id',
      },
      {
        breaks: 'a mount reads a later repository of the name',
        find: "      AND ${isHeld(sql`held.value ->> 'repositoryId'`, sql`held.value ->> 'namespaceId'`, sql`source`)}\n",
        replace: '\n',
        tests: ['test/routes/v2/rights.test.ts'],
      },
      {
        breaks: 'a mount reads all of the namespace',
        find: "ON source.name = held.value ->> 'name'\n",
        replace: 'ON true\n',
      },
      {
        breaks: 'a mount makes its repository though there is nothing to mount',
        find: 'makeRepositoryOnPush(push, now, sql`EXISTS (${source})`)',
        replace: 'makeRepositoryOnPush(push, now)',
      },
      {
        breaks: 'a mount links nothing',
        find: 'return linked.rows.length === 1',
        replace: 'return true',
      },
      {
        breaks: 'GET finds blobs of all repositories',
        find: 'WHERE repositories.name = ?1 AND',
        replace: 'WHERE ?1 = ?1 AND',
      },
      {
        breaks: 'GET finds blobs of a later repository',
        find: ' AND ${textOf(isHeld(sql`?2`, sql`?3`))} AND repository_blobs.digest',
        replace: ' AND (?2 IS NULL OR true) AND (?3 IS NULL OR true) AND repository_blobs.digest',
        tests: ['test/routes/v2/rights.test.ts'],
      },
      {
        breaks: 'a blob is deleted from all repositories',
        find: 'sql`repository_id = ${repositoryIdOf(repository)} AND digest = ${digest}`',
        replace: 'sql`${repository} IS NOT NULL AND digest = ${digest}`',
      },
      {
        breaks: 'all blobs of a repository are deleted',
        find: 'sql`repository_id = ${repositoryIdOf(repository)} AND digest = ${digest}`',
        replace: 'sql`repository_id = ${repositoryIdOf(repository)} AND ${digest} IS NOT NULL`',
      },
      {
        breaks: 'a manifest of another repository is named',
        find: 'WHERE repository_id = ${repositoryIdOf(repository)} AND blob_digest = ${digest} LIMIT 1',
        replace: 'WHERE blob_digest = ${digest} LIMIT 1',
        tests: ['test/routes/v2/manifests.test.ts'],
      },
      {
        breaks: 'a mount takes a blob whose bytes are lost',
        find: ' AND blobs.lost_at IS NULL`\n',
        replace: '`\n',
        tests: ['test/registry/lost-content.test.ts'],
      },
    ],
  ),
  ...plantedIn(
    'src/db/content/confirmations.ts',
    ['test/routes/v2/blobs.test.ts'],
    [
      {
        breaks: 'HEAD finds blobs of all repositories',
        find: 'const isAsked = `repositories.name = ?1 AND',
        replace: 'const isAsked = `?1 IS NOT NULL AND',
      },
      {
        breaks: 'HEAD finds blobs of another repository',
        find: 'ON repository_blobs.repository_id = repositories.id AND repository_blobs.digest = ?4',
        replace: 'ON repository_blobs.digest = ?4',
      },
      {
        breaks: 'HEAD finds manifests of another repository',
        find: 'ON manifests.repository_id = repositories.id AND manifests.digest = ?4',
        replace: 'ON manifests.digest = ?4',
        tests: ['test/routes/v2/manifests.test.ts'],
      },
      {
        breaks: 'HEAD renews the links to a blob in all repositories',
        find: 'WHERE repository_id = (SELECT id FROM repositories WHERE ${isAsked}) AND digest = ?4\n      AND linked_at',
        replace: 'WHERE coalesce(?1, ?2, ?3) IS NOT NULL AND digest = ?4\n      AND linked_at',
        tests: ['test/routes/v2/confirmation.test.ts'],
      },
      {
        breaks: 'HEAD renews a manifest in all repositories',
        find: 'WHERE repository_id = (SELECT id FROM repositories WHERE ${isAsked}) AND digest = ?4\n      AND max',
        replace: 'WHERE coalesce(?1, ?2, ?3) IS NOT NULL AND digest = ?4\n      AND max',
        tests: ['test/routes/v2/confirmation.test.ts'],
      },
      {
        breaks: 'HEAD tells a pusher that a lost blob is there',
        find: 'ON blobs.digest = repository_blobs.digest AND blobs.lost_at IS NULL',
        replace: 'ON blobs.digest = repository_blobs.digest',
        tests: ['test/registry/lost-content.test.ts'],
      },
    ],
  ),
  ...plantedIn(
    'src/routes/v2/blobs.ts',
    ['test/routes/v2/access.test.ts'],
    [
      {
        breaks: 'a blob is deleted by the right to push',
        find: "requireOn(c, 'delete', repository)",
        replace: "requireOn(c, 'push', repository)",
      },
      {
        breaks: 'a blob is deleted by the right to pull',
        find: "requireOn(c, 'delete', repository)",
        replace: "requireOn(c, 'pull', repository)",
      },
      {
        breaks: 'a blob is pulled by the right to push',
        find: "requireOn(c, 'pull', repository)",
        replace: "requireOn(c, 'push', repository)",
        tests: ['test/routes/v2/access.test.ts'],
      },
      {
        breaks: 'the answer to a pull of a blob lacks the digest',
        find: "    'Docker-Content-Digest': digest,\n    ETag",
        replace: '    ETag',
        tests: ['test/routes/v2/blobs.test.ts'],
      },
    ],
  ),
  ...plantedIn(
    'src/routes/v2/parameters.ts',
    ['test/routes/v2/blobs.test.ts'],
    [
      {
        breaks: 'a blob counts as unmodified under any ETag',
        find: "['*', etag, `W/${etag}`].includes(tag.trim())",
        replace: 'tag.length > 0',
      },
    ],
  ),
  ...plantedIn(
    'src/routes/v2/uploads.ts',
    ['test/routes/v2/blobs.test.ts', 'test/routes/v2/uploads.test.ts'],
    [
      {
        breaks: 'the answer to an upload lacks the digest',
        find: ", 'Docker-Content-Digest': digest })",
        replace: ' })',
        tests: ['test/routes/v2/blobs.test.ts'],
      },
    ],
  ),
  ...plantedIn(
    'src/routes/v2/ranges.ts',
    ['test/routes/v2/blobs.test.ts'],
    [
      {
        breaks: 'ranges that overlap are served',
        find: 'return overlap(satisfiable) ? undefined : satisfiable',
        replace: 'return satisfiable',
      },
      {
        breaks: 'a range past the end is served',
        find: 'wanted.filter(({ start, end }) => start < end)',
        replace: 'wanted.filter(({ start, end }) => start <= end)',
      },
      {
        breaks: 'a range goes beyond the end',
        find: 'Math.min(Number(last) + 1, sizeBytes)',
        replace: 'Number(last) + 1',
      },
      {
        breaks: 'a range lacks its last byte',
        find: 'Math.min(Number(last) + 1, sizeBytes)',
        replace: 'Math.min(Number(last), sizeBytes)',
      },
      {
        breaks: 'If-Range is ignored',
        find: "if ((c.req.header('if-range') ?? etag) !== etag) return undefined\n",
        replace: '',
      },
      {
        breaks: 'HEAD answers with a range',
        find: "c.req.method !== 'GET' || header === undefined",
        replace: 'header === undefined',
      },
      {
        breaks: 'a request may have too many ranges',
        find: 'if (specs.length > mostRangesOfRequest) {',
        replace: 'if (specs.length > 10 * mostRangesOfRequest) {',
      },
      {
        breaks: 'ranges that overlap by a byte are served',
        find: 'if (start < reached) return true',
        replace: 'if (start < reached - 1) return true',
      },
    ],
  ),
]
