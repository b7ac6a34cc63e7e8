/** What is refused about backups. */
import { errorsOf, type FailureTypes } from '../failures/failure.ts'
import { restoreFailures } from './restore/failures.ts'

export const backupFailures = {
  ...restoreFailures,
  'drill-missing': {
    status: 409,
    ociCode: 'UNSUPPORTED',
    apiCode: 'NO_DRILL_DATABASE',
    sentence: () =>
      'the registry has no database in which it could prove a backup: deploy it again, which makes the binding DRILL',
  },
} as const satisfies FailureTypes

export const backupError = errorsOf(backupFailures)
