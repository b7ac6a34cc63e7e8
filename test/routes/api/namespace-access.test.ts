import { beforeEach, describe, expect, it } from 'vitest'
import { problemOf, send, type Send } from '../../support/client.ts'
import { countRows } from '../../support/content.ts'
import { events } from '../../support/events.ts'
import { anOrganization, aRepository, aUser, sendJson } from '../../support/people.ts'

const path = '/api/v0/repositoryNamespaces/acme/teamAccess'
const to = (client: Send, team: string, accessLevel: string, at = path): Promise<Response> =>
  sendJson(client, 'PUT', `${at}/${team}`, { accessLevel })

let root: Send, owner: Send, dev: Send, member: Send, stranger: Send

beforeEach(async () => {
  root = await aUser('root', { isAdmin: true })
  owner = await aUser('owner')
  dev = await aUser('dev')
  member = await aUser('member')
  stranger = await aUser('stranger')
  await anOrganization('acme', { owners: ['owner'], members: ['member'], teams: { developers: ['dev'], testers: [] } })
  await aRepository('acme/backend')
})

describe('the access of a team to a namespace', () => {
  it('is given by an owner, and counts for every repository, those to come included', async () => {
    const response = await to(owner, 'developers', 'read-only')
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({
      accessLevel: 'read-only',
      team: { name: 'developers', clientUserIsMember: false },
      namespace: 'acme',
    })
    await aRepository('acme/later')
    for (const name of ['backend', 'later']) expect((await dev('GET', `/v2/acme/${name}/tags/list`)).status).toBe(200)
    expect((await dev('POST', '/v2/acme/backend/blobs/uploads/')).status).toBe(403)
  })

  it('adds up with that to a single repository: the highest counts', async () => {
    await sendJson(owner, 'PUT', '/api/v0/repositories/acme/backend/teamAccess/developers', {
      accessLevel: 'read-write',
    })
    await to(owner, 'developers', 'read-only')
    expect((await dev('POST', '/v2/acme/backend/blobs/uploads/')).status).toBe(202)
    await owner('DELETE', `${path}/developers`)
    expect((await dev('POST', '/v2/acme/backend/blobs/uploads/')).status).toBe(202)
  })

  it('lets a team with admin manage the namespace, but not one with less', async () => {
    await to(root, 'developers', 'read-write')
    expect((await dev('GET', path)).status).toBe(403)
    expect((await to(dev, 'testers', 'read-only')).status).toBe(403)
    await to(root, 'developers', 'admin')
    expect((await dev('GET', path)).status).toBe(200)
    expect((await to(dev, 'testers', 'read-only')).status).toBe(200)
    expect((await dev('POST', '/v2/acme/made-by-a-push/blobs/uploads/')).status).toBe(202)
  })

  it('is shown for one team', async () => {
    await to(owner, 'developers', 'admin')
    expect(await (await dev('GET', `${path}/developers`)).json()).toMatchObject({
      accessLevel: 'admin',
      team: { name: 'developers', clientUserIsMember: true },
      namespace: 'acme',
    })
    const none = await owner('GET', `${path}/testers`)
    expect([none.status, (await problemOf(none)).code]).toEqual([404, 'NO_SUCH_NAMESPACE_TEAM_ACCESS'])
    const unknown = await owner('GET', `${path}/nobody`)
    expect([unknown.status, (await problemOf(unknown)).code]).toEqual([404, 'NO_SUCH_TEAM'])
  })

  it('is not given to a team that there is not', async () => {
    const response = await to(owner, 'nobody', 'admin')
    expect([response.status, (await problemOf(response)).code]).toEqual([404, 'NO_SUCH_TEAM'])
  })

  it('is taken away, also when there was none', async () => {
    await to(owner, 'developers', 'read-only')
    for (const team of ['developers', 'developers', 'testers', 'nobody']) {
      expect((await owner('DELETE', `${path}/${team}`)).status).toBe(204)
    }
    expect((await dev('GET', '/v2/acme/backend/tags/list')).status).toBe(403)
    expect(await countRows('teams', 'namespace_rank IS NOT NULL')).toBe(0)
  })

  it('is told of by an event for each change', async () => {
    await to(owner, 'developers', 'read-only')
    await to(owner, 'developers', 'read-only')
    await to(owner, 'developers', 'admin')
    await owner('DELETE', `${path}/developers`)
    await owner('DELETE', `${path}/developers`)
    const shown = { actor: 'owner', objectType: 'access', objectName: 'developers', repository: null }
    expect(await events("object_type = 'access'")).toEqual([
      { ...shown, type: 'UPDATE', content: { namespace: 'acme', accessLevel: 'read-only' } },
      { ...shown, type: 'UPDATE', content: { namespace: 'acme', accessLevel: 'admin' } },
      { ...shown, type: 'DELETE', content: { namespace: 'acme' } },
    ])
  })

  it('is not for the namespaces of users', async () => {
    const at = path.replace('acme', 'dev')
    const answers = [
      await dev('GET', at),
      await dev('GET', `${at}/x`),
      await to(dev, 'x', 'admin', at),
      await dev('DELETE', `${at}/x`),
    ]
    for (const answer of answers) {
      expect([answer.status, (await problemOf(answer)).code]).toEqual([400, 'NOT_AN_ORGANIZATION'])
    }
  })

  it('is listed in pages, by the names of the teams', async () => {
    await anOrganization('big', { owners: ['owner'], teams: { c: [], a: [], b: [], unasked: [] } })
    const at = path.replace('acme', 'big')
    for (const team of ['c', 'a', 'b']) await to(owner, team, 'read-write', at)
    const names = async (response: Response): Promise<unknown> =>
      (await response.json<{ teamAccessList: { team: { name: string } }[] }>()).teamAccessList.map(
        ({ team }) => team.name,
      )
    const first = await owner('GET', `${at}?pageSize=2&count=true`)
    expect([first.headers.get('x-next-page-start'), first.headers.get('x-resource-count')]).toEqual(['c', '3'])
    expect(await names(first)).toEqual(['a', 'b'])
    const second = await owner('GET', `${at}?pageSize=2&pageStart=c`)
    expect(second.headers.get('x-next-page-start')).toBe('')
    expect(await names(second)).toEqual(['c'])
  })

  it('is refused to members, and hidden from strangers and anonymous callers', async () => {
    const ask = (client: Send, at = path) =>
      Promise.all([
        client('GET', at),
        client('GET', `${at}/developers`),
        to(client, 'developers', 'admin', at),
        client('DELETE', `${at}/developers`),
      ])
    const statuses = (answers: readonly Response[]) => answers.map(({ status }) => status)
    expect(statuses(await ask(send))).toEqual([401, 401, 401, 401])
    expect(statuses(await ask(member))).toEqual([403, 403, 403, 403])
    expect(statuses(await ask(dev))).toEqual([403, 403, 403, 403])
    const hidden = await ask(stranger)
    const missing = await ask(stranger, path.replace('acme', 'none'))
    expect(statuses(hidden)).toEqual([404, 404, 404, 404])
    const texts = await Promise.all(hidden.map((answer) => answer.text()))
    const expected = await Promise.all(missing.map((answer) => answer.text()))
    expect(texts.map((text) => text.replaceAll('acme', 'none'))).toEqual(expected)
    expect(await countRows('teams', 'namespace_rank IS NOT NULL')).toBe(0)
  })

  for (const body of [{}, { accessLevel: 'none' }, { accessLevel: null }]) {
    it(`is not given by ${JSON.stringify(body)}`, async () => {
      expect((await sendJson(owner, 'PUT', `${path}/developers`, body)).status).toBe(400)
    })
  }
})
