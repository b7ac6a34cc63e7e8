/** The routes of identities: for DTR's scripts and for browsers. */
import { Hono } from 'hono'
import type { AppEnv } from '../routes/app-context.ts'
import { apiRouter } from '../routes/shared/router.ts'
import { ldapRoutes } from './ldap/ldap-routes.ts'
import { browserRoutes } from './oidc/browser-routes.ts'
import { deviceRoutes } from './sso/device-routes.ts'
import { groupRoutes } from './sso/group-routes.ts'
import { linkRoutes } from './sso/link-routes.ts'
import { settingsRoutes } from './oidc/settings-routes.ts'
import { samlRoutes } from './saml/browser-routes.ts'
import { samlSettingsRoutes } from './saml/settings-routes.ts'
import { syncRoutes } from './sync/routes.ts'
import { workloadRoutes } from './workloads/routes.ts'

export const api = apiRouter()
api.route('/', workloadRoutes)

export const enzi = apiRouter()
for (const router of [ldapRoutes, syncRoutes, settingsRoutes, samlSettingsRoutes, groupRoutes, linkRoutes]) {
  enzi.route('/', router)
}

export const open = new Hono<AppEnv>()
for (const router of [browserRoutes, samlRoutes, deviceRoutes]) open.route('/', router)
