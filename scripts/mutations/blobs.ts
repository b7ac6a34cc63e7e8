/** Blobs: which repository has them, who may mount, read and delete them, and ranges. */
import { plantedIn } from './mutation.ts'

export const blobs = [
  ...plantedIn(
    'src/db/repositories.ts',
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
    ],
  ),
  ...plantedIn(
    'src/db/blobs.ts',
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
        find: '...makeRepositoryOnPush(push, now, sql`EXISTS (${source})`)',
        replace: '...makeRepositoryOnPush(push, now)',
      },
      {
        breaks: 'a mount links nothing',
        find: 'return linked?.results.length === 1\n}\n\n/** Repositories',
        replace: 'return true\n}\n\n/** Repositories',
      },
      {
        breaks: 'GET finds blobs of all repositories',
        find: "        eq(repositories.name, sql.placeholder('repository')),\n",
        replace: '',
      },
      {
        breaks: 'GET finds blobs of a later repository',
        find: "        isHeld(sql`${sql.placeholder('repositoryId')}`, sql`${sql.placeholder('namespaceId')}`),\n",
        replace: '',
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
        find: 'and(eq(repositories.name, repository), eq(manifestBlobs.blobDigest, digest))',
        replace: 'eq(manifestBlobs.blobDigest, digest)',
        tests: ['test/routes/v2/manifests.test.ts'],
      },
    ],
  ),
  ...plantedIn(
    'src/db/confirmations.ts',
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
    ],
  ),
]
