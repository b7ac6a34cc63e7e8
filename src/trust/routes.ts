/** The routes of content trust, which are loaded with the first request that needs them. */
import { Hono } from 'hono'
import type { AppEnv } from '../routes/app-context.ts'
import { apiRouter } from '../routes/shared/router.ts'
import { bridgeRoutes, publishedKeys } from './bridge/routes.ts'
import { notaryHealth } from './notary/routes.ts'
import { policyRoutes } from './policy/policy-routes.ts'
import { replayRoutes } from './policy/replay-routes.ts'
import { signerRoutes } from './policy/signer-routes.ts'
import { rescueRoutes } from './rescue/routes.ts'

export { notary as distribution } from './notary/routes.ts'
export { publicKeyRoutes as enzi } from './policy/key-routes.ts'

export const open = new Hono<AppEnv>()
open.route('/', notaryHealth)
open.route('/', publishedKeys)

export const api = apiRouter()
api.route('/', bridgeRoutes)
api.route('/', policyRoutes)
api.route('/', replayRoutes)
api.route('/', signerRoutes)
api.route('/', rescueRoutes)
