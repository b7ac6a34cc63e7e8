/** Asks SQLite how it would find the rows of each statement that a request sends. */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import { answerRequest } from '../../src/answer.ts'
import type { ReplicaEnv } from '../../src/replicas/types.ts'
import { origin, type Send } from './client.ts'
import { explainingDatabase, type Plans } from './explaining.ts'

/**
 * Sends requests, each of which has to succeed, and waits for what is left to do after their answers.
 *
 * @param authorization of requests that have no other
 * @returns the plans of the statements that the requests sent
 */
export async function explainRequests(authorization: string, ask: (client: Send) => Promise<unknown>): Promise<Plans> {
  const { binding, plans } = explainingDatabase()
  const bindings: ReplicaEnv = { ...env, DB: binding, PULL_LOG_SECONDS: '0' }
  const client: Send = async (method, path, { headers = {}, body = null } = {}) => {
    const context = createExecutionContext()
    // As over HTTP, where texts and bytes announce their length.
    const length: Record<string, string> =
      body === null || body instanceof ReadableStream ? {} : { 'content-length': String(body.length) }
    const request = new Request(new URL(path, origin), {
      method,
      headers: { authorization, ...length, ...headers },
      body,
    })
    const response = await answerRequest(request, bindings, context)
    const read = new Response(await response.arrayBuffer(), {
      status: response.status === 204 || response.status === 304 ? 200 : response.status,
      headers: response.headers,
    })
    await waitOnExecutionContext(context)
    expect([method, path, read.status, await read.clone().text()]).toEqual([
      method,
      path,
      expect.toSatisfy((status: number) => status < 400),
      expect.anything(),
    ])
    return read
  }
  await ask(client)
  return plans
}
