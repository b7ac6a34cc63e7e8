/** Who may do what with trust data, and in which form each route answers. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../../../src/db/database.ts'
import { mostChangesOfPage } from '../../../src/limits.ts'
import { forgetHealth } from '../../../src/trust/notary/health.ts'
import { sha256Hex } from '../../../src/trust/tuf/keys.ts'
import { withSql } from '../../support/bounds.ts'
import { header, problemOf, send, tokenFor, withToken, type Send } from '../../support/client.ts'
import { countRows } from '../../support/content.ts'
import { endpointOf, operations } from '../../support/endpoints.ts'
import { closeGate } from '../../support/replicas.ts'
import { aLogin, anOrganization, aPerson, aRepository, aUser, type Person } from '../../support/people.ts'
import { capabilityEndpoints } from '../endpoints.ts'
import {
  aPublishedCollection,
  expectOk,
  gunOf,
  notaryClient,
  readFile,
  serverKey,
  trustPath,
  upload,
  type Publisher,
} from '../support/clients.ts'

const repository = 'acme/app'
const gun = gunOf(repository)
const changefeed = `/v2/${gun}/_trust/changefeed?records=0`

let root: Person

beforeEach(async () => {
  root = await aPerson('root', { isAdmin: true })
  for (const name of ['owner', 'writer', 'reader', 'stranger']) await aUser(name)
  await anOrganization('acme', { owners: ['owner'], teams: { writers: ['writer'], readers: ['reader'] } })
  await aRepository(repository)
  for (const [team, rank] of [
    ['writers', 2],
    ['readers', 1],
  ]) {
    await withSql(
      `INSERT INTO repository_grants (repository_id, team_id, rank)
       SELECT repositories.id, teams.id, ? FROM repositories, teams WHERE teams.name = ?`,
      rank,
      team,
    )
  }
})

const asOwner = async (): Promise<Publisher> => aPublishedCollection(await notaryClient('owner', gun), gun)

/** The requests of the protocol, and the least action that each needs. */
const requests: readonly (readonly [action: string, method: string, path: string])[] = [
  ['pull', 'GET', `${trustPath(gun)}root.json`],
  ['pull', 'GET', `${trustPath(gun)}timestamp.json`],
  ['pull', 'GET', `${trustPath(gun)}1.root.json`],
  ['pull', 'GET', `${trustPath(gun)}root.${'0'.repeat(64)}.json`],
  ['pull', 'GET', changefeed],
  ['push', 'GET', `${trustPath(gun)}timestamp.key`],
  ['push', 'POST', trustPath(gun)],
  ['*', 'POST', `${trustPath(gun)}snapshot.key`],
  ['*', 'DELETE', trustPath(gun)],
]

it('the endpoints below /v2 are those that the tests know of', () => {
  const { distribution = [] } = capabilityEndpoints
  expect(operations.filter((operation) => operation.includes('/_trust/'))).toEqual(distribution)
  for (const { method, path } of distribution.map(endpointOf)) {
    const pattern = new RegExp(`^${path.replace(':name{.+}', gun).replace('/:file{.+}', '/.+')}`)
    const isAsked = requests.some(([, asked, target]) => asked === method && pattern.test(target))
    expect([method, path, isAsked || path === '/v2/_trust/changefeed']).toEqual([method, path, true])
  }
})

