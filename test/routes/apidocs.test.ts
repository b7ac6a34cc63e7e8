import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { decompress } from 'fzstd'
import { expect, it } from 'vitest'
import { answerRequest } from '../../src/answer.ts'
import { header, origin, send } from '../support/client.ts'

const files = {
  '/apidocs/swagger-ui-bundle.js': { mediaType: 'text/javascript', contains: 'SwaggerUIBundle' },
  '/apidocs/swagger-ui.css': { mediaType: 'text/css', contains: '.swagger-ui .info' },
}

const compressed = { 'accept-encoding': 'gzip, br, zstd' }

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
  it(`${path} goes out as it is stored, as gzip, and plain to a client that takes neither`, async () => {
    const stored = await send('GET', path, { headers: compressed })
    expect(header(stored, 'content-encoding')).toBe('zstd')
    expect(header(stored, 'content-type')).toContain(mediaType)
    expect(header(stored, 'x-content-type-options')).toBe('nosniff')
    const text = new TextDecoder().decode(decompress(await stored.bytes()))
    expect(text).toContain(contains)
    const plain = [{}, { 'accept-encoding': 'br' }, { 'accept-encoding': 'gzip;q=0, zstd;q=0, br' }]
    const gzip = [{ 'accept-encoding': 'gzip, deflate, br' }, { 'accept-encoding': 'GZIP;q=0.5, zstd;q=0' }]
    for (const headers of [...plain, ...gzip]) {
      const response = await send('GET', path, { headers })
      expect(response.headers.get('content-encoding')).toBe(plain.includes(headers) ? null : 'gzip')
      expect(header(response, 'vary')).toBe('Accept-Encoding')
      // The client of tests unpacks gzip.
      expect((await response.text()) === text).toBe(true)
    }
  })

  it(`${path} has the same headers without its bytes`, async () => {
    for (const coding of ['zstd', 'gzip', 'br']) {
      const headers = { 'accept-encoding': coding }
      const get = await send('GET', path, { headers })
      const head = await send('HEAD', path, { headers })
      await get.arrayBuffer()
      for (const name of ['content-encoding', 'content-type', 'vary', 'cache-control']) {
        expect([coding, name, head.headers.get(name)]).toEqual([coding, name, get.headers.get(name)])
      }
      expect((await head.arrayBuffer()).byteLength).toBe(0)
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
  for (const [clientAcceptEncoding, encoding] of Object.entries({
    '': null,
    'deflate, gzip': 'gzip',
    'gzip, zstd': 'zstd',
  })) {
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
