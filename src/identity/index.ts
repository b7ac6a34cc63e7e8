/** Who users and CI jobs are where others know them: a directory (LDAP), issuers of tokens, and what follows from it. */
import { defineCapability } from '../capability.ts'
import { lazily } from '../util/lazy.ts'
import { resealSecrets, secretsInDanger } from './documents/secrets.ts'
import { directoryFailures } from './ldap/failures.ts'
import { directoryLogin } from './ldap/login.ts'
import { directoryObject, passwordAlerts } from './ldap/settings.ts'
import { syncAction } from './sync/action.ts'
import { syncFailures } from './sync/failures.ts'
import { syncJob } from './sync/job.ts'
import { syncSettings } from './sync/settings.ts'
import { issuerFailures } from './issuers/failures.ts'
import { oidcFailures } from './oidc/failures.ts'
import { ssoFailures } from './sso/failures.ts'
import { samlFailures } from './saml/failures.ts'
import { identitySettings } from './settings.ts'
import { identityTables } from './tables.ts'
import { workloadRuleFailures } from './workloads/failures.ts'
import { trimWorkloads, workloadLogin } from './workloads/login.ts'
import { workloadObject } from './workloads/use-store.ts'

const loadSource = lazily(() => import('./sync/ldap-source.ts'))
const loadSchedule = lazily(() => import('./sync/schedule.ts'))
const loadReadings = lazily(() => import('./sync/readings.ts'))
const loadSyncAlerts = lazily(() => import('./sync/alerts.ts'))

export const identity = defineCapability({
  routes: () => import('./routes.ts'),
  apiGroups: ['directory', 'single sign-on', 'workloads'],
  tables: identityTables,
  directory: directoryLogin,
  objectTypes: [directoryObject, workloadObject],
  settings: { ...syncSettings, ...identitySettings },
  failures: {
    ...directoryFailures,
    ...syncFailures,
    ...issuerFailures,
    ...ssoFailures,
    ...oidcFailures,
    ...samlFailures,
    ...workloadRuleFailures,
  },
  alerts: async (context) => [
    ...(await passwordAlerts(context)),
    ...(await (await loadSyncAlerts()).syncAlerts(context)),
  ],
  jobTypes: {
    [syncAction]: syncJob(
      async (context) => (await loadSource()).openSource(context),
      async (context) => (await loadSchedule()).followSchedule(context),
    ),
  },
  readings: async (context) => (await loadReadings()).syncReadings(context),
  sealed: secretsInDanger,
  workloads: workloadLogin,
  tasks: [resealSecrets, trimWorkloads],
})
