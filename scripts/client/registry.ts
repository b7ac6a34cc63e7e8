/**
 * The client of scripts and end-to-end tests: one HTTP exchange with a registry. The bench measures with a leaner one
 * (`scripts/bench/http.ts`), and tests in workerd call the Worker without a network (`test/support/client.ts`).
 */
import * as z from 'zod'
import { basic, type User } from './credentials.ts'

export interface Sending {
  /** Logs in with Basic; undefined sends no credentials but those of the headers. */
  readonly user?: User | undefined
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: NonNullable<RequestInit['body']> | undefined
  /** A body that is sent as JSON; undefined sends none. */
  readonly json?: unknown
  readonly signal?: AbortSignal
}

/**
 * Sends a request. A registry never redirects, so a redirect is an answer like any other.
 *
 * @param target a path, or a Location that the registry sent
 */
export async function send(
  origin: string | URL,
  method: string,
  target: string | URL,
  { user, headers = {}, body, json, signal }: Sending = {},
): Promise<Response> {
  const options: RequestInit & { duplex: 'half' } = {
    method,
    headers: {
      ...(user === undefined ? {} : { authorization: basic(user) }),
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    body: json === undefined ? (body ?? null) : JSON.stringify(json),
    redirect: 'manual',
    // `fetch` wants it for a stream.
    duplex: 'half',
    signal: signal ?? null,
  }
  return fetch(new URL(target, origin), options)
}

/** Sends a request that must succeed. @throws Error for an answer other than 2xx, with its text */
export async function request(
  origin: string | URL,
  method: string,
  target: string | URL,
  sending?: Sending,
): Promise<Response> {
  const response = await send(origin, method, target, sending)
  if (!response.ok) throw new Error(`${method} ${String(target)}: ${response.status} ${await response.text()}`)
  return response
}

/** The distribution token specification: a token without `expires_in` lives for a minute. */
const tokenAnswer = z.object({ token: z.string(), expires_in: z.number().default(60) })

/** Reads the answer of a token endpoint. */
export function readToken(body: string): { readonly token: string; readonly seconds: number } {
  const { token, expires_in: seconds } = tokenAnswer.parse(JSON.parse(body))
  return { token, seconds }
}
