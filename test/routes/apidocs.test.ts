import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { answerRequest } from '../../src/answer.ts'
import { header, origin, send } from '../support/client.ts'

const files = {
  '/apidocs/swagger-ui-bundle.js': { mediaType: 'text/javascript', contains: 'SwaggerUIBundle' },
  '/apidocs/swagger-ui.css': { mediaType: 'text/css', contains: '.swagger-ui .info' },
}

const compressed = { 'accept-encoding': 'br, gzip' }

it('the page is found with and without a slash, and runs under a policy that knows this host alone', async () => {
  for (const path of ['/apidocs', '/apidocs/']) {
    const response = await send('GET', path)
    expect(response.status).toBe(200)
    expect(header(response, 'content-type')).toMatch(/^text\/html/)
    expect(header(response, 'x-content-type-options')).toBe('nosniff')
    expect(header(response, 'referrer-policy')).toBe('no-referrer')
    const policy = header(response, 'content-security-policy')
    for (const rule of ["default-src 'none'", "script-src 'self'", "connect-src 'self'", "frame-ancestors 'none'"]) {
      expect(policy.split('; ')).toContain(rule)
    }
    expect(policy).not.toMatch(/https?:|\*/)
    expect(await response.text()).toContain('<title>Breakwater API</title>')
  }
})

it('neither the page nor its script names another host, and all that the page loads is here', async () => {
  const page = await (await send('GET', '/apidocs')).text()
  const start = await (await send('GET', '/apidocs/start.js')).text()
  for (const text of [page, start]) expect(text).not.toMatch(/https?:|["'(]\/\//)
  const loaded = Array.from(page.matchAll(/<(?:script|link rel="stylesheet")[^>]* ?(?:src|href)="([^"]+)"/g))
  expect(loaded).toHaveLength(3)
  for (const [, path = ''] of loaded) {
    const response = await send('GET', path, { headers: compressed })
    expect([path, response.status]).toEqual([path, 200])
    await response.arrayBuffer()
  }
})

it('the script shows the document of this registry and asks no validator', async () => {
  const response = await send('GET', '/apidocs/start.js')
  expect(header(response, 'content-type')).toMatch(/^text\/javascript/)
  const start = await response.text()
  expect(start).toContain("url: '/api/v0/openapi.json'")
  expect(start).toContain('validatorUrl: null')
  // Fifteen groups, each closed, fit on a screen; 80 operations do not.
  expect(start).toContain("docExpansion: 'none'")
  expect(start).toContain('filter: true')
})

for (const [path, { mediaType, contains }] of Object.entries(files)) {
  it(`${path} goes out compressed, and plain to a client that does not take it so`, async () => {
    const short = await send('GET', path, { headers: compressed })
    expect(header(short, 'content-encoding')).toBe('gzip')
    expect(header(short, 'content-type')).toContain(mediaType)
    expect(header(short, 'x-content-type-options')).toBe('nosniff')
    const text = await short.text()
    expect(text).toContain(contains)
    for (const headers of [{}, { 'accept-encoding': 'br' }, { 'accept-encoding': 'gzip;q=0, br' }]) {
      const plain = await send('GET', path, { headers })
      expect(plain.headers.has('content-encoding')).toBe(false)
      expect(header(plain, 'vary')).toBe('Accept-Encoding')
      expect((await plain.text()) === text).toBe(true)
    }
  })

  it(`${path} is kept for ever under the version that the page names, and under no other`, async () => {
    const page = await (await send('GET', '/apidocs')).text()
    const named = page.split('"').find((word) => word.startsWith(path)) ?? ''
    expect(named).toMatch(/\?v=\d+\.\d+\.\d+$/)
    expect(header(await send('HEAD', named), 'cache-control')).toContain('immutable')
    for (const other of [path, `${path}?v=0`]) {
      expect(header(await send('HEAD', other), 'cache-control')).toBe('no-cache')
    }
  })
}

it('what counts is what the client takes, not what Cloudflare asks for in its place', async () => {
  for (const [clientAcceptEncoding, encoding] of Object.entries({ '': null, 'deflate, gzip': 'gzip' })) {
    const request = new Request(`${origin}/apidocs/swagger-ui.css`, {
      headers: compressed,
      cf: { clientAcceptEncoding },
    })
    const response = await answerRequest(request, env, createExecutionContext())
    expect([clientAcceptEncoding, response.headers.get('content-encoding')]).toEqual([clientAcceptEncoding, encoding])
  }
})

it('there is nothing else', async () => {
  for (const path of ['/apidocs/index.html', '/apidocs/swagger-ui.css.map', '/apidocs/../src/app.ts']) {
    expect((await send('GET', path)).status).toBe(404)
  }
})
