import { expect, it } from 'vitest'
import { header, send } from '../support/client.ts'

const files = {
  '/apidocs/swagger-ui-bundle.js': { mediaType: 'text/javascript', contains: 'SwaggerUIBundle' },
  '/apidocs/swagger-ui.css': { mediaType: 'text/css', contains: '.swagger-ui .info' },
}

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
    const response = await send('GET', path)
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
  it(`${path} comes with its type and what keeps it harmless, and with the same headers without its bytes`, async () => {
    const get = await send('GET', path)
    const head = await send('HEAD', path)
    expect([get.status, head.status]).toEqual([200, 200])
    expect(await get.text()).toContain(contains)
    expect((await head.arrayBuffer()).byteLength).toBe(0)
    for (const response of [get, head]) {
      expect(header(response, 'content-type')).toContain(mediaType)
      expect(header(response, 'x-content-type-options')).toBe('nosniff')
      expect(header(response, 'referrer-policy')).toBe('no-referrer')
    }
    for (const name of ['etag', 'cache-control']) expect(header(head, name)).toBe(header(get, name))
  })

  it(`${path} is not sent again to a browser that has it`, async () => {
    const etag = header(await send('HEAD', path), 'etag')
    const response = await send('GET', path, { headers: { 'if-none-match': etag } })
    expect(response.status).toBe(304)
    expect((await response.arrayBuffer()).byteLength).toBe(0)
    expect((await send('GET', path, { headers: { 'if-none-match': '"other"' } })).status).toBe(200)
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

it('there is nothing else', async () => {
  for (const path of ['/apidocs/index.html', '/apidocs/swagger-ui.css.map', '/apidocs/../src/app.ts']) {
    expect((await send('GET', path)).status).toBe(404)
  }
})
