import { beforeEach, describe, expect, it } from 'vitest'
import { problemOf, send } from '../../support/client.ts'
import { countRows } from '../../support/content.ts'
import { events } from '../../support/events.ts'
import { aMember, anOrganization, aPerson, asking, aTeam, aTeamMember, type Person } from '../../support/people.ts'

const path = '/enzi/v0/accounts/acme/teams/developers/members'
const anonymous = asking(send)
let acme: string
let developers: string
let owner: Person
/** Administers the team. */
let lead: Person
/** Is in the team. */
let developer: Person
/** Is in the organization alone. */
let member: Person
let stranger: Person

beforeEach(async () => {
  acme = await anOrganization('acme')
  developers = await aTeam(acme, 'developers')
  owner = await aPerson('owner')
  lead = await aPerson('lead')
  developer = await aPerson('developer')
  member = await aPerson('member')
  stranger = await aPerson('stranger')
  await aMember(acme, owner, true)
  for (const person of [lead, developer, member]) await aMember(acme, person)
  await aTeamMember(developers, lead, true)
  await aTeamMember(developers, developer)
})

describe('the members of a team', () => {
  it('are shown to each other and to owners, and to no other caller', async () => {
    const root = await aPerson('root', { isAdmin: true })
    for (const list of [path, `${path}/lead`]) {
      for (const { ask } of [owner, lead, developer, root]) expect((await ask('GET', list)).status).toBe(200)
      expect((await member.ask('GET', list)).status).toBe(403)
      expect((await stranger.ask('GET', list)).status).toBe(404)
      expect((await anonymous('GET', list)).status).toBe(401)
    }
  })

  it('have pages in the order of their ids', async () => {
    const ids = [lead.id, developer.id].sort()
    const first = await owner.ask('GET', `${path}?limit=1`)
    expect(await first.json()).toMatchObject({
      members: [{ member: { id: ids[0] } }],
      resourceCount: 2,
      nextPageStart: ids[1],
    })
    const second = await owner.ask('GET', `${path}?start=${ids[1]}`)
    expect(await second.json()).toMatchObject({ members: [{ member: { id: ids[1] } }], nextPageStart: '' })
  })
})

describe('a member of a team', () => {
  it('is added by an owner, and so joins the organization', async () => {
    const response = await owner.ask('PUT', `${path}/stranger`, { isAdmin: true })
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ member: expect.objectContaining({ name: 'stranger' }), isAdmin: true })
    expect(await (await owner.ask('GET', '/enzi/v0/accounts/acme/members/stranger')).json()).toMatchObject({
      isAdmin: false,
    })
    expect(await events(`object_type = 'member'`)).toMatchObject([
      { actor: 'owner', type: 'CREATE', objectName: 'stranger', content: { organization: 'acme', isAdmin: false } },
      { type: 'CREATE', objectName: 'stranger', content: { organization: 'acme', team: 'developers', isAdmin: true } },
    ])
  })

  it('who owns the organization goes on to own it', async () => {
    expect((await owner.ask('PUT', `${path}/owner`, {})).status).toBe(200)
    expect(await (await owner.ask('GET', '/enzi/v0/accounts/acme/members/owner')).json()).toMatchObject({
      isAdmin: true,
    })
  })

  it('is appointed administrator of the team by an owner, or no longer', async () => {
    expect(await (await owner.ask('PUT', `${path}/developer`, { isAdmin: true })).json()).toMatchObject({
      isAdmin: true,
    })
    expect(await (await owner.ask('PUT', `${path}/developer`, {})).json()).toMatchObject({ isAdmin: true })
    expect(await (await owner.ask('PUT', `${path}/lead`, { isAdmin: false })).json()).toMatchObject({ isAdmin: false })
    expect((await lead.ask('PUT', `${path}/member`, {})).status).toBe(403)
    expect(await events(`object_type = 'member'`)).toMatchObject([
      { type: 'UPDATE', objectName: 'developer', content: { team: 'developers', isAdmin: true } },
      { type: 'UPDATE', objectName: 'lead', content: { team: 'developers', isAdmin: false } },
    ])
  })

  it('is added by an administrator of the team only from the organization', async () => {
    expect(await (await lead.ask('PUT', `${path}/member`, { isAdmin: false })).json()).toMatchObject({ isAdmin: false })
    for (const name of ['stranger', 'nobody', 'acme']) {
      const response = await lead.ask('PUT', `${path}/${name}`, {})
      expect(response.status).toBe(404)
      expect((await problemOf(response)).code).toBe('NO_SUCH_USER')
    }
    expect(await countRows('members')).toBe(4)
    expect(await countRows('events', `object_type = 'member'`)).toBe(1)
  })

  it('is not appointed, and none demoted, by an administrator of the team', async () => {
    for (const [name, isAdmin] of [
      ['member', true],
      ['developer', true],
      ['lead', false],
    ] as const) {
      expect((await lead.ask('PUT', `${path}/${name}`, { isAdmin })).status).toBe(403)
    }
    expect(await countRows('team_members', 'is_admin = 1')).toBe(1)
    expect(await countRows('team_members')).toBe(2)
    expect(await countRows('events', `object_type = 'member'`)).toBe(0)
  })

  it('who administers it is not removed by another administrator of the team, which would be a demotion', async () => {
    await owner.ask('PUT', `${path}/developer`, { isAdmin: true })
    expect((await lead.ask('DELETE', `${path}/developer`)).status).toBe(403)
    expect(await countRows('team_members', 'is_admin = 1')).toBe(2)
    expect((await lead.ask('DELETE', `${path}/lead`)).status).toBe(204)
  })

  it('is removed by owners and administrators of the team, and stays in the organization', async () => {
    expect((await lead.ask('DELETE', `${path}/developer`)).status).toBe(204)
    expect((await lead.ask('DELETE', `${path}/developer`)).status).toBe(404)
    expect((await owner.ask('DELETE', `${path}/lead`)).status).toBe(204)
    expect(await countRows('members')).toBe(4)
    expect(await events(`object_type = 'member'`)).toMatchObject([
      { actor: 'lead', type: 'DELETE', objectName: 'developer', content: { organization: 'acme', team: 'developers' } },
      { actor: 'owner', type: 'DELETE', objectName: 'lead' },
    ])
  })

  it('is changed by no other caller', async () => {
    for (const [ask, status] of [
      [developer.ask, 403],
      [member.ask, 403],
      [stranger.ask, 404],
      [anonymous, 401],
    ] as const) {
      expect((await ask('PUT', `${path}/member`, {})).status).toBe(status)
      expect((await ask('DELETE', `${path}/developer`)).status).toBe(status)
    }
    expect(await countRows('team_members')).toBe(2)
  })

  it('that is none is not found, nor is a team', async () => {
    for (const name of ['member', 'stranger', 'nobody']) {
      const response = await owner.ask('GET', `${path}/${name}`)
      expect(response.status).toBe(404)
      expect((await problemOf(response)).code).toBe('NO_SUCH_USER')
    }
    const without = await owner.ask('PUT', '/enzi/v0/accounts/acme/teams/none/members/member', {})
    expect((await problemOf(without)).code).toBe('NO_SUCH_TEAM')
    expect((await owner.ask('PUT', `${path}/nobody`, {})).status).toBe(404)
  })
})
