/** The login that a browser has begun, in a cookie of it: the answer of the provider counts in that browser alone. */
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { AppContext } from '../../routes/app-context.ts'
import { ssoError } from './failures.ts'
import { beginLogin, loginSeconds, resumeLogin, type Intent, type LoginState } from './login-state.ts'

/** Where a login begins and ends. */
export interface LoginPlace {
  /** Where browsers find the registry. */
  readonly origin: string
  /** Where a login begins. */
  readonly path: string
  /** The name of the cookie. */
  readonly name: string
  /** Whether the provider sends the browser back with a form of its own, and not with a link. */
  readonly comesByForm: boolean
}

/** Begins a login in this browser. */
export async function beginIn(c: AppContext, place: LoginPlace, intent: Intent): Promise<LoginState> {
  const { secrets, now } = c.get('context')
  const { cookie, ...begun } = await beginLogin(secrets, intent, now)
  setCookie(c, nameOf(place), cookie, { ...optionsOf(place), maxAge: loginSeconds })
  return begun
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
const nameOf = (place: LoginPlace): string => (isSecure(place) ? `__Host-${place.name}` : place.name)

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
