/** Users and organizations, under the paths of DTR's eNZi. */
import { z } from '@hono/zod-openapi'
import { changeAccount, createAccount, importAccount, removeAccount } from '../../accounts/accounts.ts'
import { changePassword } from '../../accounts/passwords.ts'
import { operationFor } from '../../auth/account-access.ts'
import { accountFilters, listAccounts } from '../../db/accounts/account-details.ts'
import { listOrganizationsOf } from '../../db/accounts/organizations.ts'
import { longestAccountName } from '../../limits.ts'
import { pageHeaders, startQuery } from '../shared/paging.ts'
import { defineRoute } from '../shared/route-access.ts'
import { apiRouter, requireAccount, requirePassword } from '../shared/router.ts'
import { accountNameText, bodyOf, jsonOf, refusals } from '../shared/schemas.ts'
import { requireAccountFor } from './guards.ts'
import {
  account,
  accountJson,
  accountPath,
  fullName,
  nothing,
  pageFields,
  pageOf,
  password,
  userPath,
} from './schemas.ts'

export const accounts = apiRouter()

const getAccounts = defineRoute({
  access: { administratorsMay: 'list the accounts' },
  method: 'get',
  path: '/accounts',
  tags: ['accounts'],
  summary: 'List users and organizations',
  request: {
    query: z.object({
      filter: z
        .enum(accountFilters)
        .default('all')
        .openapi({ param: { name: 'filter', in: 'query' } }),
      order: z
        // A "+" that was not encoded arrives as a space.
        .preprocess(
          (text) => (text === ' name' ? '+name' : text),
          z.enum(['name', '+name', '-name'], { error: 'order by "name", "+name" or "-name"' }),
        )
        .default('name')
        .openapi({ param: { name: 'order', in: 'query' } }),
      contains: z
        .string()
        .max(longestAccountName)
        .default('')
        .openapi({ param: { name: 'contains', in: 'query' }, description: 'a prefix of the names' }),
      ...startQuery,
    }),
  },
  responses: {
    200: {
      ...jsonOf(
        z
          .object({
            accounts: z.array(account),
            usersCount: z.number().int(),
            orgsCount: z.number().int(),
            ...pageFields,
          })
          .openapi('Accounts'),
        'a page, sorted by name',
      ),
      headers: pageHeaders,
    },
    ...refusals(400, 401, 403),
  },
})

accounts.openapi(getAccounts, async function getAccountList(c) {
  const { filter, order, contains, start, limit } = c.req.valid('query')
  const { db } = c.get('context')
  const query = { filter, prefix: contains, start, descending: order === '-name', limit: limit + 1 }
  const found = await listAccounts(db, query)
  const { items, nextPageStart } = pageOf(c, found.accounts, limit, ({ name }) => name)
  const { total: resourceCount, users: usersCount, organizations: orgsCount } = found
  return c.json({ accounts: items.map(accountJson), usersCount, orgsCount, resourceCount, nextPageStart }, 200)
})

const newAccount = z
  .object({
    name: accountNameText,
    isOrg: z.boolean().default(false),
    password: password.optional().openapi({ description: 'only for a user; at least 8 characters' }),
    fullName: fullName.default(''),
    isAdmin: z.boolean().default(false),
    isActive: z.boolean().default(true),
    searchLDAP: z.boolean().default(false).openapi({
      description: 'makes the account of a user of the directory, without a password, and with the full name there',
    }),
  })
  .openapi('NewAccount')

const postAccount = defineRoute({
  access: { administratorsMay: 'make accounts' },
  method: 'post',
  path: '/accounts',
  tags: ['accounts'],
  summary: 'Create a user or an organization',
  request: { body: bodyOf(newAccount) },
  responses: { 201: jsonOf(account, 'the account'), ...refusals(400, 401, 403, 409, 503) },
})

accounts.openapi(postAccount, async function postNewAccount(c) {
  const { name: by } = requireAccount(c)
  const { db, now } = c.get('context')
  const { isOrg: isOrganization, searchLDAP, password: chosen, ...record } = c.req.valid('json')
  if (!isOrganization || searchLDAP) requirePassword(c, { kind: 'create-users' })
  const wanted = { ...record, isOrganization, password: chosen }
  const made = searchLDAP
    ? await importAccount(c.get('context'), wanted, by)
    : await createAccount(db, wanted, { by, now })
  return c.json(accountJson({ ...made, counts: isOrganization ? { members: 0, teams: 0 } : undefined }), 201)
})

