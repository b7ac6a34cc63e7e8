/** What jobs are doing with backups now. */
import { isTableMissing, type Database } from '../db/database.ts'
import { listJobs } from '../db/jobs/job-lists.ts'
import type { JobRecord } from '../db/jobs/jobs.ts'
import { backupAction } from './orders.ts'
import { repositoryAction, repositoryOrder } from './repository/order.ts'
import { proofParameters, proveAction, type ProofOrder } from './proof/action.ts'
import { findRestorationRow } from './restore/restoration-store.ts'

/** What goes on with a backup now. */
export interface UnderWay {
  /** Its job has not ended. */
  readonly isRunning: boolean
  /** A proof of it has not ended. */
  readonly isProving: boolean
  /** A proof, a check of its hashes, or a restore of the registry has not ended. */
  readonly isRead: boolean
}

/** Few jobs of any kind are unfinished at once. */
const mostUnfinished = 1000

const unfinishedJobs = (db: Database): Promise<readonly JobRecord[]> =>
  listJobs(
    db,
    { action: undefined, worker: undefined, running: true },
    { from: undefined, start: 0, limit: mostUnfinished },
  )

const orderIn = ({ parameters }: JobRecord) => proofParameters.safeParse(JSON.parse(parameters)).data

/** Reads what goes on with each backup. */
export async function readUnderWay(db: Database): Promise<(id: string) => UnderWay> {
  const jobs = await unfinishedJobs(db)
  const running = new Set(jobs.filter(({ action }) => action === backupAction).map(({ id }) => id))
  const orders = jobs.filter(({ action }) => action === proveAction).map(orderIn)
  const proving = new Set(orders.map((order) => (order?.onlyHashes === false ? order.backup : undefined)))
  const restoration = await findRestorationRow(db)
  const read = new Set([restoration?.backup, ...orders.map((order) => order?.backup)])
  return (id) => ({ isRunning: running.has(id), isProving: proving.has(id), isRead: read.has(id) })
}

/** Reads what goes on with each backup. Nothing does while the tables are away or lost, when a list is needed most. */
export async function underWayIfKnown(db: Database): Promise<(id: string) => UnderWay> {
  try {
    return await readUnderWay(db)
  } catch (error) {
    if (!isTableMissing(error)) throw error
    return () => ({ isRunning: false, isProving: false, isRead: false })
  }
}

/** Finds the unfinished job that does what another one would do. */
export async function findProofUnderWay(db: Database, { backup, onlyHashes }: ProofOrder): Promise<string | undefined> {
  const jobs = await unfinishedJobs(db)
  return jobs.find((job) => {
    const order = job.action === proveAction ? orderIn(job) : undefined
    return order?.backup === backup && order.onlyHashes === onlyHashes
  })?.id
}

/** Tells whether another job reads the same backup, and so needs its key. @param id of the job that does not count */
export async function isReadByOthers(db: Database, backup: string, id: string): Promise<boolean> {
  const others = (await unfinishedJobs(db)).filter((job) => job.id !== id)
  return others.some(
    (job) =>
      (job.action === proveAction && orderIn(job)?.backup === backup) ||
      (job.action === repositoryAction &&
        repositoryOrder.safeParse(JSON.parse(job.parameters)).data?.backup === backup),
  )
}

/** Finds the proof that has to end before this one, as there is one database of the drill. @param id of the job */
export async function findProofBefore(db: Database, id: string): Promise<string | undefined> {
  const proofs = (await unfinishedJobs(db)).filter(
    (job) => job.action === proveAction && orderIn(job)?.onlyHashes === false,
  )
  const [first] = proofs.sort((one, other) => one.scheduledAt - other.scheduledAt || (one.id < other.id ? -1 : 1))
  return first === undefined || first.id === id ? undefined : first.id
}
