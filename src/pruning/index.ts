/** Pruning: rules of a repository by which its tags are deleted. */
import { defineCapability } from '../capability.ts'
import { simpleJobType } from '../jobs/job-type.ts'
import { lazily } from '../util/lazy.ts'
import { pruningFailures } from './failures.ts'
import { policyObject } from './policy-store.ts'
import { pruneSlice, pruningExclusion, pruningParameters } from './prune.ts'
import { pruningTables } from './tables.ts'

const loadReturn = lazily(() => import('./repository-return.ts'))

export const pruning = defineCapability({
  routes: () => import('./routes.ts'),
  apiGroups: ['pruning'],
  objectTypes: [policyObject],
  failures: pruningFailures,
  tables: pruningTables,
  repositoryReturn: async () => (await loadReturn()).returnPolicies,
  jobTypes: {
    tag_pruning: simpleJobType({
      parameters: pruningParameters,
      deletes: 'content',
      exclusionKey: pruningExclusion,
      joinsWaiting: true,
      run: ({ db, clock, job: { parameters } }, checkpoint) => pruneSlice({ db, clock, parameters }, checkpoint),
    }),
  },
})
