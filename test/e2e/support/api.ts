/** The administrative API, as a script of an operator uses it. */
import type { Registry } from './registry.ts'
import { basic, type User } from './users.ts'

/** @returns the body of the answer, undefined when it has none */
export async function api(
  { host }: Registry,
  user: User,
  method: string,
  path: string,
  body?: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  const response = await fetch(`http://${host}${path}`, {
    method,
    headers: {
      Authorization: basic(user),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
  return text === '' ? undefined : JSON.parse(text)
}
