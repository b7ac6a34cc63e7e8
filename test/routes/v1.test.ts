import { env } from 'cloudflare:workers'
import { beforeEach, expect, it } from 'vitest'
import { header, problemOf, send, withPassword } from '../support/client.ts'
import { anAccount } from '../support/people.ts'

const alice = withPassword('alice', 'password of alice')

beforeEach(async () => {
  await anAccount('alice', 'password of alice')
  const insert = env.DB.prepare(
    `INSERT INTO repositories (name, namespace, visibility, short_description, created_at)
     VALUES (?, 'alice', ?, 'what it is', 1)`,
  )
  await env.DB.batch([insert.bind('alice/web-open', 'public'), insert.bind('alice/web-closed', 'private')])
})

it('docker search is told that it may ask, and that it need not send credentials which it does not have', async () => {
  const response = await send('GET', '/v1/_ping')
  expect(response.status).toBe(200)
  expect(header(response, 'x-docker-registry-standalone')).toBe('false')
})

it('docker search finds public repositories without a login, and those of the user with one', async () => {
  const response = await send('GET', '/v1/search?q=web&n=25')
  expect(response.status).toBe(200)
  expect(await response.json()).toEqual({
    num_pages: 1,
    num_results: 1,
    page_size: 25,
    page: 1,
    query: 'web',
    results: [
      { name: 'alice/web-open', description: 'what it is', is_official: false, is_trusted: false, star_count: 0 },
    ],
  })
  const own = await alice('GET', '/v1/search?q=alice%2Fweb', { headers: { 'x-docker-token': 'true' } })
  const { results } = await own.json<{ results: { name: string }[] }>()
  expect(results.map(({ name }) => name)).toEqual(['alice/web-closed', 'alice/web-open'])
})

it('a stranger for whom nothing public matches is asked to log in, whatever else there is', async () => {
  for (const query of ['closed', 'alice%2Fweb-closed', 'nothing-at-all']) {
    const response = await send('GET', `/v1/search?q=${query}`, { headers: { 'user-agent': 'containers/5.34.2' } })
    expect(response.status).toBe(401)
    expect(header(response, 'www-authenticate')).toMatch(/^Basic realm=/)
    expect((await problemOf(response)).message).toBe(
      'nothing public matches: log in to search the repositories that you have access to',
    )
  }
})

it('docker search without a login finds nothing rather than a status that it cannot show', async () => {
  const headers = { 'user-agent': 'docker/28.5.1 go/go1.24.8 os/linux UpstreamClient(Docker-Client/28.5.1)' }
  const response = await send('GET', '/v1/search?q=closed', { headers })
  expect(response.status).toBe(200)
  expect(await response.json()).toMatchObject({ num_results: 0, results: [] })
})

it('a user for whom nothing matches finds nothing, by any client', async () => {
  expect((await alice('GET', '/v1/search?q=nothing-at-all')).status).toBe(200)
})

it('docker search finds as many as it wants', async () => {
  const response = await alice('GET', '/v1/search?q=web&n=1')
  expect(await response.json()).toMatchObject({ num_results: 1, page_size: 1 })
  expect(await (await alice('GET', '/v1/search?q=web&n=1000')).json()).toMatchObject({ page_size: 100 })
  expect((await alice('GET', '/v1/search?q=web&n=none')).status).toBe(400)
})

it('docker search with a wrong password is refused', async () => {
  const response = await withPassword('alice', 'wrong')('GET', '/v1/search?q=web')
  expect(response.status).toBe(401)
  expect(header(response, 'www-authenticate')).toMatch(/^Basic /)
})

it('nothing else of the first registry API is there', async () => {
  for (const path of ['/v1/repositories/alice/web-open/images', '/v1/users', '/v1/']) {
    expect([path, (await send('GET', path)).status]).toEqual([path, 404])
  }
})
