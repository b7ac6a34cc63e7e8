/**
 * Single sign-on in a browser: to the provider and back, and the approval of commands on other machines. Nothing that a
 * request names decides where the browser goes, but the port of a command on the user's own machine.
 */
import { Hono } from 'hono'
import { getCookie, deleteCookie, setCookie } from 'hono/cookie'
import { parseAccept } from 'hono/utils/accept'
import { RegistryError } from '../../errors.ts'
import type { FailureStatus } from '../../failures/failure.ts'
import { largestLogoutBytes, longestSsoParameter } from '../../limits.ts'
import type { AppContext, AppEnv } from '../../routes/app-context.ts'
import { apiErrors } from '../../routes/shared/api-errors.ts'
import { declareErrorForm, type ErrorForm } from '../../routes/shared/error-forms.ts'
import { retryAfter } from '../../routes/shared/problem.ts'
import { issuers } from '../issuers/issuers.ts'
import { readTicket, ticketFor } from './approvals.ts'
import { boundingRefusals } from './bounded.ts'
import { authorizationUrl, callbackPath, claimsOf, devicePath, loginPath } from './code-flow.ts'
import { oidcError } from './failures.ts'
import { beginLogin, intentOf, loginSeconds, resumeLogin, type Intent, type LoginState } from './login-state.ts'
import type { Approved } from './login-store.ts'
import { logOutByProvider } from './logout.ts'
import { answeredPage, approvalPage, deviceCodePage, failurePage, sessionPage } from './pages.ts'
import { requireProvider, type Provider } from './provider.ts'
import { openSsoSession, signIn, userToLink } from './sign-in.ts'
import { approve, hashUserCode, keepApproved, refuse, requireDevice } from './waiting-logins.ts'

export const browserRoutes = new Hono<AppEnv>()

const approvePath = '/auth/oidc/approve'

browserRoutes.get(loginPath, async function beginSingleSignOn(c) {
  const intent = intentOf(c.req.query())
  if (intent === undefined) throw invalid('port, challenge, state', 'use those that "breakwater login --sso" makes')
  return sendToProvider(c, intent)
})

browserRoutes.get(callbackPath, async function endSingleSignOn(c) {
  const context = c.get('context')
  const provider = await requireProvider(context)
  const answer = new URL(c.req.url).searchParams
  for (const [name, value] of answer) if (value.length > longestSsoParameter) throw invalid(name, 'it is too long')
  const begun = await begunIn(c, provider, answer.get('state') ?? '')
  deleteCookie(c, cookieName(provider), cookieOptions(provider))
  const claims = await boundingRefusals(context, () => claimsOf(context, issuers, provider, { answer, begun }))
  return answerFor(c, provider, begun.intent, claims)
})

browserRoutes.get(devicePath, async function askForUserCode(c) {
  await requireProvider(c.get('context'))
  return page(c, deviceCodePage(devicePath, (c.req.query('code') ?? '').slice(0, 20)))
})

browserRoutes.post(devicePath, async function takeUserCode(c) {
  const { code = '' } = await formOf(c)
  const userCodeHash = await hashUserCode(code.slice(0, longestSsoParameter))
  const context = c.get('context')
  await boundingRefusals(context, () => requireDevice(context, userCodeHash))
  return sendToProvider(c, { kind: 'device', userCodeHash })
})

browserRoutes.post(approvePath, async function answerDevice(c) {
  const context = c.get('context')
  const { ticket = '', answer } = await formOf(c)
  const read = await readTicket(context.secrets, ticket, context.now)
  if (read === undefined) throw oidcError({ kind: 'sso-user-code-unknown' })
  const isApproved = answer === 'approve'
  if (isApproved) await approve(context, read.userCodeHash, read.approved)
  else await refuse(context, read.userCodeHash)
  return page(c, answeredPage(isApproved))
})

browserRoutes.post('/auth/oidc/backchannel-logout', async function logOutByBackChannel(c) {
  const context = c.get('context')
  const provider = await requireProvider(context)
  const { logout_token: token = '' } = await formOf(c)
  // OpenID Connect Back-Channel Logout 1.0 section 2.8.
  c.header('Cache-Control', 'no-store')
  await boundingRefusals(context, () => logOutByProvider(context, issuers, provider, token))
  return c.body(null, 200)
})

async function sendToProvider(c: AppContext, intent: Intent): Promise<Response> {
  const context = c.get('context')
  const provider = await requireProvider(context)
  const { cookie, ...begun } = await beginLogin(context.secrets, intent, context.now)
  const url = await authorizationUrl(context, issuers, provider, begun)
  setCookie(c, cookieName(provider), cookie, { ...cookieOptions(provider), maxAge: loginSeconds })
  return redirect(c, url)
}

