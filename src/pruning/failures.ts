/** The failures of pruning policies. */
import type { RepositoryName } from '../names.ts'
import { errorsOf, type FailureTypes } from '../failures/failure.ts'
import { placed, type Misfit } from '../failures/schema-misfit.ts'
import { quote } from '../failures/text.ts'

export const pruningFailures = {
  'pruning-policy-invalid': {
    status: 400,
    ociCode: 'UNSUPPORTED',
    apiCode: 'INVALID_PRUNING_POLICY',
    // The words stand in the schema of policies.
    sentence: ({ misfit }: { misfit: Misfit }) => `the pruning policy is not valid: ${placed(misfit, '')}`,
  },
  'pruning-policy-unknown': {
    status: 404,
    ociCode: 'UNKNOWN',
    apiCode: 'NO_SUCH_PRUNING_POLICY',
    sentence: ({ repository, id }: { repository: RepositoryName; id: string }) =>
      `${repository} has no pruning policy ${quote(id)}: list its policies to find the right id`,
  },
  'too-many-pruning-policies': {
    status: 409,
    ociCode: 'DENIED',
    apiCode: 'TOO_MANY_PRUNING_POLICIES',
    sentence: ({ limit }: { limit: number }) =>
      `a repository may have at most ${limit} pruning policies: delete some, or combine their values in one rule`,
  },
} as const satisfies FailureTypes

export const pruningError = errorsOf(pruningFailures)
