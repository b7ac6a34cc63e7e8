import { beforeEach, describe, expect, it } from 'vitest'
import { problemOf, send, type Send } from '../../support/client.ts'
import { countRows } from '../../support/content.ts'
import { events } from '../../support/events.ts'
import { anOrganization, aRepository, aUser, sendJson } from '../../support/people.ts'

const path = '/api/v0/repositories/acme/backend/teamAccess'
const to = (client: Send, team: string, accessLevel: string, at = path): Promise<Response> =>
  sendJson(client, 'PUT', `${at}/${team}`, { accessLevel })

interface Access {
  readonly accessLevel: string
  readonly team: { readonly name: string; readonly clientUserIsMember: boolean }
}
const listOf = async (response: Response): Promise<readonly Access[]> =>
  (await response.json<{ teamAccessList: Access[] }>()).teamAccessList
const levelOf = async (client: Send, repository: string): Promise<string | number> => {
  const response = await client('GET', `/api/v0/accounts/dev/repositoryAccess/${repository}`)
  return response.status === 200 ? (await response.json<{ accessLevel: string }>()).accessLevel : response.status
}

let root: Send, owner: Send, dev: Send, stranger: Send

beforeEach(async () => {
  root = await aUser('root', { isAdmin: true })
  owner = await aUser('owner')
  dev = await aUser('dev')
  stranger = await aUser('stranger')
  await anOrganization('acme', { owners: ['owner'], teams: { developers: ['dev'], testers: [] } })
  await aRepository('acme/backend')
})

