/** Lists of jobs, page by page: each page begins with the job that the page before it names, whatever is made meanwhile. */
import type { Database } from '../db/database.ts'
import { firstJobNotLookedAt, listJobs, type JobFilter, type JobPlace } from '../db/jobs/job-lists.ts'
import type { JobRecord } from '../db/jobs/jobs.ts'

interface Wanted {
  /** `next` of the page before; undefined: the newest. */
  readonly from: JobPlace | undefined
  /** The number of jobs to skip. */
  readonly start: number
  readonly limit: number
}

interface JobsPage {
  readonly jobs: readonly JobRecord[]
  /** The first job of the next page; undefined on the last one. */
  readonly next: JobPlace | undefined
}

/** Lists the newest first. A page may have fewer jobs than wanted, even none, and still not be the last. */
export async function jobsPage(db: Database, filter: JobFilter, { from, start, limit }: Wanted): Promise<JobsPage> {
  const read = await listJobs(db, filter, { from, start, limit: limit + 1 })
  const following = read[limit]
  if (following !== undefined) return { jobs: read.slice(0, limit), next: following }
  return { jobs: read, next: await firstJobNotLookedAt(db, filter, from) }
}

/** Formats the cursor of the next page. */
export const keyOf = ({ scheduledAt, id }: JobPlace): string => `${scheduledAt}_${id}`

/** Reads what `keyOf` wrote; undefined: it is nothing of the kind. */
export function parseKey(text: string): JobPlace | undefined {
  const [, scheduledAt = '', id = ''] = /^(\d{1,16})_([0-9a-zA-Z-]{1,100})$/.exec(text) ?? []
  return id === '' ? undefined : { scheduledAt: Number(scheduledAt), id }
}
