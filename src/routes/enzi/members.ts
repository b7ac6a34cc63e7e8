/** The members of organizations: every member sees them, owners and administrators change them. */
import { z } from '@hono/zod-openapi'
import { getMember, removeMember, setMember } from '../../accounts/organizations.ts'
import { listMembers } from '../../db/accounts/organizations.ts'
import { listTeamsOf } from '../../db/accounts/teams.ts'
import { requireMember, requireOrganization } from '../shared/guards.ts'
import { pageHeaders, startQuery } from '../shared/paging.ts'
import { defineRoute } from '../shared/route-access.ts'
import { apiRouter, requirePassword } from '../shared/router.ts'
import { bodyOf, jsonOf, refusals } from '../shared/schemas.ts'
import {
  member,
  memberJson,
  memberPath,
  memberQuery,
  members as membersPage,
  membership,
  nothing,
  organizationPath,
  pageFields,
  pageOf,
  team,
  teamJson,
} from './schemas.ts'

export const members = apiRouter()

const getMembers = defineRoute({
  access: 'users',
  method: 'get',
  path: '/accounts/{orgname}/members',
  tags: ['organizations'],
  summary: 'List the members of an organization',
  request: { params: organizationPath, query: memberQuery },
  responses: {
    200: { ...jsonOf(membersPage, 'a page, sorted by id'), headers: pageHeaders },
    ...refusals(400, 401, 404),
  },
})

members.openapi(getMembers, async function getMembersOfOrganization(c) {
  const { orgname } = c.req.valid('param')
  const { filter, start, limit } = c.req.valid('query')
  const { organization } = await requireOrganization(c, orgname, 'view', {
    kind: 'see-members',
    organization: orgname,
  })
  const found = await listMembers(c.get('context').db, organization.id, { filter, start, limit: limit + 1 })
  const { items, nextPageStart } = pageOf(c, found.members, limit, ({ account: { id } }) => id)
  return c.json({ members: items.map(memberJson), resourceCount: found.total, nextPageStart }, 200)
})

const getOneMember = defineRoute({
  access: 'users',
  method: 'get',
  path: '/accounts/{orgname}/members/{membername}',
  tags: ['organizations'],
  summary: 'Get a member of an organization',
  request: { params: memberPath },
  responses: { 200: jsonOf(member, 'the member'), ...refusals(400, 401, 404) },
})

members.openapi(getOneMember, async function getMemberOfOrganization(c) {
  const { orgname, membername } = c.req.valid('param')
  const { organization } = await requireMember(c, orgname, membername, 'view', {
    kind: 'see-members',
    organization: orgname,
  })
  return c.json(memberJson(await getMember(c.get('context').db, organization, membername)), 200)
})

const putMember = defineRoute({
  access: 'users',
  method: 'put',
  path: '/accounts/{orgname}/members/{membername}',
  tags: ['organizations'],
  summary: 'Add a user to an organization, or change whether a member is an owner',
  request: { params: memberPath, body: bodyOf(membership) },
  responses: { 200: jsonOf(member, 'the added or changed member'), ...refusals(400, 401, 403, 404) },
})

members.openapi(putMember, async function putMemberOfOrganization(c) {
  const { orgname, membername } = c.req.valid('param')
  const { isAdmin } = c.req.valid('json')
  const deed = { kind: 'add-members', organization: orgname } as const
  const { account, organization } = await requireMember(c, orgname, membername, 'put', deed)
  if (isAdmin === true) requirePassword(c, { kind: 'add-owners', organization: orgname })
  const { db, now } = c.get('context')
  return c.json(memberJson(await setMember(db, organization, membername, isAdmin, { by: account.name, now })), 200)
})

const deleteMember = defineRoute({
  access: 'users',
  method: 'delete',
  path: '/accounts/{orgname}/members/{membername}',
  tags: ['organizations'],
  summary: 'Remove a member from an organization and its teams; members may remove themselves',
  request: { params: memberPath },
  responses: { ...nothing, ...refusals(400, 401, 403, 404) },
})

members.openapi(deleteMember, async function deleteMemberOfOrganization(c) {
  const { orgname, membername } = c.req.valid('param')
  const deed = { kind: 'remove-members', organization: orgname } as const
  const { account, organization } = await requireMember(c, orgname, membername, 'remove', deed)
  const { db, now } = c.get('context')
  await removeMember(db, organization, membername, { by: account.name, now })
  return c.body(null, 204)
})

const getTeamsOfMember = defineRoute({
  access: 'users',
  method: 'get',
  path: '/accounts/{orgname}/members/{membername}/teams',
  tags: ['organizations'],
  summary: 'List the teams of a member of an organization',
  request: { params: memberPath, query: z.object(startQuery) },
  responses: {
    200: {
      ...jsonOf(
        z
          .object({ memberTeams: z.array(z.object({ team, isAdmin: z.boolean() })), ...pageFields })
          .openapi('MemberTeams'),
        'a page, sorted by name',
      ),
      headers: pageHeaders,
    },
    ...refusals(400, 401, 403, 404),
  },
})

members.openapi(getTeamsOfMember, async function getTeamsOfOneMember(c) {
  const { orgname, membername } = c.req.valid('param')
  const { start, limit } = c.req.valid('query')
  const deed = { kind: 'see-teams-of-member', member: membername } as const
  const { organization } = await requireMember(c, orgname, membername, 'see-teams', deed)
  const { db } = c.get('context')
  const {
    account: { id: userId },
  } = await getMember(db, organization, membername)
  const found = await listTeamsOf(db, organization.id, userId, { start, limit: limit + 1 })
  const { items, nextPageStart } = pageOf(c, found.teams, limit, (one) => one.team.name)
  const memberTeams = items.map((one) => ({ team: teamJson(one.team), isAdmin: one.isAdmin }))
  return c.json({ memberTeams, resourceCount: found.total, nextPageStart }, 200)
})
