/** The service accounts of organizations and their access tokens, for owners and administrators. */
import { z } from '@hono/zod-openapi'
import { createAccessToken, removeAccessTokenOf } from '../../accounts/access-tokens.ts'
import { changeAccount, removeAccount } from '../../accounts/accounts.ts'
import { createServiceAccount, getServiceAccount } from '../../accounts/service-accounts.ts'
import { listAccessTokens } from '../../db/accounts/access-tokens.ts'
import { findAccount, type AccountRecord } from '../../db/accounts/accounts.ts'
import { listServiceAccounts, type ServiceAccount } from '../../db/accounts/service-accounts.ts'
import { RegistryError } from '../../errors.ts'
import type { Deed } from '../../failures/deeds.ts'
import { longestIdentifier, longestServiceName, mostAccessTokens } from '../../limits.ts'
import { servicePattern, type AccountName } from '../../names.ts'
import { isoTime } from '../../util/iso-time.ts'
import type { AppContext } from '../app-context.ts'
import { accessToken, accessTokenJson, newAccessToken, wantedAccessToken, wantedTokenOf } from '../api/access-tokens.ts'
import { requireOrganization, type SeenOrganization } from '../shared/guards.ts'
import { defineRoute } from '../shared/route-access.ts'
import { apiRouter, requirePassword } from '../shared/router.ts'
import { accountNameText, bodyOf, jsonOf, neverTime, refusals, time } from '../shared/schemas.ts'
import { description, nothing, organizationPath } from './schemas.ts'

export const serviceAccounts = apiRouter()

const serviceAccount = z
  .object({
    id: z.string(),
    name: z.string().openapi({ description: 'the user name for "docker login"', example: 'robot.acme.ci' }),
    description: z.string(),
    isActive: z.boolean(),
    createdAt: time,
    createdBy: z.string().openapi({ example: 'alice' }),
    lastUsed: z
      .string()
      .openapi({ format: 'date-time', description: `of its tokens, to the minute; ${neverTime} if never used` }),
  })
  .openapi('ServiceAccount')

const serviceAccountJson = ({ createdAt, lastUsedAt, ...rest }: ServiceAccount): z.infer<typeof serviceAccount> => ({
  ...rest,
  createdAt: isoTime(createdAt),
  lastUsed: lastUsedAt === undefined ? neverTime : isoTime(lastUsedAt),
})

const servicePath = organizationPath.extend({
  servicename: accountNameText.openapi({
    param: { name: 'servicename', in: 'path' },
    description: 'the whole name',
    example: 'robot.acme.ci',
  }),
})

/** Requires an owner of the organization or an administrator. @param isCredential whether a token is not enough */
async function requireManager(
  c: AppContext,
  organization: AccountName,
  isCredential = false,
): Promise<SeenOrganization> {
  const deed: Deed = { kind: 'manage-service-accounts', organization }
  const seen = await requireOrganization(c, organization, 'manage', deed)
  if (isCredential) requirePassword(c, deed)
  return seen
}

const getAll = defineRoute({
  access: 'users',
  method: 'get',
  path: '/accounts/{orgname}/serviceAccounts',
  tags: ['service accounts'],
  summary: 'List the service accounts of an organization',
  description: 'For owners of the organization and system administrators. All of them, by name.',
  request: { params: organizationPath },
  responses: {
    200: jsonOf(z.object({ serviceAccounts: z.array(serviceAccount) }).openapi('ServiceAccounts'), 'all of them'),
    ...refusals(400, 401, 403, 404),
  },
})

serviceAccounts.openapi(getAll, async function getServiceAccounts(c) {
  const { organization } = await requireManager(c, c.req.valid('param').orgname)
  const found = await listServiceAccounts(c.get('context').db, organization.id)
  return c.json({ serviceAccounts: found.map(serviceAccountJson) }, 200)
})

const post = defineRoute({
  access: 'users',
  method: 'post',
  path: '/accounts/{orgname}/serviceAccounts',
  tags: ['service accounts'],
  summary: 'Create a service account',
  description:
    'For owners of the organization and system administrators, not with an access token. It is a member of the organization, and gets rights as a member of teams. It has no password and no session, and is never an owner nor an administrator.',
  request: {
    params: organizationPath,
    body: bodyOf(
      z
        .object({
          name: z
            .string()
            .max(longestServiceName)
            .regex(servicePattern, { error: 'use lower-case letters and digits, separated by "_" or "-"' })
            .openapi({ description: 'what follows the name of the organization', example: 'ci' }),
          description: description.default(''),
        })
        .openapi('NewServiceAccount'),
    ),
  },
  responses: { 201: jsonOf(serviceAccount, 'the service account'), ...refusals(400, 401, 403, 404, 409) },
})

serviceAccounts.openapi(post, async function postServiceAccount(c) {
  const { account, organization } = await requireManager(c, c.req.valid('param').orgname, true)
  const { db, now } = c.get('context')
  const { name: shortName, description: what } = c.req.valid('json')
  const made = await createServiceAccount(db, organization, { shortName, description: what }, { by: account.name, now })
  return c.json(serviceAccountJson(made), 201)
})

