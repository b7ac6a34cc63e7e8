/** The teams of organizations: every member sees them, owners and administrators change them. */
import { z } from '@hono/zod-openapi'
import { changeTeam, createTeam, getTeam, removeTeam } from '../../accounts/teams.ts'
import { listTeams } from '../../db/accounts/teams.ts'
import { requireOrganization, requireTeam } from '../shared/guards.ts'
import { pageHeaders, startQuery } from '../shared/paging.ts'
import { defineRoute } from '../shared/route-access.ts'
import { apiRouter } from '../shared/router.ts'
import { bodyOf, jsonOf, refusals } from '../shared/schemas.ts'
import {
  description,
  nothing,
  organizationPath,
  pageFields,
  pageOf,
  team,
  teamJson,
  teamName,
  teamPath,
} from './schemas.ts'

export const teams = apiRouter()

const getTeams = defineRoute({
  access: 'users',
  method: 'get',
  path: '/accounts/{orgname}/teams',
  tags: ['teams'],
  summary: 'List the teams of an organization',
  request: { params: organizationPath, query: z.object(startQuery) },
  responses: {
    200: {
      ...jsonOf(z.object({ teams: z.array(team), ...pageFields }).openapi('Teams'), 'a page, sorted by name'),
      headers: pageHeaders,
    },
    ...refusals(400, 401, 404),
  },
})

teams.openapi(getTeams, async function getTeamsOfOrganization(c) {
  const { orgname } = c.req.valid('param')
  const { start, limit } = c.req.valid('query')
  const { organization } = await requireOrganization(c, orgname, 'view', { kind: 'see-teams', organization: orgname })
  const found = await listTeams(c.get('context').db, organization.id, { start, limit: limit + 1 })
  const { items, nextPageStart } = pageOf(c, found.teams, limit, ({ name }) => name)
  return c.json({ teams: items.map(teamJson), resourceCount: found.total, nextPageStart }, 200)
})

const postTeam = defineRoute({
  access: 'users',
  method: 'post',
  path: '/accounts/{orgname}/teams',
  tags: ['teams'],
  summary: 'Create a team',
  request: {
    params: organizationPath,
    body: bodyOf(z.object({ name: teamName, description: description.default('') }).openapi('NewTeam')),
  },
  responses: { 201: jsonOf(team, 'the team'), ...refusals(400, 401, 403, 404, 409) },
})

teams.openapi(postTeam, async function postNewTeam(c) {
  const { orgname } = c.req.valid('param')
  const { account, organization } = await requireOrganization(c, orgname, 'manage', {
    kind: 'create-teams',
    organization: orgname,
  })
  const { db, now } = c.get('context')
  const made = await createTeam(db, organization, c.req.valid('json'), { by: account.name, now })
  return c.json(teamJson(made), 201)
})

const getOneTeam = defineRoute({
  access: 'users',
  method: 'get',
  path: '/accounts/{orgname}/teams/{teamname}',
  tags: ['teams'],
  summary: 'Get a team',
  request: { params: teamPath },
  responses: { 200: jsonOf(team, 'the team'), ...refusals(400, 401, 404) },
})

teams.openapi(getOneTeam, async function getTeamOfOrganization(c) {
  const { orgname, teamname } = c.req.valid('param')
  const seen = await requireTeam(c, orgname, teamname, 'view', { kind: 'see-teams', organization: orgname })
  return c.json(teamJson(await getTeam(c.get('context').db, seen)), 200)
})

const patchTeam = defineRoute({
  access: 'users',
  method: 'patch',
  path: '/accounts/{orgname}/teams/{teamname}',
  tags: ['teams'],
  summary: 'Rename or describe a team',
  request: {
    params: teamPath,
    body: bodyOf(z.object({ name: teamName.optional(), description: description.optional() }).openapi('TeamChanges')),
  },
  responses: { 200: jsonOf(team, 'the changed team'), ...refusals(400, 401, 403, 404, 409) },
})

teams.openapi(patchTeam, async function patchTeamOfOrganization(c) {
  const { orgname, teamname } = c.req.valid('param')
  const seen = await requireTeam(c, orgname, teamname, 'manage', { kind: 'change-teams', organization: orgname })
  const { db, now } = c.get('context')
  const changed = await changeTeam(db, seen, c.req.valid('json'), { by: seen.account.name, now })
  return c.json(teamJson(changed), 200)
})

const deleteTeam = defineRoute({
  access: 'users',
  method: 'delete',
  path: '/accounts/{orgname}/teams/{teamname}',
  tags: ['teams'],
  summary: 'Delete a team and its access; its members stay in the organization',
  request: { params: teamPath },
  responses: { ...nothing, ...refusals(400, 401, 403, 404) },
})

teams.openapi(deleteTeam, async function deleteTeamOfOrganization(c) {
  const { orgname, teamname } = c.req.valid('param')
  const seen = await requireTeam(c, orgname, teamname, 'manage', { kind: 'delete-teams', organization: orgname })
  const { db, now } = c.get('context')
  await removeTeam(db, seen, { by: seen.account.name, now })
  return c.body(null, 204)
})
