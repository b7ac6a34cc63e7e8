/** The Worker's entry points. */
import { ensureFirstAdministrator } from './accounts/accounts.ts'
import { answerRequest } from './answer.ts'
import type { Tick } from './capability.ts'
import { openContext, type Context } from './context.ts'
import { capabilities, jobTypes, tables } from './installed.ts'
import { loggable } from './db/database.ts'
import { readRestoration } from './db/restoration/restoration.ts'
import { trimHistory } from './events/retention.ts'
import { sweepAll } from './registry/upload-sweep.ts'
import { runJobsCron } from './jobs/cron.ts'
import type { ReplicaEnv } from './replicas/types.ts'
import { reconcileCluster } from './replicas/reconcile.ts'
import { currentSettings } from './settings/settings.ts'

/** The platform finds the class of the Durable Objects here. */
export { Replica } from './replicas/replica.ts'

/** The next turn comes after a minute. */
const cronTurnMilliseconds = 45_000

/** Makes the context of one turn of the cron trigger. */
function tickOf(env: ReplicaEnv, scheduledTime: number, background: Context['background']): Tick {
  const context = openContext(env, background)
  const isTimeOver = (): boolean => context.clock() - context.now > cronTurnMilliseconds
  return { ...context, jobTypes, tables, scheduledTime, isTimeOver }
}

export default {
  fetch: answerRequest,

  /**
   * Runs the tasks of each minute. A task that fails does not stop the others; the platform's log shows what failed.
   */
  async scheduled({ scheduledTime }, env, execution): Promise<void> {
    const tick = tickOf(env, scheduledTime, (work) => execution.waitUntil(work))
    const restorations = capabilities.flatMap(({ restoration }) => restoration ?? [])
    // Nothing else has its tables.
    if ((await readRestoration(tick.db)) !== undefined) return all(restorations.map(async (goOn) => goOn(tick)))
    await all([
      ensureFirstAdministrator(tick.db, env.BREAKWATER_ADMIN_PASSWORD, tick.now),
      sweepAll(tick, tick.isTimeOver),
      currentSettings(tick.db, tick.now).then(async (settings) =>
        trimHistory({ ...tick, now: scheduledTime }, settings),
      ),
      reconcileCluster(tick),
      runJobsCron(tick, scheduledTime),
      ...capabilities.flatMap(({ tasks = [] }) => tasks.map(async (task) => task(tick))),
      ...restorations.map(async (goOn) => goOn(tick)),
    ])
  },
} satisfies ExportedHandler<ReplicaEnv>

async function all(tasks: readonly Promise<unknown>[]): Promise<void> {
  const outcomes = await Promise.allSettled(tasks)
  const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []))
  for (const failure of failures) console.error('a task of the cron trigger failed:', loggable(failure))
  if (failures.length > 0) throw new Error(`${failures.length} of ${outcomes.length} tasks failed; see the lines above`)
}
