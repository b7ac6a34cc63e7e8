/** Single sign-on by OpenID Connect in a browser: to the provider and back. */
import { Hono } from 'hono'
import { largestLogoutBytes, longestSsoParameter } from '../../limits.ts'
import type { AppEnv } from '../../routes/app-context.ts'
import { declareErrorForm } from '../../routes/shared/error-forms.ts'
import { issuers } from '../issuers/issuers.ts'
import {
  answerFor,
  formOf,
  invalidQuery,
  requireIntent,
  resumeIn,
  sendToProvider,
  ssoErrors,
} from '../sso/browser-routes.ts'
import { boundingRefusals } from '../sso/bounded.ts'
import { readUser } from './claims.ts'
import { callbackPath, claimsOf, loginPath } from './code-flow.ts'
import { logOutByProvider } from './logout.ts'
import { requireProvider } from './provider.ts'
import { oidcWay, placeOf } from './way.ts'

export const browserRoutes = new Hono<AppEnv>()

browserRoutes.get(loginPath, async function beginSingleSignOn(c) {
  return sendToProvider(c, oidcWay, requireIntent(c))
})

browserRoutes.get(callbackPath, async function endSingleSignOn(c) {
  const context = c.get('context')
  const provider = await requireProvider(context)
  const answer = new URL(c.req.url).searchParams
  for (const [name, value] of answer) {
    if (value.length > longestSsoParameter) throw invalidQuery(name, 'it is too long')
  }
  const begun = await resumeIn(c, placeOf(provider), answer.get('state') ?? '')
  const claims = await boundingRefusals(context, () => claimsOf(context, issuers, provider, { answer, begun }))
  const { settings } = provider
  return answerFor(c, begun.intent, {
    provider: settings.issuer,
    read: readUser(settings, claims),
    makesAccounts: settings.jitUserProvisioning,
  })
})

browserRoutes.post('/auth/oidc/backchannel-logout', async function logOutByBackChannel(c) {
  const context = c.get('context')
  const provider = await requireProvider(context)
  const { logout_token: token = '' } = await formOf(c, largestLogoutBytes)
  // OpenID Connect Back-Channel Logout 1.0 section 2.8.
  c.header('Cache-Control', 'no-store')
  await boundingRefusals(context, () => logOutByProvider(context, issuers, provider, token))
  return c.body(null, 200)
})

declareErrorForm(browserRoutes, ssoErrors)
