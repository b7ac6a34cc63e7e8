/** The collector: what may be deleted, asked again by each statement that deletes, and what it leaves in R2. */
import { plantedIn } from './mutation.ts'

export const collector = [
  ...plantedIn(
    'src/db/collection.ts',
    ['test/db/collection.test.ts'],
    [
      {
        breaks: 'a link whose grace began again is deleted',
        within: 'const deleteLinks =',
        find: ' AND repository_blobs.linked_at <= ${run.cutoff}',
        replace: '',
      },
      {
        breaks: 'the objects of a blob that stays are deleted',
        find: '.filter(({ digest }) => deleted.has(digest))',
        replace: '',
      },
    ],
  ),
]
