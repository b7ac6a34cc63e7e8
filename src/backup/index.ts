/** Backups: the rows of the registry, in a bucket of their own. */
import { defineCapability } from '../capability.ts'
import { lazily } from '../util/lazy.ts'
import { downloadFailures } from './download/failures.ts'
import { backupObject } from './event-store.ts'
import { backupFailures } from './failures.ts'
import { backupJob } from './job.ts'
import { loadFailures } from './load/failures.ts'
import { backupAction } from './orders.ts'
import { proveAction } from './proof/action.ts'
import { proofJob } from './proof/job.ts'
import { repositoryJob } from './repository/job.ts'
import { repositoryAction } from './repository/order.ts'
import { pruneAction, pruneJob } from './retention/job.ts'
import { flushAfterRevocations, keepJournal } from './revocations/middleware.ts'
import { sealingFailures } from './sealing/failures.ts'
import { sealingSettings } from './sealing/recipients.ts'
import { backupSettings } from './settings.ts'
import { backupTables } from './tables.ts'

const loadAlerts = lazily(() => import('./standing/alerts.ts'))
const loadRestoration = lazily(() => import('./restore/task.ts'))
const loadRotation = lazily(() => import('./sealing/rotation.ts'))
const loadReadings = lazily(() => import('./standing/readings.ts'))

export const backup = defineCapability({
  middlewares: [flushAfterRevocations()],
  routes: () => import('./routes.ts'),
  apiGroups: ['backups'],
  tables: backupTables,
  tasks: [keepJournal, async (tick) => (await loadRotation()).resealKeptKeys(tick)],
  sealed: async (context) => (await loadRotation()).countKeysOfPrevious(context),
  objectTypes: [backupObject],
  settings: { ...backupSettings, ...sealingSettings },
  failures: { ...backupFailures, ...downloadFailures, ...loadFailures, ...sealingFailures },
  restoration: async (tick) => (await loadRestoration()).continueRestoration(tick),
  alerts: async (context) => (await loadAlerts()).backupAlerts(context),
  readings: async (context) => (await loadReadings()).backupReadings(context),
  jobTypes: { [pruneAction]: pruneJob },
  jobTypesOf: (tables, returns) => ({
    [backupAction]: backupJob(tables),
    [proveAction]: proofJob(tables),
    [repositoryAction]: repositoryJob(returns),
  }),
})
