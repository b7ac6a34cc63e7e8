/** Manifests as they are stored, served, listed as referrers, and deleted. */
import { plantedIn } from './mutation.ts'

const largest = ['test/routes/v2/largest-manifests.test.ts']

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
      {
        breaks: 'a sha256 digest is not compared',
        find: 'if (actual !== reference.digest) {',
        replace: "if (actual !== reference.digest && algorithmOf(reference.digest) !== 'sha256') {",
      },
      {
        breaks: 'a manifest is always hashed by sha256',
        find: 'digestBytes(algorithmOf(reference.digest), bytes)',
        replace: "digestBytes('sha256', bytes)",
      },
      {
        breaks: 'a push by digest loses its tags',
        find: '[pushed.reference.tag, ...pushed.tags] : pushed.tags',
        replace: '[pushed.reference.tag, ...pushed.tags] : []',
      },
      {
        breaks: 'a push by tag loses its further tags',
        find: '[pushed.reference.tag, ...pushed.tags] : pushed.tags',
        replace: '[pushed.reference.tag] : pushed.tags',
      },
      {
        breaks: 'a push may have twice as many tags',
        find: 'tags.length > mostTagsOfPush',
        replace: 'tags.length > 2 * mostTagsOfPush',
        tests: ['test/limits.test.ts'],
      },
      {
        breaks: 'a manifest whose bytes are lost is found',
        find: 'if (found.isLost) throw unknown(held.repository, reference)\n',
        replace: '',
        tests: ['test/registry/lost-content.test.ts'],
      },
    ],
  ),
  ...plantedIn(
    'src/routes/v2/manifests.ts',
    ['test/routes/v2/manifests.test.ts'],
    [
      {
        breaks: '4 MiB and a byte are taken without an announced length',
        find: '    if (bytes.length > limitBytes) throw tooLarge\n',
        replace: '',
      },
      {
        breaks: 'a manifest that is cut short is taken',
        find: 'announcedBytes !== undefined && bytes.length !== announcedBytes',
        replace: 'announcedBytes !== undefined && bytes.length > announcedBytes',
      },
      {
        breaks: 'a manifest is deleted by the right to push',
        find: "requireOn(c, 'delete', repository)",
        replace: "requireOn(c, 'push', repository)",
        tests: ['test/routes/v2/access.test.ts'],
      },
      {
        breaks: 'a manifest that announces more than 4 MiB is not refused at once',
        find: '  if (announcedBytes !== undefined && announcedBytes > limitBytes) throw tooLarge\n',
        replace: '',
      },
      {
        breaks: 'a manifest is deleted by the right to pull',
        find: "requireOn(c, 'delete', repository)",
        replace: "requireOn(c, 'pull', repository)",
        tests: ['test/routes/v2/access.test.ts'],
      },
      {
        breaks: 'the answer to a push lacks its subject',
        find: "  if (subject !== undefined) c.header('OCI-Subject', subject)\n",
        replace: '',
        tests: ['test/routes/v2/lists.test.ts'],
      },
      {
        breaks: 'the answer to a push names only one of its tags',
        find: "c.header('OCI-Tag', tag, { append: true })",
        replace: "c.header('OCI-Tag', tag)",
      },
      {
        breaks: 'the answer to a pull lacks the digest',
        find: "    'Docker-Content-Digest': manifest.digest,\n",
        replace: '',
      },
      {
        breaks: 'the answer to a push lacks the digest',
        find: "  c.header('Docker-Content-Digest', digest)\n",
        replace: '',
      },
      {
        breaks: 'a manifest is served as the type that Accept names',
        find: "'Content-Type': manifest.mediaType",
        replace: "'Content-Type': c.req.header('accept') ?? manifest.mediaType",
      },
    ],
  ),
  ...plantedIn(
    'src/db/content/manifests.ts',
    ['test/routes/v2/manifests.test.ts'],
    [
      {
        breaks: 'a tag finds the image that another repository has under it',
        find: 'tags.repository_id = repositories.id AND tags.name = ?4',
        replace: 'tags.name = ?4',
      },
      {
        breaks: 'a digest finds manifests of other repositories',
        find: 'ON manifests.repository_id = repositories.id AND manifests.digest',
        replace: 'ON manifests.digest',
      },
      {
        breaks: 'a manifest is deleted in all repositories',
        find: 'const found = sql`repository_id = ${repositoryIdOf(repository)} AND digest = ${digest}`',
        replace: 'const found = sql`${repository} IS NOT NULL AND digest = ${digest}`',
      },
      {
        breaks: 'an index of another repository is named',
        find: 'repository_id = ${repositoryIdOf(repository)} AND child_digest = ${digest} LIMIT 1',
        replace: 'child_digest = ${digest} LIMIT 1',
      },
      {
        breaks: 'a manifest is found under the name of any repository',
        find: 'WHERE repositories.name = ?1 AND',
        replace: 'WHERE ?1 = ?1 AND',
        tests: ['test/routes/v2/manifests.test.ts'],
      },
      {
        breaks: 'a manifest of a later repository of the name is found',
        find: 'AND ${textOf(isHeld(sql`?2`, sql`?3`))}',
        replace: 'AND (?2 IS NULL OR true) AND (?3 IS NULL OR true)',
        tests: ['test/routes/v2/rights.test.ts'],
      },
      {
        breaks: 'immutable and pinned tags are deleted with their manifest',
        find: '    kept: refuseKept(right, { digest }),\n',
        replace: '    kept: sql`SELECT 1`,\n',
        tests: ['test/routes/v2/tag-policy.test.ts', 'test/routes/v2/pins.test.ts'],
      },
    ],
  ),
  ...plantedIn(
    'src/db/content/referrers.ts',
    ['test/routes/v2/manifests.test.ts'],
    [
      {
        breaks: 'referrers of other repositories are listed',
        find: 'WHERE repository_id = ${repositoryId} AND digest > ${page.after} ${ofType}',
        replace: 'WHERE digest > ${page.after} ${ofType}',
      },
      {
        breaks: 'referrers of other subjects are listed',
        find: 'AND subject = (\n        SELECT named.subject',
        replace: 'AND subject IN (\n        SELECT manifests.subject',
        tests: ['test/routes/v2/lists.test.ts'],
      },
      {
        breaks: 'referrers are not filtered',
        find: 'page.artifactType === undefined ? sql`` : sql`AND artifact_type = ${page.artifactType}`',
        replace: 'sql``',
        tests: ['test/routes/v2/lists.test.ts'],
      },
      {
        breaks: 'each page of referrers starts at the beginning',
        find: ' AND digest > ${page.after}',
        replace: '',
        tests: ['test/routes/v2/lists.test.ts'],
      },
    ],
  ),
  ...plantedIn(
    'src/db/content/referrers.ts',
    ['test/routes/v2/referrers-tag.test.ts'],
    [
      {
        breaks: 'an index lists referrers in all repositories',
        find: 'WHERE tags.repository_id = ${repositoryId} AND tags.name',
        replace: 'WHERE tags.name',
      },
      {
        breaks: 'each tag that accompanies an image lists referrers, as cosign’s signatures',
        find: 'tags.name = ${referrersTagOf(subject)}',
        replace: 'tags.accompanies = substr(${subject}, 1, 71)',
      },
      {
        breaks: 'an earlier version of the index still lists referrers',
        find: ' AND manifest_children.manifest_digest = tags.digest',
        replace: '',
      },
      {
        breaks: 'the platforms of an image that a tag keeps are its referrers',
        find: '        AND NOT ${isAccompanied(sql`tags.digest`, subject)}\n',
        replace: '',
      },
      {
        breaks: 'an image is its own referrer',
        find: ' AND NOT ${isAccompanied(sql`listed.digest`, subject)}',
        replace: '',
      },
      {
        breaks: 'an index repeats what has a subject, or gives it to another image',
        find: 'AND manifests.subject IS NULL ',
        replace: '',
      },
      {
        breaks: 'what an index lists is not filtered',
        find: 'AND listed.digest > ${page.after} ${ofType}',
        replace: 'AND listed.digest > ${page.after}',
      },
      {
        breaks: 'each page repeats what an index lists',
        find: 'AND listed.digest > ${page.after} ${ofType}',
        replace: '${ofType}',
      },
      {
        breaks: 'all that an index lists is looked at',
        find: 'LIMIT ${mostReferrersOfTag}) AS listed',
        replace: 'LIMIT -1) AS listed',
        tests: ['test/limits.test.ts', 'test/routes/budget.test.ts'],
      },
    ],
  ),
  ...plantedIn(
    'src/db/content/accompanying.ts',
    ['test/db/content/accompanying.test.ts', 'test/routes/v2/referrers-tag.test.ts'],
    [
      {
        breaks: 'a signature of cosign is a missing list of referrers',
        find: '/^sha(?:256|512)-[0-9a-f]{64}$/',
        replace: '/^sha(?:256|512)-[0-9a-f]{64}/',
      },
      {
        breaks: 'no tag of a sha512 is a list of referrers',
        find: '/^sha(?:256|512)-',
        replace: '/^sha(?:256)-',
      },
    ],
  ),
  ...plantedIn(
    'src/registry/referrers.ts',
    ['test/routes/v2/referrers-tag.test.ts'],
    [
      {
        breaks: 'a missing list of referrers is there even if nothing refers to the image',
        find: '  if (manifests.length === 0) return undefined\n',
        replace: '',
      },
    ],
  ),
  ...plantedIn(
    'src/routes/v2/manifests.ts',
    ['test/routes/v2/referrers-tag.test.ts'],
    [
      {
        breaks: 'a list of referrers that was made for the answer counts as a pull',
        find: 'if (!manifest.isMade) noteAnswer',
        replace: 'noteAnswer',
      },
    ],
  ),
  ...plantedIn(
    'src/db/content/manifest-push.ts',
    ['test/routes/v2/manifests.test.ts'],
    [
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
        breaks: 'the manifests that an index names are not written down',
        find: 'SELECT ${repositoryId}, ${digest}, value FROM json_each(${piece}) WHERE true\n        ON CONFLICT DO NOTHING`,\n    ),\n  ]',
        replace:
          'SELECT ${repositoryId}, ${digest}, value FROM json_each(${piece}) WHERE false\n        ON CONFLICT DO NOTHING`,\n    ),\n  ]',
      },
      {
        breaks: 'an optional blob counts as there when only another repository has it',
        find: 'WHERE repository_id = ${repositoryId} AND digest IN (SELECT value FROM json_each(${piece}))',
        replace: 'WHERE repository_id IS NOT NULL AND digest IN (SELECT value FROM json_each(${piece}))',
      },
      {
        breaks: 'the optional blobs of a manifest are not written down',
        find: 'WHERE repository_id = ${repositoryId} AND digest IN (SELECT value FROM json_each(${piece}))',
        replace:
          'WHERE repository_id = ${repositoryId} AND false AND digest IN (SELECT value FROM json_each(${piece}))',
      },
      {
        breaks: 'all layers of a manifest are one parameter',
        within: 'function insertManifest',
        find: 'jsonPiecesOf(manifest.blobs)',
        replace: '[JSON.stringify(manifest.blobs)]',
        tests: largest,
      },
      {
        breaks: 'all foreign layers of a manifest are one parameter',
        within: 'function insertManifest',
        find: 'jsonPiecesOf(manifest.optionalBlobs)',
        replace: '[JSON.stringify(manifest.optionalBlobs)]',
        tests: largest,
      },
      {
        breaks: 'all manifests of an index are one parameter',
        within: 'function insertManifest',
        find: 'jsonPiecesOf(manifest.children)',
        replace: '[JSON.stringify(manifest.children)]',
        tests: largest,
      },
      {
        breaks: 'all layers are one parameter where it is asked which are missing',
        within: 'export async function missingReferences',
        find: 'jsonPiecesOf(manifest.blobs)',
        replace: '[JSON.stringify(manifest.blobs)]',
        tests: largest,
      },
      {
        breaks: 'all manifests are one parameter where it is asked which are missing',
        within: 'export async function missingReferences',
        find: 'jsonPiecesOf(manifest.children)',
        replace: '[JSON.stringify(manifest.children)]',
        tests: largest,
      },
    ],
  ),
  ...plantedIn(
    'src/routes/v2/lists.ts',
    ['test/routes/v2/lists.test.ts'],
    [
      {
        breaks: 'an answer does not say that it was filtered',
        find: "  if (artifactType !== undefined) c.header('OCI-Filters-Applied', 'artifactType')\n",
        replace: '',
      },
      {
        breaks: 'an answer says that it was filtered though it was not',
        find: "  if (artifactType !== undefined) c.header('OCI-Filters-Applied', 'artifactType')\n",
        replace: "  c.header('OCI-Filters-Applied', 'artifactType')\n",
      },
      {
        breaks: 'the link to more referrers loses the filter',
        find: 'const query = { artifactType, n:',
        replace: 'const query = { n:',
      },
      {
        breaks: 'a page of referrers may begin at what is no digest',
        find: "last !== '' && !isDigest(last)",
        replace: 'last.length < 0',
        tests: ['test/routes/v2/lists.test.ts'],
      },
    ],
  ),
]
