/** The administrative API, as a script of an operator uses it. */
import type { Registry } from './registry.ts'
import { basic, type User } from './users.ts'

/** @returns the answer, whatever it is */
export function attemptApi(
  { host }: Registry,
  user: User,
  method: string,
  path: string,
  body?: Readonly<Record<string, unknown>>,
): Promise<Response> {
  return fetch(`http://${host}${path}`, {
    method,
    headers: {
      Authorization: basic(user),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
}

/**
 * @returns the body of the answer, undefined when it has none
 * @throws Error when the answer is a refusal
 */
export async function api(
  registry: Registry,
  user: User,
  method: string,
  path: string,
  body?: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  const response = await attemptApi(registry, user, method, path, body)
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
  return text === '' ? undefined : JSON.parse(text)
}
