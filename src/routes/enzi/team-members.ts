/** The members of a team: members see the list; owners of the organization and the team's administrators change it. */
import { z } from '@hono/zod-openapi'
import { getTeamMember, removeTeamMember, setTeamMember } from '../../accounts/teams.ts'
import { listTeamMembers } from '../../db/accounts/teams.ts'
import { requireTeam } from '../shared/guards.ts'
import { pageHeaders, startQuery } from '../shared/paging.ts'
import { defineRoute } from '../shared/route-access.ts'
import { apiRouter, requirePassword } from '../shared/router.ts'
import { bodyOf, jsonOf, refusals } from '../shared/schemas.ts'
import { member, memberJson, members, membership, nothing, pageOf, teamMemberPath, teamPath } from './schemas.ts'

export const teamMembers = apiRouter()

const getTeamMembers = defineRoute({
  access: 'users',
  method: 'get',
  path: '/accounts/{orgname}/teams/{teamname}/members',
  tags: ['teams'],
  summary: 'List the members of a team',
  request: { params: teamPath, query: z.object(startQuery) },
  responses: {
    200: { ...jsonOf(members, 'a page, sorted by id'), headers: pageHeaders },
    ...refusals(400, 401, 403, 404),
  },
})

teamMembers.openapi(getTeamMembers, async function getMembersOfTeam(c) {
  const { orgname, teamname } = c.req.valid('param')
  const { start, limit } = c.req.valid('query')
  const { team } = await requireTeam(c, orgname, teamname, 'view-team', { kind: 'see-team-members', team: teamname })
  const found = await listTeamMembers(c.get('context').db, team.id, { start, limit: limit + 1 })
  const { items, nextPageStart } = pageOf(c, found.members, limit, ({ account: { id } }) => id)
  return c.json({ members: items.map(memberJson), resourceCount: found.total, nextPageStart }, 200)
})

const getOneTeamMember = defineRoute({
  access: 'users',
  method: 'get',
  path: '/accounts/{orgname}/teams/{teamname}/members/{membername}',
  tags: ['teams'],
  summary: 'Get a member of a team',
  request: { params: teamMemberPath },
  responses: { 200: jsonOf(member, 'the member'), ...refusals(400, 401, 403, 404) },
})

teamMembers.openapi(getOneTeamMember, async function getMemberOfTeam(c) {
  const { orgname, teamname, membername } = c.req.valid('param')
  const seen = await requireTeam(c, orgname, teamname, 'view-team', { kind: 'see-team-members', team: teamname })
  return c.json(memberJson(await getTeamMember(c.get('context').db, seen, membername)), 200)
})

const putTeamMember = defineRoute({
  access: 'users',
  method: 'put',
  path: '/accounts/{orgname}/teams/{teamname}/members/{membername}',
  tags: ['teams'],
  summary: 'Add a user to a team',
  description:
    'An owner can add any user, who joins the organization too. An administrator of the team can add only members of the organization, and cannot set isAdmin.',
  request: { params: teamMemberPath, body: bodyOf(membership) },
  responses: { 200: jsonOf(member, 'the added or changed member'), ...refusals(400, 401, 403, 404) },
})

teamMembers.openapi(putTeamMember, async function putMemberOfTeam(c) {
  const { orgname, teamname, membername: name } = c.req.valid('param')
  const { isAdmin } = c.req.valid('json')
  const deed = { kind: 'add-team-members', team: teamname } as const
  const seen = await requireTeam(c, orgname, teamname, 'manage-team-members', deed)
  if (isAdmin === true) requirePassword(c, { kind: 'add-team-administrators', team: teamname })
  const { db, now } = c.get('context')
  return c.json(memberJson(await setTeamMember(db, seen, { name, isAdmin }, seen, now)), 200)
})

const deleteTeamMember = defineRoute({
  access: 'users',
  method: 'delete',
  path: '/accounts/{orgname}/teams/{teamname}/members/{membername}',
  tags: ['teams'],
  summary: 'Remove a user from a team; the user stays in the organization',
  request: { params: teamMemberPath },
  responses: { ...nothing, ...refusals(400, 401, 403, 404) },
})

teamMembers.openapi(deleteTeamMember, async function deleteMemberOfTeam(c) {
  const { orgname, teamname, membername } = c.req.valid('param')
  const deed = { kind: 'remove-team-members', team: teamname } as const
  const seen = await requireTeam(c, orgname, teamname, 'manage-team-members', deed)
  const { db, now } = c.get('context')
  await removeTeamMember(db, seen, membername, seen, now)
  return c.body(null, 204)
})
