/** The administrative API, as a script of an operator uses it. */
import { request, send } from '../../../scripts/client/registry.ts'
import type { Registry } from './registry.ts'
import type { User } from './users.ts'

/** @returns the answer, whatever it is */
export function attemptApi(
  { host }: Registry,
  user: User,
  method: string,
  path: string,
  body?: Readonly<Record<string, unknown>>,
): Promise<Response> {
  return send(`http://${host}`, method, path, { user, json: body })
}

/**
 * @returns the body of the answer, undefined when it has none
 * @throws Error when the answer is a refusal
 */
export async function api(
  { host }: Registry,
  user: User,
  method: string,
  path: string,
  body?: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  const response = await request(`http://${host}`, method, path, { user, json: body })
  const text = await response.text()
  return text === '' ? undefined : JSON.parse(text)
}
