/** A right ends with what it was given on: names are given again, to others. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { mediaTypes } from '../../../src/registry/manifest-document.ts'
import { header, host, problemOf, withToken, type Send } from '../../support/client.ts'
import { bytesOf, countRows, digestOf, json, pushImage, type Image } from '../../support/content.ts'
import { anOrganization, aRepository, aUser } from '../../support/people.ts'

const content = bytesOf('what the new organization keeps to itself')

/** A token as Docker gets one. */
async function tokenOf(client: Send, ...scopes: string[]): Promise<Send> {
  const query = scopes.map((scope) => `&scope=${scope}`).join('')
  const response = await client('GET', `/auth/token?service=${host}${query}`)
  expect(response.status).toBe(200)
  return withToken((await response.json<{ token: string }>()).token)
}

const run = (sql: string) => env.DB.prepare(sql).run()

/** The organization goes with all that it has, and a stranger founds another one of its name. */
async function giveAcmeToStrangers(): Promise<void> {
  await run(`DELETE FROM tags`)
  await run(`DELETE FROM manifests`)
  await run(`DELETE FROM repository_blobs`)
  await run(`DELETE FROM repositories WHERE namespace = 'acme'`)
  await run(`DELETE FROM accounts WHERE name = 'acme'`)
  await anOrganization('acme', { owners: ['stranger'] })
}

const everything = 'repository:acme/app:pull,push,delete'

beforeEach(async () => {
  olga = await aUser('olga')
  wendy = await aUser('wendy')
  stranger = await aUser('stranger')
  await anOrganization('acme', { owners: ['olga'], teams: { writers: ['wendy'] } })
  image = await pushImage(await tokenOf(olga, everything), 'acme/app', 'latest')
  await run(
    `INSERT INTO repository_grants (repository_id, team_id, rank) SELECT r.id, t.id, 2 FROM repositories r, teams t`,
  )
})

let olga: Send
let wendy: Send
let stranger: Send
let image: Image

/** Everything that changes something, by its answer. */
async function changesBy(client: Send): Promise<Record<string, Response>> {
  const digest = await digestOf(content)
  const uploads = '/v2/acme/app/blobs/uploads/'
  const upload = async () => header(await client('POST', uploads), 'location')
  return {
    'push in one request': await client('POST', `${uploads}?digest=${digest}`, { body: content }),
    'push in chunks': await client('PATCH', await upload(), { body: content }),
    'push with the closing request': await client('PUT', `${await upload()}?digest=${digest}`, { body: content }),
    'push of nothing': await client('PUT', `${await upload()}?digest=${await digestOf(bytesOf(''))}`),
    mount: await client('POST', `${uploads}?mount=${digest}&from=acme/app`),
    'push of a manifest': await client('PUT', '/v2/acme/app/manifests/mine', { body: image.manifest }),
    'push of a large manifest': await client('PUT', '/v2/acme/app/manifests/large', {
      body: manifestWith({ annotations: { text: 'x'.repeat(200_000) } }),
    }),
    'deletion of a blob': await client('DELETE', `/v2/acme/app/blobs/${digest}`),
    'deletion of a tag': await client('DELETE', '/v2/acme/app/manifests/latest'),
    'deletion of a manifest': await client('DELETE', `/v2/acme/app/manifests/${image.digest}`),
  }
}

/** All of it is refused, in the words that make a client get a new token; and nothing happened. */
async function expectRefused(client: Send): Promise<void> {
  const contents = () =>
    Promise.all(['repositories', 'repository_blobs', 'manifests', 'tags', 'events'].map((table) => countRows(table)))
  const before = await contents()
  for (const [what, response] of Object.entries(await changesBy(client))) {
    expect([what, response.status]).toEqual([what, 401])
    expect(header(response, 'www-authenticate')).toMatch(/scope="repository:acme\/app:\S.*",error="invalid_token"/)
    expect((await problemOf(response)).message).toContain('log in again')
  }
  expect(await contents()).toEqual(before)
}

/** Everything that reads, by its answer. */
async function readsBy(client: Send): Promise<unknown[]> {
  const paths = ['manifests/latest', `manifests/${image.digest}`, `blobs/${image.config.digest}`, 'tags/list']
  const gets = await Promise.all(paths.map((path) => client('GET', `/v2/acme/app/${path}`)))
  const heads = await Promise.all(paths.slice(0, 3).map((path) => client('HEAD', `/v2/acme/app/${path}`)))
  const referrers = await client('GET', `/v2/acme/app/referrers/${image.digest}`)
  const { manifests } = await referrers.json<{ manifests: unknown[] }>()
  return [...[...gets, ...heads].map(({ status }) => status), manifests.length]
}

const all = [200, 200, 200, 200, 200, 200, 200, 1]
const nothing = [404, 404, 404, 404, 404, 404, 404, 0]

