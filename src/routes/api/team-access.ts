/** The access of teams to one repository of their organization. */
import { z } from '@hono/zod-openapi'
import { grantRepository, repositoryGrants, revokeRepository } from '../../accounts/grants.ts'
import { parseTeamName } from '../../names.ts'
import { requireRepository } from '../shared/guards.ts'
import { cutNamePage, givenAccess, namePage, team, teamAccessItem, teamAccessJson } from './grant-json.ts'
import { pageHeaders, pageQuery } from '../shared/paging.ts'
import { repository, repositoryJson } from './repository-json.ts'
import { defineRoute } from '../shared/route-access.ts'
import { apiRouter } from '../shared/router.ts'
import { accessLevel, bodyOf, jsonOf, refusals, repositoryParameters, teamParameter } from '../shared/schemas.ts'

export const teamAccess = apiRouter()

const repositoryTeamAccess = z
  .object({ repository, teamAccessList: z.array(teamAccessItem) })
  .openapi('RepositoryTeamAccessList')

const repositoryTeam = z.object({ accessLevel, team, repository }).openapi('RepositoryTeamAccess')

const oneTeam = repositoryParameters.extend({ teamname: teamParameter })

const listRoute = defineRoute({
  access: 'users',
  method: 'get',
  path: '/repositories/{namespace}/{reponame}/teamAccess',
  tags: ['access'],
  summary: 'List the teams that have access to a repository',
  description: 'For administrators of the repository. Access to the whole namespace is listed separately.',
  request: { params: repositoryParameters, query: z.object(pageQuery) },
  responses: {
    200: { ...jsonOf(repositoryTeamAccess, 'a page of teams, by their names'), headers: pageHeaders },
    ...refusals(400, 401, 403, 404),
  },
})

teamAccess.openapi(listRoute, async function listTeamAccess(c) {
  const { account, ...seen } = await requireRepository(c, c.req.valid('param'), 'see-access')
  const query = c.req.valid('query')
  const listed = await repositoryGrants(c.get('context').db, seen, account.id, namePage(query))
  const teams = cutNamePage(c, listed, query, ({ team: { name } }) => name)
  return c.json({ repository: repositoryJson(listed.repository), teamAccessList: teams.map(teamAccessJson) }, 200)
})

const putRoute = defineRoute({
  access: 'users',
  method: 'put',
  path: '/repositories/{namespace}/{reponame}/teamAccess/{teamname}',
  tags: ['access'],
  summary: 'Give a team access to a repository',
  description: 'For administrators of the repository. Replaces the previous access of the team.',
  request: { params: oneTeam, body: bodyOf(givenAccess) },
  responses: { 200: jsonOf(repositoryTeam, 'what the team has now'), ...refusals(400, 401, 403, 404) },
})

teamAccess.openapi(putRoute, async function putTeamAccess(c) {
  const { teamname, ...path } = c.req.valid('param')
  const { account, ...seen } = await requireRepository(c, path, 'manage-access')
  const target = { repository: seen, team: parseTeamName(teamname) }
  const { db, now } = c.get('context')
  const { accessLevel: level } = c.req.valid('json')
  const grant = await grantRepository(db, target, level, account.id, { by: account.name, now })
  return c.json({ ...teamAccessJson(grant), repository: repositoryJson(grant.repository) }, 200)
})

const deleteRoute = defineRoute({
  access: 'users',
  method: 'delete',
  path: '/repositories/{namespace}/{reponame}/teamAccess/{teamname}',
  tags: ['access'],
  summary: 'Revoke access to a repository from a team',
  description: 'For administrators of the repository.',
  request: { params: oneTeam },
  responses: { 204: { description: 'revoked' }, ...refusals(400, 401, 403, 404) },
})

teamAccess.openapi(deleteRoute, async function deleteTeamAccess(c) {
  const { teamname, ...path } = c.req.valid('param')
  const { account, ...seen } = await requireRepository(c, path, 'manage-access')
  const target = { repository: seen, team: parseTeamName(teamname) }
  const { db, now } = c.get('context')
  await revokeRepository(db, target, { by: account.name, now })
  return c.body(null, 204)
})
