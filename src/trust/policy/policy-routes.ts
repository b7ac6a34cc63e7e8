/** The signature policies of repositories and of namespaces: for their administrators. */
import { z } from '@hono/zod-openapi'
import type { DeclaredOperation } from '../../auth/authorization.ts'
import { mostTeamsOfPolicy } from '../../limits.ts'
import { parseAccountName } from '../../names.ts'
import type { AppContext } from '../../routes/app-context.ts'
import { requireNamespace, requireRepository, type RepositoryPath } from '../../routes/shared/guards.ts'
import { defineRoute } from '../../routes/shared/route-access.ts'
import { apiRouter } from '../../routes/shared/router.ts'
import { accountParameter, bodyOf, jsonOf, refusals, repositoryParameters, time } from '../../routes/shared/schemas.ts'
import { isoTime } from '../../util/iso-time.ts'
import { policyModes, type PolicyOwner, type PolicyRecord } from './policy-store.ts'
import { getPolicy, parseTeamReference, removePolicy, setPolicy } from './policies.ts'

export const policyRoutes = apiRouter()

export const managePolicy: DeclaredOperation = { level: 'admin', words: 'see and change the signature policy of' }

const teamReference = z
  .string()
  .transform((text, context) => {
    const team = parseTeamReference(text)
    if (team !== undefined) return team
    context.addIssue({ code: 'custom', message: 'name a team with its organization, as acme/security' })
    return z.NEVER
  })
  .openapi({ type: 'string', example: 'acme/security' })

/** The teams that are demanded, each once. */
export const teamReferences = z
  .array(teamReference)
  .min(1, { error: 'name the teams of which a member must have signed' })
  .max(mostTeamsOfPolicy)
  .refine((teams) => new Set(teams.map((team) => JSON.stringify(team))).size === teams.length, {
    error: 'name each team once',
  })

const newPolicy = z
  .object({
    mode: z.enum(policyModes).openapi({
      description: 'enforce: other pulls are refused; report: they go on, and their events say what is missing',
    }),
    teams: teamReferences,
  })
  .openapi('NewSignaturePolicy')

const policy = z
  .object({
    mode: z.enum(policyModes),
    teams: z.array(
      z.object({
        name: z.string().openapi({ example: 'acme/security' }),
        exists: z.boolean().openapi({ description: 'a deleted team is still demanded, and nothing meets that' }),
      }),
    ),
    updatedAt: time,
  })
  .openapi('SignaturePolicy')

const policyJson = ({ mode, teams, updatedAt }: PolicyRecord): z.infer<typeof policy> => ({
  mode,
  teams: [...teams],
  updatedAt: isoTime(updatedAt),
})

/** Requires that the caller administers a repository. @returns it as the owner of a policy, and the caller */
export async function requirePolicyOfRepository(c: AppContext, path: RepositoryPath) {
  const { id, name, account } = await requireRepository(c, path, managePolicy)
  const owner: PolicyOwner = { kind: 'repository', id, name }
  return { owner, account }
}

/** Requires that the caller administers a namespace. @returns it as the owner of a policy, and the caller */
export async function requirePolicyOfNamespace(c: AppContext, path: { readonly namespace: string }) {
  const name = parseAccountName(path.namespace)
  const account = await requireNamespace(c, name, managePolicy)
  const owner: PolicyOwner = { kind: 'namespace', name }
  return { owner, account }
}

export const namespaceParameters = z.object({ namespace: accountParameter('namespace') })

const ofRepository = '/repositories/{namespace}/{reponame}/signaturePolicy'
const ofNamespace = '/repositoryNamespaces/{namespace}/signaturePolicy'
const whoAndWhat =
  'Pulls by callers who may not push are refused unless each of the teams has a member who signed the image, or an index that lists it.'
const both = 'The policies of a repository and of its namespace add up.'

const getOfRepository = defineRoute({
  access: 'users',
  method: 'get',
  path: ofRepository,
  tags: ['signature policies'],
  summary: 'Get the signature policy of a repository',
  description: `For administrators of the repository. ${both}`,
  request: { params: repositoryParameters },
  responses: { 200: jsonOf(policy, 'the policy'), ...refusals(400, 401, 403, 404) },
})

