/** Schedules of jobs, one for each action. Each function is one round trip to D1. */
import { sql } from 'drizzle-orm'
import { runBatch, type Database } from '../database.ts'
import { recordEvent, type Attribution } from '../events/events.ts'
import { scheduledJob, type NewJob } from './jobs.ts'

export interface CronRecord {
  readonly id: string
  readonly action: string
  readonly schedule: string
  readonly retries: number
  /** JSON, as the parameters. */
  readonly capacityMap: string
  readonly parameters: string
  readonly deadline: string
  readonly stopTimeout: string
  readonly nextRun: number
}

const columns = sql.raw(
  `id, action, schedule, retries, capacity_map AS capacityMap, parameters, deadline, stop_timeout AS stopTimeout,
   next_run AS nextRun`,
)

/** Lists all schedules: one for each action, of which there are few. Key: crons. */
export async function listCrons(db: Database): Promise<CronRecord[]> {
  return db.all<CronRecord>(sql`SELECT ${columns} FROM crons ORDER BY action`)
}

/** Finds the schedule of an action. Key: crons. */
export async function findCron(db: Database, action: string): Promise<CronRecord | undefined> {
  const [row] = await db.all<CronRecord>(sql`SELECT ${columns} FROM crons WHERE action = ${action}`)
  return row
}

/** Creates or changes the schedule of an action; a change keeps the id. @returns the stored schedule */
export async function putCron(db: Database, cron: CronRecord, { by, now }: Attribution): Promise<CronRecord> {
  const { action, schedule, deadline } = cron
  const content = { schedule, ...(deadline === '' ? {} : { deadline }) }
  const { stored } = await runBatch(db, {
    event: recordEvent({
      actor: by,
      type: 'UPDATE',
      objectType: 'cron',
      objectId: action,
      objectName: action,
      content,
      now,
    }),
    stored: sql<CronRecord>`
      INSERT INTO crons (action, id, schedule, retries, capacity_map, parameters, deadline, stop_timeout, next_run)
      VALUES (${action}, ${cron.id}, ${schedule}, ${cron.retries}, ${cron.capacityMap}, ${cron.parameters}, ${deadline},
        ${cron.stopTimeout}, ${cron.nextRun})
      ON CONFLICT (action) DO UPDATE SET schedule = excluded.schedule, retries = excluded.retries,
        capacity_map = excluded.capacity_map, parameters = excluded.parameters, deadline = excluded.deadline,
        stop_timeout = excluded.stop_timeout, next_run = excluded.next_run
      RETURNING ${columns}`,
  })
  if (stored.first === undefined) throw new Error('the schedule is gone in the moment that it was made')
  return stored.first
}

/**
 * Deletes the schedule of an action.
 * Key: crons.
 *
 * @returns whether there was one
 */
export async function deleteCron(db: Database, action: string, { by, now }: Attribution): Promise<boolean> {
  const { deleted } = await runBatch(db, {
    event: recordEvent(
      { actor: by, type: 'DELETE', objectType: 'cron', objectId: action, objectName: action, now },
      sql`EXISTS (SELECT 1 FROM crons WHERE action = ${action})`,
    ),
    deleted: sql`DELETE FROM crons WHERE action = ${action} RETURNING action`,
  })
  return deleted.rows.length === 1
}

/** Lists the schedules that are due. Index: crons_by_next_run. */
export async function dueCrons(db: Database, now: number): Promise<CronRecord[]> {
  return db.all<CronRecord>(sql`
    SELECT ${columns} FROM crons INDEXED BY crons_by_next_run WHERE next_run <= ${now} ORDER BY next_run`)
}

/**
 * Creates the job of a due schedule, unless another worker has done so since the schedule was read. While a job with
 * the same exclusion key is under way, the new one is created as canceled.
 * Key: crons.
 *
 * @returns whether it was made
 */
export async function fireCron(
  db: Database,
  seen: Pick<CronRecord, 'action' | 'nextRun'>,
  nextRun: number,
  job: NewJob,
  now: number,
): Promise<boolean> {
  const isAsSeen = sql`EXISTS (SELECT 1 FROM crons WHERE action = ${seen.action} AND next_run = ${seen.nextRun})`
  const { job: made } = await runBatch(db, {
    ...scheduledJob(job, now, isAsSeen),
    schedule: sql`UPDATE crons SET next_run = ${nextRun} WHERE action = ${seen.action} AND next_run = ${seen.nextRun}`,
  })
  return made.changes === 1
}
