/** Failures about jobs, their schedules, and settings. */
import type { FailureTypes } from './failure.ts'
import { quote } from './text.ts'

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
  'cron-unknown': {
    status: 404,
    ociCode: 'UNKNOWN',
    apiCode: 'NO_SUCH_CRON',
    sentence: ({ action }: { action: string }) =>
      `there is no schedule for ${quote(action)}: list the schedules to find the right action`,
  },
  /** A consumer of events failed at something outside the registry. Jobs alone report it. */
  'consumer-failed': {
    status: 500,
    ociCode: 'UNKNOWN',
    apiCode: 'INTERNAL_ERROR',
    sentence: ({ why }: { why: string }) => `the consumer failed: ${why}`,
  },
  'settings-invalid': {
    status: 400,
    ociCode: 'UNSUPPORTED',
    apiCode: 'INVALID_SETTINGS',
    sentence: ({ why }: { why: string }) => `the settings are not valid: ${why}`,
  },
} as const satisfies FailureTypes
