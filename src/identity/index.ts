/** Who users are where others know them: a directory (LDAP), a provider of single sign-on, and what follows from it. */
import { defineCapability } from '../capability.ts'
import { lazily } from '../util/lazy.ts'
import { syncFailures } from './sync/failures.ts'
import { syncSettings } from './sync/settings.ts'
import { issuerFailures } from './issuers/failures.ts'
import { oidcFailures } from './oidc/failures.ts'
import { providerSecretsInDanger, resealProvider } from './oidc/provider.ts'
import { identitySettings } from './settings.ts'
import { identityTables } from './tables.ts'

const loadSyncAlerts = lazily(() => import('./sync/alerts.ts'))

export const identity = defineCapability({
  routes: () => import('./routes.ts'),
  apiGroups: ['directory', 'single sign-on'],
  tables: identityTables,
  settings: { ...syncSettings, ...identitySettings },
  failures: { ...syncFailures, ...issuerFailures, ...oidcFailures },
  alerts: async (context) => (await loadSyncAlerts()).syncAlerts(context),
  sealed: providerSecretsInDanger,
  tasks: [resealProvider],
})
