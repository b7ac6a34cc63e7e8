/** The page that a person sees at the address of the registry. */
import { env } from 'cloudflare:workers'
import { afterAll, beforeEach, expect, it } from 'vitest'
import { forgetHealth } from '../../src/replicas/health-check.ts'
import { header, send } from '../support/client.ts'
import { alarms, drill, dropCluster, ownCluster, withCluster } from '../support/replicas.ts'

const asBrowser = { headers: { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' } }

beforeEach(() => forgetHealth(env.REPLICAS))

afterAll(async () => {
  await dropCluster()
  await withCluster()
  forgetHealth(env.REPLICAS)
})

it('the page says what this is, that it is healthy, and what to type with this host', async () => {
  await ownCluster(3)
  forgetHealth(env.REPLICAS)
  const response = await send('GET', '/', asBrowser)
  const page = await response.text()
  expect([response.status, header(response, 'content-type')]).toEqual([200, 'text/html; charset=UTF-8'])
  for (const text of ['docker login registry.test', 'docker push registry.test/', 'href="/apidocs"', 'is healthy']) {
    expect(page).toContain(text)
  }
})

it('the page loads nothing: no script, and no file of this or another host', async () => {
  const response = await send('GET', '/', asBrowser)
  const page = await response.text()
  expect(page).not.toMatch(/<script|src=|@import|url\(|https?:/i)
  expect(header(response, 'content-security-policy')).toContain("default-src 'none'")
})

it('a client that does not ask for HTML gets the same as text', async () => {
  const response = await send('GET', '/', { headers: { accept: '*/*' } })
  expect(header(response, 'content-type')).toMatch(/^text\/plain/)
  expect(await response.text()).toContain('docker login registry.test -u USER')
})

it('a registry that is not healthy says what fails', async () => {
  const ids = await ownCluster(3)
  await drill(...ids.slice(0, 2))
  await alarms(...ids)
  forgetHealth(env.REPLICAS)
  const response = await send('GET', '/', asBrowser)
  expect([response.status, await response.text()]).toEqual([200, expect.stringContaining('no majority of replicas')])
})
