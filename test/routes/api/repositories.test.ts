import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { rankOf, type AccessLevel } from '../../../src/access-levels.ts'
import { mediaTypes } from '../../../src/registry/manifest-document.ts'
import { header, problemOf, send, type Send } from '../../support/client.ts'
import { anImage, countRows, digestOf, json, pushImage, putManifest } from '../../support/content.ts'
import { events } from '../../support/events.ts'
import { deletionsOver } from '../../support/jobs.ts'
import { anOrganization, aRepository, aUser, clientOf, sendJson } from '../../support/people.ts'
import { closeGate } from '../../support/replicas.ts'

interface Repository {
  id: string
  namespace: string
  name: string
}

const at = (name: string): string => `/api/v0/repositories/${name}`

/** The full names on a page, which must be one. */
async function namesOn(response: Response): Promise<string[]> {
  expect(response.status).toBe(200)
  const { repositories } = await response.json<{ repositories: Repository[] }>()
  return repositories.map(({ namespace, name }) => `${namespace}/${name}`)
}

const listed = async (client: Send, path = '/api/v0/repositories'): Promise<string[]> =>
  namesOn(await client('GET', path))

async function outcomeOf(response: Response): Promise<[number, string]> {
  return [response.status, (await problemOf(response)).code]
}

async function give(team: string, repository: string, level: AccessLevel): Promise<void> {
  await env.DB.prepare(
    `INSERT INTO repository_grants (repository_id, team_id, rank)
     SELECT repositories.id, teams.id, ? FROM repositories, teams WHERE repositories.name = ? AND teams.name = ?`,
  )
    .bind(rankOf(level), repository, team)
    .run()
}

async function giveNamespace(team: string, level: AccessLevel): Promise<void> {
  await env.DB.prepare('UPDATE teams SET namespace_rank = ? WHERE name = ?').bind(rankOf(level), team).run()
}

const readOnly = closeGate

/** An organization with one of each kind, and a stranger. */
let root: Send
let owner: Send
let member: Send
let reader: Send
let writer: Send
let stranger: Send

beforeEach(async () => {
  root = await aUser('root', { isAdmin: true })
  owner = await aUser('owner')
  member = await aUser('member')
  reader = await aUser('reader')
  writer = await aUser('writer')
  stranger = await aUser('stranger')
  await anOrganization('acme', {
    owners: ['owner'],
    members: ['member'],
    teams: { readers: ['reader'], writers: ['writer'] },
  })
  await aRepository('acme/secret')
  await aRepository('acme/site', { visibility: 'public' })
  await give('readers', 'acme/secret', 'read-only')
  await give('writers', 'acme/secret', 'read-write')
})

describe('the list of repositories', () => {
  it('has what its reader may see, for those without a login what is public', async () => {
    await aRepository('stranger/own')
    expect(await listed(send)).toEqual(['acme/site'])
    expect(await listed(member)).toEqual(['acme/site'])
    expect(await listed(reader)).toEqual(['acme/secret', 'acme/site'])
    expect(await listed(stranger)).toEqual(['acme/site', 'stranger/own'])
    expect(await listed(root)).toEqual(['acme/secret', 'acme/site', 'stranger/own'])
  })

  it('comes in pages that start where the one before says, and is counted on request', async () => {
    for (const name of ['a', 'b', 'c', 'b/c']) await aRepository(`stranger/${name}`)
    const first = await stranger('GET', '/api/v0/repositories?pageSize=3&count=true')
    expect(await namesOn(first)).toEqual(['acme/site', 'stranger/a', 'stranger/b'])
    expect(header(first, 'x-next-page-start')).toBe('stranger/b/c')
    expect(header(first, 'x-resource-count')).toBe('5')
    const last = await stranger(
      'GET',
      `/api/v0/repositories?pageSize=3&pageStart=${header(first, 'x-next-page-start')}`,
    )
    expect(await namesOn(last)).toEqual(['stranger/b/c', 'stranger/c'])
    expect(header(last, 'x-next-page-start')).toBe('')
    expect(last.headers.has('x-resource-count')).toBe(false)
    expect((await send('GET', '/api/v0/repositories?pageSize=0')).status).toBe(400)
  })
})

