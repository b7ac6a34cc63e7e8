import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { header, problemOf, send, tokenFor, withPassword, withToken } from '../../support/client.ts'
import { countRows } from '../../support/content.ts'
import { events } from '../../support/events.ts'
import { aMember, anOrganization, aPerson, asking, aTeam, type Person } from '../../support/people.ts'

const path = '/enzi/v0/accounts'
const anonymous = asking(send)
let root: Person

beforeEach(async () => {
  root = await aPerson('root', { isAdmin: true })
})

describe('a new account', () => {
  it('is made by an administrator, and can then log in', async () => {
    const response = await root.ask('POST', path, {
      name: 'alice',
      password: 'password of alice',
      fullName: 'Alice A.',
    })
    expect(response.status).toBe(201)
    expect(await response.json()).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      name: 'alice',
      fullName: 'Alice A.',
      isOrg: false,
      isActive: true,
      isAdmin: false,
      isImported: false,
    })
    const alice = withPassword('alice', 'password of alice')
    expect((await alice('POST', '/v2/alice/app/blobs/uploads/')).status).toBe(202)
    expect((await alice('POST', '/v2/root/app/blobs/uploads/')).status).toBe(403)
    expect((await asking(alice)('POST', path, { name: 'bob', password: 'password of bob' })).status).toBe(403)
    expect(await events(`object_name = 'alice'`)).toEqual([
      expect.objectContaining({ actor: 'root', type: 'CREATE', objectType: 'account' }),
    ])
  })

  it('may be an organization, which has no password and does not log in', async () => {
    const response = await root.ask('POST', path, { name: 'acme', isOrg: true })
    expect(response.status).toBe(201)
    expect(await response.json()).toMatchObject({ name: 'acme', isOrg: true, membersCount: 0, teamsCount: 0 })
    for (const password of ['', 'null', 'password of acme']) {
      expect((await withPassword('acme', password)('GET', path)).status).toBe(401)
    }
  })

  it('cannot have a name that is taken', async () => {
    const response = await root.ask('POST', path, { name: 'root', isOrg: true })
    expect(response.status).toBe(409)
    expect(await problemOf(response)).toMatchObject({
      code: 'ACCOUNT_EXISTS',
      message: expect.stringContaining('root'),
    })
  })

  it('has no name in the form of an id, which would stand in the way of the account that has the id', async () => {
    for (const name of [root.id, crypto.randomUUID()]) {
      for (const body of [
        { name, password: 'a password of its own' },
        { name, isOrg: true },
      ]) {
        const response = await root.ask('POST', path, body)
        expect(response.status).toBe(400)
        expect((await problemOf(response)).message).toContain('the form of an id')
      }
    }
    expect((await root.ask('POST', path, { name: `${root.id}-`.slice(0, -2), isOrg: true })).status).toBe(201)
  })

  it('that an earlier release gave such a name does not shadow the id', async () => {
    await anOrganization(root.id)
    for (const key of [root.id, `id:${root.id}`]) {
      expect(await (await root.ask('GET', `${path}/${key}`)).json()).toMatchObject({ name: 'root', id: root.id })
    }
  })

  for (const body of [
    { name: 'Alice', password: 'password of alice' },
    { name: 'a/b', password: 'password of alice' },
    { name: 'a'.repeat(101), password: 'password of alice' },
    { name: 'alice', password: 'short' },
    { name: 'alice', password: 'x'.repeat(1025) },
    { name: 'alice', password: 'password of alice', fullName: 'x'.repeat(301) },
    { name: 'alice', password: 'password of alice', searchLDAP: true },
    { name: 'alice' },
    { name: 'acme', isOrg: true, password: 'password of acme' },
    { name: 'acme', isOrg: true, isAdmin: true },
    { name: 'acme', isOrg: true, isActive: false },
    [],
    'text',
  ]) {
    it(`is not made of ${JSON.stringify(body).slice(0, 60)}`, async () => {
      expect((await root.ask('POST', path, body)).status).toBe(400)
      expect(await countRows('accounts')).toBe(1)
    })
  }

  it('is created by no other caller: a registry token does not administer', async () => {
    const token = await tokenFor('root', [])
    for (const client of [send, withToken(token), withPassword('root', 'wrong')]) {
      expect((await asking(client)('POST', path, { name: 'bob', password: 'password of bob' })).status).toBe(401)
    }
    expect(await countRows('accounts')).toBe(1)
  })
})

