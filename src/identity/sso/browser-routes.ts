/**
 * What the routes of single sign-on share that browsers use, by any protocol: logins that are under way, answers, and pages.
 * Nothing that a request names decides where the browser goes, but the port of a command on the user's own machine.
 */
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { parseAccept } from 'hono/utils/accept'
import { RegistryError } from '../../errors.ts'
import type { FailureStatus } from '../../failures/failure.ts'
import { wholeBodyOf, type AppContext } from '../../routes/app-context.ts'
import { apiErrors } from '../../routes/shared/api-errors.ts'
import type { ErrorForm } from '../../routes/shared/error-forms.ts'
import { retryAfter } from '../../routes/shared/problem.ts'
import { setSessionCookie } from '../../routes/shared/session-cookie.ts'
import { BodyReader } from '../../storage/body.ts'
import { useWhole } from '../../storage/whole-bodies.ts'
import { ticketFor } from './approvals.ts'
import { ssoError } from './failures.ts'
import { intentOf, loginSeconds, resumeLogin, type Intent, type LoginState } from './login-state.ts'
import type { Approved } from './login-store.ts'
import { approvalPage, failurePage, sessionPage } from './pages.ts'
import { approvePath } from './paths.ts'
import { openSsoSession, signIn, userToLink } from './sign-in.ts'
import type { Attested } from './user.ts'
import type { LoginPlace, SignOnWay } from './way.ts'
import { keepApproved, requireDevice } from './waiting-logins.ts'

/** Gives the browser, or the command that waits, what the login was for. */
export async function answerFor(c: AppContext, intent: Intent, attested: Attested): Promise<Response> {
  const context = c.get('context')
  const approvedFor = async (purpose: 'login' | 'link'): Promise<Approved & { readonly shownName: string }> => {
    if (purpose === 'link') {
      const user = await userToLink(context, attested)
      return { ...user, accountId: undefined, shownName: user.name }
    }
    const { account, ...user } = await signIn(context, attested)
    return { ...user, accountId: account.id, shownName: account.name }
  }
  switch (intent.kind) {
    case 'page': {
      const { account, ...session } = await signIn(context, attested)
      const { secret, username } = await openSsoSession(context, account.id, session)
      if (!wantsHtml(c)) return c.json({ auth_token: secret, username })
      await setSessionCookie(c, secret)
      return page(c, sessionPage(username, secret))
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

/** Begins a login in this browser, and sends it to the provider. */
export async function sendToProvider(c: AppContext, way: SignOnWay, intent: Intent): Promise<Response> {
  const { place, cookie, url } = await way.begin(c.get('context'), intent)
  setCookie(c, nameOf(place), cookie, { ...optionsOf(place), maxAge: loginSeconds })
  return redirect(c, url)
}

/** Returns the login that this browser began, and ends its cookie. @throws RegistryError `sso-login-lost` */
export async function resumeIn(c: AppContext, place: LoginPlace, state: string): Promise<LoginState> {
  const { secrets, now } = c.get('context')
  const cookie = getCookie(c, nameOf(place)) ?? ''
  const begun = await resumeLogin(secrets, { cookie, state }, now)
  if (begun === undefined) throw ssoError({ kind: 'sso-login-lost', origin: place.origin + place.path })
  deleteCookie(c, nameOf(place), optionsOf(place))
  return begun
}

const isSecure = ({ origin }: LoginPlace): boolean => origin.startsWith('https:')

/** Names the cookie: with https so that no other host can set it (RFC 6265bis section 4.1.3.2). */
const nameOf = (place: LoginPlace): string => (isSecure(place) ? `__Host-${place.cookieName}` : place.cookieName)

/**
 * Returns the attributes of the cookie: lax, as the provider sends the browser back from another site. A form that another
 * site posts brings only a cookie of `SameSite=None`, which has to be secure; browsers take that from localhost by http too.
 */
const optionsOf = (place: LoginPlace) =>
  ({
    path: '/',
    httpOnly: true,
    sameSite: place.comesByForm ? 'None' : 'Lax',
    secure: place.comesByForm || isSecure(place),
  }) as const

function redirect(c: AppContext, url: string): Response {
  c.header('Cache-Control', 'no-store')
  c.header('Referrer-Policy', 'no-referrer')
  return c.redirect(url, 303)
}

const contentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"

/** Answers with a page. */
export function page(c: AppContext, text: string, status: 200 | FailureStatus = 200): Response {
  c.header('Cache-Control', 'no-store')
  c.header('Content-Security-Policy', contentSecurityPolicy)
  c.header('Referrer-Policy', 'no-referrer')
  return c.html(text, status)
}

/** Tells whether the client names HTML, as browsers do. */
const wantsHtml = (c: AppContext): boolean =>
  parseAccept(c.req.header('accept') ?? '').some(({ type, q }) => type.toLowerCase() === 'text/html' && q > 0)

type Form = Readonly<Record<string, string>>

/** Reads a form within its bound. @throws RegistryError `body-invalid` */
export const formOf = (c: AppContext, limitBytes: number): Promise<Form> => useForm(c, limitBytes, async (form) => form)

/**
 * Reads a form within its bound, and holds memory for a long one until it has been used.
 *
 * @throws as `formOf` and `useWhole`
 */
export async function useForm<Result>(
  c: AppContext,
  limitBytes: number,
  use: (form: Form) => Promise<Result>,
): Promise<Result> {
  const length = Number(c.req.header('content-length') ?? Number.NaN)
  if (!(length <= limitBytes)) {
    const reason = { kind: 'form-too-long', limitBytes } as const
    throw new RegistryError({ kind: 'body-invalid', reason })
  }
  const { body } = c.req.raw
  return useWhole(body === null ? undefined : new BodyReader(body), wholeBodyOf(c, limitBytes, undefined), {
    read: async (bytes) => Object.fromEntries(new URLSearchParams(new TextDecoder().decode(bytes))),
    use,
  })
}

/** Returns what a request for a login is for. @throws RegistryError `parameter-invalid` */
export function requireIntent(c: AppContext): Intent {
  const intent = intentOf(c.req.query())
  if (intent !== undefined) return intent
  throw invalidQuery('port, challenge, state', 'use those that "breakwater login --sso" makes')
}

/** Makes the refusal of a query parameter. */
export const invalidQuery = (parameter: string, message: string): RegistryError =>
  new RegistryError({ kind: 'parameter-invalid', place: 'query', parameter, reason: { kind: 'of-schema', message } })

/** Errors are pages for browsers, and those of the API for other clients. */
export const ssoErrors: ErrorForm = {
  ...apiErrors,
  answer(error, c) {
    if (!wantsHtml(c)) return apiErrors.answer(error, c)
    for (const [name, value] of Object.entries(retryAfter(error) ?? {})) c.header(name, value)
    const { status, apiStatus = status } = error.type
    return page(c, failurePage(error.message), apiStatus)
  },
}
