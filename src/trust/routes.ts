/** The routes of content trust, which are loaded with the first request that needs them. */
import { apiRouter } from '../routes/shared/router.ts'
import { policyRoutes } from './policy/policy-routes.ts'
import { replayRoutes } from './policy/replay-routes.ts'
import { signerRoutes } from './policy/signer-routes.ts'
import { rescueRoutes } from './rescue/routes.ts'

export { notary as distribution, notaryHealth as open } from './notary/routes.ts'
export { publicKeyRoutes as enzi } from './policy/key-routes.ts'

export const api = apiRouter()
api.route('/', policyRoutes)
api.route('/', replayRoutes)
api.route('/', signerRoutes)
api.route('/', rescueRoutes)
