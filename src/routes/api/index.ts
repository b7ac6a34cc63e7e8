/** DTR's API, at `/api/v0`. */
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { AlertSource, SealedSource } from '../../capability.ts'
import type { ObjectTypes } from '../../db/events/object-types.ts'
import type { SettingFields } from '../../settings/fields.ts'
import type { AppEnv } from '../app-context.ts'
import { accessTokens } from './access-tokens.ts'
import { accounts } from './accounts.ts'
import { alertsRoutes } from './alerts.ts'
import { cluster } from './cluster.ts'
import { crons } from './crons.ts'
import { eventConsumers } from './event-consumers.ts'
import { eventsRoutes } from './events.ts'
import { search } from './search.ts'
import { jobs } from './jobs.ts'
import { manifests } from './manifests.ts'
import { features } from './features.ts'
import { installationRoutes } from './installation.ts'
import { settingsRoutes } from './settings.ts'
import { namespaceAccess } from './namespace-access.ts'
import { readOnly } from './read-only.ts'
import { repositories } from './repositories.ts'
import { apiErrors } from '../shared/api-errors.ts'
import { declareErrorForm } from '../shared/error-forms.ts'
import { declareRoutes } from '../shared/route-access.ts'
import { apiRouter, withAdministrators, withJson, withLogin, withMajority } from '../shared/router.ts'
import { withUserOrBrowser } from '../shared/session-cookie.ts'
import { tags } from './tags.ts'
import { teamAccess } from './team-access.ts'

/** The routers of the core, to which the capabilities add theirs. */
const routers = [
  features,
  readOnly,
  cluster,
  search,
  eventConsumers,
  jobs,
  crons,
  accounts,
  accessTokens,
  namespaceAccess,
  teamAccess,
  repositories,
  tags,
  manifests,
]

/** The declarations of the core and of all capabilities. */
export interface Declared {
  readonly settings: SettingFields
  readonly objectTypes: ObjectTypes
  readonly alerts: readonly AlertSource[]
  readonly sealed: readonly SealedSource[]
  /** Paths that answer in plain text to a client that asks for it. */
  readonly textPaths: readonly string[]
}

/** Makes the API of the core and the capabilities. @param added routers of the capabilities */
export function apiOf(
  added: readonly OpenAPIHono<AppEnv>[],
  { settings, objectTypes, alerts, sealed, textPaths }: Declared,
) {
  const api = apiRouter()
  api.use(
    withUserOrBrowser(),
    withLogin(),
    withAdministrators(),
    withJson(textPaths.map((path) => `/api/v0${path}`)),
    withMajority(),
  )
  api.route('/', settingsRoutes(settings))
  api.route('/', eventsRoutes(objectTypes))
  api.route('/', alertsRoutes(alerts))
  api.route('/', installationRoutes(sealed))
  for (const router of [...routers, ...added]) api.route('/', router)
  declareRoutes(api)
  declareErrorForm(api, apiErrors)
  return api
}
