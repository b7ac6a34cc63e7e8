/** Orders of the jobs of backups. */
import type { JobRequest } from '../jobs/enqueue.ts'

/** The name of the job that makes a backup. */
export const backupAction = 'backup'

/** Orders a job, once and for now. */
export const orderOf = (action: string, parameters: JobRequest['parameters'] = {}): JobRequest => ({
  action,
  parameters,
  retries: 0,
  capacityMap: {},
  deadline: '',
  stopTimeout: '',
})