describe('the list of accounts', () => {
  interface List {
    readonly accounts: { name: string }[]
    readonly nextPageStart: string
  }
  const list = async (query = '') => (await root.ask('GET', `${path}?${query}`)).json<List>()
  const namesOf = ({ accounts }: List) => accounts.map(({ name }) => name)

  beforeEach(async () => {
    for (const name of ['alice', 'albert', 'bob']) await aPerson(name)
    await aPerson('alma', { isActive: false })
    await anOrganization('acme')
  })

  it('has pages in the order of names, in both directions', async () => {
    const first = await list('limit=2')
    expect(namesOf(first)).toEqual(['acme', 'albert'])
    expect(first).toMatchObject({ nextPageStart: 'alice', resourceCount: 6, usersCount: 5, orgsCount: 1 })
    expect(namesOf(await list(`limit=9&start=${first.nextPageStart}`))).toEqual(['alice', 'alma', 'bob', 'root'])
    const last = await list('limit=2&order=-name')
    expect(namesOf(last)).toEqual(['root', 'bob'])
    const before = await list(`limit=9&order=-name&start=${last.nextPageStart}`)
    expect(namesOf(before)).toEqual(['alma', 'alice', 'albert', 'acme'])
    expect(before.nextPageStart).toBe('')
    expect(header(await root.ask('GET', `${path}?limit=2`), 'x-next-page-start')).toBe('alice')
  })

  for (const [query, names] of [
    ['filter=all&order=%2Bname', ['acme', 'albert', 'alice', 'alma', 'bob', 'root']],
    ['filter=users&order=+name', ['albert', 'alice', 'alma', 'bob', 'root']],
    ['filter=orgs', ['acme']],
    ['filter=admins', ['root']],
    ['filter=non-admins', ['albert', 'alice', 'alma', 'bob']],
    ['filter=active-users', ['albert', 'alice', 'bob', 'root']],
    ['filter=inactive-users', ['alma']],
    ['contains=al', ['albert', 'alice', 'alma']],
    ['contains=al&start=alice', ['alice', 'alma']],
    ['contains=al&start=a', ['albert', 'alice', 'alma']],
    ['contains=al&order=-name&start=alice', ['alice', 'albert']],
    ['contains=al&order=-name&start=zoe', ['alma', 'alice', 'albert']],
    ['contains=al&filter=active-users', ['albert', 'alice']],
    ['contains=l', []],
    ['contains=%25', []],
  ] as const) {
    it(`has what is asked for by ${query}`, async () => {
      const found = await list(query)
      expect(namesOf(found)).toEqual(names)
    })
  }

  it('counts what matches, and users and organizations of such names', async () => {
    expect(await list('contains=al&filter=inactive-users')).toMatchObject({
      resourceCount: 1,
      usersCount: 3,
      orgsCount: 0,
    })
  })

  it('refuses what it does not know', async () => {
    for (const query of ['filter=none', 'order=fullName', 'limit=0', `contains=${'x'.repeat(101)}`]) {
      expect((await root.ask('GET', `${path}?${query}`)).status).toBe(400)
    }
  })

  it('is for administrators alone', async () => {
    const { ask } = await aPerson('carol')
    expect((await ask('GET', path)).status).toBe(403)
    expect((await anonymous('GET', path)).status).toBe(401)
    expect((await anonymous('GET', `${path}?limit=0`)).status).toBe(401)
  })
})

