/** The routes of identities. */
import { apiRouter } from '../routes/shared/router.ts'
import { syncRoutes } from './sync/routes.ts'

const enzi = apiRouter()
enzi.route('/', syncRoutes)

export { enzi }
