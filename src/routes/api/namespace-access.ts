/** The access of teams to every repository of their organization. */
import { z } from '@hono/zod-openapi'
import { grantNamespace, namespaceGrant, namespaceGrants, revokeNamespace } from '../../accounts/grants.ts'
import { parseAccountName, parseTeamName } from '../../names.ts'
import { requireNamespace } from '../shared/guards.ts'
import { cutNamePage, givenAccess, namePage, team, teamAccessItem, teamAccessJson } from './grant-json.ts'
import { pageHeaders, pageQuery } from '../shared/paging.ts'
import { defineRoute } from '../shared/route-access.ts'
import { apiRouter } from '../shared/router.ts'
import { accessLevel, accountParameter, bodyOf, jsonOf, refusals, teamParameter } from '../shared/schemas.ts'

export const namespaceAccess = apiRouter()

const namespaceName = z.string().openapi({ example: 'acme' })

const namespaceTeamAccess = z
  .object({ namespace: namespaceName, teamAccessList: z.array(teamAccessItem) })
  .openapi('NamespaceTeamAccessList')

const namespaceTeam = z.object({ accessLevel, team, namespace: namespaceName }).openapi('NamespaceTeamAccess')

const oneNamespace = z.object({ namespace: accountParameter('namespace') })
const oneTeam = oneNamespace.extend({ teamname: teamParameter })

const listRoute = defineRoute({
  access: 'users',
  method: 'get',
  path: '/repositoryNamespaces/{namespace}/teamAccess',
  tags: ['access'],
  summary: 'List the teams that have access to all repositories of an organization',
  description: 'For administrators of the namespace.',
  request: { params: oneNamespace, query: z.object(pageQuery) },
  responses: {
    200: { ...jsonOf(namespaceTeamAccess, 'a page of teams, by their names'), headers: pageHeaders },
    ...refusals(400, 401, 403, 404),
  },
})

namespaceAccess.openapi(listRoute, async function listNamespaceAccess(c) {
  const namespace = parseAccountName(c.req.valid('param').namespace)
  const { id: viewerId } = await requireNamespace(c, namespace, 'see-access')
  const query = c.req.valid('query')
  const listed = await namespaceGrants(c.get('context').db, namespace, viewerId, namePage(query))
  const teams = cutNamePage(c, listed, query, ({ team: { name } }) => name)
  return c.json({ namespace, teamAccessList: teams.map(teamAccessJson) }, 200)
})

const getRoute = defineRoute({
  access: 'users',
  method: 'get',
  path: '/repositoryNamespaces/{namespace}/teamAccess/{teamname}',
  tags: ['access'],
  summary: 'Get the access of a team to all repositories of its organization',
  description: 'For administrators of the namespace.',
  request: { params: oneTeam },
  responses: { 200: jsonOf(namespaceTeam, 'what the team was given'), ...refusals(400, 401, 403, 404) },
})

namespaceAccess.openapi(getRoute, async function getNamespaceAccess(c) {
  const { namespace, target } = targetOf(c.req.valid('param'))
  const { id: viewerId } = await requireNamespace(c, namespace, 'see-access')
  const grant = await namespaceGrant(c.get('context').db, target, viewerId)
  return c.json({ ...teamAccessJson(grant), namespace }, 200)
})

const putRoute = defineRoute({
  access: 'users',
  method: 'put',
  path: '/repositoryNamespaces/{namespace}/teamAccess/{teamname}',
  tags: ['access'],
  summary: 'Give a team access to all repositories of its organization',
  description:
    'For administrators of the namespace. It replaces what the team had on all of them; with `admin` its members may also make repositories.',
  request: { params: oneTeam, body: bodyOf(givenAccess) },
  responses: { 200: jsonOf(namespaceTeam, 'what the team has now'), ...refusals(400, 401, 403, 404) },
})

namespaceAccess.openapi(putRoute, async function putNamespaceAccess(c) {
  const { namespace, target } = targetOf(c.req.valid('param'))
  const { id: viewerId, name: by } = await requireNamespace(c, namespace, 'manage-access')
  const { db, now } = c.get('context')
  const { accessLevel: level } = c.req.valid('json')
  const grant = await grantNamespace(db, target, level, viewerId, { by, now })
  return c.json({ ...teamAccessJson(grant), namespace }, 200)
})

const deleteRoute = defineRoute({
  access: 'users',
  method: 'delete',
  path: '/repositoryNamespaces/{namespace}/teamAccess/{teamname}',
  tags: ['access'],
  summary: 'Revoke access to all repositories of its organization from a team',
  description: 'For administrators of the namespace. Access of the team to single repositories stays.',
  request: { params: oneTeam },
  responses: { 204: { description: 'revoked' }, ...refusals(400, 401, 403, 404) },
})

namespaceAccess.openapi(deleteRoute, async function deleteNamespaceAccess(c) {
  const { namespace, target } = targetOf(c.req.valid('param'))
  const { name: by } = await requireNamespace(c, namespace, 'manage-access')
  const { db, now } = c.get('context')
  await revokeNamespace(db, target, { by, now })
  return c.body(null, 204)
})

function targetOf(path: z.infer<typeof oneTeam>) {
  const namespace = parseAccountName(path.namespace)
  return { namespace, target: { namespace, team: parseTeamName(path.teamname) } }
}
