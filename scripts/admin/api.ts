/** The registry's HTTP API, as one user. Its types are made from the OpenAPI document. */
import createClient, { type Client } from 'openapi-fetch'
import { isOpaqueToken } from '../../src/auth/opaque-token.ts'
import { basic } from '../client/credentials.ts'
import type { components, paths } from './api-types.ts'
import type { Login } from './user-login.ts'
import { UsageError } from './errors.ts'

export type Api = Client<paths>

/** The objects of the API: `Schemas['Account']`. */
export type Schemas = components['schemas']

/** The registry refused, and says why. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly code: string
  /** The HTTP status. */
  readonly status: number

  constructor(message: string, code: string, status: number) {
    super(message)
    this.code = code
    this.status = status
  }
}

/** There was no answer: the registry may have done what was asked. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
}

const pageSize = 100
/** Node waits no longer for the beginning of an answer. */
const patienceMilliseconds = 300_000

/**
 * Returns a client whose calls throw what went wrong: a `Refusal`, or an `Error` when there is no answer, or one that is
 * not the API's.
 */
export const createApi = (origin: string, login: Login): Api =>
  createClient<paths>({
    baseUrl: origin,
    pathSerializer: fillIn,
    fetch: async (request) => {
      try {
        return await accepted(await exchange(request.clone(), await loginHeaders(login, login.secret())))
      } catch (error) {
        // Some actions need the password itself: an access token that leaked must not lead to another credential.
        const needsPassword = error instanceof Refusal && error.code === 'PASSWORD_NEEDED'
        if (!needsPassword || !login.canAsk) throw error
      }
      return accepted(await exchange(request, await loginHeaders(login, login.password())))
    },
  })

async function loginHeaders({ user }: Login, secret: Promise<string>): Promise<Record<string, string>> {
  const known = await secret
  return {
    Authorization: isOpaqueToken('session', known) ? `Bearer ${known}` : basic({ name: user, password: known }),
  }
}

/** Returns such a client that sends no login, for the operations that lead to one. */
export const createOpenApi = (origin: string): Api =>
  createClient<paths>({
    baseUrl: origin,
    pathSerializer: fillIn,
    fetch: async (request) => accepted(await exchange(request, {})),
  })

/**
 * Returns such a client that needs no account, for the operations that restore a registry.
 *
 * @param secret the recovery secret of the registry, or the token of a restore
 */
export const createRecoveryApi = (origin: string, secret: string): Api =>
  createClient<paths>({
    baseUrl: origin,
    pathSerializer: fillIn,
    fetch: async (request) => accepted(await exchange(request, { 'X-Breakwater-Recovery': secret })),
  })

/** Returns what the API answers with. */
export async function answer<Reply extends { data?: unknown }>(
  reply: Promise<Reply>,
): Promise<NonNullable<Reply['data']>> {
  const { data } = await reply
  if (data === undefined || data === null) throw new Error('the registry answered without content: try again')
  return data
}

/** The start of a page, and its largest size. */
export interface Page {
  readonly pageStart?: string
  readonly pageSize: number
}

/** Writes a page in the words of eNZi. */
export const enziPage = ({ pageStart, pageSize: limit }: Page): { start?: string; limit: number } =>
  pageStart === undefined ? { limit } : { start: pageStart, limit }

/** Returns the items of all pages, or as many as are wanted. eNZi names the next page in the body, DTR in a header. */
export async function listAll<Body, Item>(
  fetchPage: (page: Page) => Promise<{ readonly data?: Body; readonly response: Response }>,
  itemsOf: (body: Body) => readonly Item[],
  most = Infinity,
): Promise<Item[]> {
  const items: Item[] = []
  let start = ''
  const read = new Set<string>()
  do {
    const { data, response } = await fetchPage(start === '' ? { pageSize } : { pageStart: start, pageSize })
    if (data === undefined) throw new Error(`${response.url} answered without content: try again`)
    items.push(...itemsOf(data))
    const next = nextOf(data) ?? response.headers.get('x-next-page-start') ?? ''
    if (read.has(next)) throw new Error(`a page of ${response.url} is followed by one before it`)
    if (next !== '') read.add(next)
    start = next
  } while (start !== '' && items.length < most)
  return items.slice(0, most)
}

const nextOf = (body: unknown): string | undefined =>
  typeof body === 'object' && body !== null && 'nextPageStart' in body && typeof body.nextPageStart === 'string'
    ? body.nextPageStart
    : undefined

async function exchange(request: Request, credentials: Readonly<Record<string, string>>): Promise<Response> {
  const headers = new Headers(request.headers)
  headers.set('Accept', 'application/json')
  for (const [name, value] of Object.entries(credentials)) headers.set(name, value)
  headers.set('User-Agent', 'breakwater')
  const { origin } = new URL(request.url)
  return fetch(request, {
    headers,
    // Credentials go nowhere but to the address that was given.
    redirect: 'manual',
    signal: AbortSignal.timeout(patienceMilliseconds),
  }).catch((error: unknown) => {
    const reason = isConnectionRefused(error)
      ? 'nothing listens there; is the registry running, and is --url right?'
      : reasonOf(error)
    throw new NoAnswer(`no answer from ${origin}: ${reason}`, { cause: error })
  })
}

/**
 * Returns the response if the API accepted the request.
 *
 * @throws Refusal, or Error for an answer that is not the API's
 */
async function accepted(response: Response): Promise<Response> {
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => undefined)
  if (response.ok && (body !== undefined || response.status === 204)) return response
  const [problem] = response.ok ? [] : problemsIn(body)
  if (problem !== undefined) throw new Refusal(problem.message, problem.code, response.status)
  const elsewhere = response.headers.get('location')
  throw new Error(
    `${response.url} answered with ${response.status} and not as a Breakwater registry would` +
      (elsewhere === null ? '' : `; it sends its clients to ${elsewhere}`),
  )
}

function problemsIn(body: unknown): readonly { readonly code: string; readonly message: string }[] {
  if (typeof body !== 'object' || body === null || !('errors' in body) || !Array.isArray(body.errors)) return []
  return body.errors.flatMap((problem: unknown) =>
    typeof problem === 'object' &&
    problem !== null &&
    'code' in problem &&
    'message' in problem &&
    typeof problem.code === 'string' &&
    typeof problem.message === 'string'
      ? [{ code: problem.code, message: problem.message }]
      : [],
  )
}

/** Fills in the parameters of a path. @throws UsageError for one that would lead to another path */
function fillIn(path: string, parameters: Readonly<Record<string, unknown>>): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = String(parameters[name])
    if (/^\.{0,2}$/.test(value)) throw new UsageError(`"${value}" is not a name`)
    return encodeURIComponent(value)
  })
}

/** Tells whether the address, and each one that its name has, refuses connections. */
function isConnectionRefused(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error instanceof AggregateError) return error.errors.every(isConnectionRefused)
  return ('code' in error && error.code === 'ECONNREFUSED') || isConnectionRefused(error.cause)
}

/** Returns why `fetch` failed: its own message does not say, but its cause does. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  if (cause instanceof AggregateError) return cause.errors.map(reasonOf).join(', ')
  return cause instanceof Error ? cause.message : error.message
}
