/** Accounts as the owners of namespaces: what they and their teams may do, and the deletion of what they have. */
import { z } from '@hono/zod-openapi'
import { accessOfUser, teamGrants } from '../../accounts/grants.ts'
import { emptyNamespace, removeAccountWithRepositories } from '../../accounts/namespace-deletion.ts'
import { mayActFor } from '../../auth/account-access.ts'
import { RegistryError } from '../../errors.ts'
import { parseAccountName, parseRepositoryName, parseTeamName, type AccountName } from '../../names.ts'
import type { AppContext } from '../app-context.ts'
import { account as user, accountJson } from '../enzi/schemas.ts'
import { requireNamespace, requireTeam } from '../shared/guards.ts'
import { workAfterAnswer } from './background-jobs.ts'
import { cutNamePage, namePage, repositoryAccessItem, repositoryAccessJson, team, teamJson } from './grant-json.ts'
import { pageHeaders, pageQuery } from '../shared/paging.ts'
import { repository } from './repository-json.ts'
import { defineRoute } from '../shared/route-access.ts'
import { apiRouter, requireAccount, requirePassword } from '../shared/router.ts'
import {
  accessLevel,
  accountParameter,
  jsonOf,
  refusals,
  repositoryParameters,
  teamParameter,
} from '../shared/schemas.ts'

export const accounts = apiRouter()

const oneNamespace = z.object({ namespace: accountParameter('namespace') })

const teamRepositoryAccess = z
  .object({ team, repositoryAccessList: z.array(repositoryAccessItem) })
  .openapi('TeamRepositoryAccessList')

const listTeamAccessRoute = defineRoute({
  access: 'users',
  method: 'get',
  path: '/accounts/{orgname}/teams/{teamname}/repositoryAccess',
  tags: ['access'],
  summary: 'List the repositories that a team has access to',
  description:
    'For members of the team and owners of the organization. Access to the whole namespace is listed separately.',
  request: {
    params: z.object({ orgname: accountParameter('orgname'), teamname: teamParameter }),
    query: z.object(pageQuery),
  },
  responses: {
    200: { ...jsonOf(teamRepositoryAccess, 'a page of repositories, by their names'), headers: pageHeaders },
    ...refusals(400, 401, 403, 404),
  },
})

accounts.openapi(listTeamAccessRoute, async function listTeamRepositories(c) {
  const { orgname, teamname } = c.req.valid('param')
  const organization = parseAccountName(orgname)
  const name = parseTeamName(teamname)
  const { account, team: known } = await requireTeam(c, organization, name, 'view-team', {
    kind: 'see-team-access',
    team: name,
  })
  const query = c.req.valid('query')
  const listed = await teamGrants(c.get('context').db, organization, known, account.id, namePage(query))
  const grants = cutNamePage(c, listed, query, (grant) => grant.repository.name)
  return c.json({ team: teamJson(listed.team), repositoryAccessList: grants.map(repositoryAccessJson) }, 200)
})

const userRepositoryAccess = z.object({ accessLevel, user, repository }).openapi('UserRepositoryAccess')

const getUserAccessRoute = defineRoute({
  access: 'users',
  method: 'get',
  path: '/accounts/{username}/repositoryAccess/{namespace}/{reponame}',
  tags: ['access'],
  summary: 'Get the access of a user to a repository',
  description: 'Includes access through teams, ownership and visibility. For the user and for system administrators.',
  request: { params: repositoryParameters.extend({ username: accountParameter('username') }) },
  responses: { 200: jsonOf(userRepositoryAccess, 'what the user may do'), ...refusals(400, 401, 404) },
})

accounts.openapi(getUserAccessRoute, async function getUserAccess(c) {
  const { username, namespace, reponame } = c.req.valid('param')
  const name = parseAccountName(username)
  requireActingFor(c, name)
  const grant = await accessOfUser(c.get('context').db, name, parseRepositoryName(`${namespace}/${reponame}`))
  return c.json({ ...repositoryAccessJson(grant), user: accountJson({ ...grant.user, counts: undefined }) }, 200)
})

const deleteAccountRoute = defineRoute({
  access: { administratorsMay: 'delete accounts' },
  method: 'delete',
  path: '/accounts/{namespace}',
  tags: ['accounts'],
  summary: 'Delete a user or an organization and all its repositories',
  description: 'For system administrators. Deletes everything or nothing.',
  request: { params: oneNamespace },
  responses: { 204: { description: 'deleted' }, ...refusals(400, 401, 403, 404, 405, 409) },
})

accounts.openapi(deleteAccountRoute, async function deleteAccount(c) {
  const { name: by } = requireAccount(c)
  requirePassword(c, { kind: 'delete-accounts' })
  const { db, now } = c.get('context')
  const name = parseAccountName(c.req.valid('param').namespace)
  workAfterAnswer(c, await removeAccountWithRepositories(db, name, { by, now }))
  return c.body(null, 204)
})

const deleteRepositoriesRoute = defineRoute({
  access: 'users',
  method: 'delete',
  path: '/accounts/{namespace}/repositories',
  tags: ['accounts'],
  summary: 'Delete all repositories of a user or an organization',
  description: 'For the user, owners of the organization and system administrators. Deletes all of them or none.',
  request: { params: oneNamespace },
  responses: { 204: { description: 'deleted' }, ...refusals(400, 401, 403, 404, 405) },
})

accounts.openapi(deleteRepositoriesRoute, async function deleteRepositories(c) {
  const namespace = parseAccountName(c.req.valid('param').namespace)
  const { name: by } = await requireNamespace(c, namespace, 'empty')
  const { db, now } = c.get('context')
  workAfterAnswer(c, await emptyNamespace(db, namespace, { by, now }))
  return c.body(null, 204)
})

/**
 * Requires that the caller is the account of this name or may act for it.
 *
 * @throws RegistryError `unauthorized`, or `account-unknown` for any other caller
 */
function requireActingFor(c: AppContext, name: AccountName): void {
  if (!mayActFor(requireAccount(c), name)) throw new RegistryError({ kind: 'account-unknown', name })
}
