/** The signature policies of repositories and namespaces: who sets them, and what they keep. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { withSql } from '../../support/bounds.ts'
import { anOrganization, aPerson, aRepository, type Person } from '../../support/people.ts'

const ofRepository = '/api/v0/repositories/acme/app/signaturePolicy'
const ofNamespace = '/api/v0/repositoryNamespaces/acme/signaturePolicy'

let root: Person
let owner: Person
let member: Person
let stranger: Person

beforeEach(async () => {
  root = await aPerson('root', { isAdmin: true })
  owner = await aPerson('owner')
  member = await aPerson('member')
  stranger = await aPerson('stranger')
  await anOrganization('acme', { owners: ['owner'], teams: { security: ['member'], qa: ['member'] } })
  await anOrganization('other', { teams: { secret: ['stranger'] } })
  await aRepository('acme/app')
})

async function answerOf(answer: Promise<Response>): Promise<[number, string]> {
  const response = await answer
  if (response.ok) return [response.status, '']
  const { errors } = await response.json<{ errors: Array<{ code: string }> }>()
  return [response.status, errors[0]?.code ?? '']
}

const teams = (...names: string[]) => names.map((name) => ({ name, exists: true }))

describe.each([
  ['a repository', ofRepository, 'acme/app'],
  ['a namespace', ofNamespace, 'acme'],
])('the policy of %s', (_, path, name) => {
  it('is set, changed and deleted, with events', async () => {
    expect(await answerOf(owner.ask('GET', path))).toEqual([404, 'NO_SUCH_SIGNATURE_POLICY'])
    const set = await owner.ask('PUT', path, { mode: 'report', teams: ['acme/security', 'acme/qa'] })
    expect(await set.json()).toMatchObject({ mode: 'report', teams: teams('acme/qa', 'acme/security') })
    await owner.ask('PUT', path, { mode: 'enforce', teams: ['acme/qa'] })
    expect(await (await owner.ask('GET', path)).json()).toMatchObject({ mode: 'enforce', teams: teams('acme/qa') })
    expect(await answerOf(owner.ask('DELETE', path))).toEqual([204, ''])
    expect(await answerOf(owner.ask('DELETE', path))).toEqual([404, 'NO_SUCH_SIGNATURE_POLICY'])
    const { results } = await env.DB.prepare(
      "SELECT type, object_name AS name, content FROM events WHERE object_type = 'signaturePolicy' ORDER BY id",
    ).all<{ type: string; name: string; content: string }>()
    expect(results.map((event) => [event.type, event.name, JSON.parse(event.content)])).toEqual([
      ['CREATE', name, { mode: 'report', teams: ['acme/qa', 'acme/security'] }],
      ['UPDATE', name, { mode: 'enforce', teams: ['acme/qa'] }],
      ['DELETE', name, { mode: 'enforce', teams: ['acme/qa'] }],
    ])
  })

  it('is for administrators, and unknown to strangers', async () => {
    const policy = { mode: 'enforce', teams: ['acme/qa'] }
    const unknown = path === ofRepository ? 'NO_SUCH_REPOSITORY' : 'NO_SUCH_ACCOUNT'
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const body = method === 'PUT' ? policy : undefined
      expect(await answerOf(stranger.ask(method, path, body))).toEqual([404, unknown])
    }
    expect(await answerOf(root.ask('PUT', path, policy))).toEqual([200, ''])
  })

  it('names teams that the caller knows of', async () => {
    for (const team of ['other/secret', 'acme/none', 'none/none', 'owner/none']) {
      const set = owner.ask('PUT', path, { mode: 'enforce', teams: [team] })
      expect([team, ...(await answerOf(set))]).toEqual([team, 404, 'NO_SUCH_TEAM'])
    }
    for (const wrong of [[], ['acme'], ['acme/qa', 'acme/qa'], ['acme/qa/x'], ['/qa']]) {
      expect((await owner.ask('PUT', path, { mode: 'enforce', teams: wrong })).status).toBe(400)
    }
    expect(await answerOf(owner.ask('GET', path))).toEqual([404, 'NO_SUCH_SIGNATURE_POLICY'])
  })

  it('keeps the demand of a team that was deleted, and of one that only others know of', async () => {
    await root.ask('PUT', path, { mode: 'report', teams: ['acme/qa', 'other/secret'] })
    await owner.ask('DELETE', '/enzi/v0/accounts/acme/teams/qa')
    const kept = [
      { name: 'acme/qa', exists: false },
      { name: 'other/secret', exists: true },
    ]
    expect(await (await owner.ask('GET', path)).json()).toMatchObject({ teams: kept })
    const elsewhere = path === ofRepository ? ofNamespace : ofRepository
    for (const team of ['acme/qa', 'other/secret']) {
      const set = owner.ask('PUT', elsewhere, { mode: 'enforce', teams: [team] })
      expect(await answerOf(set)).toEqual([404, 'NO_SUCH_TEAM'])
    }
    const set = await owner.ask('PUT', path, { mode: 'enforce', teams: ['acme/qa', 'other/secret'] })
    expect(await set.json()).toMatchObject({ mode: 'enforce', teams: kept })
    await owner.ask('POST', '/enzi/v0/accounts/acme/teams', { name: 'qa' })
    const again = await owner.ask('PUT', path, { mode: 'enforce', teams: ['acme/qa'] })
    expect(await again.json()).toMatchObject({ teams: teams('acme/qa') })
  })
})

it('a member of the organization may not see the policies', async () => {
  await withSql("UPDATE repositories SET visibility = 'public'")
  expect(await answerOf(member.ask('GET', ofRepository))).toEqual([403, 'NOT_AUTHORIZED'])
  expect(await answerOf(member.ask('GET', ofNamespace))).toEqual([403, 'NOT_AUTHORIZED'])
})
