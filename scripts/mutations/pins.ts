/** Pins: what is kept because it is signed, by everything that deletes. */
import { plantedIn } from './mutation.ts'

const requests = 'test/routes/v2/pins.test.ts'
const collections = 'test/gc/pins.test.ts'
const statements = 'test/db/content/pins.test.ts'

export const pins = [
  ...plantedIn(
    'src/db/content/pins.ts',
    [statements],
    [
      {
        breaks: 'what another kind of signature pins is unpinned',
        find: '\n          AND pins.pinned_by = ${pinnedBy})`',
        replace: ')`',
      },
      {
        breaks: 'what is pinned in another repository is unpinned',
        within: 'export const unpinStatements =',
        find: 'WHERE pins.repository_id = ${repositoryId} AND pins.kind',
        replace: 'WHERE ${repositoryId} > 0 AND pins.kind',
      },
      {
        breaks: 'a tag is unpinned with a manifest of its name',
        find: 'pins.kind = gone.value ->> 0 AND ',
        replace: '',
        equivalent: 'no tag is a digest: the kind is there for the primary key',
      },
      {
        breaks: 'all pins of another kind of signature are taken back',
        find: ' AND pinned_by = ${pinnedBy}`',
        replace: ' AND ${pinnedBy} IS NOT NULL`',
      },
      {
        breaks: 'all pins of another repository are taken back',
        find: 'DELETE FROM pins WHERE repository_id = ${repositoryId} AND pinned_by',
        replace: 'DELETE FROM pins WHERE ${repositoryId} > 0 AND pinned_by',
      },
      {
        breaks: 'a deleted repository is pinned',
        find: 'repositories.id = ${repositoryId} AND ${isThere}',
        replace: 'repositories.id = ${repositoryId}',
      },
      { breaks: 'a pin that is there fails its batch', find: '\n      ON CONFLICT DO NOTHING`', replace: '`' },
      {
        breaks: 'a pin keeps the same name in another repository',
        find: 'WHERE pins.repository_id = ${repositoryId} AND pins.kind = ${sql.raw',
        replace: 'WHERE ${repositoryId} > 0 AND pins.kind = ${sql.raw',
        tests: [requests, collections],
      },
      {
        breaks: 'a pin of one kind keeps what has its name and another kind',
        find: "pins.kind = ${sql.raw(`'${kind}'`)} AND pins.name",
        replace: 'pins.name',
        equivalent: 'no tag is a digest: the kind is there for the primary key',
      },
      {
        breaks: 'a pin keeps everything of its kind',
        find: ' AND pins.name = ${name})`',
        replace: ')`',
        tests: [requests],
      },
    ],
  ),
  ...plantedIn(
    'src/db/content/kept-content.ts',
    [requests],
    [
      {
        breaks: 'a pinned tag is deleted',
        find: 'sql`EXISTS (SELECT 1 FROM ${pinnedTags(repository, reference)})\n      OR ',
        replace: 'sql`',
      },
      {
        breaks: 'a pinned manifest is deleted',
        find: '\n      OR EXISTS (SELECT 1 FROM ${pinnedManifests(repository, reference)})`',
        replace: '`',
      },
      {
        breaks: 'no tag of a repository with a pinned one is deleted',
        within: 'const pinnedTags =',
        find: ' AND ${isPinnedTag}',
        replace: ' AND EXISTS (SELECT 1 FROM pins WHERE pins.repository_id = tags.repository_id)',
      },
      {
        breaks: 'a manifest is kept that is pinned itself in another repository',
        within: 'const pinnedManifests =',
        find: 'SELECT repository_id, digest FROM manifests WHERE repository_id = ${repositoryId} AND digest',
        replace: 'SELECT repository_id, digest FROM manifests WHERE ${repositoryId} > 0 AND digest',
      },
      {
        breaks: 'an index of a pinned manifest is deleted',
        within: 'const pinnedManifests =',
        find: ' AND manifest_digest = ${digest}',
        replace: ' AND child_digest = ${digest}',
      },
      {
        breaks: 'the tags of every repository are immutable',
        find: ' AND repositories.immutable_tags = 1 AND',
        replace: ' AND',
        tests: ['test/routes/v2/tag-policy.test.ts'],
      },
      {
        breaks: 'a tag that accompanies an image is immutable',
        find: ' AND tags.accompanies IS NULL`',
        replace: '`',
        tests: ['test/routes/v2/tag-policy.test.ts'],
      },
      {
        breaks: 'a tag is kept because it is immutable or pinned in another repository',
        find: 'WHERE repositories.name = ${repository}\n',
        replace: 'WHERE ${repository} IS NOT NULL\n',
      },
      {
        breaks: 'an administrator cannot delete an immutable tag',
        find: 'takesImmutable ? sql`false` : ',
        replace: '',
        tests: ['test/routes/v2/tag-policy.test.ts'],
      },
    ],
  ),
  ...plantedIn(
    'src/db/repositories/repository-deletion.ts',
    [requests],
    [
      {
        breaks: 'a repository with trust data is deleted',
        within: 'export async function deleteRepository(',
        find: ' AND ${isPinned})`',
        replace: ' AND false)`',
      },
    ],
  ),
  ...plantedIn(
    'src/db/repositories/deleted-repositories.ts',
    ['test/registry/repository-deletion.test.ts'],
    [
      {
        breaks: 'the last row of a deleted repository takes all its pins with it',
        find: ' OR ${isLeft(sql`pins ${own}`)})',
        replace: ')',
      },
    ],
  ),
  ...plantedIn(
    'src/db/content/tag-limit.ts',
    [requests],
    [{ breaks: 'the tag limit drops pinned tags', find: '\n      AND NOT ${isPinnedTag}\n', replace: '\n' }],
  ),
  ...plantedIn(
    'src/db/content/ancestry.ts',
    [collections],
    [
      {
        breaks: 'what is pinned is garbage',
        within: 'export const isUsedItself =',
        find: '${isPinnedManifest(sql`${manifest}.repository_id`, sql`${manifest}.digest`)}\n  OR ',
        replace: '',
      },
      {
        breaks: 'a pinned tag that accompanies an image goes with it',
        within: 'export const isUsedItself =',
        find: '${isPinnedTag} OR ',
        replace: '',
      },
    ],
  ),
  ...plantedIn(
    'migrations/0015_pins.sql',
    [collections],
    [
      {
        breaks: 'a manifest that lost its pin is never looked at',
        within: 'CREATE TRIGGER `manifest_unpinned`',
        find: "WHEN OLD.`kind` = 'manifest'",
        replace: "WHEN OLD.`kind` = 'none'",
      },
      {
        breaks: 'a manifest is looked at that is still pinned',
        within: 'CREATE TRIGGER `manifest_unpinned`',
        find: " AND NOT EXISTS (SELECT 1 FROM pins WHERE repository_id = OLD.repository_id AND kind = 'manifest' AND name = OLD.name)",
        replace: '',
      },
      {
        breaks: 'the manifest of a tag that lost its pin is never looked at',
        within: 'CREATE TRIGGER `tag_unpinned`',
        find: "WHEN OLD.`kind` = 'tag'",
        replace: "WHEN OLD.`kind` = 'none'",
      },
      {
        breaks: 'what is unpinned has no grace period',
        within: 'CREATE TRIGGER `manifest_unpinned`',
        find: "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
        replace: '1',
      },
    ],
  ),
]
