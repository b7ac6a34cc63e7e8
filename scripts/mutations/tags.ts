/** Tags, and the tag limit. */
import { plantedIn } from './mutation.ts'

export const tags = [
  ...plantedIn(
    'src/db/content/tags.ts',
    ['test/routes/v2/manifests.test.ts'],
    [
      {
        breaks: 'a tag is deleted in all repositories',
        find: 'sql`tags WHERE repository_id = ${repositoryIdOf(repository)} AND name = ${tag}`',
        replace: 'sql`tags WHERE ${repository} IS NOT NULL AND name = ${tag}`',
      },
      {
        breaks: 'the tags of all repositories are listed',
        find: 'WHERE repository_id = repositories.id AND name > ?1',
        replace: 'WHERE name > ?1',
      },
      {
        breaks: 'a page of tags repeats the last tag of the page before',
        find: 'name > ?1',
        replace: 'name >= ?1',
        tests: ['test/routes/v2/lists.test.ts'],
      },
      {
        breaks: 'the tags of a later repository of the name are listed',
        find: 'FROM repositories WHERE name = ?3 AND ${textOf(isHeld(sql`?4`, sql`?5`))}',
        replace: 'FROM repositories WHERE name = ?3 AND coalesce(?4, ?5) IS NOT NULL',
        tests: ['test/routes/v2/rights.test.ts'],
      },
      {
        breaks: 'a tag that is pushed again does not move',
        find: 'SET digest = excluded.digest, updated_by',
        replace: 'SET updated_by',
      },
      {
        breaks: 'an immutable or a pinned tag is deleted',
        find: '    kept: refuseKept(right, { tag }),\n',
        replace: '    kept: sql`SELECT 1`,\n',
        tests: ['test/routes/v2/tag-policy.test.ts', 'test/routes/v2/pins.test.ts'],
      },
    ],
  ),
  ...plantedIn(
    'src/db/content/tag-limit.ts',
    ['test/routes/v2/tag-policy.test.ts'],
    [
      { breaks: 'moving a tag needs room below the limit', find: '${added(pushed)} > 0 AND ', replace: '' },
      { breaks: 'the tag limit drops immutable tags', find: ' AND immutable_tags = 0)', replace: ')' },
      {
        breaks: 'the tag limit drops the tags of the push itself',
        find: 'tags.name NOT IN (SELECT value FROM ${namesOf(pushed)}) AND NOT ${isSigned}',
        replace: 'NOT ${isSigned}',
      },
      { breaks: 'the tag limit drops signed tags', find: ' AND NOT ${isSigned}\n', replace: '\n' },
      {
        breaks: 'the tag limit drops tags that accompany an image',
        find: '      AND accompanies IS NULL\n    ORDER BY',
        replace: '    ORDER BY',
      },
      {
        breaks: 'a tag that accompanies an image needs room below the limit',
        find: 'WHERE ${accompaniedBy(sql`value`)} IS NULL\n    AND NOT EXISTS',
        replace: 'WHERE NOT EXISTS',
      },
      {
        breaks: 'the tag limit drops the newest tags',
        find: 'ORDER BY updated_at, name LIMIT',
        replace: 'ORDER BY updated_at DESC, name LIMIT',
      },
      {
        breaks: 'a push succeeds though there is no room for its tags',
        find: '< ${excess(pushed)}`',
        replace: '< 0 * ${excess(pushed)}`',
      },
      {
        breaks: 'a tag that is pushed again counts twice',
        find: '\n    AND NOT EXISTS (SELECT 1 FROM tags WHERE repository_id = ${repositoryIdOf(pushed.repository)} AND name = value))`',
        replace: ')`',
      },
    ],
  ),
]
