import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { problemOf, send, type Send } from '../../support/client.ts'
import { anImage, countRows, digestOf, json, pushBlob, pushImage, putManifest } from '../../support/content.ts'
import { events } from '../../support/events.ts'
import { deletionsOver } from '../../support/jobs.ts'
import { aLogin, anOrganization, aRepository, aUser, sendJson } from '../../support/people.ts'
import { closeGate } from '../../support/replicas.ts'
import { mediaTypes } from '../../../src/registry/manifest-document.ts'

let root: Send, alice: Send, bob: Send

beforeEach(async () => {
  root = await aUser('root', { isAdmin: true })
  alice = await aUser('alice')
  bob = await aUser('bob')
})

/** All that a repository can hold: tags, an image with a large manifest, an index over it, and a referrer. */
async function fill(client: Send, repository: string): Promise<void> {
  const image = await pushImage(client, repository, 'latest')
  const large = await anImage(client, repository, { seed: 7, fields: { annotations: { x: 'x'.repeat(200_000) } } })
  await putManifest(client, repository, 'large', large.manifest)
  const child = { mediaType: mediaTypes.image, digest: image.digest, size: image.manifest.length }
  const index = json({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [child] })
  expect((await putManifest(client, repository, 'index', index, mediaTypes.index)).status).toBe(201)
  const outer = { mediaType: mediaTypes.index, digest: await digestOf(index), size: index.length }
  const nested = json({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [outer], subject: child })
  expect((await putManifest(client, repository, 'nested', nested, mediaTypes.index)).status).toBe(201)
}

const contentTables = [
  'repositories',
  'manifests',
  'manifest_blobs',
  'manifest_children',
  'tags',
  'repository_blobs',
  'repository_words',
]
const contentOf = (): Promise<number[]> => Promise.all(contentTables.map((table) => countRows(table)))

describe('the deletion of an account with its repositories', () => {
  const remove = (client: Send, name: string): Promise<Response> => client('DELETE', `/api/v0/accounts/${name}`)

  it('deletes all that a user has, and nothing of other users', async () => {
    await pushImage(bob, 'bob/app', 'latest')
    const before = await contentOf()
    await fill(alice, 'alice/app')
    await fill(alice, 'alice/deep/er')
    await anOrganization('acme', { owners: ['alice'] })
    expect((await remove(root, 'alice')).status).toBe(204)
    await deletionsOver()
    expect(await contentOf()).toEqual(before)
    expect(await countRows('accounts', `name = 'alice'`)).toBe(0)
    expect(await countRows('members')).toBe(0)
    expect((await bob('GET', '/v2/bob/app/manifests/latest')).status).toBe(200)
    expect((await alice('GET', '/v2/')).status).toBe(401)
  })

  it('takes an organization with its teams and what they were given, and leaves its members', async () => {
    await anOrganization('acme', { owners: ['alice'], teams: { developers: ['bob'] } })
    await fill(alice, 'acme/app')
    await sendJson(alice, 'PUT', '/api/v0/repositories/acme/app/teamAccess/developers', { accessLevel: 'admin' })
    expect((await remove(root, 'acme')).status).toBe(204)
    await deletionsOver()
    expect(await contentOf()).toEqual(contentTables.map(() => 0))
    for (const table of ['members', 'teams', 'team_members', 'repository_grants']) {
      expect(await countRows(table)).toBe(0)
    }
    expect(await countRows('accounts')).toBe(3)
  })

  it('leaves a name that another user may take, with nothing of its old content', async () => {
    await pushImage(alice, 'alice/app', 'latest')
    await remove(root, 'alice')
    const newcomer = await aUser('alice')
    expect((await newcomer('GET', '/v2/alice/app/tags/list')).status).toBe(404)
  })

  it('is told of by events of the account and of each repository', async () => {
    await aRepository('alice/one')
    await aRepository('alice/two')
    await remove(root, 'alice')
    const shown = { actor: 'root', type: 'DELETE', content: null }
    expect(await events(`type = 'DELETE'`)).toEqual([
      { ...shown, objectType: 'repository', objectName: 'alice/one', repository: 'alice/one' },
      { ...shown, objectType: 'repository', objectName: 'alice/two', repository: 'alice/two' },
      { ...shown, objectType: 'account', objectName: 'alice', repository: null },
    ])
  })

  it('is refused for the last administrator who may log in, whose repositories stay', async () => {
    await pushImage(root, 'root/app', 'latest')
    await aUser('asleep', { isAdmin: true })
    await env.DB.prepare(`UPDATE accounts SET is_active = 0 WHERE name = 'asleep'`).run()
    const before = await contentOf()
    const written = await countRows('events')
    const response = await remove(root, 'root')
    expect([response.status, (await problemOf(response)).code]).toEqual([409, 'LAST_ADMINISTRATOR'])
    expect(await contentOf()).toEqual(before)
    expect(await countRows('events')).toBe(written)
    expect((await remove(root, 'asleep')).status).toBe(204)
    await aUser('another', { isAdmin: true })
    expect((await remove(root, 'root')).status).toBe(204)
  })

  it('cannot leave the registry without an administrator, however many go at once', async () => {
    const other = await aUser('other', { isAdmin: true })
    const answers = await Promise.all([remove(root, 'other'), remove(other, 'root')])
    expect(await countRows('accounts', 'is_admin = 1')).toBe(1)
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1)
  })

  it('is refused, and changes nothing, while the registry is read-only', async () => {
    await pushImage(alice, 'alice/app', 'latest')
    await closeGate()
    expect((await remove(root, 'alice')).status).toBe(405)
    expect(await countRows('accounts', `name = 'alice'`)).toBe(1)
    expect(await countRows('tags')).toBe(1)
  })

  it('is for system administrators alone, who learn when there is no such account', async () => {
    await anOrganization('acme', { owners: ['alice'] })
    for (const name of ['alice', 'acme', 'nobody']) {
      expect((await remove(send, name)).status).toBe(401)
      const refused = await remove(alice, name)
      expect([refused.status, (await problemOf(refused)).code]).toEqual([403, 'NOT_AUTHORIZED'])
    }
    const missing = await remove(root, 'nobody')
    expect([missing.status, (await problemOf(missing)).code]).toEqual([404, 'NO_SUCH_ACCOUNT'])
    expect(await countRows('accounts')).toBe(4)
  })
})

