/** The routes of identities: for DTR's scripts and for browsers. */
import { apiRouter } from '../routes/shared/router.ts'
import { ldapRoutes } from './ldap/ldap-routes.ts'
import { browserRoutes } from './oidc/browser-routes.ts'
import { groupRoutes } from './oidc/group-routes.ts'
import { linkRoutes } from './oidc/link-routes.ts'
import { settingsRoutes } from './oidc/settings-routes.ts'
import { syncRoutes } from './sync/routes.ts'
import { workloadRoutes } from './workloads/routes.ts'

export const api = apiRouter()
api.route('/', workloadRoutes)

export const enzi = apiRouter()
for (const router of [ldapRoutes, syncRoutes, settingsRoutes, groupRoutes, linkRoutes]) enzi.route('/', router)

export const open = browserRoutes
