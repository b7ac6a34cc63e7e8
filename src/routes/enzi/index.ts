/** DTR's eNZi: users, organizations and teams, at `/enzi/v0`. */
import type { Capability } from '../../capability.ts'
import { withUser } from '../app-context.ts'
import { withMajority } from '../majority.ts'
import { apiErrors } from '../shared/api-errors.ts'
import { declareErrorForm } from '../shared/error-forms.ts'
import { declareRoutes } from '../shared/route-access.ts'
import { apiRouter, withAdministrators, withJson, withLogin } from '../shared/router.ts'
import { accounts } from './accounts.ts'
import { members } from './members.ts'
import { sessions } from './sessions.ts'
import { teamMembers } from './team-members.ts'
import { teams } from './teams.ts'

/** Makes the API of the core and the capabilities. */
export function enziOf(capabilities: readonly Capability[]) {
  const api = apiRouter()
  // Before `withUser`: a client that logs in may still send expired credentials.
  api.route('/auth', sessions)
  // All the rest is for people who are known.
  api.use(withUser(), withLogin(), withJson(), withMajority(), withAdministrators())
  for (const router of [accounts, members, teams, teamMembers]) api.route('/', router)
  for (const { enzi: router } of capabilities) if (router !== undefined) api.route('/', router)
  declareRoutes(api)
  declareErrorForm(api, apiErrors)
  return api
}