const patch = defineRoute({
  access: 'users',
  method: 'patch',
  path: '/accounts/{orgname}/serviceAccounts/{servicename}',
  tags: ['service accounts'],
  summary: 'Disable or enable a service account',
  description: 'A disabled one cannot log in, and keeps its tokens. An access token does not enable it.',
  request: {
    params: servicePath,
    body: bodyOf(z.object({ isActive: z.boolean() }).openapi('ServiceAccountChange')),
  },
  responses: { 200: jsonOf(serviceAccount, 'as it is now'), ...refusals(400, 401, 403, 404) },
})

serviceAccounts.openapi(patch, async function patchServiceAccount(c) {
  const { orgname, servicename } = c.req.valid('param')
  const { isActive } = c.req.valid('json')
  const { account, organization } = await requireManager(c, orgname, isActive)
  const { db, now } = c.get('context')
  const record = await recordOf(c, organization.id, servicename)
  await changeAccount(db, record, { isActive }, { by: account.name, now })
  return c.json(serviceAccountJson(await getServiceAccount(db, organization, servicename)), 200)
})

const remove = defineRoute({
  access: 'users',
  method: 'delete',
  path: '/accounts/{orgname}/serviceAccounts/{servicename}',
  tags: ['service accounts'],
  summary: 'Delete a service account and its tokens',
  request: { params: servicePath },
  responses: { ...nothing, ...refusals(400, 401, 403, 404, 409) },
})

serviceAccounts.openapi(remove, async function deleteServiceAccount(c) {
  const { orgname, servicename } = c.req.valid('param')
  const { account, organization } = await requireManager(c, orgname)
  const { db, now } = c.get('context')
  const record = await recordOf(c, organization.id, servicename)
  await removeAccount(db, record, { by: account.name, now })
  return c.body(null, 204)
})

const getTokens = defineRoute({
  access: 'users',
  method: 'get',
  path: '/accounts/{orgname}/serviceAccounts/{servicename}/tokens',
  tags: ['service accounts'],
  summary: 'List the access tokens of a service account',
  description: 'All of them, the oldest first.',
  request: { params: servicePath },
  responses: { 200: jsonOf(z.array(accessToken), 'the tokens'), ...refusals(400, 401, 403, 404) },
})

serviceAccounts.openapi(getTokens, async function getTokensOfServiceAccount(c) {
  const { orgname, servicename } = c.req.valid('param')
  const { organization } = await requireManager(c, orgname)
  const { db } = c.get('context')
  const { id } = await getServiceAccount(db, organization, servicename)
  const page = { from: undefined, limit: mostAccessTokens, most: mostAccessTokens }
  const { tokens } = await listAccessTokens(db, id, page)
  return c.json(tokens.map(accessTokenJson), 200)
})

const postToken = defineRoute({
  access: 'users',
  method: 'post',
  path: '/accounts/{orgname}/serviceAccounts/{servicename}/tokens',
  tags: ['service accounts'],
  summary: 'Create an access token of a service account',
  description:
    'Not with an access token. It is limited to the repositories and namespaces that it names, which must be of the organization, or else to the whole of it.',
  request: { params: servicePath, body: bodyOf(wantedAccessToken) },
  responses: { 200: jsonOf(newAccessToken, 'the token with its secret'), ...refusals(400, 401, 403, 404, 409) },
})

serviceAccounts.openapi(postToken, async function postTokenOfServiceAccount(c) {
  const { orgname, servicename } = c.req.valid('param')
  const { account, organization } = await requireManager(c, orgname, true)
  const { db, now } = c.get('context')
  const owner = await getServiceAccount(db, organization, servicename)
  const wanted = wantedTokenOf(c.req.valid('json'), c.req.header('user-agent'))
  const { secret, token } = await createAccessToken(db, owner, wanted, { by: account.name, now })
  c.header('Cache-Control', 'no-store')
  return c.json({ ...accessTokenJson(token), token: secret }, 200)
})

const deleteToken = defineRoute({
  access: 'users',
  method: 'delete',
  path: '/accounts/{orgname}/serviceAccounts/{servicename}/tokens/{servicetoken}',
  tags: ['service accounts'],
  summary: 'Delete an access token of a service account',
  request: {
    params: servicePath.extend({
      servicetoken: z
        .string()
        .max(longestIdentifier)
        .openapi({ param: { name: 'servicetoken', in: 'path' } }),
    }),
  },
  responses: { ...nothing, ...refusals(400, 401, 403, 404) },
})

serviceAccounts.openapi(deleteToken, async function deleteTokenOfServiceAccount(c) {
  const { orgname, servicename, servicetoken } = c.req.valid('param')
  const { account, organization } = await requireManager(c, orgname)
  const { db, now } = c.get('context')
  const { id: ownerId } = await getServiceAccount(db, organization, servicename)
  await removeAccessTokenOf(db, { hash: servicetoken, ownerId }, { by: account.name, now })
  return c.body(null, 204)
})

/** Returns the account of a service account. @throws RegistryError `account-unknown` */
async function recordOf(c: AppContext, organizationId: string, name: AccountName): Promise<AccountRecord> {
  const { db } = c.get('context')
  const { id } = await getServiceAccount(db, { id: organizationId }, name)
  const record = await findAccount(db, id)
  if (record === undefined) throw new RegistryError({ kind: 'account-unknown', name })
  return record
}
