/** Jobs: who may take one up, when it is over, and what a worker may still write. */
import { plantedIn } from './mutation.ts'

export const jobs = [
  ...plantedIn(
    'src/jobs/decisions.ts',
    ['test/jobs/decisions.test.ts'],
    [
      {
        breaks: 'a job is taken up before its time',
        find: '|| scheduledAt > now) return false',
        replace: ') return false',
      },
    ],
  ),
]
