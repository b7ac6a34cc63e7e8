/** Orders of the jobs of backups. */
import type { JobRequest } from '../jobs/enqueue.ts'

/** Orders a job, once and for now. */
export const orderOf = (action: string, parameters: JobRequest['parameters'] = {}): JobRequest => ({
  action,
  parameters,
  retries: 0,
  capacityMap: {},
  deadline: '',
  stopTimeout: '',
})
