/** Which registry is meant, and who logs in. */
import { Api } from './api.ts'
import { UsageError } from './errors.ts'
import { askSecret, isAttended } from './terminal.ts'

const defaultUrl = 'http://127.0.0.1:5000'

export interface Destination {
  /** Of `--url`; undefined takes the environment's, else a registry of this machine. */
  readonly url: string | undefined
  readonly user: string
  /** Credentials may go over a network that others can read. */
  readonly insecure: boolean
}

/** @throws UsageError or Error, before anything was sent */
export async function connect({ url: given, user, insecure }: Destination): Promise<Api> {
  const url = parseUrl(given ?? setting('BREAKWATER_URL') ?? defaultUrl)
  if (url.protocol === 'http:' && !isLoopback(url.hostname) && !insecure) {
    throw new Error(
      `${url.origin} is not encrypted, so others could read the password on its way: use https, or --insecure if you must`,
    )
  }
  return new Api(url.origin, { user, password: await passwordOf(user, url) })
}

/** A variable of the environment; undefined when it is not set or empty. */
export function setting(name: string): string | undefined {
  const text = process.env[name]
  return text === '' ? undefined : text
}

async function passwordOf(user: string, { host }: URL): Promise<string> {
  const password = setting('BREAKWATER_PASSWORD')
  if (password !== undefined) return password
  if (!isAttended()) {
    throw new Error('there is no terminal to ask for a password: set BREAKWATER_PASSWORD to it, or to an access token')
  }
  return askSecret(`Password of ${user} at ${host}: `)
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