describe('the list of a namespace', () => {
  it('has what its reader may see there, and nothing of namespaces whose names go on', async () => {
    await anOrganization('acme-labs', { owners: ['owner'] })
    await aRepository('acme-labs/x')
    expect(await listed(send, at('acme'))).toEqual(['acme/site'])
    expect(await listed(reader, at('acme'))).toEqual(['acme/secret', 'acme/site'])
    expect(await listed(owner, at('acme'))).toEqual(['acme/secret', 'acme/site'])
    expect(await listed(owner, at('acme-labs'))).toEqual(['acme-labs/x'])
  })

  it('is counted and paged by itself', async () => {
    await aRepository('owner/own')
    const response = await owner('GET', `${at('acme')}?pageSize=1&count=true&pageStart=`)
    expect(await namesOn(response)).toEqual(['acme/secret'])
    expect(header(response, 'x-next-page-start')).toBe('acme/site')
    expect(header(response, 'x-resource-count')).toBe('2')
    expect(await listed(owner, `${at('acme')}?pageStart=acme/site`)).toEqual(['acme/site'])
    for (const client of [owner, send]) expect(await listed(client, `${at('acme')}?pageStart=zoo`)).toEqual([])
  })

  it('is empty for members of the namespace, and for all others as if it did not exist', async () => {
    await anOrganization('empty', { owners: ['owner'], members: ['member'], teams: { all: ['writer'] } })
    await giveNamespace('all', 'read-only')
    for (const client of [root, owner, member, writer]) expect(await listed(client, at('empty'))).toEqual([])
    expect(await listed(stranger, at('stranger'))).toEqual([])
    for (const client of [send, stranger]) {
      const answers = await Promise.all(['empty', 'nobody'].map((name) => client('GET', at(name))))
      const texts = await Promise.all(answers.map((answer) => answer.text()))
      expect(answers.map(({ status }) => status)).toEqual([404, 404])
      expect(texts[0]?.replaceAll('empty', 'nobody')).toBe(texts[1])
      expect(texts[0]).toContain('NO_SUCH_ACCOUNT')
    }
    expect(await outcomeOf(await root('GET', at('nobody')))).toEqual([404, 'NO_SUCH_ACCOUNT'])
    expect(await outcomeOf(await root('GET', at('Nobody')))).toEqual([400, 'INVALID_PARAMETERS'])
  })
})

describe('a repository', () => {
  it('is made private and plain, by the user of the namespace', async () => {
    const response = await sendJson(stranger, 'POST', at('stranger'), { name: 'tools/cli' })
    expect(response.status).toBe(201)
    const made = await response.json<Repository>()
    expect(made).toEqual({
      id: expect.stringMatching(/^\d+$/),
      namespace: 'stranger',
      namespaceType: 'user',
      name: 'tools/cli',
      shortDescription: '',
      longDescription: '',
      visibility: 'private',
      scanOnPush: false,
      immutableTags: false,
      enableManifestLists: true,
      pulls: 0,
      pushes: 0,
      tagLimit: 0,
    })
    expect(await (await stranger('GET', at('stranger/tools%2Fcli'))).json()).toEqual(made)
    expect(await events("object_type = 'repository'")).toMatchObject([
      { actor: 'stranger', type: 'CREATE', objectName: 'stranger/tools/cli', repository: 'stranger/tools/cli' },
    ])
  })

  it('is made as it is wanted, by owners, by teams that administer the namespace, and by administrators', async () => {
    await giveNamespace('writers', 'admin')
    const wanted = {
      shortDescription: 'what it is',
      longDescription: '# All of it',
      visibility: 'public',
      immutableTags: true,
      tagLimit: 7,
    }
    for (const [name, client] of Object.entries({ one: owner, two: writer, three: root })) {
      const body = { name, ...wanted, scanOnPush: true, enableManifestLists: false }
      const response = await sendJson(client, 'POST', at('acme'), body)
      expect([name, response.status]).toEqual([name, 201])
      const made = { ...wanted, name, namespaceType: 'organization', scanOnPush: false, enableManifestLists: true }
      expect(await response.json()).toMatchObject(made)
      expect(await (await send('GET', at(`acme/${name}`))).json()).toMatchObject(made)
    }
  })

  it('is not made by others', async () => {
    await giveNamespace('writers', 'read-write')
    const post = async (client: Send, namespace = 'acme'): Promise<[number, string]> =>
      outcomeOf(await sendJson(client, 'POST', at(namespace), { name: 'new' }))
    expect(await post(send)).toEqual([401, 'NOT_AUTHENTICATED'])
    expect(await post(member)).toEqual([403, 'NOT_AUTHORIZED'])
    expect(await post(writer)).toEqual([403, 'NOT_AUTHORIZED'])
    expect(await post(stranger)).toEqual([404, 'NO_SUCH_ACCOUNT'])
    expect(await post(stranger, 'nobody')).toEqual([404, 'NO_SUCH_ACCOUNT'])
    expect(await post(root, 'nobody')).toEqual([404, 'NO_SUCH_ACCOUNT'])
    expect(await countRows('repositories')).toBe(2)
  })

  it('is not made twice, nor while the registry is read-only', async () => {
    const post = async (): Promise<[number, string]> =>
      outcomeOf(await sendJson(owner, 'POST', at('acme'), { name: 'secret' }))
    expect(await post()).toEqual([400, 'REPOSITORY_EXISTS'])
    await readOnly()
    expect(await post()).toEqual([405, 'NOT_ALLOWED'])
    expect(await countRows('repositories')).toBe(2)
    expect(await events("type = 'CREATE'")).toEqual([])
  })

  for (const wrong of [
    {},
    { name: '' },
    { name: 'Upper' },
    { name: '/app' },
    { name: 'app/' },
    { name: 'x'.repeat(256) },
    { name: 'app', visibility: 'secret' },
    { name: 'app', tagLimit: -1 },
    { name: 'app', tagLimit: 1.5 },
    { name: 'app', immutableTags: 'yes' },
    { name: 'app', shortDescription: 'x'.repeat(301) },
    { name: 'app', longDescription: 'x'.repeat(25_001) },
  ]) {
    it(`is not made of ${JSON.stringify(wrong).slice(0, 50)}`, async () => {
      expect((await sendJson(owner, 'POST', at('acme'), wrong)).status).toBe(400)
      expect(await countRows('repositories')).toBe(2)
    })
  }

  it('is seen by those who have a level on it, and is not there for others', async () => {
    for (const client of [root, owner, reader, writer]) {
      expect(await (await client('GET', at('acme/secret'))).json()).toMatchObject({ name: 'secret' })
    }
    for (const client of [send, stranger, member]) {
      const hidden = await client('GET', at('acme/secret'))
      const missing = await client('GET', at('acme/wanted'))
      expect([hidden.status, missing.status]).toEqual([404, 404])
      expect((await hidden.text()).replaceAll('secret', 'wanted')).toBe(await missing.text())
    }
    expect(await (await send('GET', at('acme/site'))).json()).toMatchObject({ visibility: 'public' })
    expect(await outcomeOf(await root('GET', at('acme/Wrong')))).toEqual([400, 'INVALID_PARAMETERS'])
  })

  it('counts pushes', async () => {
    await pushImage(await clientOf('acme/secret'), 'acme/secret', 'latest')
    expect(await (await owner('GET', at('acme/secret'))).json()).toMatchObject({ pushes: 1 })
  })
})

