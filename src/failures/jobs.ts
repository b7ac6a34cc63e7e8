/** Failures about jobs, their schedules, and settings. */
import { phrase, type FailureTypes, type PhraseOf } from './failure.ts'
import { placed, type Misfit } from './schema-misfit.ts'
import { quote } from './text.ts'

const whySettingsInvalid = {
  'names-unknown': ({ names, known }: { names: readonly string[]; known: readonly string[] }) =>
    `${names.slice(0, 5).map(quote).join(', ')} cannot be set in this registry, and nothing was changed: it has ${known.join(', ')}`,
  /** The words stand in the schema of the setting. */
  'of-schema': (misfit: Misfit) => `${placed(misfit, 'they: ')} (see /apidocs)`,
} as const

export type WhySettingsInvalid = PhraseOf<typeof whySettingsInvalid>

export const jobsFailures = {
  'job-unknown': {
    status: 404,
    ociCode: 'UNKNOWN',
    apiCode: 'NO_SUCH_JOB',
    sentence: ({ id }: { id: string }) => `there is no job ${quote(id)}: list the jobs to find the right id`,
  },
  /** The job must not run beside the job `id`. */
  'job-running': {
    status: 409,
    ociCode: 'DENIED',
    apiCode: 'JOB_RUNNING',
    sentence: ({ id, action }: { id: string; action: string }) =>
      `the job ${id} has not finished, so a job ${action} cannot start: wait for it, or cancel it`,
  },
  'job-not-over': {
    status: 409,
    ociCode: 'DENIED',
    apiCode: 'JOB_RUNNING',
    sentence: ({ id }: { id: string }) => `the job ${id} has not finished: cancel it first`,
  },
  /** What a job has to remember between slices is too much for its row. */
  'job-checkpoint-too-large': {
    // Only jobs save checkpoints, so no route answers this.
    status: 500,
    ociCode: 'UNKNOWN',
    apiCode: 'INTERNAL_ERROR',
    sentence: ({ bytes, most }: { bytes: number; most: number }) =>
      `the job has to remember ${bytes} bytes, and the database takes ${most}: start one with less to do, and report this`,
  },
  /** Jobs alone report it, in their log. */
  'slice-too-long': {
    status: 500,
    ociCode: 'UNKNOWN',
    apiCode: 'INTERNAL_ERROR',
    sentence: ({ minutes }: { minutes: number }) =>
      `a slice of the job did not end within ${minutes} minutes, and a worker has no more time for one: look at the lines of this log for how far the job came, and start it again when R2 and D1 answer quickly`,
  },
  'cron-unknown': {
    status: 404,
    ociCode: 'UNKNOWN',
    apiCode: 'NO_SUCH_CRON',
    sentence: ({ action }: { action: string }) =>
      `there is no schedule for ${quote(action)}: list the schedules to find the right action`,
  },
  /** A consumer of events failed at something outside the registry, with this message. Jobs alone report it. */
  'consumer-failed': {
    status: 500,
    ociCode: 'UNKNOWN',
    apiCode: 'INTERNAL_ERROR',
    sentence: ({ message }: { message: string }) => `the consumer failed: ${message}`,
  },
  'settings-invalid': {
    status: 400,
    ociCode: 'UNSUPPORTED',
    apiCode: 'INVALID_SETTINGS',
    sentence: ({ reason }: { reason: WhySettingsInvalid }) =>
      `the settings are not valid: ${phrase(whySettingsInvalid, reason)}`,
  },
} as const satisfies FailureTypes
