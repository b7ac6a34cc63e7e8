/** The Worker's entry points. */
import { ensureFirstAdministrator } from './accounts/accounts.ts'
import { answer } from './app.ts'
import { openContext } from './context.ts'
import { loggable } from './db/database.ts'
import { trimHistory } from './events/retention.ts'
import { sweepAll } from './registry/upload-sweep.ts'
import { runJobsCron } from './jobs/cron.ts'
import type { ReplicaEnv } from './replicas/types.ts'
import { reconcileCluster } from './replicas/reconcile.ts'
import { currentSettings } from './settings/settings.ts'

/** The platform finds the class of the Durable Objects here. */
export { Replica } from './replicas/replica.ts'

/** The next turn comes after a minute. */
const trimmingMilliseconds = 45_000

export default {
  fetch: answer,

  /** Every minute. One task that fails keeps no other from its work; the platform's log shows what failed. */
  async scheduled({ scheduledTime }, env, execution): Promise<void> {
    const context = openContext(env, (work) => execution.waitUntil(work))
    const { db, now, clock } = context
    const isTimeOver = (): boolean => clock() - now > trimmingMilliseconds
    const outcomes = await Promise.allSettled([
      ensureFirstAdministrator(db, env.BREAKWATER_ADMIN_PASSWORD, now),
      sweepAll(context, isTimeOver),
      currentSettings(db, now).then(async (settings) => trimHistory({ db, now: scheduledTime, isTimeOver }, settings)),
      reconcileCluster(context),
      runJobsCron(context, scheduledTime),
    ])
    const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []))
    for (const failure of failures) console.error('a task of the cron trigger failed:', loggable(failure))
    if (failures.length > 0) {
      throw new Error(`${failures.length} of ${outcomes.length} tasks failed; see the lines above`)
    }
  },
} satisfies ExportedHandler<ReplicaEnv>
