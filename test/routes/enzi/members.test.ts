import { beforeEach, describe, expect, it } from 'vitest'
import { problemOf, send } from '../../support/client.ts'
import { countRows } from '../../support/content.ts'
import { events } from '../../support/events.ts'
import { aMember, anOrganization, aPerson, asking, aTeam, aTeamMember, type Person } from '../../support/people.ts'

const path = '/enzi/v0/accounts/acme/members'
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

const statuses = (people: readonly Person[], method: string, of: string, body?: unknown): Promise<number[]> =>
  Promise.all(people.map(async ({ ask }) => (await ask(method, of, body)).status))

describe('the members of an organization', () => {
  it('are shown to every member, and to no other caller', async () => {
    const root = await aPerson('root', { isAdmin: true })
    expect(await statuses([owner, member, root, stranger], 'GET', path)).toEqual([200, 200, 200, 404])
    expect(await statuses([owner, member, root, stranger], 'GET', `${path}/owner`)).toEqual([200, 200, 200, 404])
    expect((await asking(send)('GET', path)).status).toBe(401)
    const one = await member.ask('GET', `${path}/owner`)
    expect(await one.json()).toEqual({
      member: expect.objectContaining({ name: 'owner', isOrg: false }),
      isAdmin: true,
    })
  })

  it('of one that the caller may not see are answered like those of a missing one', async () => {
    const hidden = await stranger.ask('PUT', `${path}/stranger`, {})
    const missing = await stranger.ask('PUT', `/enzi/v0/accounts/none/members/stranger`, {})
    expect([hidden.status, missing.status]).toEqual([404, 404])
    expect((await hidden.text()).replaceAll('acme', 'none')).toBe(await missing.text())
  })

  it('have pages in the order of their ids, and a filter', async () => {
    const ids = [owner.id, member.id].sort()
    const first = await member.ask('GET', `${path}?limit=1`)
    expect(await first.json()).toMatchObject({
      members: [{ member: { id: ids[0] } }],
      resourceCount: 2,
      nextPageStart: ids[1],
    })
    const second = await member.ask('GET', `${path}?limit=1&start=${ids[1]}`)
    expect(await second.json()).toMatchObject({ members: [{ member: { id: ids[1] } }], nextPageStart: '' })
    for (const [filter, name] of [
      ['admins', 'owner'],
      ['non-admins', 'member'],
    ]) {
      const found = await member.ask('GET', `${path}?filter=${filter}`)
      expect(await found.json()).toMatchObject({ members: [{ member: { name } }], resourceCount: 1 })
    }
    expect((await member.ask('GET', `${path}?filter=owners`)).status).toBe(400)
  })

  it('are no user’s', async () => {
    const response = await member.ask('GET', '/enzi/v0/accounts/member/members')
    expect(response.status).toBe(400)
    expect((await problemOf(response)).code).toBe('NOT_AN_ORGANIZATION')
  })
})

