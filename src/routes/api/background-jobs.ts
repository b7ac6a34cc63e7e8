/** Jobs that begin with what is left of the time of the request that made them. */
import { workOnJobNow } from '../../jobs/enqueue.ts'
import type { JobsContext } from '../../jobs/job-type.ts'
import type { AppContext } from '../app-context.ts'
import { requirePassword } from '../shared/router.ts'

export const jobsContext = (c: AppContext): JobsContext => ({ ...c.get('context'), jobTypes: c.get('jobTypes') })

/** Works on a job after the answer. @param job undefined: there is none to work on */
export function workAfterAnswer(c: AppContext, job: string | undefined): void {
  if (job !== undefined) c.get('context').background(workOnJobNow(jobsContext(c), job))
}

/** Refuses an access token for an action that needs a password. @throws RegistryError `password-needed` */
export function requirePasswordForAction(c: AppContext, action: string): void {
  const words = c.get('jobTypes').get(action)?.needsPasswordTo
  if (words !== undefined) requirePassword(c, { kind: 'declared-by-route', words })
}
