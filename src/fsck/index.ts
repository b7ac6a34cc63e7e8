/** Fsck: compares D1 with R2, and marks what is lost. */
import { asOfNow } from '../context.ts'
import { defineCapability } from '../capability.ts'
import { simpleJobType } from '../jobs/job-type.ts'
import { fsckFailures } from './failures.ts'
import { fsckParameters, fsckSlice } from './repair.ts'

export const fsck = defineCapability({
  routes: () => import('./routes.ts'),
  failures: fsckFailures,
  jobTypes: {
    fsck: simpleJobType({
      parameters: fsckParameters,
      deletes: 'nothing',
      exclusionKey: 'fsck',
      isExclusive: true,
      run: (context, checkpoint) => fsckSlice({ ...asOfNow(context), parameters: context.job.parameters }, checkpoint),
    }),
  },
})
