/** Routes of the directory: DTR's settings document, and the test of a login. For system administrators. */
import { z } from '@hono/zod-openapi'
import { longestAccountName, longestDn } from '../../limits.ts'
import { longestPassword } from '../../auth/password-parameters.ts'
import { misfitOf } from '../../failures/schema-misfit.ts'
import { requireAccountFor } from '../../routes/enzi/guards.ts'
import { accountPath } from '../../routes/enzi/schemas.ts'
import { defineRoute } from '../../routes/shared/route-access.ts'
import { apiRouter, requireAccount, requirePassword } from '../../routes/shared/router.ts'
import { bodyOf, jsonOf, refusals } from '../../routes/shared/schemas.ts'
import { adopt } from './adoption.ts'
import { directoryError } from './failures.ts'
import {
  changeSettings,
  completed,
  readConfiguration,
  readSettings,
  requireSound,
  withoutPasswords,
} from './settings.ts'
import { directorySettings } from './document.ts'
import { testLogin, testSteps } from './test-login.ts'

export const ldapRoutes = apiRouter((error) =>
  directoryError({ kind: 'directory-settings-invalid', reason: { kind: 'of-schema', ...misfitOf(error) } }),
)

const path = '/config/auth/ldap'
const settingsBody = z.strictObject(directorySettings.shape).openapi('LDAPSettings')

const getRoute = defineRoute({
  access: { administratorsMay: 'see the settings of the directory' },
  method: 'get',
  path,
  tags: ['directory'],
  summary: 'Get the settings of the directory of users (LDAP)',
  description:
    'For system administrators. The passwords of readers are never shown. Without a directory, `serverURL` is empty.',
  responses: { 200: jsonOf(settingsBody, 'the settings'), ...refusals(401, 403) },
})

ldapRoutes.openapi(getRoute, async function getDirectorySettings(c) {
  return c.json(withoutPasswords(await readSettings(c.get('context'))), 200)
})

const change = { administratorsMay: 'change the directory of users' } as const

const putRoute = defineRoute({
  access: change,
  method: 'put',
  path,
  tags: ['directory'],
  summary: 'Replace the settings of the directory of users (LDAP)',
  description:
    'For system administrators. A `readerPassword` that is left out stays, while the server and its reader are the same. An empty `serverURL` turns the directory off.',
  request: { body: bodyOf(settingsBody) },
  responses: { 200: jsonOf(settingsBody, 'the settings'), ...refusals(400, 401, 403, 503) },
})

ldapRoutes.openapi(putRoute, async function putDirectorySettings(c) {
  const { name: by } = requireAccount(c)
  requirePassword(c, { kind: 'declared-by-route', words: change.administratorsMay })
  const settings = directorySettings.parse(c.req.valid('json'))
  await changeSettings(c.get('context'), settings, by)
  return c.json(withoutPasswords(settings), 200)
})

const test = { administratorsMay: 'test the directory of users', worksWithoutMajority: true } as const

const loginTest = z
  .object({
    isRight: z.boolean().openapi({ description: 'whether the user may log in' }),
    steps: z.array(
      z.object({ step: z.enum(testSteps), outcome: z.enum(['done', 'failed', 'skipped']), message: z.string() }),
    ),
    dn: z.string().max(longestDn).optional(),
    accountName: z
      .string()
      .optional()
      .openapi({ description: 'the account of the user, or the one of the first login' }),
  })
  .openapi('LDAPLoginTest')

const testRoute = defineRoute({
  access: test,
  method: 'post',
  path: `${path}/test`,
  tags: ['directory'],
  summary: 'Test one login with the directory of users (LDAP)',
  description:
    'For system administrators. Says which step failed, and why. With `settings` it tests these before they are stored. Makes no account.',
  request: {
    body: bodyOf(
      z
        .object({
          username: z.string().max(longestAccountName),
          password: z.string().max(longestPassword),
          settings: z.strictObject(directorySettings.shape).optional(),
        })
        .openapi('LDAPLogin'),
    ),
  },
  responses: { 200: jsonOf(loginTest, 'what each step did'), ...refusals(400, 401, 403, 503) },
})

ldapRoutes.openapi(testRoute, async function testDirectoryLogin(c) {
  requirePassword(c, { kind: 'declared-by-route', words: test.administratorsMay })
  const { username: name, password, settings } = c.req.valid('json')
  const context = c.get('context')
  const configuration = await configurationOf(context, settings)
  const { steps, ...tested } = await testLogin(context, configuration, { name, password })
  return c.json({ ...tested, steps: [...steps] }, 200)
})

/** Returns the configuration to test: the settings that were sent, or the stored ones. */
async function configurationOf(
  context: Parameters<typeof changeSettings>[0],
  settings: z.infer<typeof directorySettings> | undefined,
) {
  if (settings !== undefined) {
    await requireSound(settings, context.now)
    if (settings.serverURL !== '') return completed(context, settings)
  }
  const stored = settings === undefined ? await readConfiguration(context) : undefined
  if (stored !== undefined) return stored
  throw directoryError({ kind: 'directory-settings-invalid', reason: { kind: 'none-stored' } })
}

/** What administrators do, with a password or a session. */
const link = { words: 'link to a user of the directory', decidesWhoGetsIn: true } as const

const linkRoute = defineRoute({
  access: { administratorsMay: 'link accounts to users of the directory' },
  method: 'put',
  path: '/accounts/{accountNameOrID}/identities/ldap',
  tags: ['directory'],
  summary: 'Link an account to a user of the directory (LDAP)',
  description:
    'For system administrators, with a password or a session. The account belongs to that user from then on, in place of the one of the directory before: its own password and its sessions end, and syncs follow it. Its access tokens stay.',
  request: {
    params: accountPath,
    body: bodyOf(
      z
        .object({
          username: z
            .string()
            .min(1)
            .max(longestAccountName)
            .openapi({ description: 'the name that the user has in the directory' }),
        })
        .openapi('LDAPLink'),
    ),
  },
  responses: {
    200: jsonOf(
      z
        .object({ provider: z.string(), subject: z.string(), name: z.string(), dn: z.string().max(longestDn) })
        .openapi('LDAPIdentity'),
      'the link',
    ),
    ...refusals(400, 401, 403, 404, 405, 409, 503),
  },
})

ldapRoutes.openapi(linkRoute, async function putDirectoryIdentity(c) {
  const { accountNameOrID } = c.req.valid('param')
  const { account, target } = await requireAccountFor(c, accountNameOrID.replace(/^id:/, ''), link)
  const { username: user } = c.req.valid('json')
  const { provider, subject, name, dn } = await adopt(c.get('context'), target, { user, by: account.name })
  return c.json({ provider, subject, name, dn }, 200)
})