describe('an account', () => {
  let acme: string
  let owner: Person
  let member: Person
  let stranger: Person

  beforeEach(async () => {
    acme = await anOrganization('acme')
    owner = await aPerson('owner')
    member = await aPerson('member')
    stranger = await aPerson('stranger')
    await aMember(acme, owner, true)
    await aMember(acme, member)
  })

  const seen = async (by: Person, name: string) => (await by.ask('GET', `${path}/${name}`)).status

  it('is shown to itself, to administrators, and to owners of its organizations', async () => {
    expect(await seen(member, 'member')).toBe(200)
    expect(await seen(root, 'member')).toBe(200)
    expect(await seen(owner, 'member')).toBe(200)
    expect(await seen(owner, 'stranger')).toBe(404)
    expect(await seen(member, 'owner')).toBe(404)
    expect((await anonymous('GET', `${path}/member`)).status).toBe(401)
  })

  it('of an organization is shown to its members, with what it has', async () => {
    await aTeam(acme, 'developers')
    const response = await member.ask('GET', `${path}/acme`)
    expect(await response.json()).toMatchObject({ name: 'acme', isOrg: true, membersCount: 2, teamsCount: 1 })
    expect(await seen(stranger, 'acme')).toBe(404)
  })

  it('is found by its id, which may be marked as one', async () => {
    for (const id of [acme, `id:${acme}`]) {
      expect(await (await member.ask('GET', `${path}/${id}`)).json()).toMatchObject({ name: 'acme' })
    }
    expect(await seen(stranger, acme)).toBe(404)
    expect(await seen(member, 'id:acme')).toBe(404)
    expect(await seen(member, 'A%20B')).toBe(400)
  })

  it('that the caller may not see is answered like a missing one', async () => {
    for (const [method, body] of [
      ['GET', undefined],
      ['PATCH', { fullName: 'x' }],
      ['PATCH', { isAdmin: true }],
      ['DELETE', undefined],
    ] as const) {
      const hidden = await stranger.ask(method, `${path}/member`, body)
      const missing = await stranger.ask(method, `${path}/nobody`, body)
      expect(hidden.status).toBe(404)
      expect(missing.status).toBe(404)
      expect((await hidden.text()).replaceAll('member', 'nobody')).toBe(await missing.text())
    }
  })

  it('lets its full name be changed by itself, and that of an organization by its owners', async () => {
    const response = await member.ask('PATCH', `${path}/member`, { fullName: 'Mem Ber' })
    expect(await response.json()).toMatchObject({ name: 'member', fullName: 'Mem Ber', isActive: true })
    expect((await owner.ask('PATCH', `${path}/acme`, { fullName: 'Acme Inc.' })).status).toBe(200)
    expect((await member.ask('PATCH', `${path}/acme`, { fullName: 'Mine' })).status).toBe(403)
    expect((await owner.ask('PATCH', `${path}/member`, { fullName: 'Mine' })).status).toBe(403)
    expect((await anonymous('PATCH', `${path}/member`, { fullName: 'Mine' })).status).toBe(401)
    expect(await events(`type = 'UPDATE'`)).toEqual([
      expect.objectContaining({
        actor: 'member',
        objectType: 'account',
        objectName: 'member',
        content: { fullName: 'Mem Ber' },
      }),
      expect.objectContaining({ actor: 'owner', objectName: 'acme' }),
    ])
  })

  it('is promoted and deactivated by administrators alone', async () => {
    for (const change of [{ isAdmin: true }, { isActive: false }, { isAdmin: false }]) {
      expect((await member.ask('PATCH', `${path}/member`, change)).status).toBe(403)
    }
    expect((await owner.ask('PATCH', `${path}/acme`, { isActive: false })).status).toBe(403)
    const response = await root.ask('PATCH', `${path}/member`, { isAdmin: true })
    expect(await response.json()).toMatchObject({ isAdmin: true, isActive: true })
    expect((await member.ask('GET', path)).status).toBe(200)
  })

  it('is logged out when it is deactivated, for good', async () => {
    expect((await root.ask('PATCH', `${path}/member`, { isActive: false })).status).toBe(200)
    expect((await member.ask('GET', `${path}/member`)).status).toBe(401)
    expect((await root.ask('PATCH', `${path}/member`, { isActive: true })).status).toBe(200)
    expect((await member.ask('GET', `${path}/member`)).status).toBe(401)
    expect(await events(`type = 'UPDATE'`)).toMatchObject([
      { content: { isActive: false } },
      { content: { isActive: true } },
    ])
  })

  it('that is changed to what it was leaves no event', async () => {
    expect((await root.ask('PATCH', `${path}/member`, { isActive: true, isAdmin: false, fullName: '' })).status).toBe(
      200,
    )
    expect((await root.ask('PATCH', `${path}/member`, {})).status).toBe(200)
    expect(await countRows('events', `type = 'UPDATE'`)).toBe(0)
  })

  it('of an organization is neither deactivated nor promoted', async () => {
    for (const change of [{ isActive: false }, { isAdmin: true }]) {
      expect((await root.ask('PATCH', `${path}/acme`, change)).status).toBe(400)
    }
  })

  it('is deleted by administrators, with all that belongs to it', async () => {
    expect((await owner.ask('DELETE', `${path}/member`)).status).toBe(403)
    expect((await member.ask('DELETE', `${path}/member`)).status).toBe(403)
    expect((await anonymous('DELETE', `${path}/member`)).status).toBe(401)
    expect((await root.ask('DELETE', `${path}/member`)).status).toBe(204)
    expect((await root.ask('DELETE', `${path}/member`)).status).toBe(404)
    expect((await member.ask('GET', `${path}/member`)).status).toBe(401)
    expect(await countRows('members')).toBe(1)
    expect((await root.ask('DELETE', `${path}/id:${acme}`)).status).toBe(204)
    expect(await countRows('members')).toBe(0)
    expect(await events(`type = 'DELETE'`)).toMatchObject([
      { actor: 'root', objectType: 'account', objectName: 'member' },
      { actor: 'root', objectType: 'account', objectName: 'acme' },
    ])
  })

  it('is not deleted while it has repositories', async () => {
    await env.DB.prepare(`INSERT INTO repositories (name, namespace, created_at) VALUES ('acme/app', 'acme', 1)`).run()
    const response = await root.ask('DELETE', `${path}/acme`)
    expect(response.status).toBe(409)
    expect((await problemOf(response)).code).toBe('ACCOUNT_HAS_REPOSITORIES')
    expect(await countRows('events', `type = 'DELETE'`)).toBe(0)
    expect(await countRows('members')).toBe(2)
  })
})

