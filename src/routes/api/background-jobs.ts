/** Jobs that begin with what is left of the time of the request that made them. */
import type { JobStores } from '../../jobs/job-type.ts'
import { workOnJobNow } from '../../jobs/enqueue.ts'
import { clusterContext, type AppContext } from '../context.ts'

export function jobStores(c: AppContext): JobStores {
  const { db, bucket } = c.get('stores')
  const { replicas, replicaCount } = clusterContext(c)
  return { db, bucket, replicas, replicaCount }
}

/** Works on a job after the answer. @param job undefined: there is none to work on */
export function workAfterAnswer(c: AppContext, job: string | undefined): void {
  if (job !== undefined) c.get('stores').background(workOnJobNow(jobStores(c), job))
}
