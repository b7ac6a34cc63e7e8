/** Manifests as they are stored, served, listed as referrers, and deleted. */
import { plantedIn } from './mutation.ts'

export const manifests = [
  ...plantedIn(
    'src/registry/manifests.ts',
    ['test/routes/v2/manifests.test.ts'],
    [
      {
        breaks: 'a sha512 digest is not compared',
        find: 'if (actual !== reference.digest) {',
        replace: "if (actual !== reference.digest && actual.startsWith('sha256:')) {",
      },
    ],
  ),
  ...plantedIn(
    'src/routes/v2/manifests.ts',
    ['test/routes/v2/manifests.test.ts'],
    [
      {
        breaks: '4 MiB and a byte are taken without an announced length',
        find: '  if (value.length > limitBytes) throw tooLarge\n',
        replace: '',
      },
      {
        breaks: 'a manifest that is cut short is taken',
        find: 'announced !== undefined && value.length !== announced',
        replace: 'announced !== undefined && value.length > announced',
      },
      {
        breaks: 'a manifest is deleted by the right to push',
        find: "requireOn(c, 'delete', repository)",
        replace: "requireOn(c, 'push', repository)",
        tests: ['test/routes/v2/access.test.ts'],
      },
    ],
  ),
  ...plantedIn(
    'src/db/manifests.ts',
    ['test/routes/v2/manifests.test.ts'],
    [
      {
        breaks: 'a tag finds the image that another repository has under it',
        find: 'and(eq(tags.repositoryId, repositories.id), eq(tags.name, atReference))',
        replace: 'eq(tags.name, atReference)',
      },
      {
        breaks: 'a digest finds manifests of other repositories',
        find: 'and(eq(manifests.repositoryId, repositories.id), eq(manifests.digest, atReference))',
        replace: 'eq(manifests.digest, atReference)',
      },
      {
        breaks: 'a manifest is deleted in all repositories',
        find: 'const found = sql`repository_id = ${repositoryIdOf(repository)} AND digest = ${digest}`',
        replace: 'const found = sql`${repository} IS NOT NULL AND digest = ${digest}`',
      },
      {
        breaks: 'a missing blob is one that no repository has',
        find: '(SELECT 1 FROM repository_blobs WHERE repository_id = ${repositoryId} AND digest = value)',
        replace: '(SELECT 1 FROM repository_blobs WHERE digest = value)',
      },
      {
        breaks: 'a missing manifest is one that no repository has',
        find: '(SELECT 1 FROM manifests WHERE repository_id = ${repositoryId} AND digest = value)',
        replace: '(SELECT 1 FROM manifests WHERE digest = value)',
      },
      {
        breaks: 'an index of another repository is named',
        find: 'and(eq(manifestChildren.childDigest, digest), inRepository(manifestChildren.repositoryId, repository))',
        replace: 'eq(manifestChildren.childDigest, digest)',
      },
      {
        breaks: 'referrers of other repositories are listed',
        find: '${manifests.repositoryId} = (SELECT id FROM repositories WHERE ${isHeldRepository(page.held)})',
        replace: '${manifests.repositoryId} > 0',
      },
      {
        breaks: 'referrers of other subjects are listed',
        find: '        eq(manifests.subject, page.subject),\n',
        replace: '',
        tests: ['test/routes/v2/lists.test.ts'],
      },
      {
        breaks: 'referrers are not filtered',
        find: 'page.artifactType === undefined ? undefined : eq(manifests.artifactType, page.artifactType)',
        replace: 'undefined',
        tests: ['test/routes/v2/lists.test.ts'],
      },
    ],
  ),
]