describe('an edit', () => {
  it('sets what it names and leaves the rest, and is told of', async () => {
    const first = await sendJson(owner, 'PATCH', at('acme/secret'), { shortDescription: 'short', tagLimit: 3 })
    expect(first.status).toBe(200)
    expect(await first.json()).toMatchObject({ shortDescription: 'short', tagLimit: 3, visibility: 'private' })
    const second = await sendJson(owner, 'PATCH', at('acme/secret'), {
      visibility: 'public',
      immutableTags: true,
      longDescription: 'a long text',
      name: 'another',
      scanOnPush: true,
    })
    const edited = { name: 'secret', shortDescription: 'short', longDescription: 'a long text', scanOnPush: false }
    expect(await second.json()).toMatchObject({ ...edited, visibility: 'public', immutableTags: true, tagLimit: 3 })
    expect(await (await send('GET', at('acme/secret'))).json()).toMatchObject(edited)
    expect(await events()).toMatchObject([
      {
        actor: 'owner',
        type: 'UPDATE',
        objectName: 'acme/secret',
        content: { shortDescription: 'short', tagLimit: 3 },
      },
      { content: { visibility: 'public', immutableTags: true, longDescription: '11 characters' } },
    ])
  })

  it('that changes nothing is no event', async () => {
    for (const body of [{}, { visibility: 'private' }, { tagLimit: 0, shortDescription: '' }, { scanOnPush: true }]) {
      const response = await sendJson(owner, 'PATCH', at('acme/secret'), body)
      expect(response.status).toBe(200)
      expect(await response.json()).toMatchObject({ name: 'secret', visibility: 'private' })
    }
    expect(await events()).toEqual([])
  })

  it('takes from others what is no longer public', async () => {
    expect((await sendJson(root, 'PATCH', at('acme/site'), { visibility: 'private' })).status).toBe(200)
    expect((await send('GET', at('acme/site'))).status).toBe(404)
    expect(await listed(stranger)).toEqual([])
  })

  it('is for those who administer the repository', async () => {
    const patch = async (client: Send, name = 'acme/secret'): Promise<[number, string]> =>
      outcomeOf(await sendJson(client, 'PATCH', at(name), { tagLimit: 1 }))
    expect(await patch(send)).toEqual([401, 'NOT_AUTHENTICATED'])
    expect(await patch(send, 'acme/site')).toEqual([401, 'NOT_AUTHENTICATED'])
    expect(await patch(reader)).toEqual([403, 'NOT_AUTHORIZED'])
    expect(await patch(writer)).toEqual([403, 'NOT_AUTHORIZED'])
    expect(await patch(stranger, 'acme/site')).toEqual([403, 'NOT_AUTHORIZED'])
    expect(await patch(stranger)).toEqual([404, 'NO_SUCH_REPOSITORY'])
    expect(await patch(member)).toEqual([404, 'NO_SUCH_REPOSITORY'])
    expect(await patch(root, 'acme/missing')).toEqual([404, 'NO_SUCH_REPOSITORY'])
    await give('readers', 'acme/site', 'admin')
    expect((await sendJson(reader, 'PATCH', at('acme/site'), { tagLimit: 1 })).status).toBe(200)
  })

  it('is refused when a field is wrong, and while the registry is read-only', async () => {
    for (const wrong of [{ visibility: 'hidden' }, { tagLimit: -1 }, { longDescription: null }, []]) {
      expect((await sendJson(owner, 'PATCH', at('acme/secret'), wrong)).status).toBe(400)
    }
    await readOnly()
    expect(await outcomeOf(await sendJson(owner, 'PATCH', at('acme/secret'), { tagLimit: 1 }))).toEqual([
      405,
      'NOT_ALLOWED',
    ])
    expect(await countRows('repositories', 'tag_limit > 0')).toBe(0)
  })
})

