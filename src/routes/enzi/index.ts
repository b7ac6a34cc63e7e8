/** DTR's eNZi: users, organisations and teams, at `/enzi/v0`. */
import { withUser } from '../context.ts'
import { apiRouter, withJson } from '../api/router.ts'
import { accounts } from './accounts.ts'

export const enzi = apiRouter()

enzi.use(withJson(), withUser())

enzi.route('/', accounts)
