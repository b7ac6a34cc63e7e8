/** What administrators should know at once: DTR's `meta/alerts`. */
import { z, type OpenAPIHono } from '@hono/zod-openapi'
import { tokenAlerts } from '../../accounts/token-alerts.ts'
import type { AlertSource } from '../../capability.ts'
import { databaseBytes } from '../../db/size.ts'
import { currentReadOnly } from '../../replicas/read-only.ts'
import { currentSettings } from '../../settings/settings.ts'
import type { AppContext, AppEnv } from '../app-context.ts'
import { freshClusterView } from '../majority.ts'
import { defineRoute } from '../shared/route-access.ts'
import { apiRouter } from '../shared/router.ts'
import { jsonOf, refusals } from '../shared/schemas.ts'
import { alertsOf } from './cluster-status-json.ts'

const alert = z
  .object({ id: z.string(), class: z.string(), message: z.string(), url: z.string(), img: z.string() })
  .openapi('Alert')

const getAlertsRoute = defineRoute({
  access: { administratorsMay: 'see the alerts' },
  method: 'get',
  path: '/meta/alerts',
  tags: ['meta'],
  summary: 'List the alerts for administrators',
  description: 'For system administrators.',
  responses: { 200: jsonOf(z.array(alert), 'the alerts'), ...refusals(401, 403, 503) },
})

/** Makes the router that lists the alerts. @param sources of the capabilities */
export function alertsRoutes(sources: readonly AlertSource[]): OpenAPIHono<AppEnv> {
  const router = apiRouter()
  router.openapi(getAlertsRoute, async function getAlerts(c) {
    const found = await Promise.all([
      alertsOfCluster(c),
      tokenAlerts(c.get('context')),
      ...sources.map((source) => source(c.get('context'))),
    ])
    // DTR had a link and an image, which its page showed.
    return c.json(
      found.flat().map(({ id, class: kind, message }) => ({ id, class: kind, message, url: '', img: '' })),
      200,
    )
  })
  return router
}

async function alertsOfCluster(c: AppContext) {
  const { db, now } = c.get('context')
  const [view, mode, { pullsWithoutMajority }, bytes] = await Promise.all([
    freshClusterView(c),
    currentReadOnly(db, now),
    currentSettings(db, now),
    databaseBytes(db),
  ])
  return alertsOf({ view, mode, pullsWithoutMajority, databaseBytes: bytes })
}
