/** Jobs that begin with what is left of the time of the request that made them. */
import { workOnJobNow } from '../../jobs/enqueue.ts'
import type { JobsContext } from '../../jobs/job-type.ts'
import type { AppContext } from '../app-context.ts'

export const jobsContext = (c: AppContext): JobsContext => ({ ...c.get('context'), jobTypes: c.get('jobTypes') })

/** Works on a job after the answer. @param job undefined: there is none to work on */
export function workAfterAnswer(c: AppContext, job: string | undefined): void {
  if (job !== undefined) c.get('context').background(workOnJobNow(jobsContext(c), job))
}
