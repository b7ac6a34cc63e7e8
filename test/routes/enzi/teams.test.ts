import { beforeEach, describe, expect, it } from 'vitest'
import { problemOf, send } from '../../support/client.ts'
import { countRows } from '../../support/content.ts'
import { events } from '../../support/events.ts'
import { aMember, anOrganization, aPerson, asking, aTeam, aTeamMember, type Person } from '../../support/people.ts'

const path = '/enzi/v0/accounts/acme/teams'
const anonymous = asking(send)
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

describe('a team', () => {
  it('is made by an owner, and shown to the members of the organization', async () => {
    const made = await owner.ask('POST', path, { name: 'developers', description: 'who write' })
    expect(made.status).toBe(201)
    const team = { id: expect.any(String), orgID: acme, name: 'developers', description: 'who write', membersCount: 0 }
    expect(await made.json()).toEqual(team)
    const shown = await member.ask('GET', `${path}/developers`)
    expect(await shown.json()).toEqual(team)
    expect((await stranger.ask('GET', `${path}/developers`)).status).toBe(404)
    expect((await anonymous('GET', `${path}/developers`)).status).toBe(401)
    expect(await events(`object_type = 'team'`)).toMatchObject([
      { actor: 'owner', type: 'CREATE', objectName: 'acme/developers' },
    ])
  })

  it('is listed in the order of names, in pages', async () => {
    for (const name of ['testers', 'developers', 'readers']) await aTeam(acme, name)
    await aTeamMember(await aTeam(acme, 'writers'), member)
    const first = await member.ask('GET', `${path}?limit=2`)
    expect(await first.json()).toMatchObject({
      teams: [{ name: 'developers', membersCount: 0 }, { name: 'readers' }],
      resourceCount: 4,
      nextPageStart: 'testers',
    })
    const second = await member.ask('GET', `${path}?limit=2&start=testers`)
    expect(await second.json()).toMatchObject({
      teams: [{ name: 'testers' }, { name: 'writers', membersCount: 1 }],
      nextPageStart: '',
    })
    expect((await stranger.ask('GET', path)).status).toBe(404)
    expect((await anonymous('GET', path)).status).toBe(401)
  })

  it('has a name of its own within the organization', async () => {
    await aTeam(acme, 'developers')
    await aTeam(await anOrganization('other'), 'readers')
    const again = await owner.ask('POST', path, { name: 'developers' })
    expect(again.status).toBe(409)
    expect((await problemOf(again)).code).toBe('TEAM_EXISTS')
    expect((await owner.ask('POST', path, { name: 'readers' })).status).toBe(201)
    expect((await owner.ask('PATCH', `${path}/readers`, { name: 'developers' })).status).toBe(409)
    expect(await countRows('events', `object_type = 'team'`)).toBe(1)
  })

  it('is renamed and described by an owner', async () => {
    await aTeam(acme, 'developers')
    const renamed = await owner.ask('PATCH', `${path}/developers`, { name: 'engineers' })
    expect(await renamed.json()).toMatchObject({ name: 'engineers', description: '' })
    const described = await owner.ask('PATCH', `${path}/engineers`, { description: 'who build' })
    expect(await described.json()).toMatchObject({ name: 'engineers', description: 'who build' })
    expect((await owner.ask('PATCH', `${path}/engineers`, { description: 'who build' })).status).toBe(200)
    expect((await owner.ask('GET', `${path}/developers`)).status).toBe(404)
    expect(await events(`object_type = 'team'`)).toMatchObject([
      { type: 'UPDATE', objectName: 'acme/developers', content: { name: 'engineers' } },
      { type: 'UPDATE', objectName: 'acme/engineers', content: { description: 'who build' } },
    ])
  })

  it('is deleted by an owner; who was in it stays in the organization', async () => {
    await aTeamMember(await aTeam(acme, 'developers'), member)
    expect((await owner.ask('DELETE', `${path}/developers`)).status).toBe(204)
    expect((await owner.ask('DELETE', `${path}/developers`)).status).toBe(404)
    expect(await countRows('team_members')).toBe(0)
    expect(await countRows('members')).toBe(2)
    expect(await events(`object_type = 'team'`)).toMatchObject([
      { actor: 'owner', type: 'DELETE', objectName: 'acme/developers' },
    ])
  })

  it('is neither made, changed nor deleted by others, its own administrators among them', async () => {
    await aTeamMember(await aTeam(acme, 'developers'), member, true)
    for (const [ask, status] of [
      [member.ask, 403],
      [stranger.ask, 404],
      [anonymous, 401],
    ] as const) {
      expect((await ask('POST', path, { name: 'testers' })).status).toBe(status)
      expect((await ask('PATCH', `${path}/developers`, { name: 'testers' })).status).toBe(status)
      expect((await ask('DELETE', `${path}/developers`)).status).toBe(status)
    }
    expect(await countRows('events', `object_type = 'team'`)).toBe(0)
  })

  it('that is none is not found', async () => {
    for (const [method, body] of [
      ['GET', undefined],
      ['PATCH', {}],
      ['DELETE', undefined],
    ] as const) {
      const response = await owner.ask(method, `${path}/none`, body)
      expect(response.status).toBe(404)
      expect((await problemOf(response)).code).toBe('NO_SUCH_TEAM')
    }
  })

  for (const body of [
    { name: 'a b' },
    { name: '' },
    { name: 'x'.repeat(101) },
    { name: 'a', description: 'x'.repeat(1001) },
    {},
  ]) {
    it(`is not made of ${JSON.stringify(body).slice(0, 50)}`, async () => {
      expect((await owner.ask('POST', path, body)).status).toBe(400)
    })
  }
})
