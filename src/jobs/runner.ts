/** Workers: each takes up jobs that are due, one after the other and some beside each other. */
import { claimJob, endJob } from '../db/jobs/held-jobs.ts'
import { dueJobs, findJob, type JobRecord } from '../db/jobs/jobs.ts'
import { readWriteGate } from '../db/write-gate.ts'
import { countedBucket } from '../storage/counted.ts'
import { toHex } from '../util/hex.ts'
import { allOver } from '../util/parallel.ts'
import type { Deleting, JobsContext, JobTypes } from './job-type.ts'
import { isClaimable, isOrphaned, leaseMilliseconds, nextToClaim, reasonToWait } from './decisions.ts'
import type { Sleep } from './holding.ts'
import { logged, JobWorker, type Worker } from './job-worker.ts'

/** Makes a worker with an id of its own. @param milliseconds how long it may work */
export function aWorker(context: JobsContext, milliseconds: number): Worker {
  const workerId = toHex(crypto.getRandomValues(new Uint8Array(6)))
  const endsAt = context.clock() + milliseconds
  const spent = { slices: 0, calls: 0 }
  const count = (): void => void spent.calls++
  const buckets = { bucket: countedBucket(context.bucket, count), backups: countedBucket(context.backups, count) }
  return { ...context, ...buckets, workerId, endsAt, spent, left: new Set(), sleep }
}

const sleep: Sleep = (milliseconds, signal) => scheduler.wait(milliseconds, { signal }).catch(() => undefined)

/** Jobs that one worker does beside each other, so that a long one keeps no other from its turn. */
const lanes = 4
const mostDue = 1000

/**
 * Runs due jobs until none is left or the worker's time ends. A lane that fails cuts off no other: the platform ends an
 * invocation with its promise, and would end the slices of the other lanes too.
 *
 * @throws the first failure, once all lanes are over
 */
export async function workOnJobs(worker: Worker): Promise<void> {
  await allOver(Array.from({ length: lanes }, () => workInLane(worker)))
}

async function workInLane(worker: Worker): Promise<void> {
  while (worker.clock() < worker.endsAt) {
    const due = await dueJobs(worker.db, worker.clock(), mostDue)
    const open = await withoutStopped(
      worker,
      due.filter(({ id }) => !worker.left.has(id)),
    )
    const next = nextToClaim(open, worker.clock())
    if (next === undefined) return
    const job = await claim(worker, next)
    if (job !== undefined) await runJob(worker, job)
  }
}

/** Runs a job now, unless another worker has it. */
export async function workOnJob(worker: Worker, id: string): Promise<void> {
  const seen = await findJob(worker.db, id)
  if (seen === undefined || !isClaimable(seen, worker.clock())) return
  const [open] = await withoutStopped(worker, [seen])
  if (open === undefined) return
  const job = await claim(worker, open)
  if (job !== undefined) await runJob(worker, job)
}

/** Leaves out the jobs that have logged why they wait, and still have to. */
async function withoutStopped(
  { db, clock, jobTypes }: Worker,
  jobs: readonly JobRecord[],
): Promise<readonly JobRecord[]> {
  if (!jobs.some(hasSaidWhy)) return jobs
  const gate = await readWriteGate(db)
  const isStopped = (job: JobRecord): boolean => reasonToWait(gate, deletedBy(job, jobTypes), clock()) !== undefined
  return jobs.filter((job) => !hasSaidWhy(job) || !isStopped(job))
}

/** Tells what a job deletes. A job whose action no longer takes its parameters deletes nothing: its own worker ends it. */
function deletedBy({ action, parameters }: JobRecord, jobTypes: JobTypes): Deleting {
  try {
    return jobTypes.get(action)?.deletes(JSON.parse(parameters)) ?? 'nothing'
  } catch {
    return 'nothing'
  }
}

const hasSaidWhy = ({ status, waitingFor }: JobRecord): boolean => status === 'waiting' && waitingFor !== null

/** Claims a job for a worker. @returns the job as this worker holds it; undefined if another worker was faster */
export async function claim({ db, workerId, clock }: Worker, seen: JobRecord): Promise<JobRecord | undefined> {
  const time = clock()
  const line = isOrphaned(seen) ? logged(time, `the worker ${seen.workerId ?? ''} crashed: resumed`) : undefined
  return claimJob(db, seen, { workerId, now: time, leaseUntil: time + leaseMilliseconds, line })
}

async function runJob(worker: Worker, job: JobRecord): Promise<void> {
  const action = worker.jobTypes.get(job.action)
  if (action !== undefined) return new JobWorker(worker, job, action).work()
  // Of another version of the registry.
  const now = worker.clock()
  const lines = [logged(now, `failed: there is no action ${job.action}`)]
  await endJob(worker.db, job, { status: 'errored', lines, now, retry: undefined })
}
