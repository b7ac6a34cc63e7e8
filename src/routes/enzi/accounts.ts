/** Users and organisations, under the paths of DTR's eNZi. */
import { createRoute, z } from '@hono/zod-openapi'
import { createUser } from '../../accounts/accounts.ts'
import { apiRouter, requireAdministrator } from '../api/router.ts'
import { bodyOf, jsonOf, refusals } from '../api/schemas.ts'

export const accounts = apiRouter()

const account = z
  .object({
    id: z.string(),
    name: z.string(),
    fullName: z.string(),
    isOrg: z.boolean(),
    isActive: z.boolean(),
    isAdmin: z.boolean(),
    isImported: z.boolean(),
  })
  .openapi('Account')

const newAccount = z
  .object({
    name: z.string(),
    password: z.string().optional(),
    fullName: z.string().max(300).default(''),
    isAdmin: z.boolean().default(false),
    isActive: z.boolean().default(true),
  })
  .openapi('NewAccount')

const postAccount = createRoute({
  method: 'post',
  path: '/accounts',
  tags: ['accounts'],
  summary: 'Make a user or an organisation',
  request: { body: bodyOf(newAccount) },
  responses: { 201: jsonOf(account, 'the account'), ...refusals(400, 401, 403, 409) },
})

accounts.openapi(postAccount, async function createAccount(c) {
  const { name: by } = requireAdministrator(c, 'make accounts')
  const { db, now } = c.get('stores')
  const body = c.req.valid('json')
  const { isOrganization, ...made } = await createUser(db, { ...body, password: body.password ?? '' }, { by, now })
  return c.json({ ...made, isOrg: isOrganization, isImported: false }, 201)
})
