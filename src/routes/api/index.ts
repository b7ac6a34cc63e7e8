/** DTR's API, at `/api/v0`. */
import { withUser } from '../context.ts'
import { apiRouter, withJson } from './router.ts'

export const api = apiRouter()

api.use(withJson(), withUser())
