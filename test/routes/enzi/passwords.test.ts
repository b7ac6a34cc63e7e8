import { beforeEach, describe, expect, it } from 'vitest'
import { env } from 'cloudflare:workers'
import { makeOpaqueToken } from '../../../src/auth/opaque-token.ts'
import { header, problemOf, send, withPassword, type Send } from '../../support/client.ts'
import { countRows } from '../../support/content.ts'
import { events } from '../../support/events.ts'
import { aLogin, aMember, anAccount, anOrganization, aPerson, asking, aUser, type Ask } from '../../support/people.ts'

const oldPassword = 'password of alice'
const newPassword = 'another one of alice'
const alice = asking(withPassword('alice', oldPassword))
let id: string

beforeEach(async () => {
  id = (await anAccount('alice', oldPassword)).id
})

const change = (ask: Ask, body: object): Promise<Response> =>
  ask('POST', '/enzi/v0/accounts/alice/changePassword', body)
const logsIn = async (password: string): Promise<boolean> =>
  (await withPassword('alice', password)('GET', '/auth/token')).status === 200

describe('a password', () => {
  it('is changed by a user who knows the old one, which then no longer works', async () => {
    const login = await asking(send)('POST', '/auth/login', { username: 'alice', password: oldPassword })
    const session = { headers: { authorization: `Bearer ${(await login.json<{ auth_token: string }>()).auth_token}` } }
    const response = await change(alice, { oldPassword, newPassword })
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ id, name: 'alice' })
    expect(await logsIn(oldPassword)).toBe(false)
    expect(await logsIn(newPassword)).toBe(true)
    expect((await send('GET', '/enzi/v0/accounts/alice', session)).status).toBe(401)
    expect(await countRows('sessions')).toBe(0)
    expect(await events(`type = 'UPDATE'`)).toEqual([
      {
        actor: 'alice',
        type: 'UPDATE',
        objectType: 'account',
        objectName: 'alice',
        repository: null,
        content: { password: 'changed' },
      },
    ])
  })

  it('that an administrator resets can be used at once, whatever was tried before', async () => {
    const root = await aPerson('root', { isAdmin: true })
    for (let at = 0; at < 6; at++) await logsIn(`guess ${at}`)
    // As if all of them had failed just now, however long this machine took.
    await env.DB.prepare('UPDATE login_failures SET last_at = last_at + 60000').run()
    expect(await logsIn(oldPassword)).toBe(false)
    expect((await change(root.ask, { newPassword })).status).toBe(200)
    expect(await logsIn(newPassword)).toBe(true)
  })

  it('of an administrator is not changed by them without the old one', async () => {
    await env.DB.prepare(`UPDATE accounts SET is_admin = 1 WHERE name = 'alice'`).run()
    expect((await change(alice, { newPassword })).status).toBe(400)
    expect((await change(alice, { oldPassword, newPassword })).status).toBe(200)
  })

  it('is not changed without the old one, or with another one', async () => {
    expect((await change(alice, { newPassword })).status).toBe(400)
    expect((await change(alice, { oldPassword: 'wrong', newPassword })).status).toBe(401)
    expect((await change(asking(send), { oldPassword, newPassword })).status).toBe(401)
    for (const tooBad of ['short', 'x'.repeat(1025)]) {
      expect((await change(alice, { oldPassword, newPassword: tooBad })).status).toBe(400)
    }
    expect(await logsIn(oldPassword)).toBe(true)
    expect(await countRows('events', `type = 'UPDATE'`)).toBe(0)
  })

  it('is not changed by an access token in its place, which may accompany the old one', async () => {
    const { secret, hash } = await makeOpaqueToken('access')
    await env.DB.prepare(
      `INSERT INTO access_tokens (hash, account_id, label, created_by, creator_agent, created_at)
       VALUES (?, ?, '', 'alice', '', 1)`,
    )
      .bind(hash, id)
      .run()
    const byToken = asking(withPassword('alice', secret))
    expect((await change(byToken, { oldPassword: secret, newPassword })).status).toBe(401)
    expect(await logsIn(oldPassword)).toBe(true)
    const byId = await byToken('POST', `/enzi/v0/accounts/${id}/changePassword`, { oldPassword, newPassword })
    expect(byId.status).toBe(200)
    expect(await logsIn(newPassword)).toBe(true)
  })

  it('is not set by an access token of an administrator, nor without the old one by their own', async () => {
    await env.DB.prepare(`UPDATE accounts SET is_admin = 1 WHERE name = 'alice'`).run()
    await anAccount('bob', 'password of bob')
    const byToken = asking(await aLogin('alice'))
    for (const name of ['alice', 'bob']) {
      const response = await byToken('POST', `/enzi/v0/accounts/${name}/changePassword`, { newPassword })
      expect([response.status, (await problemOf(response)).code]).toEqual([403, 'PASSWORD_NEEDED'])
    }
    expect(await logsIn(oldPassword)).toBe(true)
  })

  it('that changes leaves access tokens alone, or ends those of the user if that is wanted', async () => {
    const [ofAlice, ofBob] = [await aLogin('alice'), await aUser('bob')]
    const works = async (client: Send): Promise<boolean> => (await client('GET', '/auth/token')).status === 200
    expect((await change(alice, { oldPassword, newPassword })).status).toBe(200)
    expect(await works(ofAlice)).toBe(true)
    const again = asking(withPassword('alice', newPassword))
    const body = { oldPassword: newPassword, newPassword: oldPassword, endAccessTokens: true }
    expect((await change(again, body)).status).toBe(200)
    expect([await works(ofAlice), await works(ofBob)]).toEqual([false, true])
    expect(await events(`type = 'DELETE'`)).toMatchObject([{ actor: 'alice', objectType: 'token' }])
  })

  it('cannot be guessed here faster than at a login', async () => {
    const session = await asking(send)('POST', '/auth/login', { username: 'alice', password: oldPassword })
    const { auth_token: token } = await session.json<{ auth_token: string }>()
    const ask: Ask = (method, path, body) =>
      send(method, path, {
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    for (let at = 0; at < 5; at++) {
      expect((await change(ask, { oldPassword: `guess ${at}`, newPassword })).status).toBe(401)
    }
    const refused = await change(ask, { oldPassword, newPassword })
    expect(refused.status).toBe(429)
    expect(Number(header(refused, 'retry-after'))).toBeGreaterThan(0)
  })

  it('is changed by an administrator without the old one; one that is sent is looked at', async () => {
    const root = await aPerson('root', { isAdmin: true })
    expect((await change(root.ask, { oldPassword: 'wrong', newPassword })).status).toBe(401)
    expect((await change(root.ask, { newPassword })).status).toBe(200)
    expect(await logsIn(newPassword)).toBe(true)
  })

  it('is changed by no other user, not even an owner of the organization', async () => {
    const acme = await anOrganization('acme')
    const owner = await aPerson('owner')
    await aMember(acme, owner, true)
    expect((await change(owner.ask, { oldPassword, newPassword })).status).toBe(404)
    await aMember(acme, { name: 'alice' })
    expect((await change(owner.ask, { oldPassword, newPassword })).status).toBe(403)
  })

  it('is not given to an organization', async () => {
    await anOrganization('acme')
    const root = await aPerson('root', { isAdmin: true })
    const response = await root.ask('POST', '/enzi/v0/accounts/acme/changePassword', { newPassword })
    expect(response.status).toBe(404)
    expect((await problemOf(response)).code).toBe('NO_SUCH_USER')
  })
})