describe('a token', () => {
  it('opens all of it while its account and its namespace stay', async () => {
    const client = await tokenOf(olga, everything)
    await aSignature(client)
    expect(await readsBy(client)).toEqual(all)
    for (const response of Object.values(await changesBy(client))) expect([201, 202]).toContain(response.status)
  })

  it('of an organization does not reach a later one of its name, neither to read nor to change or to mount from', async () => {
    const owner = await tokenOf(olga, everything, 'repository:olga/copy:pull,push')
    const member = await tokenOf(wendy, everything, 'repository:wendy/copy:pull,push')
    await giveAcmeToStrangers()
    const theirs = await tokenOf(stranger, everything)
    await pushImage(theirs, 'acme/app', 'latest')
    await aSignature(theirs)
    expect(await readsBy(theirs)).toEqual(all)
    for (const [client, name] of [
      [owner, 'olga'],
      [member, 'wendy'],
    ] as const) {
      expect(await readsBy(client)).toEqual(nothing)
      await expectRefused(client)
      for (const from of ['&from=acme/app', '']) {
        const mount = `/v2/${name}/copy/blobs/uploads/?mount=${image.config.digest}${from}`
        expect((await client('POST', mount)).status).toBe(202)
      }
    }
    expect(await readsBy(theirs)).toEqual(all)
  })

  it('of an organization creates no repository in a later one of its name', async () => {
    const owner = await tokenOf(olga, everything)
    await giveAcmeToStrangers()
    await expectRefused(owner)
    expect(await countRows('repositories')).toBe(0)
  })

  it('of a deleted account changes nothing, and no event names the next account of its name', async () => {
    const [owner, member] = [await tokenOf(olga, everything), await tokenOf(wendy, everything)]
    await run(`DELETE FROM accounts WHERE name IN ('olga', 'wendy')`)
    await expectRefused(owner)
    await aUser('olga')
    await aUser('wendy')
    await expectRefused(owner)
    await expectRefused(member)
  })

  it('of an account that was deactivated changes nothing', async () => {
    const owner = await tokenOf(olga, everything)
    await run(`UPDATE accounts SET is_active = 0 WHERE name = 'olga'`)
    await expectRefused(owner)
  })

  it('of a team does not reach a later repository of the name, which the team was not given', async () => {
    const [owner, member] = [await tokenOf(olga, everything), await tokenOf(wendy, everything)]
    expect((await member('HEAD', '/v2/acme/app/manifests/latest')).status).toBe(200)
    for (const table of ['tags', 'manifests', 'repository_blobs', 'repositories']) await run(`DELETE FROM ${table}`)
    await pushImage(owner, 'acme/app', 'latest')
    expect(await readsBy(member)).toEqual(nothing)
    await expectRefused(member)
  })

  it('that may not create repositories creates none in place of a deleted one', async () => {
    const member = await tokenOf(wendy, everything)
    for (const table of ['tags', 'manifests', 'repository_blobs', 'repositories']) await run(`DELETE FROM ${table}`)
    for (const [what, { status }] of Object.entries(await changesBy(member))) {
      // An upload may begin, and its bytes may come: only its end needs the repository.
      expect([what, status]).toEqual([what, ['push in chunks', 'mount'].includes(what) ? 202 : 404])
    }
    expect(await countRows('repositories')).toBe(0)
    expect(await countRows('events', `object_type = 'repository' AND actor = 'wendy'`)).toBe(0)
  })

  it('lists nothing of the next account of the name in the catalog', async () => {
    const old = await tokenOf(wendy, 'registry:catalog:*')
    expect(await (await old('GET', '/v2/_catalog')).json()).toEqual({ repositories: ['acme/app'] })
    await run(`DELETE FROM accounts WHERE name = 'wendy'`)
    await aUser('wendy')
    await aRepository('wendy/secret')
    expect(await (await old('GET', '/v2/_catalog')).json()).toEqual({ repositories: [] })
  })

  it('pulls only as its own account', async () => {
    const old = await tokenOf(wendy, everything)
    await pushImage(old, 'acme/app', 'pulled-once')
    await run(`DELETE FROM accounts WHERE name = 'wendy'`)
    await aUser('wendy')
    expect((await old('GET', '/v2/acme/app/manifests/pulled-once')).status).toBe(200)
    const pulled = `type = 'GET' AND object_name = 'pulled-once'`
    await expect.poll(() => countRows('events', pulled)).toBe(1)
    expect(await countRows('events', `${pulled} AND actor_id IS NULL`)).toBe(1)
  })
})

const manifestWith = (fields: object) =>
  json({ ...(JSON.parse(new TextDecoder().decode(image.manifest)) as object), ...fields })

async function aSignature(client: Send): Promise<void> {
  const subject = { mediaType: mediaTypes.image, digest: image.digest, size: image.manifest.length }
  const body = manifestWith({ subject })
  expect((await client('PUT', '/v2/acme/app/manifests/signature', { body })).status).toBe(201)
}
