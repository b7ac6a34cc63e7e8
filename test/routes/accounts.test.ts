import { beforeEach, describe, expect, it } from 'vitest'
import { problemOf, send, tokenFor, withPassword, withToken, type Send } from '../support/client.ts'
import { anAccount, countRows } from '../support/content.ts'

const path = '/enzi/v0/accounts'
const root = withPassword('root', 'password of root')

beforeEach(() => anAccount('root', 'password of root', true))

const create = (client: Send, body: unknown): Promise<Response> =>
  client('POST', path, { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

describe('an account', () => {
  it('is made by an administrator, and can then log in', async () => {
    const response = await create(root, { name: 'alice', password: 'password of alice' })
    expect(response.status).toBe(201)
    expect(await response.json()).toMatchObject({ name: 'alice', isAdmin: false })
    const alice = withPassword('alice', 'password of alice')
    expect((await alice('POST', '/v2/alice/app/blobs/uploads/')).status).toBe(202)
    expect((await alice('POST', '/v2/root/app/blobs/uploads/')).status).toBe(403)
    expect((await create(alice, { name: 'bob', password: 'password of bob' })).status).toBe(403)
  })

  it('cannot be made twice', async () => {
    await create(root, { name: 'alice', password: 'password of alice' })
    const response = await create(root, { name: 'alice', password: 'another password' })
    expect(response.status).toBe(409)
    expect((await problemOf(response)).message).toContain('alice')
  })

  for (const body of [
    { name: 'Alice', password: 'password of alice' },
    { name: 'a/b', password: 'password of alice' },
    { name: 'alice', password: 'short' },
    { name: 'alice', password: 'x'.repeat(1025) },
    { name: 'alice' },
    [],
    'text',
  ]) {
    it(`is not made of ${JSON.stringify(body).slice(0, 50)}`, async () => {
      expect((await create(root, body)).status).toBe(400)
      expect(await countRows('accounts')).toBe(1)
    })
  }

  it('is made by nobody else: a registry token does not administer', async () => {
    const token = await tokenFor('root', [])
    for (const client of [send, withToken(token), withPassword('root', 'wrong')]) {
      expect((await create(client, { name: 'alice', password: 'password of alice' })).status).toBe(401)
    }
    expect(await countRows('accounts')).toBe(1)
  })
})
