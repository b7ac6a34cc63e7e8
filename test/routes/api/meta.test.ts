import { beforeEach, describe, expect, it } from 'vitest'
import packageJson from '../../../package.json'
import { mediaTypes } from '../../../src/registry/manifest-document.ts'
import { header, problemOf, send, tokenFor, withPassword, withToken, type Send } from '../../support/client.ts'
import { anImage, contentOf, countRows, digestOf, pushBlob, pushImage, putManifest } from '../../support/content.ts'
import { anAccount, clientOf } from '../../support/people.ts'

const path = '/api/v0/meta/settings'
const json = { 'content-type': 'application/json' }

const root = withPassword('root', 'password of root')
const alice = withPassword('alice', 'password of alice')

const post = (client: Send, body: unknown): Promise<Response> =>
  client('POST', path, { headers: json, body: JSON.stringify(body) })

/** Settings of a test's own, by an administrator. */
async function set(settings: object): Promise<void> {
  expect((await post(root, settings)).status).toBe(202)
}

describe('settings', () => {
  it('are shown to and changed by system administrators', async () => {
    await anAccount('root', 'password of root', true)
    const before = await (await root('GET', path)).json<object>()
    expect(before).toMatchObject({ createRepositoryOnPush: true, readOnlyRegistry: false })
    const changed = await post(root, { repoEventHistoryMaxAge: '720h' })
    expect(changed.status).toBe(202)
    expect(await changed.json()).toEqual({ ...before, repoEventHistoryMaxAge: '720h' })
    expect(await (await root('GET', path)).json()).toEqual({ ...before, repoEventHistoryMaxAge: '720h' })
    // What was read can be sent back.
    await set(before)
    expect(await (await root('GET', path)).json()).toEqual(before)
  })

  it('are refused with the field that is wrong or means nothing here', async () => {
    await anAccount('root', 'password of root', true)
    for (const [name, value] of Object.entries({ sso: true, webTLSCert: 'x', readOnlyRegistry: 'yes' })) {
      const response = await post(root, { createRepositoryOnPush: false, [name]: value })
      expect(response.status).toBe(400)
      const { code, message } = await problemOf(response)
      expect(code).toBe('INVALID_SETTINGS')
      expect(message).toContain(name)
    }
    for (const body of [[], 'text', null]) {
      const response = await post(root, body)
      expect([response.status, (await problemOf(response)).code]).toEqual([400, 'INVALID_SETTINGS'])
    }
    const noJson = await root('POST', path, { headers: json, body: '{' })
    expect([noJson.status, (await problemOf(noJson)).code]).toEqual([400, 'INVALID_JSON'])
    expect(await countRows('settings')).toBe(0)
    expect(await countRows('events', "object_type = 'settings'")).toBe(0)
  })

  it('are closed to all others', async () => {
    await anAccount('alice', 'password of alice')
    for (const [client, status, code] of [
      [alice, 403, 'NOT_AUTHORIZED'],
      [send, 401, 'NOT_AUTHENTICATED'],
      [withToken(await tokenFor('alice', [])), 401, 'NOT_AUTHENTICATED'],
    ] as const) {
      for (const response of [await client('GET', path), await post(client, { readOnlyRegistry: true })]) {
        expect(response.status).toBe(status)
        expect((await problemOf(response)).code).toBe(code)
      }
    }
    expect(await countRows('settings')).toBe(0)
  })
})

describe('the features', () => {
  it('are shown to all users who have logged in, and to no other caller', async () => {
    await anAccount('alice', 'password of alice')
    const response = await alice('GET', '/api/v0/meta/features')
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({
      scanningEnabled: false,
      scanningLicensed: false,
      promotionLicensed: false,
      mirroringLicensed: false,
      metadataStoreOptedIn: true,
      onlineGCEnabled: true,
      db_version: 0,
      ucpHost: '',
      version: packageJson.version,
    })
    expect((await send('GET', '/api/v0/meta/features')).status).toBe(401)
  })
})

