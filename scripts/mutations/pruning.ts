/** Pruning: which tags rules are for, and what keeps a tag that they are for. */
import { plantedIn } from './mutation.ts'

export const pruning = [
  ...plantedIn(
    'src/db/prunable-tags.ts',
    ['test/pruning/prune.test.ts'],
    [
      {
        breaks: 'a tag is pruned that was pushed again since it was judged',
        within: 'function stillCondemned(',
        find: ' AND tags.updated_at = judged.value ->> 2',
        replace: '',
      },
    ],
  ),
]
