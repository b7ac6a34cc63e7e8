/** Pruning: which tags rules are for, and what keeps a tag that they are for. */
import { plantedIn, type Edit } from './mutation.ts'

/** Makes the edit that removes a condition of the deletion. */
const without = (breaks: string, find: string): Edit => ({
  breaks,
  within: 'function stillCondemned(',
  find,
  replace: '',
})

export const pruning = [
  ...plantedIn(
    'src/pruning/tag-store.ts',
    ['test/pruning/evaluate.test.ts', 'test/pruning/prune.test.ts'],
    [
      without('a tag is pruned that was moved since it was judged', 'tags.digest = judged.value ->> 1 AND '),
      without('a tag is pruned that was pushed again since it was judged', ' AND tags.updated_at = judged.value ->> 2'),
      {
        ...without(
          'a tag is pruned by the policy of another repository',
          'policy.repository_id = ${repositoryId} AND ',
        ),
        equivalent: 'a policy never moves, and its id is judged with tags of its own repository alone',
      },
      without('a tag is pruned by a policy that is switched off', ' AND policy.enabled = 1'),
      without('a tag is pruned by a policy that was changed', ' AND policy.version = judged.value ->> 4'),
      without('an immutable tag is pruned', ' AND immutable_tags = 0'),
      without('a tag of a deleted repository is pruned', ' AND ${isThere}'),
      without('a tag is pruned that was signed by a referrer meanwhile', 'NOT ${hasSignatureReferrer} AND '),
      without('a tag is pruned that was signed by a tag meanwhile', ' AND NOT ${hasSignatureTag}'),
      without('a tag is pruned that was pinned meanwhile', ' AND NOT ${isPinnedTag}'),
      without('a signature is pruned whose image was pushed during pruning', ' AND NOT ${accompaniesImage}'),
      {
        breaks: 'a policy that is switched off is applied',
        within: 'export async function nextPrunedRepository',
        find: ' AND policies.enabled = 1',
        replace: '',
      },
      {
        breaks: 'a repository without enabled policies is gone through',
        within: 'export async function nextPrunedRepository',
        find: 'WHERE enabled = 1 AND ',
        replace: 'WHERE ',
      },
    ],
  ),
  ...plantedIn(
    'src/pruning/evaluate.ts',
    ['test/pruning/evaluate.test.ts', 'test/pruning/prune.test.ts'],
    [
      {
        breaks: 'a tag signed by a referrer is condemned',
        find: 'hasSignatureReferrer || hasSignatureTag || isPinned\n',
        replace: 'hasSignatureTag || isPinned\n',
      },
      {
        breaks: 'a tag signed by a tag is condemned',
        find: 'hasSignatureReferrer || hasSignatureTag || isPinned\n',
        replace: 'hasSignatureReferrer || isPinned\n',
      },
      {
        breaks: 'a pinned tag is condemned',
        find: 'hasSignatureReferrer || hasSignatureTag || isPinned\n',
        replace: 'hasSignatureReferrer || hasSignatureTag\n',
      },
      { breaks: 'the signature of an image is condemned', find: ' && !trust.accompaniesImage', replace: '' },
      {
        breaks: 'a policy for tags to come condemns those of before',
        find: 'tag.updatedAt > tagsSince && ',
        replace: '',
      },
      { breaks: 'a tag is looked at twice', find: 'next: read[limit]?.name', replace: 'next: read[limit - 1]?.name' },
    ],
  ),
  ...plantedIn(
    'src/pruning/rules.ts',
    ['test/pruning/rules.test.ts'],
    [
      { breaks: 'one rule of a policy is enough', find: 'matchers.every(', replace: 'matchers.some(' },
      { breaks: 'a policy without rules matches every tag', find: 'matchers.length > 0 && ', replace: '' },
      {
        breaks: 'a rule that is not understood matches everything',
        find: '? () => false : understood',
        replace: '? () => true : understood',
      },
      {
        breaks: '"before" means after',
        find: "['bf', (time, limit) => time < limit]",
        replace: "['bf', (time, limit) => time > limit]",
      },
      {
        breaks: 'a duration is counted from 1970',
        find: '(duration, now) => now - duration',
        replace: '(duration) => duration',
      },
      { breaks: 'the second of two times is ignored', find: ' || second !== undefined', replace: '' },
    ],
  ),
  ...plantedIn(
    'src/pruning/tag-tests.ts',
    ['test/pruning/rules.test.ts'],
    [
      { breaks: 'none of the names means any of them', find: '!holds(name, values)', replace: 'holds(name, values)' },
      {
        breaks: 'a name begins with what it contains',
        find: 'name.startsWith(value)',
        replace: 'name.includes(value)',
      },
      { breaks: 'a name ends with what it contains', find: 'name.endsWith(value)', replace: 'name.includes(value)' },
      {
        breaks: 'a value that no tag can have is taken',
        find: 'values.find((value) => !isPossible(value))',
        replace: 'values.find((value) => !isPossible(value) && false)',
      },
    ],
  ),
  ...plantedIn(
    'src/pruning/prune.ts',
    ['test/pruning/prune.test.ts'],
    [
      {
        breaks: 'a slice of pruning goes on for minutes',
        find: 'if (visits > 0 && clock() >= endsAt) break',
        replace: '',
      },
      {
        breaks: 'the next slice begins with the repository again',
        find: 'repository.id === at.repositoryId ? at :',
        replace: 'repository.id < at.repositoryId ? at :',
      },
      {
        breaks: 'read-only mode fails a run of pruning',
        find: 'if (!isReadOnly(error)) throw error',
        replace: 'throw error',
      },
    ],
  ),
]