async function registryToken(client: Send, scope: string): Promise<Send> {
  const response = await client('GET', `/auth/token?scope=${scope}`)
  return withToken((await response.json<{ token: string }>()).token)
}

describe('a push to a repository that is not there, when a push creates none,', () => {
  beforeEach(async () => {
    await anAccount('root', 'password of root', true)
    await anAccount('alice', 'password of alice')
    await pushImage(alice, 'alice/there', 'latest')
    await set({ createRepositoryOnPush: false })
  })

  it('is refused at its beginning, with how to create it, by token and by password', async () => {
    const token = await registryToken(alice, 'repository:alice/app:pull,push')
    for (const client of [token, alice]) {
      const response = await client('POST', '/v2/alice/app/blobs/uploads/')
      expect(response.status).toBe(404)
      const { code, message } = await problemOf(response)
      expect(code).toBe('NAME_UNKNOWN')
      expect(message).toContain('/api/v0/repositories/alice')
      expect((await putManifest(client, 'alice/app', 'latest', contentOf(10))).status).toBe(404)
    }
    expect(await countRows('repositories')).toBe(1)
  })

  it('is refused to others as ever', async () => {
    await anAccount('bob', 'password of bob')
    const bob = withPassword('bob', 'password of bob')
    expect((await bob('POST', '/v2/alice/app/blobs/uploads/')).status).toBe(403)
    const token = await registryToken(bob, 'repository:alice/app:pull,push')
    expect((await token('POST', '/v2/alice/app/blobs/uploads/')).status).toBe(401)
  })

  it('differs from one to a repository that is there, and works again afterwards', async () => {
    await pushImage(await registryToken(alice, 'repository:alice/there:pull,push'), 'alice/there', 'second', 2)
    await set({ createRepositoryOnPush: true })
    await pushImage(await registryToken(alice, 'repository:alice/app:pull,push'), 'alice/app', 'latest')
    expect(await countRows('repositories')).toBe(2)
  })
})

