import { exports } from 'cloudflare:workers'
import { expect, it } from 'vitest'
it('pings', async () => {
  const r = await exports.default.fetch(new Request('http://registry.test/v2/'))
  expect(r.status).toBe(401)
  console.log(Object.fromEntries(r.headers), await r.text())
})