describe('the last active administrator', () => {
  const changes = [{ isAdmin: false }, { isActive: false }, { isAdmin: false, fullName: 'Root' }]

  it('is neither demoted nor deactivated nor deleted', async () => {
    await aPerson('asleep', { isAdmin: true, isActive: false })
    for (const change of changes) {
      const response = await root.ask('PATCH', `${path}/root`, change)
      expect(response.status).toBe(409)
      expect((await problemOf(response)).code).toBe('LAST_ADMINISTRATOR')
    }
    expect((await root.ask('DELETE', `${path}/root`)).status).toBe(409)
    expect((await root.ask('PATCH', `${path}/root`, { fullName: 'Root', isAdmin: true })).status).toBe(200)
    expect(await countRows('events', `type <> 'CREATE'`)).toBe(1)
  })

  it('may go once there is another one', async () => {
    const other = await aPerson('other', { isAdmin: true })
    expect((await root.ask('PATCH', `${path}/root`, { isAdmin: false })).status).toBe(200)
    expect((await root.ask('GET', path)).status).toBe(403)
    expect((await other.ask('DELETE', `${path}/other`)).status).toBe(409)
    expect((await other.ask('PATCH', `${path}/root`, { isAdmin: true })).status).toBe(200)
    expect((await other.ask('DELETE', `${path}/other`)).status).toBe(204)
  })

  it('remains when two remove each other at once', async () => {
    const other = await aPerson('other', { isAdmin: true })
    const answers = await Promise.all([
      root.ask('PATCH', `${path}/other`, { isAdmin: false }),
      other.ask('PATCH', `${path}/root`, { isAdmin: false }),
    ])
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(await countRows('accounts', 'is_admin = 1')).toBe(1)
  })
})

describe('the organizations of a user', () => {
  it('are shown to the user and to administrators, in pages', async () => {
    const alice = await aPerson('alice')
    const ids = [await anOrganization('acme'), await anOrganization('beta'), await anOrganization('gamma')].sort()
    for (const id of ids) await aMember(id, alice, id === ids[0])
    const first = await alice.ask('GET', `${path}/alice/organizations?limit=2`)
    expect(await first.json()).toMatchObject({
      memberOrgs: [
        { org: { id: ids[0], isOrg: true, membersCount: 1 }, isAdmin: true },
        { org: { id: ids[1] }, isAdmin: false },
      ],
      resourceCount: 3,
      nextPageStart: ids[2],
    })
    const second = await root.ask('GET', `${path}/alice/organizations?start=${ids[2]}`)
    expect(await second.json()).toMatchObject({ memberOrgs: [{ org: { id: ids[2] } }], nextPageStart: '' })
  })

  it('are shown to no other caller, not even to the owner of one', async () => {
    const alice = await aPerson('alice')
    const owner = await aPerson('owner')
    const acme = await anOrganization('acme')
    await aMember(acme, owner, true)
    expect((await owner.ask('GET', `${path}/alice/organizations`)).status).toBe(404)
    await aMember(acme, alice)
    expect((await owner.ask('GET', `${path}/alice/organizations`)).status).toBe(403)
    expect((await anonymous('GET', `${path}/alice/organizations`)).status).toBe(401)
  })
})
