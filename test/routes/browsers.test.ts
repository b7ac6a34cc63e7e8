import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { answerRequest } from '../../src/answer.ts'
import { foreignFormsOfCapabilities } from '../support/capability-endpoints.ts'
import { header, host, origin as own, problemOf, send } from '../support/client.ts'
import { countRows, pushImage, type Image } from '../support/content.ts'
import { endpointOf, operations } from '../support/endpoints.ts'
import { aPerson, clientOf, type Person } from '../support/people.ts'

const foreign = 'https://evil.test'
const allowed = 'https://console.acme.test'
const reading = new Set(['GET', 'HEAD', 'OPTIONS'])
const endpoints = operations.map(endpointOf)
const pathOf = (pattern: string): string => pattern.replaceAll(/:\w+(?:\{[^}]*\})?/g, 'x')

/** A registry whose operator allows an origin. */
function sendAllowed(method: string, path: string, headers: Record<string, string> = {}): Promise<Response> {
  const bindings = { ...env, ALLOWED_ORIGINS: `https://other.test, ${allowed}` }
  const request = new Request(new URL(path, own), { method, headers })
  return answerRequest(request, bindings, createExecutionContext())
}

describe('every answer', () => {
  it('says that its type is what it says, and how long it may be kept', async () => {
    for (const { method, path } of endpoints.filter((endpoint) => endpoint.method !== 'ALL')) {
      const { headers } = await send(method, pathOf(path))
      expect([method, path, headers.get('x-content-type-options')]).toEqual([method, path, 'nosniff'])
      expect([method, path, headers.has('cache-control')]).toEqual([method, path, true])
      expect(headers.has('strict-transport-security')).toBe(false)
    }
  })

  it('over https asks browsers to stay there', async () => {
    for (const path of ['/v2/', '/api/v0/repositories', '/apidocs', '/nothing']) {
      const response = await answerRequest(new Request(`https://${host}${path}`), env, createExecutionContext())
      expect(header(response, 'strict-transport-security')).toMatch(/^max-age=\d{8,}$/)
    }
  })

  it('of a manifest is asked for again, of a blob is kept, and of all else is not kept', async () => {
    const client = await clientOf('alice/app')
    const image: Image = await pushImage(client, 'alice/app', 'latest')
    const kept = async (path: string) => header(await client('GET', `/v2/alice/app/${path}`), 'cache-control')
    expect(await kept('manifests/latest')).toBe('private, no-cache')
    expect(await kept(`manifests/${image.digest}`)).toBe('private, no-cache')
    expect(await kept(`blobs/${image.config.digest}`)).toBe('private, max-age=31536000, immutable')
    for (const path of ['tags/list', `referrers/${image.digest}`, 'manifests/missing']) {
      expect(await kept(path)).toBe('no-store')
    }
    expect(header(await send('GET', '/v2/alice/app/manifests/latest'), 'cache-control')).toBe('no-store')
  })
})

describe('a page of another origin', () => {
  let alice: Person

  beforeEach(async () => {
    alice = await aPerson('alice')
  })

  const signs: Record<string, Record<string, string>> = {
    'its origin': { origin: foreign },
    'an origin that is hidden': { origin: 'null' },
    'another port': { origin: `${own}:81` },
    'Sec-Fetch-Site': { 'sec-fetch-site': 'cross-site' },
    'Sec-Fetch-Site of a sibling': { 'sec-fetch-site': 'same-site', origin: own },
  }

  for (const [what, headers] of Object.entries(signs)) {
    it(`changes nothing at any endpoint, by ${what}`, async () => {
      for (const { method, path } of endpoints.filter(
        (endpoint) =>
          endpoint.method !== 'ALL' &&
          !reading.has(endpoint.method) &&
          !foreignFormsOfCapabilities.has(`${endpoint.method} ${endpoint.path}`),
      )) {
        const response = await alice.client(method, pathOf(path), { headers })
        expect([method, path, response.status]).toEqual([method, path, 403])
        expect((await problemOf(response)).message).toContain('ALLOWED_ORIGINS')
      }
      const made = await alice.client('POST', '/api/v0/repositories/alice', {
        headers: { ...headers, 'content-type': 'text/plain' },
        body: '{"name":"app"}',
      })
      expect(made.status).toBe(403)
      expect(await countRows('repositories')).toBe(0)
    })
  }

  it('is told from pages of the registry, from what its user typed, and from clients that are no browser', async () => {
    for (const [name, headers] of Object.entries<Record<string, string>>({
      one: { origin: own, 'sec-fetch-site': 'same-origin' },
      two: { 'sec-fetch-site': 'none' },
      three: { origin: `https://${host}` },
      four: {},
    })) {
      const response = await alice.client('POST', '/api/v0/repositories/alice', {
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify({ name }),
      })
      expect([name, response.status]).toEqual([name, 201])
    }
  })

  it('reads no answer and gets no preflight by default', async () => {
    for (const origin of [foreign, allowed]) {
      const preflight = { origin, 'access-control-request-method': 'GET' }
      for (const [method, path] of [
        ['OPTIONS', '/v2/'],
        ['OPTIONS', '/api/v0/repositories'],
        ['GET', '/v2/'],
      ] as const) {
        const response = await send(method, path, { headers: preflight })
        expect(response.headers.has('access-control-allow-origin')).toBe(false)
        expect(response.status).toBeGreaterThanOrEqual(400)
      }
    }
  })
})

describe('a page of an origin that the operator allows', () => {
  it('gets its preflights, without a round trip to D1, and no page of another origin does', async () => {
    for (const path of ['/v2/alice/app/manifests/latest', '/auth/token', '/api/v0/repositories', '/enzi/v0/accounts']) {
      const response = await sendAllowed('OPTIONS', path, { origin: allowed, 'access-control-request-method': 'PUT' })
      expect(response.status).toBe(204)
      expect(header(response, 'access-control-allow-origin')).toBe(allowed)
      expect(header(response, 'access-control-allow-methods')).toContain('PUT')
      expect(header(response, 'access-control-allow-headers')).toContain('Authorization')
      expect(header(response, 'vary')).toContain('Origin')
      for (const origin of [foreign, 'null', '*', 'nonsense', `${allowed}.evil.test`]) {
        const other = await sendAllowed('OPTIONS', path, { origin, 'access-control-request-method': 'PUT' })
        expect(other.headers.has('access-control-allow-origin')).toBe(false)
      }
    }
  })

  it('reads answers, errors too, with the headers that a client needs', async () => {
    const response = await sendAllowed('GET', '/v2/', { origin: allowed, 'sec-fetch-site': 'cross-site' })
    expect(response.status).toBe(401)
    expect(header(response, 'access-control-allow-origin')).toBe(allowed)
    expect(header(response, 'access-control-expose-headers')).toContain('WWW-Authenticate')
    expect(response.headers.has('access-control-allow-credentials')).toBe(false)
  })

  it('is not given what a browser kept of an answer to another page', async () => {
    for (const headers of [{}, { origin: foreign }, { origin: allowed }]) {
      expect(header(await sendAllowed('GET', '/v2/', headers), 'vary')).toContain('Origin')
    }
    expect((await send('GET', '/v2/')).headers.has('vary')).toBe(false)
  })

  it('may change things, as far as its user may', async () => {
    const refused = await sendAllowed('POST', '/api/v0/repositories/alice', { origin: allowed })
    expect(refused.status).toBe(401)
    const foreigner = await sendAllowed('POST', '/api/v0/repositories/alice', { origin: foreign })
    expect(foreigner.status).toBe(403)
  })
})
