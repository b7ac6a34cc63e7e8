import { env } from 'cloudflare:workers'
import { beforeEach, expect, it } from 'vitest'
import { header, send, withPassword } from '../support/client.ts'
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
