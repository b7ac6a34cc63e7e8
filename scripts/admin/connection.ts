/** The connection to a registry: its address, and the user who logs in. */
import { firstAdministrator } from '../../src/names.ts'
import { createApi, createRecoveryApi, type Api } from './api.ts'
import { UsageError } from './errors.ts'
import { Login } from './user-login.ts'
import { readProfiles } from './profiles.ts'

const defaultUrl = 'http://127.0.0.1:5000'

/** The options of every command that name the registry and the user. */
export interface Destination {
  readonly url?: string
  readonly user?: string
  /** Credentials may go over a network that others can read. */
  readonly insecure?: boolean
}

export interface Connection {
  readonly api: Api
  readonly login: Login
}

/**
 * Makes a connection from the options, the environment and the profiles.
 *
 * @throws UsageError or Error, before anything is sent
 */
export function connect(destination: Destination): Connection {
  const url = urlOf(destination)
  const profile = readProfiles().profiles[url.origin]
  const user = destination.user ?? setting('BREAKWATER_USER') ?? profile?.user ?? firstAdministrator
  const token = profile?.user === user ? profile.token : undefined
  const login = new Login(user, url.host, setting('BREAKWATER_PASSWORD') ?? token)
  return { api: createApi(url.origin, login), login }
}

/**
 * Returns a client that needs no account where BREAKWATER_RECOVERY_SECRET is set; undefined elsewhere.
 *
 * @throws UsageError or Error, before anything is sent
 */
export function connectToRecover(destination: Destination): Api | undefined {
  const secret = setting('BREAKWATER_RECOVERY_SECRET')
  return secret === undefined ? undefined : createRecoveryApi(urlOf(destination).origin, secret)
}

/** Returns the address of the registry. @throws UsageError, or Error where others could read the credentials */
export function urlOf({ url: given, insecure }: Destination): URL {
  const url = parseUrl(given ?? setting('BREAKWATER_URL') ?? readProfiles().current ?? defaultUrl)
  if (url.protocol === 'http:' && !isLoopback(url.hostname) && insecure !== true) {
    throw new Error(
      `${url.origin} is not encrypted, so others could read the password on its way: use https, or --insecure if you must`,
    )
  }
  return url
}

/** Returns a variable of the environment; undefined when it is not set or empty. */
export function setting(name: string): string | undefined {
  const text = process.env[name]
  return text === '' ? undefined : text
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw new UsageError(`"${text}" is not the address of a registry: write https://registry.example.com`)
  }
  if (url.username !== '' || url.password !== '') {
    throw new UsageError(
      'the address must not have a password in it, which every process could read: use BREAKWATER_PASSWORD',
    )
  }
  return url
}

const isLoopback = (hostname: string): boolean =>
  hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname) || /^(?:.+\.)?localhost$/.test(hostname)
