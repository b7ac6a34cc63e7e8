/** Blobs: which repository has them, who may mount, read and delete them, and ranges. */
import { plantedIn } from './mutation.ts'

export const blobs = [
  ...plantedIn(
    'src/db/repositories.ts',
    ['test/routes/v2/rights.test.ts'],
    [{ breaks: 'a push that may not makes the repository', find: 'if (!creates) return []\n', replace: '' }],
  ),
  ...plantedIn(
    'src/db/blobs.ts',
    ['test/routes/v2/blobs.test.ts'],
    [
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
