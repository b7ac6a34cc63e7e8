/** Replicas: votes, promises, the lock of the collection, the gate and its triggers. */
import { plantedIn } from './mutation.ts'

export const replicas = [
  ...plantedIn(
    'src/replicas/register/quorum.ts',
    ['test/replicas/register/quorum.test.ts'],
    [
      {
        breaks: 'a joint configuration decides by the new majority alone',
        find: ' && (leaving === undefined || hasMajority(leaving, agreeing))',
        replace: '',
      },
    ],
  ),
]
