/** Jobs for tests: made straight in D1, and worked on by workers whose time a test sets. */
import { env } from 'cloudflare:workers'
import { openDatabase } from '../../src/db/database.ts'
import { findJob, type JobRecord } from '../../src/db/jobs/jobs.ts'
import { jobTypes } from '../../src/installed.ts'
import type { JobsContext } from '../../src/jobs/job-type.ts'
import { enqueueJob, type JobRequest } from '../../src/jobs/enqueue.ts'
import { aWorker, claim } from '../../src/jobs/runner.ts'
import type { Worker } from '../../src/jobs/job-worker.ts'
import { parseAccountName } from '../../src/names.ts'
import { testContext } from './context.ts'

const db = openDatabase(env.DB)

export const root = parseAccountName('root')

export const jobsContext = (changes: Parameters<typeof testContext>[0] = {}): JobsContext => ({
  ...testContext(changes),
  jobTypes,
})

/** A worker with as much time as it needs, unless a test says otherwise. */
export const worker = (milliseconds = 20_000, clock: () => number = Date.now): Worker =>
  aWorker(jobsContext({ clock }), milliseconds)

/** A time that passes when a test says so, and wakes what sleeps until then. */
export class SteppedTime {
  #now: number
  readonly #asleep = new Set<{ readonly until: number; readonly wake: () => void }>()

  constructor(now: number) {
    this.#now = now
  }

  readonly clock = (): number => this.#now

  readonly sleep = async (milliseconds: number, signal: AbortSignal): Promise<void> => {
    if (signal.aborted) return
    const { promise, resolve } = Promise.withResolvers<undefined>()
    const sleeper = { until: this.#now + milliseconds, wake: () => resolve(undefined) }
    this.#asleep.add(sleeper)
    signal.addEventListener('abort', sleeper.wake)
    await promise
    this.#asleep.delete(sleeper)
  }

  /** Lets time pass. Ends when what has woken is done: when it sleeps again, or after a while. */
  async pass(milliseconds: number): Promise<void> {
    await scheduler.wait(1)
    this.#now += milliseconds
    const due = [...this.#asleep].filter(({ until }) => until <= this.#now)
    const before = this.#asleep.size
    for (const { wake } of due) wake()
    await scheduler.wait(0)
    for (let look = 0; this.#asleep.size < before && look < 100; look++) await scheduler.wait(2)
  }
}

/** @param at now, by the clock of the test */
export async function aJob(
  order: Partial<JobRequest> & { readonly action: string },
  at = Date.now(),
): Promise<JobRecord> {
  const usual = { parameters: {}, retries: 0, capacityMap: {}, deadline: '', stopTimeout: '' }
  return enqueueJob(jobsContext(), { ...usual, ...order }, at, { by: root, now: at })
}

export async function theJob(id: string): Promise<JobRecord> {
  const job = await findJob(db, id)
  if (job === undefined) throw new Error(`there is no job ${id}`)
  return job
}

/** Taken up by a worker that never says anything again. @returns the job as that worker holds it */
export async function takenUp(job: JobRecord, by: Worker): Promise<JobRecord> {
  const held = await claim(by, await theJob(job.id))
  if (held === undefined) throw new Error('another worker was faster')
  return held
}

/** As if so much time had passed since the worker said that it lives. */
export async function loseLease(id: string): Promise<void> {
  await env.DB.prepare('UPDATE jobs SET lease_until = 1 WHERE id = ?').bind(id).run()
}

/** Without the times. */
export async function logOf(id: string): Promise<string[]> {
  const { results } = await env.DB.prepare('SELECT data FROM job_logs WHERE job_id = ? ORDER BY line_number')
    .bind(id)
    .all<{ data: string }>()
  return results.map(({ data }) => data.replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z /, ''))
}

/** Waits until it ends, in any worker. */
export async function over(id: string): Promise<JobRecord> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const job = await theJob(id)
    if (job.endedAt !== null) return job
    await scheduler.wait(50)
  }
  throw new Error(`the job ${id} does not end`)
}

/** Waits until no content of deleted repositories is left. */
export async function deletionsOver(): Promise<void> {
  const left = "SELECT id FROM jobs WHERE action = 'repository_deletion' AND ended_at IS NULL"
  for (let id = await idIn(left); id !== null; id = await idIn(left)) await over(id)
}

const idIn = (query: string): Promise<string | null> => env.DB.prepare(query).first<string>('id')
