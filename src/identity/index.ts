/** Who users are where others know them: a directory (LDAP), and what follows from it. */
import { defineCapability } from '../capability.ts'
import { lazily } from '../util/lazy.ts'
import { syncFailures } from './sync/failures.ts'
import { syncSettings } from './sync/settings.ts'
import { identityTables } from './tables.ts'

const loadSyncAlerts = lazily(() => import('./sync/alerts.ts'))

export const identity = defineCapability({
  routes: () => import('./routes.ts'),
  apiGroups: ['directory'],
  tables: identityTables,
  settings: syncSettings,
  failures: syncFailures,
  alerts: async (context) => (await loadSyncAlerts()).syncAlerts(context),
})