describe('the access of a team to a repository', () => {
  it('is given by an owner of the organization, and is in force at once', async () => {
    expect((await dev('GET', '/v2/acme/backend/tags/list')).status).toBe(403)
    const response = await to(owner, 'developers', 'read-only')
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({
      accessLevel: 'read-only',
      team: { name: 'developers', clientUserIsMember: false },
      repository: { namespace: 'acme', name: 'backend', namespaceType: 'organization', visibility: 'private' },
    })
    expect((await dev('GET', '/v2/acme/backend/tags/list')).status).toBe(200)
    expect((await dev('POST', '/v2/acme/backend/blobs/uploads/')).status).toBe(403)
  })

  it('is replaced by what is given next, higher or lower', async () => {
    for (const level of ['read-only', 'admin', 'read-write']) {
      await to(owner, 'developers', level)
      expect(await levelOf(dev, 'acme/backend')).toBe(level)
    }
    expect(await countRows('repository_grants')).toBe(1)
  })

  it('is for one repository alone', async () => {
    await aRepository('acme/frontend')
    await to(owner, 'developers', 'admin')
    expect(await levelOf(dev, 'acme/frontend')).toBe(404)
  })

  it('lets a team with admin give access in turn, but not one with less', async () => {
    await to(root, 'developers', 'read-write')
    const refused = await to(dev, 'testers', 'read-only')
    expect([refused.status, (await problemOf(refused)).code]).toEqual([403, 'NOT_AUTHORIZED'])
    expect((await dev('GET', path)).status).toBe(403)
    expect((await dev('DELETE', `${path}/developers`)).status).toBe(403)
    await to(root, 'developers', 'admin')
    expect((await to(dev, 'testers', 'read-only')).status).toBe(200)
    expect((await dev('GET', path)).status).toBe(200)
  })

  it('is taken away, also when there was none', async () => {
    await to(owner, 'developers', 'read-only')
    for (const team of ['developers', 'developers', 'testers', 'nobody']) {
      expect((await owner('DELETE', `${path}/${team}`)).status).toBe(204)
    }
    expect(await levelOf(dev, 'acme/backend')).toBe(404)
  })

  it('goes with the team', async () => {
    await to(owner, 'developers', 'read-only')
    await to(owner, 'testers', 'read-only')
    await root('DELETE', '/api/v0/accounts/acme')
    expect(await countRows('repository_grants')).toBe(0)
  })

  it('is told of by an event for each change', async () => {
    await to(owner, 'developers', 'read-only')
    await to(owner, 'developers', 'read-only')
    await to(owner, 'developers', 'admin')
    await to(owner, 'nobody', 'admin')
    await owner('DELETE', `${path}/developers`)
    await owner('DELETE', `${path}/developers`)
    const shown = { actor: 'owner', objectType: 'access', objectName: 'developers', repository: 'acme/backend' }
    expect(await events("object_type = 'access'")).toEqual([
      { ...shown, type: 'UPDATE', content: { accessLevel: 'read-only' } },
      { ...shown, type: 'UPDATE', content: { accessLevel: 'admin' } },
      { ...shown, type: 'DELETE', content: null },
    ])
  })

  it('is for teams of the organization alone', async () => {
    await anOrganization('other', { teams: { strangers: ['stranger'] } })
    for (const team of ['strangers', 'nobody']) {
      const response = await to(owner, team, 'read-only')
      expect([response.status, (await problemOf(response)).code]).toEqual([404, 'NO_SUCH_TEAM'])
    }
    expect(await countRows('repository_grants')).toBe(0)
  })

  it('is not for repositories of users, who have no teams', async () => {
    await aRepository('dev/app')
    const at = '/api/v0/repositories/dev/app/teamAccess'
    const answers = [await dev('GET', at), await to(dev, 'x', 'admin', at), await dev('DELETE', `${at}/x`)]
    for (const answer of answers) {
      expect([answer.status, (await problemOf(answer)).code]).toEqual([400, 'NOT_AN_ORGANIZATION'])
    }
  })

  for (const body of [{}, { accessLevel: 'none' }, { accessLevel: 'owner' }, { accessLevel: 3 }, []]) {
    it(`is not given by ${JSON.stringify(body)}`, async () => {
      expect((await sendJson(owner, 'PUT', `${path}/developers`, body)).status).toBe(400)
      expect(await countRows('repository_grants')).toBe(0)
    })
  }

  it('is nothing that a stranger could tell from that of a repository that does not exist', async () => {
    const missing = path.replace('backend', 'no-such')
    const ask = (at: string) => [
      stranger('GET', at),
      to(stranger, 'developers', 'admin', at),
      stranger('DELETE', `${at}/x`),
    ]
    const existing = await Promise.all(ask(path))
    const others = await Promise.all(ask(missing))
    expect(existing.map(({ status }) => status)).toEqual([404, 404, 404])
    const texts = await Promise.all(existing.map((answer) => answer.text()))
    const expected = await Promise.all(others.map((answer) => answer.text()))
    expect(texts.map((text) => text.replaceAll('backend', 'no-such'))).toEqual(expected)
  })

  it('is hidden from anonymous callers and from users who may only pull a public repository', async () => {
    await aRepository('acme/open', { visibility: 'public' })
    const open = path.replace('backend', 'open')
    expect((await send('GET', open)).status).toBe(401)
    expect((await to(send, 'developers', 'admin', open)).status).toBe(401)
    expect((await send('DELETE', `${open}/developers`)).status).toBe(401)
    expect((await stranger('GET', open)).status).toBe(403)
    expect((await to(stranger, 'developers', 'admin', open)).status).toBe(403)
  })

  it('is given on repositories whose names have several parts', async () => {
    await aRepository('acme/backend/api')
    const at = '/api/v0/repositories/acme/backend%2Fapi/teamAccess'
    expect((await to(owner, 'developers', 'read-only', at)).status).toBe(200)
    expect(await levelOf(dev, 'acme/backend%2Fapi')).toBe('read-only')
    expect(await levelOf(dev, 'acme/backend')).toBe(404)
  })
})

describe('the list of a repository’s teams', () => {
  it('comes in pages, by their names, and says whether the caller is in them', async () => {
    await anOrganization('big', { owners: ['owner'], teams: { c: [], a: ['owner'], b: [], unasked: [] } })
    await aRepository('big/app')
    const at = '/api/v0/repositories/big/app/teamAccess'
    for (const team of ['c', 'a', 'b']) await to(owner, team, 'read-write', at)
    const first = await owner('GET', `${at}?pageSize=2&count=true`)
    expect([first.headers.get('x-next-page-start'), first.headers.get('x-resource-count')]).toEqual(['c', '3'])
    const [a, b] = await listOf(first)
    expect(a).toMatchObject({ accessLevel: 'read-write', team: { name: 'a', clientUserIsMember: true } })
    expect(b).toMatchObject({ team: { name: 'b', clientUserIsMember: false } })
    const second = await owner('GET', `${at}?pageSize=2&pageStart=c`)
    expect([second.headers.get('x-next-page-start'), second.headers.get('x-resource-count')]).toEqual(['', null])
    expect((await listOf(second)).map(({ team }) => team.name)).toEqual(['c'])
  })

  it('names the repository, also when no team was given anything', async () => {
    const response = await owner('GET', path)
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ repository: { name: 'backend' }, teamAccessList: [] })
  })
})
