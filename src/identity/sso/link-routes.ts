/** The links of an account to users of providers, and the logins of commands. */
import { z } from '@hono/zod-openapi'
import { longestDeviceName, longestSsoParameter, longestSubject, longestUrl } from '../../limits.ts'
import { requireAccountFor } from '../../routes/enzi/guards.ts'
import { accountPath, nothing } from '../../routes/enzi/schemas.ts'
import { defineRoute } from '../../routes/shared/route-access.ts'
import { apiRouter } from '../../routes/shared/router.ts'
import { bodyOf, jsonOf, lineText, refusals, time } from '../../routes/shared/schemas.ts'
import { isoTime } from '../../util/iso-time.ts'
import { identitiesOfAccount } from '../links/identity-store.ts'
import { unlink } from './links.ts'
import { devicePath } from './paths.ts'
import { ssoError } from './failures.ts'
import { requireOrigin } from './origin.ts'
import { requireWay } from './ways.ts'
import { redeemLink, redeemLogin } from './redeeming.ts'
import { deviceSeconds, waitForBrowser } from './waiting-logins.ts'

export const linkRoutes = apiRouter()

const tags = ['single sign-on']
/** What only owners of the account and administrators do, with a password or a session. */
const changeLinks = { words: 'change the links to users of other providers of', decidesWhoGetsIn: true } as const
const seeLinks = { words: 'see the links to users of other providers of' } as const

const identity = z
  .object({
    provider: z.string().openapi({
      description: '`ldap`, the issuer of an OpenID provider, or `saml:` and the entity ID of an identity provider',
    }),
    subject: z.string().openapi({ description: 'the ID of the user there' }),
    name: z.string().openapi({ description: 'the name that the user has there' }),
    lastSeenAt: time,
  })
  .openapi('Identity')

const path = '/accounts/{accountNameOrID}/identities'

const getIdentitiesRoute = defineRoute({
  access: 'users',
  method: 'get',
  path,
  tags,
  summary: 'List the users of other providers that an account is linked to',
  description: 'For the user and for system administrators.',
  request: { params: accountPath },
  responses: {
    200: jsonOf(z.object({ identities: z.array(identity) }).openapi('Identities'), 'the links'),
    ...refusals(400, 401, 403, 404),
  },
})

linkRoutes.openapi(getIdentitiesRoute, async function getLinkedIdentities(c) {
  const { target } = await requireAccountFor(c, nameOf(c.req.valid('param')), seeLinks)
  const found = await identitiesOfAccount(c.get('context').db, target.id)
  const identities = found.map(({ provider, subject, name, lastSeenAt }) => ({
    provider,
    subject,
    name,
    lastSeenAt: isoTime(lastSeenAt),
  }))
  return c.json({ identities }, 200)
})

const redemption = z
  .object({
    code: z.string().max(longestSsoParameter).openapi({ description: 'the code of the login' }),
    verifier: z
      .string()
      .max(longestSsoParameter)
      .openapi({ description: 'the text whose SHA-256 was the challenge (RFC 7636)' }),
  })
  .openapi('SsoCode')

const postIdentityRoute = defineRoute({
  access: 'users',
  method: 'post',
  path,
  tags,
  summary: 'Link an account to the user of the provider who has approved the code',
  description: 'For the user and for system administrators, with a password or a session.',
  request: { params: accountPath, body: bodyOf(redemption) },
  responses: {
    201: jsonOf(
      z.object({ provider: z.string(), subject: z.string(), name: z.string() }).openapi('NewIdentity'),
      'the link',
    ),
    ...refusals(400, 401, 403, 404, 405, 409, 503),
  },
})

linkRoutes.openapi(postIdentityRoute, async function postLinkedIdentity(c) {
  const { account, target } = await requireAccountFor(c, nameOf(c.req.valid('param')), changeLinks)
  if (target.isOrganization) throw ssoError({ kind: 'identity-of-organization', name: target.name })
  return c.json(await redeemLink(c.get('context'), c.req.valid('json'), target, account.name), 201)
})