policyRoutes.openapi(getOfRepository, async function getRepositoryPolicy(c) {
  const { owner } = await requirePolicyOfRepository(c, c.req.valid('param'))
  return c.json(policyJson(await getPolicy(c.get('context').db, owner)), 200)
})

const putOfRepository = defineRoute({
  access: 'users',
  method: 'put',
  path: ofRepository,
  tags: ['signature policies'],
  summary: 'Set the signature policy of a repository',
  description: `For administrators of the repository. ${whoAndWhat} ${both}`,
  request: { params: repositoryParameters, body: bodyOf(newPolicy) },
  responses: { 200: jsonOf(policy, 'the policy'), ...refusals(400, 401, 403, 404) },
})

policyRoutes.openapi(putOfRepository, async function putRepositoryPolicy(c) {
  const { owner, account } = await requirePolicyOfRepository(c, c.req.valid('param'))
  const { db, now } = c.get('context')
  return c.json(policyJson(await setPolicy(db, owner, c.req.valid('json'), account, now)), 200)
})

const deleteOfRepository = defineRoute({
  access: 'users',
  method: 'delete',
  path: ofRepository,
  tags: ['signature policies'],
  summary: 'Delete the signature policy of a repository',
  description: 'For administrators of the repository. The policy of its namespace stays.',
  request: { params: repositoryParameters },
  responses: { 204: { description: 'deleted' }, ...refusals(400, 401, 403, 404) },
})

policyRoutes.openapi(deleteOfRepository, async function deleteRepositoryPolicy(c) {
  const { owner, account } = await requirePolicyOfRepository(c, c.req.valid('param'))
  const { db, now } = c.get('context')
  await removePolicy(db, owner, account, now)
  return c.body(null, 204)
})

const getOfNamespace = defineRoute({
  access: 'users',
  method: 'get',
  path: ofNamespace,
  tags: ['signature policies'],
  summary: 'Get the signature policy of all repositories of a namespace',
  description: `For administrators of the namespace. ${both}`,
  request: { params: namespaceParameters },
  responses: { 200: jsonOf(policy, 'the policy'), ...refusals(400, 401, 403, 404) },
})

policyRoutes.openapi(getOfNamespace, async function getNamespacePolicy(c) {
  const { owner } = await requirePolicyOfNamespace(c, c.req.valid('param'))
  return c.json(policyJson(await getPolicy(c.get('context').db, owner)), 200)
})

const putOfNamespace = defineRoute({
  access: 'users',
  method: 'put',
  path: ofNamespace,
  tags: ['signature policies'],
  summary: 'Set the signature policy of all repositories of a namespace',
  description: `For administrators of the namespace; also for repositories that are made later. ${whoAndWhat} ${both}`,
  request: { params: namespaceParameters, body: bodyOf(newPolicy) },
  responses: { 200: jsonOf(policy, 'the policy'), ...refusals(400, 401, 403, 404) },
})

policyRoutes.openapi(putOfNamespace, async function putNamespacePolicy(c) {
  const { owner, account } = await requirePolicyOfNamespace(c, c.req.valid('param'))
  const { db, now } = c.get('context')
  return c.json(policyJson(await setPolicy(db, owner, c.req.valid('json'), account, now)), 200)
})

const deleteOfNamespace = defineRoute({
  access: 'users',
  method: 'delete',
  path: ofNamespace,
  tags: ['signature policies'],
  summary: 'Delete the signature policy of a namespace',
  description: 'For administrators of the namespace. The policies of its repositories stay.',
  request: { params: namespaceParameters },
  responses: { 204: { description: 'deleted' }, ...refusals(400, 401, 403, 404) },
})

policyRoutes.openapi(deleteOfNamespace, async function deleteNamespacePolicy(c) {
  const { owner, account } = await requirePolicyOfNamespace(c, c.req.valid('param'))
  const { db, now } = c.get('context')
  await removePolicy(db, owner, account, now)
  return c.body(null, 204)
})