describe('the deletion of all repositories of a namespace', () => {
  const empty = (client: Send, name: string): Promise<Response> =>
    client('DELETE', `/api/v0/accounts/${name}/repositories`)

  it('is for the user, owners of the organization and system administrators', async () => {
    await anOrganization('acme', { owners: ['bob'] })
    for (const [client, name] of [
      [alice, 'alice'],
      [bob, 'acme'],
      [root, 'alice'],
      [root, 'acme'],
    ] as const) {
      await fill(root, `${name}/app`)
      await aRepository(`${name}/other`)
      await aRepository('bob/stays')
      expect((await empty(client, name)).status).toBe(204)
      await deletionsOver()
      expect((await env.DB.prepare('DELETE FROM repositories RETURNING name').all()).results).toEqual([
        { name: 'bob/stays' },
      ])
      expect(await countRows('manifests')).toBe(0)
    }
    expect(await countRows('accounts')).toBe(4)
    expect((await events(`type = 'DELETE'`)).map(({ actor, repository }) => `${actor} ${repository}`)).toContain(
      'bob acme/app',
    )
  })

  it('deletes what others share: their blobs stay', async () => {
    const content = json({ shared: true })
    await pushBlob(alice, 'alice/app', content)
    await pushBlob(bob, 'bob/app', content)
    await empty(alice, 'alice')
    expect((await bob('GET', `/v2/bob/app/blobs/${await digestOf(content)}`)).status).toBe(200)
  })

  it('is refused to members, also to teams with admin on the namespace, and hidden from strangers', async () => {
    await anOrganization('acme', { members: ['alice'], teams: { leads: ['bob'] } })
    await aRepository('acme/app')
    await sendJson(root, 'PUT', '/api/v0/repositoryNamespaces/acme/teamAccess/leads', { accessLevel: 'admin' })
    expect((await empty(send, 'acme')).status).toBe(401)
    expect((await empty(alice, 'acme')).status).toBe(403)
    expect((await empty(bob, 'acme')).status).toBe(403)
    const stranger = await aUser('stranger')
    const [hidden, missing] = [await empty(stranger, 'acme'), await empty(stranger, 'none')]
    expect([hidden.status, missing.status]).toEqual([404, 404])
    expect((await hidden.text()).replaceAll('acme', 'none')).toBe(await missing.text())
    expect((await empty(alice, 'bob')).status).toBe(404)
    expect(await countRows('repositories')).toBe(1)
  })
})

