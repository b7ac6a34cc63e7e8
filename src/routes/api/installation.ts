/** What an operator asks about the installation: its version, its database, and what its secrets are called. */
import { z, type OpenAPIHono } from '@hono/zod-openapi'
import { version } from '../../../package.json'
import { nameOfSecret } from '../../auth/keys.ts'
import type { SealedSource } from '../../capability.ts'
import type { Context } from '../../context.ts'
import { databaseBytes, largestDatabaseBytes } from '../../db/size.ts'
import type { AppEnv } from '../app-context.ts'
import { defineRoute } from '../shared/route-access.ts'
import { apiRouter } from '../shared/router.ts'
import { jsonOf, refusals } from '../shared/schemas.ts'

const installation = z
  .object({
    version: z.string().openapi({ description: 'the version of Breakwater', example: '1.4.2' }),
    databaseBytes: z.int(),
    databaseLimitBytes: z.int().openapi({ description: 'the largest database that D1 takes' }),
    secret: z.object({
      name: z.string().openapi({ description: 'names `REGISTRY_SECRET`, and tells nothing about it' }),
      previousName: z.string().nullable().openapi({ description: 'null while `REGISTRY_SECRET_PREVIOUS` is not set' }),
      needPrevious: z.int().openapi({ description: 'how many stored keys open with the previous secret alone' }),
    }),
  })
  .openapi('Installation')

const getInstallationRoute = defineRoute({
  access: { administratorsMay: 'see the installation', worksWithoutMajority: true },
  method: 'get',
  path: '/admin/installation',
  tags: ['admin'],
  summary: 'Get the version, the size of the database, and how far a change of the secret is',
  description: 'For system administrators. While a deployment spreads, an answer may come from the version before.',
  responses: { 200: jsonOf(installation, 'the installation'), ...refusals(401, 403, 503) },
})

/** Makes the router that shows the installation. @param sources of the capabilities that keep something sealed */
export function installationRoutes(sources: readonly SealedSource[]): OpenAPIHono<AppEnv> {
  const router = apiRouter()
  router.openapi(getInstallationRoute, async function getInstallation(c) {
    const context = c.get('context')
    const [bytes, secret] = await Promise.all([databaseBytes(context.db), secretOf(context, sources)])
    return c.json({ version, databaseBytes: bytes, databaseLimitBytes: largestDatabaseBytes, secret }, 200)
  })
  return router
}

async function secretOf(context: Context, sources: readonly SealedSource[]) {
  const { current, previous } = context.secrets
  const counts = await Promise.all(sources.map((count) => count(context)))
  return {
    name: await nameOfSecret(current),
    previousName: previous === undefined ? null : await nameOfSecret(previous),
    needPrevious: counts.reduce((sum, count) => sum + count, 0),
  }
}
