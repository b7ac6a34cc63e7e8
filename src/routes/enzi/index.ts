/** DTR's eNZi: users, organizations and teams, at `/enzi/v0`. */
import { withUser } from '../app-context.ts'
import { withMajority } from '../majority.ts'
import { declareRoutes } from '../shared/route-access.ts'
import { apiRouter, withAdministrators, withJson, withLogin } from '../shared/router.ts'
import { accounts } from './accounts.ts'
import { members } from './members.ts'
import { sessions } from './sessions.ts'
import { teamMembers } from './team-members.ts'
import { teams } from './teams.ts'

export const enzi = apiRouter()

// Before `withUser`: a client that logs in may still send expired credentials.
enzi.route('/auth', sessions)

// All the rest is for people who are known.
enzi.use(withUser(), withLogin(), withJson(), withMajority(), withAdministrators())

enzi.route('/', accounts)
enzi.route('/', members)
enzi.route('/', teams)
enzi.route('/', teamMembers)

declareRoutes(enzi)