describe('a member', () => {
  it('is added by an owner, and made one', async () => {
    const added = await owner.ask('PUT', `${path}/stranger`, { isAdmin: false })
    expect(added.status).toBe(200)
    expect(await added.json()).toEqual({ member: expect.objectContaining({ name: 'stranger' }), isAdmin: false })
    expect(await (await owner.ask('PUT', `${path}/stranger`, { isAdmin: true })).json()).toMatchObject({
      isAdmin: true,
    })
    expect(await (await owner.ask('PUT', `${path}/stranger`, {})).json()).toMatchObject({ isAdmin: true })
    expect(await (await owner.ask('PUT', `${path}/stranger`, { isAdmin: false })).json()).toMatchObject({
      isAdmin: false,
    })
    expect(await events(`object_type = 'member'`)).toMatchObject([
      { actor: 'owner', type: 'CREATE', objectName: 'stranger', content: { organization: 'acme', isAdmin: false } },
      { actor: 'owner', type: 'UPDATE', objectName: 'stranger', content: { organization: 'acme', isAdmin: true } },
      { actor: 'owner', type: 'UPDATE', objectName: 'stranger', content: { organization: 'acme', isAdmin: false } },
    ])
  })

  it('may be a user who is inactive, and no organization', async () => {
    await aPerson('asleep', { isActive: false })
    expect((await owner.ask('PUT', `${path}/asleep`, {})).status).toBe(200)
    await anOrganization('other')
    const organization = await owner.ask('PUT', `${path}/other`, {})
    const missing = await owner.ask('PUT', `${path}/nobody`, {})
    expect([organization.status, missing.status]).toEqual([404, 404])
    expect((await organization.text()).replaceAll('other', 'nobody')).toBe(await missing.text())
    expect(await countRows('events', `object_type = 'member'`)).toBe(1)
  })

  it('is added, promoted and removed by owners and administrators alone', async () => {
    expect((await member.ask('PUT', `${path}/stranger`, {})).status).toBe(403)
    expect((await member.ask('PUT', `${path}/member`, { isAdmin: true })).status).toBe(403)
    expect((await member.ask('DELETE', `${path}/owner`)).status).toBe(403)
    expect((await stranger.ask('DELETE', `${path}/member`)).status).toBe(404)
    expect((await asking(send)('PUT', `${path}/stranger`, {})).status).toBe(401)
    expect((await asking(send)('DELETE', `${path}/member`)).status).toBe(401)
    expect(await countRows('members')).toBe(2)
    const root = await aPerson('root', { isAdmin: true })
    expect((await root.ask('PUT', `${path}/root`, { isAdmin: true })).status).toBe(200)
    expect((await root.ask('DELETE', `${path}/owner`)).status).toBe(204)
  })

  it('may leave, and then is in none of the teams either', async () => {
    await aTeamMember(await aTeam(acme, 'developers'), member)
    expect((await member.ask('DELETE', `${path}/member`)).status).toBe(204)
    expect((await member.ask('GET', path)).status).toBe(404)
    expect(await countRows('team_members')).toBe(0)
    expect(await events(`type = 'DELETE'`)).toMatchObject([
      { actor: 'member', objectType: 'member', objectName: 'member', content: { organization: 'acme' } },
    ])
  })

  it('that is none is not found, and cannot leave', async () => {
    for (const method of ['GET', 'DELETE']) {
      const response = await owner.ask(method, `${path}/stranger`)
      expect(response.status).toBe(404)
      expect((await problemOf(response)).code).toBe('NO_SUCH_USER')
    }
    expect((await stranger.ask('DELETE', `${path}/stranger`)).status).toBe(404)
    expect(await countRows('events', `type = 'DELETE'`)).toBe(0)
  })
})

describe('the teams of a member', () => {
  it('are shown to the member and to owners, in the order of names', async () => {
    const another = await anOrganization('another')
    await aMember(another, member)
    await aTeamMember(await aTeam(another, 'alpha'), member)
    for (const name of ['testers', 'developers']) await aTeamMember(await aTeam(acme, name), member, name === 'testers')
    await aTeam(acme, 'readers')
    const first = await member.ask('GET', `${path}/member/teams?limit=1`)
    expect(await first.json()).toMatchObject({
      memberTeams: [{ team: { name: 'developers', orgID: acme, membersCount: 1 }, isAdmin: false }],
      resourceCount: 2,
      nextPageStart: 'testers',
    })
    const second = await owner.ask('GET', `${path}/member/teams?start=testers`)
    expect(await second.json()).toMatchObject({
      memberTeams: [{ team: { name: 'testers' }, isAdmin: true }],
      nextPageStart: '',
    })
  })

  it('are not shown to other members and strangers', async () => {
    expect((await member.ask('GET', `${path}/owner/teams`)).status).toBe(403)
    expect((await stranger.ask('GET', `${path}/stranger/teams`)).status).toBe(404)
    expect((await owner.ask('GET', `${path}/stranger/teams`)).status).toBe(404)
    expect((await asking(send)('GET', `${path}/member/teams`)).status).toBe(401)
  })
})