describe('a registry that is read-only', () => {
  const app = '/v2/alice/app'
  const api = '/api/v0/repositories/alice'

  beforeEach(async () => {
    await anAccount('root', 'password of root', true)
    await anAccount('alice', 'password of alice')
  })

  /** That an answer is the refusal of a registry that is read-only. */
  async function expectRefusal(response: Response, code: string): Promise<void> {
    expect([response.url, response.status]).toEqual([response.url, 405])
    expect(Number(header(response, 'retry-after'))).toBeGreaterThan(0)
    expect(await problemOf(response)).toMatchObject({ code, message: expect.stringContaining('read-only') })
  }

  it('refuses pushes and deletions, serves pulls and logins, and is as before when it is over', async () => {
    const image = await pushImage(alice, 'alice/app', 'latest')
    const next = await anImage(alice, 'alice/app', { seed: 7 })
    const other = await pushBlob(alice, 'alice/other', contentOf(500, 3))
    const loose = await pushBlob(alice, 'alice/app', contentOf(600, 4))
    const started = header(await alice('POST', `${app}/blobs/uploads/`), 'location')
    const half = header(await alice('PATCH', started, { body: contentOf(100) }), 'location')
    const tables = ['repositories', 'repository_blobs', 'manifests', 'tags', 'segments', 'upload_sessions']
    const rows = () => Promise.all(tables.map((table) => countRows(table)))
    const before = await rows()
    await set({ readOnlyRegistry: true })

    const content = contentOf(700, 5)
    const digest = await digestOf(content)
    const fresh = header(await alice('POST', `${app}/blobs/uploads/`), 'location')
    await expectRefusal(await alice('PATCH', fresh, { body: content }), 'UNSUPPORTED')
    await expectRefusal(await alice('PATCH', half, { body: content }), 'UNSUPPORTED')
    await expectRefusal(await alice('PUT', `${half}?digest=${await digestOf(contentOf(100))}`), 'UNSUPPORTED')
    await expectRefusal(await alice('PUT', `${fresh}?digest=${digest}`, { body: content }), 'UNSUPPORTED')
    await expectRefusal(await alice('POST', `${app}/blobs/uploads/?digest=${digest}`, { body: content }), 'UNSUPPORTED')
    const mount = `${app}/blobs/uploads/?mount=${other.digest}&from=alice/other`
    await expectRefusal(await alice('POST', mount), 'UNSUPPORTED')
    await expectRefusal(await putManifest(alice, 'alice/app', 'next', next.manifest), 'UNSUPPORTED')
    await expectRefusal(await putManifest(alice, 'alice/app', 'latest', image.manifest), 'UNSUPPORTED')
    for (const gone of ['manifests/latest', `manifests/${image.digest}`, `blobs/${loose.digest}`]) {
      await expectRefusal(await alice('DELETE', `${app}/${gone}`), 'UNSUPPORTED')
    }
    expect(await rows()).toEqual(before)

    const token = await registryToken(alice, 'repository:alice/app:pull')
    const pulled = await token('GET', `${app}/manifests/latest`, { headers: { accept: mediaTypes.image } })
    expect(new Uint8Array(await pulled.arrayBuffer())).toEqual(image.manifest)
    for (const { digest: layer } of image.layers) {
      expect((await token('GET', `${app}/blobs/${layer}`)).status).toBe(200)
    }

    await set({ readOnlyRegistry: false })
    expect((await alice('PUT', `${half}?digest=${await digestOf(contentOf(100))}`)).status).toBe(201)
    expect((await alice('POST', mount)).status).toBe(201)
    expect((await putManifest(alice, 'alice/app', 'next', next.manifest)).status).toBe(201)
    expect((await alice('DELETE', `${app}/manifests/latest`)).status).toBe(202)
    await pushImage(alice, 'alice/new', 'latest', 9)
  })

  it('refuses to make, edit and delete repositories', async () => {
    await pushImage(alice, 'alice/app', 'latest')
    await set({ readOnlyRegistry: true })
    const body = (value: object) => ({ headers: json, body: JSON.stringify(value) })
    await expectRefusal(await alice('POST', api, body({ name: 'new', shortDescription: '' })), 'NOT_ALLOWED')
    await expectRefusal(await alice('PATCH', `${api}/app`, body({ shortDescription: 'other' })), 'NOT_ALLOWED')
    await expectRefusal(await alice('PATCH', `${api}/app`, body({ visibility: 'public' })), 'NOT_ALLOWED')
    await expectRefusal(await alice('DELETE', `${api}/app/tags/latest`), 'NOT_ALLOWED')
    await expectRefusal(await alice('DELETE', `${api}/app`), 'NOT_ALLOWED')
    expect((await alice('GET', `${api}/app`)).status).toBe(200)
    await set({ readOnlyRegistry: false })
    expect((await alice('PATCH', `${api}/app`, body({ shortDescription: 'other' }))).status).toBe(200)
    expect((await alice('DELETE', `${api}/app`)).status).toBe(204)
  })

  it('makes accounts and access tokens, and changes who has access', async () => {
    await pushImage(await clientOf('acme/app'), 'acme/app', 'latest')
    await set({ readOnlyRegistry: true })
    const made = await root('POST', '/enzi/v0/accounts', {
      headers: json,
      body: JSON.stringify({ name: 'carol', password: 'password of carol' }),
    })
    expect(made.status).toBe(201)
    const carol = withPassword('carol', 'password of carol')
    const token = await carol('POST', '/api/v0/api_tokens', { headers: json, body: '{"tokenLabel":"laptop"}' })
    expect(token.status).toBe(200)
    const team = await root('POST', '/enzi/v0/accounts/acme/teams', { headers: json, body: '{"name":"developers"}' })
    expect(team.status).toBe(201)
    const given = { headers: json, body: '{"accessLevel":"read-only"}' }
    const at = '/api/v0/repositories/acme/app/teamAccess/developers'
    expect((await root('PUT', at, given)).status).toBe(200)
    expect((await root('DELETE', at)).status).toBe(204)
    const whole = '/api/v0/repositoryNamespaces/acme/teamAccess/developers'
    expect((await root('PUT', whole, given)).status).toBe(200)
  })
})