describe.each(requests)('%s is needed to %s %s', (action, method, path) => {
  const wanted = action === 'push' ? 'pull,push' : action
  const scope = new RegExp(
    `^Bearer realm="http://registry.test/auth/token",service="registry.test",scope="repository:${gun}:${wanted.replace('*', String.raw`\*`)}"`,
  )

  it('and asked for in the challenge, always with 401', async () => {
    const repositoryToken = await tokenFor('owner', [
      { type: 'repository', name: repository, actions: ['pull', 'push', 'delete', '*'] },
    ])
    const less = { pull: 'push', push: 'pull', '*': 'pull,push' }[action]
    const callers = {
      anonymous: send,
      'a dead token': withToken('nonsense'),
      'a token for the repository': withToken(repositoryToken),
      'a stranger with a token': await notaryClient('stranger', gun),
      'a stranger with a password': await aLogin('stranger'),
      ...(action !== 'pull' && { 'a token for less': await notaryClient('owner', gun, less) }),
    }
    for (const [who, client] of Object.entries(callers)) {
      const response = await client(method, path)
      expect([who, response.status]).toEqual([who, 401])
      expect(header(response, 'www-authenticate')).toMatch(scope)
      const text = await response.text()
      expect(text.length).toBeLessThan(1024)
      const [first] = wanted.split(',')
      expect(JSON.parse(text)).toMatchObject({
        errors: [
          {
            code: 'UNAUTHORIZED',
            message: 'authentication required',
            detail: expect.arrayContaining([{ Type: 'repository', Class: '', Name: gun, Action: first }]),
          },
        ],
      })
    }
  })

  it('and a stranger learns nothing: neither of trust data nor of the repository', async () => {
    const other = gunOf('acme/ppa')
    const clients = [send, await aLogin('stranger'), await notaryClient('stranger', gun)]
    const answerOf = async (client: Send, target: string) => {
      const response = await client(method, target)
      const text = `${response.status} ${await response.text()} ${JSON.stringify([...response.headers])}`
      return text.replaceAll(other, 'GUN').replaceAll(gun, 'GUN')
    }
    for (const client of clients) {
      const without = await answerOf(client, path)
      expect(await answerOf(client, path.replace(gun, other))).toBe(without)
      await asOwner()
      expect(await answerOf(client, path)).toBe(without)
      await env.DB.prepare('DELETE FROM trust_collections').run()
    }
  })

  it.each([
    ['reader', ['pull']],
    ['writer', ['pull', 'push']],
    ['owner', ['pull', 'push', '*']],
  ])('and %s has the actions %s, by a token and by a password', async (user, actions) => {
    await asOwner()
    for (const client of [await notaryClient(user, gun), await aLogin(user)]) {
      expect((await client(method, path)).status === 401).toBe(!actions.includes(action))
    }
  })
})

describe('a public repository', () => {
  it('shows its trust data to anonymous callers, who get a token without a login', async () => {
    await asOwner()
    await root.ask('PATCH', `/api/v0/repositories/${repository}`, { visibility: 'public' })
    const response = await send('GET', `/auth/token?service=registry.test&scope=repository:${gun}:pull`)
    const anyone = withToken((await response.json<{ token: string }>()).token)
    expect((await anyone('GET', `${trustPath(gun)}root.json`)).status).toBe(200)
    expect((await anyone('GET', `${trustPath(gun)}timestamp.key`)).status).toBe(401)
  })
})

describe('a host that is not served', () => {
  const foreign = `old.example.com/${repository}`

  it('is told of to callers with a login, in the words of Notary', async () => {
    const owner = await aLogin('owner')
    expect((await send('GET', `${trustPath(foreign)}root.json`)).status).toBe(401)
    const read = await owner('GET', `${trustPath(foreign)}root.json`)
    expect([read.status, (await problemOf(read)).code]).toEqual([404, 'METADATA_NOT_FOUND'])
    const written = await upload(owner, foreign, {})
    expect([written.status, await problemOf(written)]).toEqual([
      400,
      {
        code: 'INVALID_GUN',
        message: 'The server does not support actions on images of this name.',
        detail: 'Require GUNs with prefix: [registry.test/]',
      },
    ])
  })

  it('is served once an administrator names it, with data of its own', async () => {
    await root.ask('POST', '/api/v0/meta/settings', { trustHosts: ['old.example.com'] })
    await asOwner()
    const old = await notaryClient('owner', foreign)
    expect((await old('GET', `${trustPath(foreign)}root.json`)).status).toBe(404)
    await aPublishedCollection(old, foreign)
    expect((await old('GET', `${trustPath(foreign)}root.json`)).status).toBe(200)
    expect(await countRows('trust_collections')).toBe(2)
  })
})

