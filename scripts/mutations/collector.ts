/** The collector: what may be deleted, asked again by each statement that deletes, and what it leaves in R2. */
import { plantedIn, type Edit } from './mutation.ts'

const table = 'test/gc/deletions-table.test.ts'
const queues = 'test/gc/reviews-table.test.ts'
const runs = 'test/gc/collector.test.ts'

/** Makes the edit that removes a clause of a statement. */
const without = (breaks: string, within: string, find: string): Edit => ({ breaks, within, find, replace: '' })

const ours = '${isOurs(run)} AND '
const due = ' AND review.since <= ${run.cutoff}'

export const collector = [
  ...plantedIn(
    'src/gc/store.ts',
    [table],
    [
      // The fence.
      {
        breaks: 'a collector that has lost its lock deletes',
        find: 'EXISTS (SELECT 1 FROM gc_fence WHERE gc_fence.id = 1 AND gc_fence.token = ${token})',
        replace: 'true',
      },
      without(
        'a collector deletes although an administrator closed the registry',
        'const isOurs =',
        ' AND NOT ${administratorHasClosed}',
      ),
      without('manifests are deleted without a look at the fence', 'const deleteManifests =', ours),
      without('links are deleted without a look at the fence', 'const deleteLinks =', ours),
      without('blobs are deleted without a look at the fence', 'const deleteBlobs =', ours),
      {
        ...without(
          'the batch of a lost lock sets a time for what it frees',
          'const begin =',
          ' AND token = ${run.token}',
        ),
        equivalent: 'the same batch takes it back, and each of its deletions asks for the fence itself',
      },
      {
        ...without('the batch of a lost lock passes the gate', 'const begin =', ' AND ${isOurs(run)}'),
        equivalent: 'the same batch closes the gate again, and each of its deletions asks for the fence itself',
      },
      // Manifests.
      {
        ...without('a manifest is deleted whose review was renewed', 'const deleteManifests =', due),
        equivalent: 'the time of the review is one of those that isManifestGarbage compares with the cutoff',
      },
      {
        breaks: 'a manifest is deleted before the index that lists it',
        within: 'const deleteManifests =',
        find: 'AND NOT ${isManifestListed(sql`wanted`)}',
        replace: '',
      },
      without(
        'a manifest is deleted whatever has happened to it',
        'const deleteManifests =',
        '\n      AND ${isManifestGarbage(manifest.repositoryId, manifest.digest, run.keeping, run.cutoff)}',
      ),
      // Links.
      without('a link is deleted whose review was renewed', 'const deleteLinks =', due),
      without(
        'a link is deleted that was pushed again',
        'const deleteLinks =',
        ' AND repository_blobs.linked_at <= ${run.cutoff}',
      ),
      without(
        'a link is deleted that a manifest names',
        'const deleteLinks =',
        '\n      AND NOT ${isBlobNamed(sql`wanted`)}',
      ),
      // Blobs.
      without('a blob is deleted whose review was renewed', 'const deleteBlobs =', due),
      without(
        'a blob is deleted that is used again',
        'const deleteBlobs =',
        ' AND NOT ${isBlobUsed(sql`wanted.value`)}',
      ),
      {
        breaks: 'the objects of a blob that was pushed again are deleted',
        find: '\n      .filter(({ digest }) => deleted.has(digest))',
        replace: '',
      },
      // The batch as a whole.
      {
        breaks: 'the gate stays open after a batch',
        within: 'const end:',
        find: 'UPDATE write_gate SET passing = NULL WHERE id = 1',
        replace: 'UPDATE write_gate SET passing = passing WHERE id = 1',
      },
      {
        breaks: 'what is set free later on has the time of an old run',
        within: 'const end:',
        find: 'UPDATE gc_fence SET freed_since = NULL WHERE id = 1',
        replace: 'UPDATE gc_fence SET freed_since = freed_since WHERE id = 1',
      },
      {
        breaks: 'a collection that closes the registry is stopped by its own gate',
        within: 'const begin =',
        find: 'SET passing = ${run.token}',
        replace: 'SET passing = NULL',
        tests: [runs],
      },
      {
        breaks: 'one run does not follow what it sets free',
        within: 'const begin =',
        find: 'SET freed_since = ${run.cutoff}',
        replace: 'SET freed_since = NULL',
        tests: [runs],
      },
    ],
  ),
  ...plantedIn(
    'src/gc/review-store.ts',
    [table],
    [
      {
        breaks: 'a blob counts as unused although a repository has it',
        within: 'const isBlobUsed =',
        find: 'EXISTS (SELECT 1 FROM repository_blobs WHERE repository_blobs.digest = ${digest})',
        replace: 'false',
      },
      {
        breaks: 'a blob counts as unused although it is the body of a manifest',
        within: 'const isBlobUsed =',
        find: 'EXISTS (SELECT 1 FROM manifests WHERE manifests.body_digest = ${digest})',
        replace: 'false',
      },
    ],
  ),
  // What queues hold is neither forgotten nor put off by a decision that comes late.
  ...plantedIn(
    'src/gc/store.ts',
    [queues],
    [
      without('manifests are forgotten without a look at the fence', 'const forgetManifests =', ours),
      without('manifests are put off without a look at the fence', 'const putOffManifests =', ours),
      without('indexes are queued without a look at the fence', 'const reviewIndexes =', '\n    AND ${isOurs(run)}'),
      without('listed manifests are forgotten without a look at the fence', 'const forgetListed =', ours),
      without('links are forgotten without a look at the fence', 'const forgetLinks =', ours),
      without('links are put off without a look at the fence', 'const putOffLinks =', ours),
      without('blobs are forgotten without a look at the fence', 'const forgetBlobs =', ' AND ${isOurs(run)}'),
      without(
        'an earlier lock takes the fence back',
        'export async function raiseToken',
        ' WHERE token < excluded.token',
      ),
      {
        ...without('a manifest is forgotten whose review was renewed', 'const forgetManifests =', due),
        tests: ['test/gc/store.test.ts'],
      },
      {
        breaks: 'a manifest is forgotten that is unused by now',
        within: 'const forgetManifests =',
        find: 'NOT EXISTS (SELECT 1 FROM manifests WHERE ${isWanted(sql`manifests`)})',
        replace: 'true',
      },
      {
        breaks: 'a manifest with a tag stays in the queue for ever',
        within: 'const forgetManifests =',
        find: '\n      OR EXISTS (SELECT 1 FROM tags WHERE ${isWanted(sql`tags`)})\n      OR ${isManifestKept(wanted.repositoryId, wanted.digest, run.keeping)}',
        replace: '',
      },
      without('a grace that began again is cut short for a manifest', 'const putOffManifests =', due),
      without(
        'a manifest is kept by a setting that is changed by now',
        'const putOffManifests =',
        '\n    AND (wanted.since >= 0 OR ${isManifestKept(wanted.repositoryId, wanted.digest, run.keeping)})',
      ),
      {
        breaks: 'the grace of an index is cut short by what it lists',
        within: 'const reviewIndexes =',
        find: 'max(since, excluded.since)',
        replace: 'excluded.since',
      },
      without('a listed manifest is forgotten whose review was renewed', 'const forgetListed =', due),
      {
        breaks: 'a manifest is forgotten whose indexes are gone',
        within: 'const forgetListed =',
        find: '${isManifestListed(sql`wanted`)}',
        replace: '(${isManifestListed(sql`wanted`)} OR true)',
      },
      {
        ...without('a link is forgotten whose review was renewed', 'const forgetLinks =', due),
        equivalent: 'what is named or gone is queued again by the trigger that makes it unused',
      },
      {
        breaks: 'a link is forgotten that nothing names',
        within: 'const forgetLinks =',
        find: ' OR ${isBlobNamed(sql`wanted`)})',
        replace: ' OR true)',
      },
      without(
        'a link that is named stays in the queue for ever',
        'const forgetLinks =',
        '\n        OR ${isBlobNamed(sql`wanted`)}',
      ),
      without('a grace that began again is cut short for a link', 'const putOffLinks =', due),
      {
        ...without(
          'a blob is forgotten whose review was renewed',
          'const forgetBlobs =',
          ' AND since <= ${run.cutoff}',
        ),
        equivalent: 'what is used or gone is queued again by the trigger that makes it unused',
      },
      {
        breaks: 'a blob is forgotten that is unused',
        within: 'const forgetBlobs =',
        find: '\n      OR ${isBlobUsed(sql`blob_reviews.digest`)}',
        replace: ' OR true',
      },
    ],
  ),
  ...plantedIn(
    'src/db/content/ancestry.ts',
    [table, runs],
    [
      { breaks: 'what a tag leads to is garbage', within: 'const isKept =', find: ' OR ${isUsed}', replace: '' },
      {
        breaks: 'untagged manifests are deleted although a setting keeps them',
        within: 'const isKept =',
        find: 'keepUntagged ? sql`OR ${hasOrigin}` : sql``',
        replace: 'sql``',
      },
      {
        breaks: 'referrers are deleted although a setting keeps them',
        within: 'const isKept =',
        find: 'deleteReferrers ? sql`` : sql`OR ${hasReferrer}`',
        replace: 'sql``',
      },
      {
        breaks: 'the time of the push counts for nothing',
        find: 'max(ancestor.pushed_at, ancestor.confirmed_at,',
        replace: 'max(0, ancestor.confirmed_at,',
      },
      {
        breaks: 'a push of what is there gives no grace',
        find: 'ancestor.confirmed_at, coalesce',
        replace: '0, coalesce',
      },
      {
        breaks: 'what lost its tag has no grace',
        find: 'coalesce(abs(ancestor.since) % ${sql.raw(String(referrersBelow))}, 0)',
        replace: '0',
      },
      {
        breaks: 'what a tagged index lists is garbage',
        within: 'const walkUp =',
        find: 'manifest_children.child_digest = ancestors.digest\n',
        replace: 'manifest_children.child_digest IS NULL\n',
      },
      {
        breaks: 'a signature of a tagged image is garbage',
        within: 'const walkUp =',
        find: 'about.digest = referrer.subject',
        replace: 'about.digest IS NULL',
      },
      {
        breaks: 'a signature by tag does not go with its image',
        within: 'const walkUp =',
        find: ' AND tags.accompanies IS NOT NULL',
        replace: ' AND tags.accompanies IS NULL',
        tests: ['test/gc/accompanying.test.ts'],
      },
      {
        breaks: 'what was used after the cutoff is garbage',
        within: 'export const isManifestGarbage =',
        find: ' AND ${usedAt} <= ${cutoff}',
        replace: '',
      },
    ],
  ),
  ...plantedIn(
    'src/gc/liveness.ts',
    ['test/gc/liveness.test.ts'],
    [
      { breaks: 'a used manifest is decided to go', find: '!isThere || ancestry.isUsed', replace: '!isThere' },
      { breaks: 'the grace of a manifest ends before its time', find: 'ancestry.usedAt > cutoff', replace: 'false' },
      {
        breaks: 'what is listed goes before its index',
        find: "isListed ? { kind: 'indexesFirst' } : remove",
        replace: 'remove',
      },
      { breaks: 'a named link is decided to go', find: '!isThere || isNamed', replace: '!isThere' },
      { breaks: 'the grace of a link ends before its time', find: 'linkedAt > cutoff', replace: 'false' },
      { breaks: 'a used blob is decided to go', find: '!isThere || isUsed ?', replace: '!isThere ?' },
    ],
  ),
  ...plantedIn(
    'src/gc/collector.ts',
    [runs],
    [
      {
        breaks: 'a run that lost its lock says that it is done',
        find: 'requireFence(run, due.fence)\n',
        replace: '\n',
      },
      {
        breaks: 'a run whose lock is lost in its batch goes on',
        find: '  requireFence(run, collected.fence)\n',
        replace: '\n',
      },
      { breaks: 'a blob of very many segments never goes', find: 'at === 0 || segments <=', replace: 'segments <=' },
      {
        breaks: 'a slice deletes more objects than one request may',
        find: 'at === 0 || segments <= mostSegments',
        replace: 'true',
      },
    ],
  ),
  ...plantedIn(
    'src/registry/upload-sweep.ts',
    ['test/jobs/read-only.test.ts'],
    [
      {
        breaks: 'the sweep deletes while the registry is read-only',
        find: 'if (isClosedByAdministrator(await readWriteGate(db), now)) return { sessions: 0, segments: 0, bytes: 0 }',
        replace: '',
      },
    ],
  ),
  ...plantedIn(
    'src/db/content/segments.ts',
    ['test/registry/upload-sweep.test.ts'],
    [
      { breaks: 'an upload that goes on is swept', find: 'WHERE expires_at <= ${now} ', replace: '' },
      {
        breaks: 'the segments of an upload are swept',
        find: 'session_id IS NULL AND ',
        replace: '',
      },
      {
        breaks: 'the segments of a blob are swept',
        find: ' AND blob_digest IS NULL',
        replace: '',
      },
      {
        breaks: 'the segments of a capability are swept',
        find: ' AND kept_for IS NULL',
        replace: '',
      },
      {
        breaks: 'a segment is swept while a request writes it',
        within: 'export async function findUnownedSegments',
        find: ' AND (size_bytes IS NOT NULL OR created_at <= ${writingSince})',
        replace: '',
      },
    ],
  ),
  ...plantedIn(
    'src/storage/segments.ts',
    ['test/storage/segments.test.ts'],
    [
      {
        breaks: 'the row of a segment goes although its abort failed',
        find: 'multipartId === undefined || gone.has(key)',
        replace: 'true',
      },
      {
        breaks: 'an abort that R2 refuses counts as done',
        find: 'return isUnknownMultipart(error)',
        replace: 'return true',
      },
      {
        breaks: 'an upload that is gone in R2 is aborted for ever',
        find: 'return isUnknownMultipart(error)',
        replace: 'return false',
        tests: ['test/storage/segments.test.ts', 'test/registry/upload-sweep.test.ts'],
      },
    ],
  ),
  // What queues a review: a queue may have too much, and never too little.
  ...plantedIn(
    'migrations/0003_jobs_and_garbage.sql',
    [runs],
    [
      {
        breaks: 'a pushed manifest is never looked at',
        within: 'CREATE TRIGGER `manifest_pushed`',
        find: 'AFTER INSERT ON `manifests` BEGIN',
        replace: 'AFTER INSERT ON `manifests` WHEN 0 BEGIN',
      },
      {
        breaks: 'a pushed blob is never looked at',
        within: 'CREATE TRIGGER `blob_linked`',
        find: 'AFTER INSERT ON `repository_blobs` BEGIN',
        replace: 'AFTER INSERT ON `repository_blobs` WHEN 0 BEGIN',
      },
      {
        breaks: 'the bytes of an unlinked blob are never looked at',
        within: 'CREATE TRIGGER `blob_unlinked`',
        find: 'WHERE NOT EXISTS (SELECT 1 FROM repository_blobs WHERE digest = OLD.digest)',
        replace: 'WHERE 0',
      },
    ],
  ),
  ...plantedIn(
    'migrations/0007_tag_policies.sql',
    [runs],
    [
      {
        breaks: 'a manifest that lost its tag is never looked at',
        within: 'CREATE TRIGGER `manifest_untagged`',
        find: 'WHEN EXISTS',
        replace: 'WHEN 0 AND EXISTS',
      },
      {
        breaks: 'a manifest whose tag moved is never looked at',
        within: 'CREATE TRIGGER `manifest_tag_moved`',
        find: 'WHEN NEW',
        replace: 'WHEN 0 AND NEW',
      },
      {
        breaks: 'what a deleted index listed is never looked at',
        within: 'CREATE TRIGGER `manifest_deleted`',
        find: 'FROM manifest_children WHERE repository_id = OLD.repository_id',
        replace: 'FROM manifest_children WHERE 0 AND repository_id = OLD.repository_id',
      },
      {
        breaks: 'the blobs of a deleted manifest are never looked at',
        within: 'CREATE TRIGGER `manifest_deleted`',
        find: 'FROM manifest_blobs AS gone WHERE gone',
        replace: 'FROM manifest_blobs AS gone WHERE 0 AND gone',
      },
      {
        breaks: 'the body of a deleted manifest is never looked at',
        within: 'CREATE TRIGGER `manifest_deleted`',
        find: 'WHERE OLD.body_digest IS NOT NULL',
        replace: 'WHERE 0',
      },
      {
        breaks: 'what was about a deleted manifest is never looked at',
        within: 'CREATE TRIGGER `manifest_deleted`',
        find: 'AND subject = OLD.digest',
        replace: 'AND 0',
      },
    ],
  ),
]
