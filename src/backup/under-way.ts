/** What jobs are doing with backups now. */
import * as z from 'zod'
import type { Database } from '../db/database.ts'
import { listJobs } from '../db/jobs/job-lists.ts'
import { backupAction } from './job.ts'
import { proveAction } from './proof/action.ts'

/** What goes on with a backup now. */
export interface UnderWay {
  /** Its job has not ended. */
  readonly isRunning: boolean
  /** A proof of it has not ended. */
  readonly isProving: boolean
}

/** Jobs of backups exclude each other, and few jobs of any kind are unfinished at once. */
const mostUnfinished = 1000

const ofProof = z.object({ backup: z.string() })

/** Reads what goes on with each backup. */
export async function readUnderWay(db: Database): Promise<(id: string) => UnderWay> {
  const unfinished = { action: undefined, worker: undefined, running: true }
  const jobs = await listJobs(db, unfinished, { from: undefined, start: 0, limit: mostUnfinished })
  const running = new Set(jobs.filter(({ action }) => action === backupAction).map(({ id }) => id))
  const proofs = jobs.filter(({ action }) => action === proveAction)
  const proving = new Set(proofs.map(({ parameters }) => ofProof.safeParse(JSON.parse(parameters)).data?.backup))
  return (id) => ({ isRunning: running.has(id), isProving: proving.has(id) })
}
