/** Service accounts: machines of an organization, which log in by limited access tokens and by nothing else. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { insertSession } from '../../../src/db/accounts/sessions.ts'
import { openDatabase } from '../../../src/db/database.ts'
import { mostServiceAccounts } from '../../../src/limits.ts'
import { host, problemOf, send, withPassword, type Send } from '../../support/client.ts'
import { countRows } from '../../support/content.ts'
import { events } from '../../support/events.ts'
import { anAccessToken, anOrganization, aRepository, aUser, sendJson } from '../../support/people.ts'

const at = '/enzi/v0/accounts/acme/serviceAccounts'
const robot = 'robot.acme.ci'
let root: Send, alice: Send, bob: Send

beforeEach(async () => {
  root = await aUser('root', { isAdmin: true })
  alice = await aUser('alice')
  bob = await aUser('bob')
  await anOrganization('acme', { owners: ['alice'], members: ['bob'], teams: { builders: ['bob'] } })
  await anOrganization('beta', { owners: ['bob'] })
  await aRepository('acme/app')
  await aRepository('acme/other')
})

const create = (name: string, client = alice): Promise<Response> => sendJson(client, 'POST', at, { name })
const tokenOf = (wanted: object, client = alice): Promise<Response> =>
  sendJson(client, 'POST', `${at}/${robot}/tokens`, { tokenLabel: 'build', ...wanted })

async function robotWith(wanted: object): Promise<Send> {
  const response = await tokenOf(wanted)
  expect(response.status).toBe(200)
  return withPassword(robot, (await response.json<{ token: string }>()).token)
}

async function actions(client: Send, repository: string): Promise<unknown> {
  const scope = encodeURIComponent(`repository:${repository}:pull,push`)
  const { token } = await (await client('GET', `/auth/token?service=${host}&scope=${scope}`)).json<{ token: string }>()
  const claims: { access: { actions: string[] }[] } = JSON.parse(atob(token.split('.')[1] ?? ''))
  return claims.access[0]?.actions
}

describe('a service account', () => {
  it('is made, listed, disabled and deleted by owners and administrators, and by no other member', async () => {
    expect((await create('ci', bob)).status).toBe(403)
    const made = await create('ci')
    expect([made.status, await made.json()]).toMatchObject([201, { name: robot, isActive: true, createdBy: 'alice' }])
    expect((await create('nightly', root)).status).toBe(201)
    expect((await create('ci')).status).toBe(409)
    const { serviceAccounts } = await (await alice('GET', at)).json<{ serviceAccounts: { name: string }[] }>()
    expect(serviceAccounts.map(({ name }) => name)).toEqual([robot, 'robot.acme.nightly'])
    expect((await bob('GET', at)).status).toBe(403)
    expect((await bob('DELETE', `${at}/${robot}`)).status).toBe(403)
    const client = await robotWith({})
    expect((await client('GET', '/v2/')).status).toBe(200)
    expect((await sendJson(alice, 'PATCH', `${at}/${robot}`, { isActive: false })).status).toBe(200)
    expect((await client('GET', '/v2/')).status).toBe(401)
    expect((await alice('DELETE', `${at}/${robot}`)).status).toBe(204)
    expect(await countRows('accounts', `name = '${robot}'`)).toBe(0)
    expect(await countRows('access_tokens', `label = 'build'`)).toBe(0)
    expect((await alice('DELETE', `${at}/${robot}`)).status).toBe(404)
    const told = (await events(`object_type = 'account' AND object_name = '${robot}'`)).map(
      ({ type, actor }) => `${type} ${actor}`,
    )
    expect(told).toEqual(['CREATE alice', 'UPDATE alice', 'DELETE alice'])
  })

  it('has a name that no other account can get', async () => {
    for (const name of [robot, 'robot.x']) {
      const body = { name, password: 'password of robot' }
      const refused = await sendJson(root, 'POST', '/enzi/v0/accounts', body)
      expect([refused.status, (await problemOf(refused)).message]).toEqual([400, expect.stringContaining('"robot."')])
    }
    for (const name of ['', 'CI', 'a.b', '-', 'a'.repeat(51)]) {
      expect([name, (await create(name)).status]).toEqual([name, 400])
    }
  })

  it('logs in by no password, and gets none, nor a session', async () => {
    await create('ci')
    expect((await withPassword(robot, '')('GET', '/v2/')).status).toBe(401)
    const set = await sendJson(root, 'POST', `/enzi/v0/accounts/${robot}/changePassword`, {
      newPassword: 'a new password',
    })
    expect([set.status, (await problemOf(set)).code]).toEqual([409, 'SERVICE_ACCOUNT'])
    const login = await sendJson(send, 'POST', '/auth/login', { username: robot, password: 'a new password' })
    expect(login.status).toBe(401)
    const id = (await env.DB.prepare('SELECT id FROM accounts WHERE name = ?').bind(robot).first<string>('id')) ?? ''
    const session = { hash: 'hash', accountId: id, passwordHash: null, address: '', agent: '', now: Date.now() }
    expect(await insertSession(openDatabase(env.DB), session)).toBe(false)
  })

  it('becomes no administrator, no owner, and no member of another organization', async () => {
    await create('ci')
    const refusals = [
      sendJson(root, 'PATCH', `/enzi/v0/accounts/${robot}`, { isAdmin: true }),
      sendJson(alice, 'PUT', `/enzi/v0/accounts/acme/members/${robot}`, { isAdmin: true }),
      sendJson(bob, 'PUT', `/enzi/v0/accounts/beta/members/${robot}`, {}),
    ]
    for (const response of await Promise.all(refusals)) {
      expect([response.status, (await problemOf(response)).code]).toEqual([409, 'SERVICE_ACCOUNT'])
    }
    expect(await countRows('members', `user_id = (SELECT id FROM accounts WHERE name = '${robot}')`)).toBe(1)
  })

  it('gets its rights from teams', async () => {
    await create('ci')
    const client = await robotWith({})
    expect(await actions(client, 'acme/app')).toBeUndefined()
    expect((await sendJson(alice, 'PUT', `/enzi/v0/accounts/acme/teams/builders/members/${robot}`, {})).status).toBe(
      200,
    )
    await sendJson(alice, 'PUT', '/api/v0/repositories/acme/app/teamAccess/builders', { accessLevel: 'read-write' })
    expect(await actions(client, 'acme/app')).toEqual(['pull', 'push'])
    expect(await actions(client, 'acme/other')).toBeUndefined()
    expect(await actions(await robotWith({ level: 'read-only' }), 'acme/app')).toEqual(['pull'])
  })

  it('has tokens for places of its organization alone, by whichever way they are made', async () => {
    await create('ci')
    const whole = await (await tokenOf({})).json()
    expect(whole).toMatchObject({ namespaces: ['acme'], repositories: [], level: 'all' })
    for (const wanted of [{ namespaces: ['beta'] }, { repositories: ['acme/app', 'beta/app'] }]) {
      const refused = await tokenOf(wanted)
      expect([refused.status, (await problemOf(refused)).message]).toEqual([400, expect.stringContaining('acme')])
    }
    const byAdministrator = await sendJson(root, 'POST', `/api/v0/api_tokens?username=${robot}`, { tokenLabel: 'x' })
    expect(await byAdministrator.json()).toMatchObject({ namespaces: ['acme'] })
    const tokens = await (await alice('GET', `${at}/${robot}/tokens`)).json<{ hashedToken: string }[]>()
    expect(tokens).toHaveLength(2)
    expect((await alice('DELETE', `${at}/${robot}/tokens/${tokens[0]?.hashedToken ?? ''}`)).status).toBe(204)
    expect((await alice('DELETE', `${at}/${robot}/tokens/${tokens[0]?.hashedToken ?? ''}`)).status).toBe(404)
  })

  it('and its tokens are not made with an access token', async () => {
    await create('ci')
    const byToken = withPassword('alice', await anAccessToken('alice'))
    for (const refused of [await create('more', byToken), await tokenOf({}, byToken)]) {
      expect([refused.status, (await problemOf(refused)).code]).toEqual([403, 'PASSWORD_NEEDED'])
    }
    expect((await sendJson(byToken, 'PATCH', `${at}/${robot}`, { isActive: true })).status).toBe(403)
    expect((await sendJson(byToken, 'PATCH', `${at}/${robot}`, { isActive: false })).status).toBe(200)
  })

  it('goes with its organization', async () => {
    await create('ci')
    await root('DELETE', '/api/v0/accounts/acme')
    expect(await countRows('service_accounts')).toBe(0)
    expect(await countRows('accounts', `name = '${robot}'`)).toBe(0)
  })

  it('is one of at most a hundred', async () => {
    await env.DB.prepare(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${mostServiceAccounts})
       INSERT INTO accounts (id, name, created_at) SELECT 'r' || i, 'robot.acme.r' || i, 0 FROM n`,
    ).run()
    await env.DB.prepare(
      `INSERT INTO service_accounts (account_id, organization_id, created_by, created_at)
       SELECT id, (SELECT id FROM accounts WHERE name = 'acme'), '', 0 FROM accounts WHERE name LIKE 'robot.%'`,
    ).run()
    const refused = await create('ci')
    expect([refused.status, (await problemOf(refused)).code]).toEqual([409, 'TOO_MANY_SERVICE_ACCOUNTS'])
  })
})
