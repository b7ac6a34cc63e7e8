/**
 * Speaks to the Worker as a client does, over its real `fetch`, in its own isolate. So it cannot be the client of the
 * scripts (`scripts/client/registry.ts`), which needs Node and a network.
 */
import { env, exports } from 'cloudflare:workers'
import { keysFor } from '../../src/auth/keys.ts'
import type { ResourceScope } from '../../src/auth/scope.ts'
import { issueToken } from '../../src/auth/registry-token.ts'
import type { Ground } from '../../src/db/access/rights.ts'
import { isAccountName, namespaceOf, parseRepositoryName } from '../../src/names.ts'
import { variablesOf } from '../../src/variables.ts'

export const host = 'registry.test'
export const origin = `http://${host}`

export type Body = Uint8Array<ArrayBuffer> | string | ReadableStream | null

export interface Sending {
  readonly headers?: Record<string, string>
  readonly body?: Body
}

export type Send = (method: string, path: string, sending?: Sending) => Promise<Response>

/** One exchange; a Location may be passed on as it came. */
export const send: Send = async (method, path, { headers = {}, body = null } = {}) => {
  return exports.default.fetch(new Request(new URL(path, origin), { method, headers, body, redirect: 'manual' }))
}

/**
 * A registry token as the endpoint would issue it to an account that may make repositories in the namespaces that it
 * names, without the cost of checking a password first. What is not there now stays out of its reach.
 */
export async function tokenFor(username: string, access: readonly ResourceScope[], now = Date.now()): Promise<string> {
  const keys = await keysFor(variablesOf(env).secrets, 'token')
  const id = await findAccountId(username)
  const account = isAccountName(username) ? { id: id ?? crypto.randomUUID(), name: username } : undefined
  const scopes = access.map(async (scope) => {
    const ground = scope.type === 'repository' ? await groundFor(scope.name) : undefined
    return { ...scope, ground, creates: scope.actions.includes('push') }
  })
  return issueToken(keys, host, { account, access: await Promise.all(scopes) }, now)
}

async function groundFor(repository: string): Promise<Ground> {
  return { namespaceId: (await findAccountId(namespaceOf(parseRepositoryName(repository)))) ?? '' }
}

/** Of the account that has a name now. */
export const findAccountId = async (name: string): Promise<string | undefined> =>
  (await env.DB.prepare('SELECT id FROM accounts WHERE name = ?').bind(name).first<{ id: string }>())?.id

export function withToken(token: string): Send {
  return (method, path, sending = {}) =>
    send(method, path, { ...sending, headers: { authorization: `Bearer ${token}`, ...sending.headers } })
}

export function withPassword(username: string, password: string): Send {
  const authorization = `Basic ${btoa(`${username}:${password}`)}`
  return (method, path, sending = {}) =>
    send(method, path, { ...sending, headers: { authorization, ...sending.headers } })
}

export interface Problem {
  readonly code: string
  readonly message: string
  readonly detail?: Record<string, unknown>
}

/** The first error of an answer, which must be the specification's JSON. */
export async function problemOf(response: Response): Promise<Problem> {
  const { errors } = await response.json<{ errors: Problem[] }>()
  const [problem] = errors
  if (problem === undefined) throw new Error('the answer has no error')
  return problem
}

export function header(response: Response, name: string): string {
  const value = response.headers.get(name)
  if (value === null) throw new Error(`the answer ${response.status} has no ${name}`)
  return value
}
