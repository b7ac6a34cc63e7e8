import { expect, it } from 'vitest'
import { app } from '../../src/app.ts'
import { problemOf, send, tokenFor, withToken } from '../support/client.ts'
import { pushImage } from '../support/content.ts'
import { clientOf } from '../support/client.ts'

/** Doors that are open by design; every other one must ask who is calling. */
const open = new Set(['/auth/token', '/v2'])

const digest = `sha256:${'a'.repeat(64)}`
const routes = app.routes.filter(({ method }) => method !== 'ALL')
const doors = routes.filter(({ path }) => !open.has(path))
const pathOf = (pattern: string, repository: string): string =>
  pattern
    .replace(':name{.+}', repository)
    .replace(':digest', digest)
    .replace(':reference', 'latest')
    .replace(':id', 'x'.repeat(50))

it('the app has the doors that this test knows of', () => {
  expect(routes.length).toBeGreaterThan(doors.length)
  expect(doors.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([
    'DELETE /v2/:name{.+}/blobs/:digest',
    'DELETE /v2/:name{.+}/blobs/uploads/:id',
    'DELETE /v2/:name{.+}/manifests/:reference',
    'GET /v2/:name{.+}/blobs/:digest',
    'GET /v2/:name{.+}/blobs/uploads/:id',
    'GET /v2/:name{.+}/manifests/:reference',
    'GET /v2/:name{.+}/referrers/:digest',
    'GET /v2/:name{.+}/tags/list',
    'GET /v2/_catalog',
    'PATCH /v2/:name{.+}/blobs/uploads/:id',
    'POST /enzi/v0/accounts',
    'POST /v2/:name{.+}/blobs/uploads',
    'PUT /v2/:name{.+}/blobs/uploads/:id',
    'PUT /v2/:name{.+}/manifests/:reference',
  ])
})

for (const { method, path } of doors) {
  it(`${method} ${path} is closed to nobody, to a stranger and to a forged or expired token`, async () => {
    const expired = await tokenFor(
      'alice',
      [{ type: 'repository', name: 'alice/app', actions: ['*'] }],
      Date.now() - 600_000,
    )
    const stranger = await tokenFor('bob', [
      { type: 'repository', name: 'bob/app', actions: ['pull', 'push', 'delete'] },
    ])
    const callers = [send, withToken(stranger), withToken(`${stranger}x`), withToken(expired)]
    for (const caller of callers) {
      const response = await caller(method, pathOf(path, 'alice/app'))
      expect(response.status).toBe(401)
      expect(response.headers.has('www-authenticate')).toBe(true)
      expect(['UNAUTHORIZED', 'DENIED']).toContain((await problemOf(response)).code)
    }
  })

  if (path.includes(':name')) {
    it(`${method} ${path} does not tell a stranger whether the repository exists`, async () => {
      await pushImage(await clientOf('alice/app'), 'alice/app', 'latest')
      const stranger = withToken(await tokenFor('bob', []))
      const answers = await Promise.all(
        ['alice/app', 'alice/no1'].map((repository) => stranger(method, pathOf(path, repository))),
      )
      const [existing, missing] = await Promise.all(answers.map((answer) => answer.text()))
      expect(answers.map(({ status }) => status)).toEqual([401, 401])
      expect(existing?.replaceAll('alice/app', 'alice/no1')).toBe(missing)
    })
  }
}

it('a token for pulling may not push or delete', async () => {
  const client = withToken(await tokenFor('alice', [{ type: 'repository', name: 'alice/app', actions: ['pull'] }]))
  for (const { method, path } of doors.filter(({ path: pattern }) => pattern.includes(':name'))) {
    const response = await client(method, pathOf(path, 'alice/app'))
    const reads = method === 'GET' && !path.includes('uploads')
    expect([method, path, response.status === 401]).toEqual([method, path, !reads])
  }
})

it('a name that breaks the grammar is refused before anything else', async () => {
  const client = await clientOf('alice/app')
  for (const name of ['Alice/app', 'alice//app', 'alice/-app', `alice/${'x'.repeat(300)}`]) {
    const response = await client('GET', `/v2/${name}/manifests/latest`)
    expect(response.status).toBe(400)
    expect((await problemOf(response)).code).toBe('NAME_INVALID')
  }
})

it('a path that means nothing is answered in JSON', async () => {
  const client = await clientOf('alice/app')
  for (const path of ['/nothing', '/v2/alice/app/nothing', '/v2/alice/app/manifests']) {
    const response = await client('GET', path)
    expect(response.status).toBe(404)
    expect((await problemOf(response)).message).toContain('/v2/')
  }
})