describe('an answer', () => {
  it('of a current document is stored by no cache, and of another one for a month', async () => {
    const publisher = await asOwner()
    const { bytes } = await readFile(publisher, 'root.json')
    const current = await publisher.get('root.json')
    expect(Object.fromEntries(current.headers)).toMatchObject({
      'content-type': 'application/json',
      'content-length': String(bytes.length),
      'cache-control': 'no-store',
      'last-modified': expect.stringMatching(/GMT$/),
    })
    for (const file of ['1.root.json', `root.${await sha256Hex(bytes)}.json`]) {
      expect(header(await publisher.get(file), 'cache-control')).toBe('private, max-age=2592000')
    }
  })

  it('of a key has the order of the Go server', async () => {
    const client = await notaryClient('owner', gun)
    const response = await client('GET', `${trustPath(gun)}timestamp.key`)
    expect(await response.text()).toMatch(
      /^\{"keytype":"ecdsa","keyval":\{"public":"MFkw[A-Za-z0-9+/=]{120}","private":null\}\}$/,
    )
  })

  it('of the health is empty, and names keys that are lost', async () => {
    forgetHealth(openDatabase(env.DB))
    const health = await send('GET', '/_notary_server/health')
    expect([health.status, await health.json()]).toEqual([200, {}])
    await serverKey(await notaryClient('owner', gun), gun, 'timestamp')
    await withSql("UPDATE trust_keys SET sealed_with = 'of a secret that is lost'")
    forgetHealth(openDatabase(env.DB))
    const ill = await send('GET', '/_notary_server/health')
    expect([ill.status, await ill.json()]).toEqual([
      503,
      { keys: expect.stringContaining('1 keys of trust data open with neither secret') },
    ])
  })

  it.each([
    ['missing', 'GET', '9.root.json', {}],
    ['version 0', 'GET', '0.root.json', {}],
    ['a version beyond numbers', 'GET', `${'9'.repeat(30)}.root.json`, {}],
    ['a role that is none', 'GET', 'targets/A.json', {}],
    ['a hash in capitals', 'GET', `root.${'A'.repeat(64)}.json`, {}],
    ['a sha512', 'GET', `root.${'a'.repeat(128)}.json`, {}],
    ['another file', 'GET', 'foo.json', undefined],
    ['a key of the client', 'GET', 'root.key', undefined],
    ['a key of targets', 'POST', 'targets.key', undefined],
    ['no file', 'POST', 'root.json', undefined],
  ])('of what is not there (%s) is 404, and says whether a route has it', async (_, method, file, detail) => {
    const publisher = await asOwner()
    const login = await aLogin('owner')
    const response = await login(method, `${trustPath(gun)}${file}`)
    expect([response.status, await problemOf(response)]).toEqual([
      404,
      {
        code: 'METADATA_NOT_FOUND',
        message: 'You have requested metadata that does not exist.',
        ...(detail && { detail }),
      },
    ])
    expect((await publisher.client(method, `${trustPath(gun)}${file}`)).status).toBe(detail ? 404 : 401)
  })

  it('to HEAD is 404, as the protocol has none', async () => {
    await asOwner()
    const owner = await aLogin('owner')
    for (const path of [`${trustPath(gun)}root.json`, changefeed, '/v2/_trust/changefeed?records=1']) {
      expect([path, (await owner('HEAD', path)).status]).toEqual([path, 404])
    }
  })

  it('reads a version with a zero before it', async () => {
    expect((await (await asOwner()).get('01.root.json')).status).toBe(200)
  })
})

describe('a registry that is read-only', () => {
  it('publishes and deletes nothing, and serves what it has', async () => {
    const publisher = await asOwner()
    await closeGate()
    const refused = await publisher.publish({ targets: await publisher.targets({ version: 3 }) })
    expect(refused.status).toBe(405)
    expect((await publisher.client('DELETE', trustPath(gun))).status).toBe(405)
    expect((await publisher.get('timestamp.json')).status).toBe(200)
  })
})