const deleteIdentityRoute = defineRoute({
  access: 'users',
  method: 'delete',
  path,
  tags,
  summary: 'Unlink an account from a user of a provider, and end the sessions that began there',
  description:
    'For the user and for system administrators, with a password or a session. Only the latter unlink an account from a user of the directory.',
  request: {
    params: accountPath,
    query: z.object({
      provider: z
        .string()
        .max(longestUrl)
        .default('')
        .openapi({ param: { name: 'provider', in: 'query' } }),
      subject: z
        .string()
        .max(longestSubject)
        .default('')
        .openapi({ param: { name: 'subject', in: 'query' } }),
    }),
  },
  responses: { ...nothing, ...refusals(400, 401, 403, 404, 405, 409, 503) },
})

linkRoutes.openapi(deleteIdentityRoute, async function deleteLinkedIdentity(c) {
  const { account, target } = await requireAccountFor(c, nameOf(c.req.valid('param')), changeLinks)
  const { db, now } = c.get('context')
  await unlink(db, target, c.req.valid('query'), account, now)
  return c.body(null, 204)
})

const nameOf = ({ accountNameOrID }: { readonly accountNameOrID: string }): string =>
  accountNameOrID.replace(/^id:/, '')

const getSsoRoute = defineRoute({
  access: { isPublic: true },
  method: 'get',
  path: '/sso',
  tags,
  summary: 'Tell where to log in with a browser',
  responses: {
    200: jsonOf(
      z
        .object({
          loginURL: z.string().openapi({ description: 'begins a login; a command adds its port, challenge and state' }),
          deviceURL: z.string().openapi({ description: 'takes the code that a command shows' }),
        })
        .openapi('SingleSignOn'),
      'the addresses',
    ),
    ...refusals(404, 503),
  },
})

linkRoutes.openapi(getSsoRoute, async function getSingleSignOn(c) {
  const context = c.get('context')
  const { loginPath } = await requireWay(context)
  const origin = await requireOrigin(context)
  return c.json({ loginURL: origin + loginPath, deviceURL: origin + devicePath }, 200)
})

const challenge = z
  .string()
  .regex(/^[\w-]{43}$/, { error: 'it must be the SHA-256 of the verifier in base64url' })
  .openapi({ description: 'the SHA-256 of a text that only the command knows (RFC 7636)' })

const postDeviceRoute = defineRoute({
  access: { isPublic: true },
  method: 'post',
  path: '/sso/device',
  tags,
  summary: 'Begin a login that a browser on another machine approves',
  request: {
    body: bodyOf(
      z
        .object({
          challenge,
          purpose: z.enum(['login', 'link']).default('login'),
          device: lineText(longestDeviceName)
            .default('')
            .openapi({ description: 'what the user is told of the machine' }),
        })
        .openapi('SsoDevice'),
    ),
  },
  responses: {
    200: jsonOf(
      z
        .object({
          deviceCode: z.string().openapi({ description: 'the code to ask for the session with' }),
          userCode: z.string().openapi({ description: 'the code that the user types in the browser' }),
          deviceURL: z.string(),
          expiresIn: z.number().int().openapi({ description: 'seconds' }),
        })
        .openapi('SsoDeviceCodes'),
      'the codes',
    ),
    ...refusals(400, 404, 405, 429, 503),
  },
})

linkRoutes.openapi(postDeviceRoute, async function postSsoDevice(c) {
  const context = c.get('context')
  await requireWay(context)
  const origin = await requireOrigin(context)
  const codes = await waitForBrowser(context, c.req.valid('json'))
  return c.json({ ...codes, deviceURL: origin + devicePath, expiresIn: deviceSeconds }, 200)
})

const postTokenRoute = defineRoute({
  access: { isPublic: true },
  method: 'post',
  path: '/sso/token',
  tags,
  summary: 'Get the session of a login that a browser has approved',
  description: 'A code opens one session. 409 with AUTHORIZATION_PENDING says that no browser has approved it yet.',
  request: { body: bodyOf(redemption) },
  responses: {
    200: jsonOf(
      z.object({ auth_token: z.string(), username: z.string() }).openapi('SsoSession'),
      'a session, as `/auth/login` opens it',
    ),
    ...refusals(400, 401, 403, 404, 405, 409, 503),
  },
})

linkRoutes.openapi(postTokenRoute, async function postSsoToken(c) {
  const { secret, username } = await redeemLogin(c.get('context'), c.req.valid('json'))
  return c.json({ auth_token: secret, username }, 200, { 'Cache-Control': 'no-store' })
})