describe('a deletion', () => {
  it('takes all that the repository holds, an index and what it lists among it, and nothing of others', async () => {
    const client = await clientOf('acme/secret', 'acme/site')
    const image = await pushImage(client, 'acme/secret', 'latest')
    const index = json({
      schemaVersion: 2,
      mediaType: mediaTypes.index,
      manifests: [{ mediaType: mediaTypes.image, digest: image.digest, size: image.manifest.length }],
    })
    expect((await putManifest(client, 'acme/secret', 'all', index, mediaTypes.index)).status).toBe(201)
    await pushImage(client, 'acme/site', 'latest')
    const content = async (): Promise<number[]> =>
      Promise.all(
        ['manifests', 'manifest_blobs', 'manifest_children', 'tags', 'repository_blobs', 'repository_grants'].map(
          (table) => countRows(table),
        ),
      )
    expect(await content()).toEqual([3, 6, 1, 3, 6, 2])

    expect((await owner('DELETE', at('acme/secret'))).status).toBe(204)

    await deletionsOver()
    expect(await content()).toEqual([1, 3, 0, 1, 3, 0])
    expect(await countRows('repository_words', "word = 'secret'")).toBe(0)
    expect(await events("type = 'DELETE'")).toMatchObject([
      { actor: 'owner', objectType: 'repository', objectName: 'acme/secret', repository: 'acme/secret' },
    ])
    expect(await listed(owner)).toEqual(['acme/site'])
    expect(await outcomeOf(await owner('DELETE', at('acme/secret')))).toEqual([404, 'NO_SUCH_REPOSITORY'])
    // The blobs stay for others: the same image needs only to be mounted, and pulls of it go on.
    expect((await client('GET', '/v2/acme/site/manifests/latest')).status).toBe(200)
    expect(await digestOf(image.manifest)).toBe(image.digest)
  })

  it('makes room for another of the same name, which begins with nothing', async () => {
    await anImage(await clientOf('acme/secret'), 'acme/secret')
    const { id } = await (await owner('GET', at('acme/secret'))).json<Repository>()
    await owner('DELETE', at('acme/secret'))
    const again = await sendJson(owner, 'POST', at('acme'), { name: 'secret' })
    expect((await again.json<Repository>()).id).not.toBe(id)
    expect((await reader('GET', at('acme/secret'))).status).toBe(404)
  })

  it('is for those who administer the repository, and not while the registry is read-only', async () => {
    const drop = async (client: Send, name = 'acme/secret'): Promise<[number, string]> =>
      outcomeOf(await client('DELETE', at(name)))
    expect(await drop(send, 'acme/site')).toEqual([401, 'NOT_AUTHENTICATED'])
    expect(await drop(stranger, 'acme/site')).toEqual([403, 'NOT_AUTHORIZED'])
    expect(await drop(writer)).toEqual([403, 'NOT_AUTHORIZED'])
    expect(await drop(stranger)).toEqual([404, 'NO_SUCH_REPOSITORY'])
    expect(await drop(stranger, 'acme/missing')).toEqual([404, 'NO_SUCH_REPOSITORY'])
    await readOnly()
    expect(await drop(owner)).toEqual([405, 'NOT_ALLOWED'])
    expect(await countRows('repositories')).toBe(2)
    expect(await events()).toEqual([])
  })
})
