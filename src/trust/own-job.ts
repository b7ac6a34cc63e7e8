/** The jobs that content trust makes by itself. */
import type { NewJob } from '../db/jobs/jobs.ts'

/** Returns a job that is due now, of which one runs at a time. */
export const ownJob = (action: string, now: number): NewJob => ({
  id: crypto.randomUUID(),
  retryFromId: null,
  action,
  exclusionKey: action,
  scheduledAt: now,
  retriesLeft: 0,
  retriesTotal: 0,
  capacityMap: '{}',
  parameters: '{}',
  deadline: '',
  stopTimeout: '',
})