describe('the repositories of a team', () => {
  const path = '/api/v0/accounts/acme/teams/developers/repositoryAccess'

  beforeEach(async () => {
    await aUser('member')
    await anOrganization('acme', {
      owners: ['alice'],
      members: ['member'],
      teams: { developers: ['bob'], testers: [] },
    })
    for (const name of ['c', 'a', 'b/deep']) {
      await aRepository(`acme/${name}`)
      const at = `/api/v0/repositories/acme/${encodeURIComponent(name)}/teamAccess/developers`
      expect((await sendJson(alice, 'PUT', at, { accessLevel: 'read-write' })).status).toBe(200)
    }
    await aRepository('acme/not-given')
  })

  it('are listed in pages, by their names, for members of the team and for owners', async () => {
    const first = await bob('GET', `${path}?pageSize=2&count=true`)
    expect(first.status).toBe(200)
    expect([first.headers.get('x-next-page-start'), first.headers.get('x-resource-count')]).toEqual(['acme/c', '3'])
    expect(await first.json()).toMatchObject({
      team: { name: 'developers', clientUserIsMember: true },
      repositoryAccessList: [
        { accessLevel: 'read-write', repository: { namespace: 'acme', name: 'a' } },
        { accessLevel: 'read-write', repository: { namespace: 'acme', name: 'b/deep' } },
      ],
    })
    const second = await alice('GET', `${path}?pageSize=2&pageStart=acme/c`)
    expect(await second.json()).toMatchObject({
      team: { clientUserIsMember: false },
      repositoryAccessList: [{ repository: { name: 'c' } }],
    })
    expect((await root('GET', path)).status).toBe(200)
  })

  it('are refused to other members, whether the team exists or not, and hidden from strangers', async () => {
    const member = await aLogin('member')
    expect((await send('GET', path)).status).toBe(401)
    for (const team of ['developers', 'nobody']) {
      expect((await member('GET', path.replace('developers', team))).status).toBe(403)
    }
    const stranger = await aUser('stranger')
    const [hidden, missing] = [await stranger('GET', path), await stranger('GET', path.replace('acme', 'none'))]
    expect([hidden.status, missing.status]).toEqual([404, 404])
    expect((await hidden.text()).replaceAll('acme', 'none')).toBe(await missing.text())
    const unknown = await alice('GET', path.replace('developers', 'nobody'))
    expect([unknown.status, (await problemOf(unknown)).code]).toEqual([404, 'NO_SUCH_TEAM'])
  })
})

describe('the access of a user to a repository', () => {
  const at = (user: string, repository: string): string => `/api/v0/accounts/${user}/repositoryAccess/${repository}`
  const answerOf = async (client: Send, user: string, repository: string) => {
    const response = await client('GET', at(user, repository))
    return response.status === 200
      ? (await response.json<{ accessLevel: string }>()).accessLevel
      : `${response.status} ${(await problemOf(response)).code}`
  }

  it('is the highest that the user has by whatever way', async () => {
    await aUser('owner')
    await anOrganization('acme', {
      owners: ['owner'],
      members: ['alice'],
      teams: { readers: ['bob'], writers: ['bob'] },
    })
    await aRepository('acme/app')
    await aRepository('acme/open', { visibility: 'public' })
    await aRepository('bob/app')
    await sendJson(root, 'PUT', '/api/v0/repositoryNamespaces/acme/teamAccess/readers', { accessLevel: 'read-only' })
    await sendJson(root, 'PUT', '/api/v0/repositories/acme/app/teamAccess/writers', { accessLevel: 'read-write' })
    for (const [user, repository, answer] of [
      ['bob', 'bob/app', 'admin'],
      ['bob', 'acme/app', 'read-write'],
      ['bob', 'acme/open', 'read-only'],
      ['owner', 'acme/app', 'admin'],
      ['owner', 'bob/app', '404 NO_SUCH_REPOSITORY'],
      ['alice', 'acme/app', '404 NO_SUCH_REPOSITORY'],
      ['alice', 'acme/open', 'read-only'],
      ['alice', 'acme/none', '404 NO_SUCH_REPOSITORY'],
      ['root', 'bob/app', 'admin'],
    ] as const) {
      expect([user, repository, await answerOf(root, user, repository)]).toEqual([user, repository, answer])
      expect(await answerOf(await aLogin(user), user, repository)).toBe(answer)
    }
  })

  it('comes with the user and the repository', async () => {
    await aRepository('alice/deep/er')
    const response = await alice('GET', at('alice', 'alice/deep%2Fer'))
    expect(await response.json()).toMatchObject({
      accessLevel: 'admin',
      user: { name: 'alice', isOrg: false, isAdmin: false, isActive: true },
      repository: { namespace: 'alice', name: 'deep/er', namespaceType: 'user' },
    })
  })

  it('is hidden from all others', async () => {
    await aRepository('alice/app', { visibility: 'public' })
    await anOrganization('acme', { owners: ['bob'] })
    expect(await answerOf(send, 'alice', 'alice/app')).toBe('401 NOT_AUTHENTICATED')
    for (const user of ['alice', 'nobody', 'acme']) {
      expect(await answerOf(bob, user, 'alice/app')).toBe('404 NO_SUCH_ACCOUNT')
    }
    for (const user of ['nobody', 'acme']) expect(await answerOf(root, user, 'alice/app')).toBe('404 NO_SUCH_ACCOUNT')
  })
})
