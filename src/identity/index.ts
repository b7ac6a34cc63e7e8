/** Who users and CI jobs are where others know them: a directory (LDAP), issuers of tokens, and what follows from it. */
import { defineCapability } from '../capability.ts'
import { lazily } from '../util/lazy.ts'
import { syncFailures } from './sync/failures.ts'
import { syncSettings } from './sync/settings.ts'
import { issuerFailures } from './issuers/failures.ts'
import { oidcFailures } from './oidc/failures.ts'
import { providerSecretsInDanger, resealProvider } from './oidc/provider.ts'
import { identitySettings } from './settings.ts'
import { identityTables } from './tables.ts'
import { workloadRuleFailures } from './workloads/failures.ts'
import { trimWorkloads, workloadLogin } from './workloads/login.ts'
import { workloadObject } from './workloads/use-store.ts'

const loadSyncAlerts = lazily(() => import('./sync/alerts.ts'))

export const identity = defineCapability({
  routes: () => import('./routes.ts'),
  apiGroups: ['directory', 'single sign-on', 'workloads'],
  tables: identityTables,
  objectTypes: [workloadObject],
  settings: { ...syncSettings, ...identitySettings },
  failures: { ...syncFailures, ...issuerFailures, ...oidcFailures, ...workloadRuleFailures },
  alerts: async (context) => (await loadSyncAlerts()).syncAlerts(context),
  sealed: providerSecretsInDanger,
  workloads: workloadLogin,
  tasks: [resealProvider, trimWorkloads],
})
