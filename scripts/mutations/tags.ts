/** Tags: immutable ones, and the tag limit. */
import { plantedIn } from './mutation.ts'

export const tags = [
  ...plantedIn(
    'src/db/tags.ts',
    ['test/routes/v2/manifests.test.ts'],
    [
      {
        breaks: 'a tag is deleted in all repositories',
        find: 'sql`tags WHERE repository_id = ${repositoryIdOf(repository)} AND name = ${tag}`',
        replace: 'sql`tags WHERE ${repository} IS NOT NULL AND name = ${tag}`',
      },
    ],
  ),
]
