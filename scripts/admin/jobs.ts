/** The parts that commands about jobs share. */
import { setTimeout as sleep } from 'node:timers/promises'
import { answer, listAll, Refusal, type Api, type Schemas } from './api.ts'
import { printable, type Output } from './output.ts'
import { stepIn } from './progress-text.ts'
import { withProgress, type Show, type Step } from './progress.ts'

export type Job = Schemas['Job']

const logPageSize = 1000
const pauseMilliseconds = 1000

export const isOver = ({ status }: Pick<Job, 'status'>): boolean =>
  !['waiting', 'running', 'cancel_request'].includes(status)

/** Returns the newest first. */
export const listJobs = (
  api: Api,
  query: { readonly action?: string; readonly running?: 'true' },
  most: number,
): Promise<Job[]> =>
  listAll(
    ({ pageSize: limit, ...start }) => api.GET('/api/v0/jobs', { params: { query: { ...query, ...start, limit } } }),
    ({ jobs }) => jobs,
    most,
  )

export const getJob = (api: Api, jobID: string): Promise<Job> =>
  answer(api.GET('/api/v0/jobs/{jobID}', { params: { path: { jobID } } }))

export const startJob = (api: Api, body: Schemas['WantedJob']): Promise<Job> =>
  answer(api.POST('/api/v0/jobs', { body }))

/** Reads the log of a job to its end. @param from the number of lines to skip */
export async function readLog(api: Api, jobID: string, from = 0): Promise<string[]> {
  const lines: string[] = []
  for (;;) {
    const query = { offset: from + lines.length, limit: logPageSize }
    const page = await answer(api.GET('/api/v0/jobs/{jobID}/logs', { params: { path: { jobID }, query } }))
    lines.push(...page.map(({ data }) => data))
    // A page of long lines may be short and still not the last.
    if (page.length === 0) return lines
  }
}

/** Returns the log of a job that is over. @throws Error when it did not do what it should */
export async function endedJob(api: Api, over: Job): Promise<Output> {
  const lines = await readLog(api, over.id)
  requireDone(over, lines)
  return { data: { message: `The job ${over.id} is done.`, job: over, log: lines }, lines: lines.map(printable) }
}

function requireDone({ id, status }: Job, log: readonly string[]): void {
  if (status !== 'done') throw new Error(`the job ${id} is ${status}: ${log.at(-1) ?? 'it said nothing'}`)
}

/**
 * Shows each line of the log as it is written, until the job is over.
 *
 * @returns the log, the whole one unless the job is gone
 * @throws Error when the job did not do what it should
 */
export async function followLog(api: Api, id: string, show: (line: string) => void): Promise<FollowedLog> {
  const log: string[] = []
  let wasFound = false
  for (;;) {
    try {
      // Reads the status first: a job that is over then writes no line after the ones that are read next.
      const job = await getJob(api, id)
      wasFound = true
      const lines = await readLog(api, id, log.length)
      for (const line of lines) show(line)
      log.push(...lines)
      if (isOver(job)) {
        requireDone(job, log)
        return { log, isGone: false }
      }
    } catch (error) {
      if (!wasFound || !(error instanceof Refusal) || error.code !== 'NO_SUCH_JOB') throw error
      return { log, isGone: true }
    }
    await sleep(pauseMilliseconds)
  }
}

export interface FollowedLog {
  /** As far as it was read. */
  readonly log: readonly string[]
  /** The job ended and was deleted between two looks: recurring jobs take the place of those that ended well. */
  readonly isGone: boolean
}

/** Asks every second until the job is over, and shows how far it is: the last line of its log says it. */
export const waitForJob = (api: Api, id: string): Promise<Job> => withProgress((show) => watchJob(api, id, show))

/** Asks every second until the job is over. */
export async function watchJob(api: Api, id: string, show: Show): Promise<Job> {
  let read = 0
  let last: string | undefined
  for (;;) {
    const job = await getJob(api, id)
    if (isOver(job)) return job
    const lines = await readLog(api, id, read)
    read += lines.length
    last = lines.at(-1) ?? last
    show(stepOf(job, last))
    await sleep(pauseMilliseconds)
  }
}

/** Returns what a job does, for a person who waits for it. A job that counts logs lines like "exports: 3 of 60 tables". */
function stepOf({ id, action, status }: Job, line: string | undefined): Step | string {
  const counted = line === undefined ? undefined : stepIn(line)
  if (counted !== undefined) return { ...counted, what: `${action} ${counted.what}` }
  return `The job ${id} (${action}) is ${status}${line === undefined ? '.' : `: ${line}`}`
}
