/** Keeps the schedule of the job as the settings of the directory say: DTR has it in its document. */
import type { Database } from '../../db/database.ts'
import { deleteCron, findCron, putCron } from '../../db/jobs/crons.ts'
import { parseSchedule } from '../../jobs/schedule.ts'
import { readSettings } from '../ldap/settings.ts'
import { syncAction } from './action.ts'

/** DTR's own for an empty one. */
const usualSchedule = '@hourly'

/** Sets the schedule, or ends it where there is no directory. The cron trigger asks every minute. */
export async function followSchedule({
  db,
  clock,
}: {
  readonly db: Database
  readonly clock: () => number
}): Promise<void> {
  const { serverURL, syncSchedule } = await readSettings({ db })
  const wanted = serverURL === '' ? undefined : syncSchedule === '' ? usualSchedule : syncSchedule
  const cron = await findCron(db, syncAction)
  if (cron?.schedule === wanted) return
  const now = clock()
  const attribution = { by: '', now } as const
  if (wanted === undefined) {
    await deleteCron(db, syncAction, attribution)
    return
  }
  const schedule = parseSchedule(wanted, now)
  const nextRun = schedule.kind === 'schedule' ? schedule.next(now) : undefined
  if (nextRun === undefined) return
  const parameters = '{}'
  const same = { retries: 0, capacityMap: '{}', deadline: '', stopTimeout: '' }
  await putCron(
    db,
    { id: crypto.randomUUID(), action: syncAction, schedule: wanted, nextRun, parameters, ...same },
    attribution,
  )
}