const getAccount = defineRoute({
  access: 'users',
  method: 'get',
  path: '/accounts/{accountNameOrID}',
  tags: ['accounts'],
  summary: 'Get a user or an organization',
  request: { params: accountPath },
  responses: { 200: jsonOf(account, 'the account'), ...refusals(400, 401, 404) },
})

accounts.openapi(getAccount, async function getOneAccount(c) {
  const { accountNameOrID } = c.req.valid('param')
  const { target } = await requireAccountFor(c, accountNameOrID, 'view')
  return c.json(accountJson(target), 200)
})

const patchAccount = defineRoute({
  access: 'users',
  method: 'patch',
  path: '/accounts/{accountNameOrID}',
  tags: ['accounts'],
  summary: 'Change a user or an organization',
  request: {
    params: accountPath,
    body: bodyOf(
      z
        .object({
          fullName: fullName.optional(),
          isActive: z.boolean().optional(),
          isAdmin: z.boolean().optional(),
        })
        .openapi('AccountChanges'),
    ),
  },
  responses: { 200: jsonOf(account, 'the changed account'), ...refusals(400, 401, 403, 404, 409) },
})

accounts.openapi(patchAccount, async function patchOneAccount(c) {
  const { accountNameOrID } = c.req.valid('param')
  const changes = c.req.valid('json')
  const { account: by, target } = await requireAccountFor(c, accountNameOrID, operationFor(changes))
  const { db, now } = c.get('context')
  return c.json(accountJson(await changeAccount(db, target, changes, { by: by.name, now })), 200)
})

const deleteAccount = defineRoute({
  access: 'users',
  method: 'delete',
  path: '/accounts/{accountNameOrID}',
  tags: ['accounts'],
  summary: 'Delete a user or an organization that has no repositories',
  request: { params: accountPath },
  responses: { ...nothing, ...refusals(400, 401, 403, 404, 409) },
})

accounts.openapi(deleteAccount, async function deleteOneAccount(c) {
  const { accountNameOrID } = c.req.valid('param')
  const { account: by, target } = await requireAccountFor(c, accountNameOrID, 'delete')
  const { db, now } = c.get('context')
  await removeAccount(db, target, { by: by.name, now })
  return c.body(null, 204)
})

const postPassword = defineRoute({
  access: 'users',
  method: 'post',
  path: '/accounts/{username}/changePassword',
  tags: ['accounts'],
  summary: 'Change a password and end the sessions of the user, and optionally delete the access tokens',
  request: {
    params: userPath,
    body: bodyOf(
      z
        .object({
          oldPassword: password.optional().openapi({ description: 'administrators may omit it' }),
          newPassword: password.openapi({ description: 'at least 8 characters' }),
          endAccessTokens: z
            .boolean()
            .default(false)
            .openapi({ description: 'also deletes all access tokens of the user, for example after a theft' }),
        })
        .openapi('PasswordChange'),
    ),
  },
  responses: { 200: jsonOf(account, 'the account'), ...refusals(400, 401, 403, 404, 409, 429) },
})

accounts.openapi(postPassword, async function postNewPassword(c) {
  const { username } = c.req.valid('param')
  const change = c.req.valid('json')
  const seen = await requireAccountFor(c, username, 'change-password')
  if (change.oldPassword === undefined) requirePassword(c, { kind: 'set-passwords' })
  await changePassword(c.get('context'), seen.target, change, seen)
  return c.json(accountJson(seen.target), 200)
})

const getOrganizations = defineRoute({
  access: 'users',
  method: 'get',
  path: '/accounts/{username}/organizations',
  tags: ['accounts'],
  summary: 'List the organizations of a user',
  request: { params: userPath, query: z.object(startQuery) },
  responses: {
    200: {
      ...jsonOf(
        z
          .object({ memberOrgs: z.array(z.object({ org: account, isAdmin: z.boolean() })), ...pageFields })
          .openapi('MemberOrgs'),
        'a page, sorted by id',
      ),
      headers: pageHeaders,
    },
    ...refusals(400, 401, 403, 404),
  },
})

accounts.openapi(getOrganizations, async function getOrganizationsOfUser(c) {
  const { username } = c.req.valid('param')
  const { start, limit } = c.req.valid('query')
  const { target } = await requireAccountFor(c, username, 'see-organizations')
  const found = await listOrganizationsOf(c.get('context').db, target.id, { start, limit: limit + 1 })
  const { items, nextPageStart } = pageOf(c, found.organizations, limit, ({ organization }) => organization.id)
  const memberOrgs = items.map(({ organization, isAdmin }) => ({ org: accountJson(organization), isAdmin }))
  return c.json({ memberOrgs, resourceCount: found.total, nextPageStart }, 200)
})