interface Feed {
  readonly count: number
  readonly records: readonly { readonly ID: string; readonly GUN: string; readonly Version: number }[]
}

describe('the changefeed', () => {
  const read = async (client: Send, path: string): Promise<Feed> => (await client('GET', path)).json<Feed>()

  it('tells of each timestamp and of a deletion, from the oldest to the newest', async () => {
    const publisher = await asOwner()
    await expectOk(publisher.publish({}))
    const { bytes } = await readFile(publisher, 'timestamp.json')
    await expectOk(publisher.client('DELETE', trustPath(gun)))
    await expectOk(publisher.client('DELETE', trustPath(gun)))
    const feed = await read(publisher.client, changefeed)
    const base = { ID: expect.stringMatching(/^\d+$/), CreatedAt: expect.stringMatching(/Z$/), GUN: gun }
    expect(feed).toEqual({
      count: 3,
      records: [
        { ...base, Version: 1, SHA256: expect.stringMatching(/^[0-9a-f]{64}$/), Category: 'update' },
        { ...base, Version: 2, SHA256: await sha256Hex(bytes), Category: 'update' },
        { ...base, Version: 0, SHA256: '', Category: 'deletion' },
      ],
    })
  })

  it('pages forward from an id, and backward before one or from the end', async () => {
    const publisher = await asOwner()
    for (let at = 0; at < 4; at++) await expectOk(publisher.publish({}))
    const versions = async (query: string) =>
      (await read(publisher.client, `/v2/${gun}/_trust/changefeed?${query}`)).records.map(({ Version }) => Version)
    const { records } = await read(publisher.client, changefeed)
    const third = records.find(({ Version }) => Version === 3)?.ID ?? ''
    expect(await versions('records=2')).toEqual([1, 2])
    expect(await versions(`records=2&change_id=${third}`)).toEqual([4, 5])
    expect(await versions(`records=-1&change_id=${third}`)).toEqual([2])
    expect(await versions('records=2&change_id=-1')).toEqual([4, 5])
    expect(await versions('records=-2')).toEqual([4, 5])
    expect(await versions(`records=${mostChangesOfPage + 1}`)).toEqual([1, 2, 3, 4, 5])
  })

  it.each([
    ['', 'invalid records parameter: strconv.ParseInt: parsing "": invalid syntax'],
    ['?records=abc', 'invalid records parameter: strconv.ParseInt: parsing "abc": invalid syntax'],
    ['?records=1&change_id=x', {}],
  ])('refuses the query %s', async (query, detail) => {
    const response = await (await aLogin('owner'))('GET', `/v2/${gun}/_trust/changefeed${query}`)
    expect([response.status, await problemOf(response)]).toEqual([
      400,
      { code: 'INVALID_PARAMETERS', message: 'The parameters provided are not valid.', detail },
    ])
  })

  it('of all GUNs shows a user what it may read, and an administrator all', async () => {
    await asOwner()
    await aRepository('owner/own')
    await aPublishedCollection(await notaryClient('owner', gunOf('owner/own')), gunOf('owner/own'))
    const gunsFor = async (user: string) =>
      (await read(await aLogin(user), '/v2/_trust/changefeed?records=10')).records.map(({ GUN }) => GUN)
    expect(await gunsFor('root')).toEqual([gun, gunOf('owner/own')])
    expect(await gunsFor('owner')).toEqual([gun, gunOf('owner/own')])
    expect(await gunsFor('reader')).toEqual([gun])
    expect(await gunsFor('stranger')).toEqual([])
    expect((await send('GET', '/v2/_trust/changefeed?records=10')).status).toBe(401)
    expect((await (await notaryClient('owner', gun))('GET', '/v2/_trust/changefeed?records=10')).status).toBe(401)
  })

  it('of an earlier repository of the name is not shown', async () => {
    await asOwner()
    await withSql("UPDATE repositories SET name = '~1', deleted_name = name")
    await aRepository(repository)
    expect(await read(await notaryClient('owner', gun), changefeed)).toEqual({ count: 0, records: [] })
  })
})
