/** DTR's eNZi: users, organizations and teams, at `/enzi/v0`. */
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { AppEnv } from '../app-context.ts'
import { apiErrors } from '../shared/api-errors.ts'
import { declareErrorForm } from '../shared/error-forms.ts'
import { declareRoutes } from '../shared/route-access.ts'
import { apiRouter, withAdministrators, withJson, withLogin, withMajority } from '../shared/router.ts'
import { withUserOrBrowser } from '../shared/session-cookie.ts'
import { accounts } from './accounts.ts'
import { members } from './members.ts'
import { serviceAccounts } from './service-accounts.ts'
import { sessions } from './sessions.ts'
import { userSessions } from './user-sessions.ts'
import { teamMembers } from './team-members.ts'
import { teams } from './teams.ts'

/** Makes the API of the core and the capabilities. @param added routers of the capabilities */
export function enziOf(added: readonly OpenAPIHono<AppEnv>[]) {
  const api = apiRouter()
  // Before `withUserOrBrowser`: a client that logs in may still send expired credentials.
  api.route('/auth', sessions)
  // All the rest is for people who are known.
  api.use(withUserOrBrowser(), withLogin(), withAdministrators(), withJson(), withMajority())
  const routers = [accounts, members, teams, teamMembers, userSessions, serviceAccounts, ...added]
  for (const router of routers) api.route('/', router)
  declareRoutes(api)
  declareErrorForm(api, apiErrors)
  return api
}