/** Returns the login that this browser began. @throws RegistryError `sso-login-lost` */
async function begunIn(c: AppContext, provider: Provider, state: string): Promise<LoginState> {
  const { secrets, now } = c.get('context')
  const cookie = getCookie(c, cookieName(provider)) ?? ''
  const begun = await resumeLogin(secrets, { cookie, state }, now)
  if (begun === undefined) throw oidcError({ kind: 'sso-login-lost', origin: provider.origin + loginPath })
  return begun
}

/** Gives the browser, or the command that waits, what the login was for. */
async function answerFor(
  c: AppContext,
  { settings }: Provider,
  intent: Intent,
  claims: Awaited<ReturnType<typeof claimsOf>>,
): Promise<Response> {
  const context = c.get('context')
  const approvedFor = async (purpose: 'login' | 'link'): Promise<Approved & { readonly shownName: string }> => {
    if (purpose === 'link') {
      const user = await userToLink(context, settings, claims)
      return { ...user, accountId: undefined, shownName: user.name }
    }
    const { account, ...user } = await signIn(context, settings, claims)
    return { ...user, accountId: account.id, shownName: account.name }
  }
  switch (intent.kind) {
    case 'page': {
      const { account, ...session } = await signIn(context, settings, claims)
      const { secret, username } = await openSsoSession(context, account.id, session)
      return wantsHtml(c) ? page(c, sessionPage(username, secret)) : c.json({ auth_token: secret, username })
    }
    case 'loopback': {
      const { shownName: _, ...approved } = await approvedFor(intent.purpose)
      const code = await keepApproved(context, intent, approved)
      // RFC 8252 section 8.3: the address and not the name, which could lead elsewhere.
      const command = new URL(`http://127.0.0.1:${intent.port}/`)
      command.searchParams.set('code', code)
      command.searchParams.set('state', intent.state)
      return redirect(c, command.href)
    }
    case 'device': {
      const device = await requireDevice(context, intent.userCodeHash)
      const { shownName: name, ...approved } = await approvedFor(device.purpose)
      const ticket = await ticketFor(context.secrets, intent.userCodeHash, approved, context.now)
      return page(c, approvalPage(approvePath, { ...device, name, ticket }))
    }
  }
}

/** Names the cookie: with https so that no other host can set it (RFC 6265bis section 4.1.3.2). */
const cookieName = ({ origin }: Provider): string =>
  origin.startsWith('https:') ? '__Host-breakwater-sso' : 'breakwater-sso'

/** Returns the attributes of the cookie: lax, as the provider sends the browser back from another site. */
const cookieOptions = ({ origin }: Provider) =>
  ({ path: '/', httpOnly: true, sameSite: 'Lax', secure: origin.startsWith('https:') }) as const

function redirect(c: AppContext, url: string): Response {
  c.header('Cache-Control', 'no-store')
  c.header('Referrer-Policy', 'no-referrer')
  return c.redirect(url, 303)
}

const contentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"

function page(c: AppContext, text: string, status: 200 | FailureStatus = 200): Response {
  c.header('Cache-Control', 'no-store')
  c.header('Content-Security-Policy', contentSecurityPolicy)
  c.header('Referrer-Policy', 'no-referrer')
  return c.html(text, status)
}

/** Tells whether the client names HTML, as browsers do. */
const wantsHtml = (c: AppContext): boolean =>
  parseAccept(c.req.header('accept') ?? '').some(({ type, q }) => type.toLowerCase() === 'text/html' && q > 0)

/** Reads a form within its bound. @throws RegistryError `body-invalid` */
async function formOf(c: AppContext): Promise<Readonly<Record<string, string>>> {
  const length = Number(c.req.header('content-length') ?? Number.NaN)
  if (!(length <= largestLogoutBytes)) {
    const reason = { kind: 'form-too-long', limitBytes: largestLogoutBytes } as const
    throw new RegistryError({ kind: 'body-invalid', reason })
  }
  return Object.fromEntries(new URLSearchParams(new TextDecoder().decode(await c.req.arrayBuffer())))
}

const invalid = (parameter: string, message: string): RegistryError =>
  new RegistryError({ kind: 'parameter-invalid', place: 'query', parameter, reason: { kind: 'of-schema', message } })

/** Errors are pages for browsers, and those of the API for other clients. */
const ssoErrors: ErrorForm = {
  ...apiErrors,
  answer(error, c) {
    if (!wantsHtml(c)) return apiErrors.answer(error, c)
    for (const [name, value] of Object.entries(retryAfter(error) ?? {})) c.header(name, value)
    const { status, apiStatus = status } = error.type
    return page(c, failurePage(error.message), apiStatus)
  },
}

declareErrorForm(browserRoutes, ssoErrors)
