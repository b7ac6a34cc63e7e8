/** What the commands about jobs have in common. */
import { setTimeout as sleep } from 'node:timers/promises'
import { path, type Api } from './api.ts'
import { printable, type Output } from './output.ts'
import { job, jobLog, jobs, type Job } from './schemas.ts'

export const jobsPath = '/api/v0/jobs'
export const cronsPath = '/api/v0/crons'

const logPageSize = 1000
const pauseMilliseconds = 1000

export const isOver = ({ status }: Pick<Job, 'status'>): boolean =>
  !['waiting', 'running', 'cancel_request'].includes(status)

/** The newest first. */
export const listJobs = (api: Api, query: Readonly<Record<string, string>>, most: number): Promise<Job[]> =>
  api.list(jobsPath, jobs, (page) => page.jobs, { query, most, sizeParameter: 'limit' })

/** @param from the number of the first line that is wanted */
export async function readLog(api: Api, id: string, from = 0): Promise<string[]> {
  const lines: string[] = []
  for (;;) {
    const query = { offset: String(from + lines.length), limit: String(logPageSize) }
    const page = await api.get(path`/api/v0/jobs/${id}/logs`, jobLog, query)
    lines.push(...page.map(({ data }) => data))
    // A page of long lines may be short and still not the last.
    if (page.length === 0) return lines
  }
}

/** The log of a job that is over. @throws Error when it did not do what it should */
export async function endedJob(api: Api, over: Job): Promise<Output> {
  const lines = await readLog(api, over.id)
  const last = lines.at(-1) ?? 'it said nothing'
  if (over.status !== 'done') throw new Error(`the job ${over.id} is ${over.status}: ${last}`)
  return { data: { message: `The job ${over.id} is done.`, job: over, log: lines }, lines: lines.map(printable) }
}

/** Asks every second until it is over. */
export async function waitForJob(api: Api, id: string): Promise<Job> {
  for (;;) {
    const now = await api.get(path`/api/v0/jobs/${id}`, job)
    if (isOver(now)) return now
    await sleep(pauseMilliseconds)
  }
}
