/** Jobs that begin with what is left of the time of the request that made them. */
import { workOnJobNow } from '../../jobs/enqueue.ts'
import type { JobsContext } from '../../jobs/job-type.ts'
import type { AppContext } from '../app-context.ts'
import { requirePasswordAgain } from '../shared/router.ts'

export const jobsContext = (c: AppContext): JobsContext => ({ ...c.get('context'), jobTypes: c.get('jobTypes') })

/** Works on a job after the answer. @param job undefined: there is none to work on */
export function workAfterAnswer(c: AppContext, job: string | undefined): void {
  if (job !== undefined) c.get('context').background(workOnJobNow(jobsContext(c), job))
}

/** Requires the password again for an action that needs one. @throws RegistryError as `requirePasswordAgain` */
export function requirePasswordForAction(c: AppContext, action: string): void {
  const words = c.get('jobTypes').get(action)?.needsPasswordTo
  if (words !== undefined) requirePasswordAgain(c, { kind: 'declared-by-route', words })
}
