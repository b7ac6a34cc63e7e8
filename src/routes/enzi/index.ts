/** DTR's eNZi: users, organisations and teams, at `/enzi/v0`. */
import { withUser } from '../context.ts'
import { apiRouter, requireAccount, withJson } from '../api/router.ts'
import { accounts } from './accounts.ts'
import { members } from './members.ts'
import { sessions } from './sessions.ts'
import { teamMembers } from './team-members.ts'
import { teams } from './teams.ts'

export const enzi = apiRouter()

// Before `withUser`: whoever logs in may still send what is no longer good.
enzi.route('/auth', sessions)

enzi.use(withJson(), withUser())

/** All the rest is for people who are known, whatever else may be wrong with a request. */
enzi.use(async function refuseNobody(c, next) {
  requireAccount(c)
  await next()
})

enzi.route('/', accounts)
enzi.route('/', members)
enzi.route('/', teams)
enzi.route('/', teamMembers)
