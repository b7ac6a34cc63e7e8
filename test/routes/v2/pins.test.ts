/** What is pinned, because it is signed, is deleted by no request for it alone, and by no tag limit. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { openDatabase } from '../../../src/db/database.ts'
import { deletePiece } from '../../../src/db/repositories/deleted-repositories.ts'
import { parseTag } from '../../../src/names.ts'
import { problemOf, type Send } from '../../support/client.ts'
import { anImage, countRows, pushImage, putManifest, type Image } from '../../support/content.ts'
import { events } from '../../support/events.ts'
import { image, index, type Pushed } from '../../support/garbage.ts'
import { aRepository, anOrganization, aUser } from '../../support/people.ts'
import { pin, unpin } from '../../support/pins.ts'

const repository = 'acme/app'
const other = 'acme/other'
const api = `/api/v0/repositories/${repository}`
const v1 = { tag: parseTag('v1') }

let client: Send

beforeEach(async () => {
  client = await aUser('root', { isAdmin: true })
  await anOrganization('acme')
  await aRepository(repository)
  await aRepository(other)
})

const drop = (path: string): Promise<Response> => client('DELETE', path)
const status = async (path: string): Promise<number> => (await drop(path)).status
const tagPaths = (tag: string): string[] => [
  `/v2/${repository}/manifests/${tag}`,
  `${api}/tags/${tag}`,
  `${api}/manifests/${tag}`,
]
const digestPaths = ({ digest }: Image | Pushed): string[] => [
  `/v2/${repository}/manifests/${digest}`,
  `${api}/manifests/${digest}`,
]

/** Refused by each path, with a sentence that names what is signed; nothing happens. */
async function expectRefused(paths: readonly string[], signed: string): Promise<void> {
  const before = [await countRows('tags'), await countRows('manifests'), await events()]
  for (const path of paths) {
    const response = await drop(path)
    expect([path, response.status]).toEqual([path, 409])
    expect(await problemOf(response)).toMatchObject({
      code: path.startsWith('/v2') ? 'DENIED' : 'TAG_IN_NOTARY',
      message: `${signed} of acme/app cannot be deleted while signed: remove the signature first, for example with "docker trust revoke <registry>/acme/app:<tag>"`,
    })
  }
  expect([await countRows('tags'), await countRows('manifests'), await events()]).toEqual(before)
}

describe('the deletion of a pinned tag', () => {
  it('is refused, also to an administrator, until it is unpinned', async () => {
    await pushImage(client, repository, 'v1')
    await pin(repository, [v1])
    await expectRefused(tagPaths('v1'), 'v1')
    await unpin(repository, [v1])
    expect(await status(`/v2/${repository}/manifests/v1`)).toBe(202)
  })

  it('is refused with its manifest, which names the pinned tags', async () => {
    const { digest, ...pushed } = await pushImage(client, repository, 'v1')
    await putManifest(client, repository, 'v2', pushed.manifest)
    await putManifest(client, repository, 'v3', pushed.manifest)
    await pin(repository, [v1, { tag: parseTag('v3') }])
    await expectRefused(digestPaths({ digest, ...pushed }), 'v1, v3')
    expect(await status(`/v2/${repository}/manifests/v2`)).toBe(202)
  })

  it('that is not there is reported as not found', async () => {
    await pin(repository, [v1])
    for (const path of tagPaths('v1')) expect([path, await status(path)]).toEqual([path, 404])
  })

  it('of another repository, or of another name, is allowed', async () => {
    for (const name of [repository, other]) await pushImage(client, name, 'v1')
    const { digest } = await pushImage(client, repository, 'v2', 50)
    await pin(repository, [v1])
    expect(await status(`/v2/${other}/manifests/v1`)).toBe(202)
    expect(await status(`/v2/${repository}/manifests/v2`)).toBe(202)
    expect(await status(`/v2/${repository}/manifests/${digest}`)).toBe(202)
  })
})

describe('the deletion of a pinned manifest', () => {
  let signed: Pushed

  beforeEach(async () => {
    signed = await image(client, repository)
    await pin(repository, [{ digest: signed.digest }])
  })

  it('is refused until it is unpinned', async () => {
    await expectRefused(digestPaths(signed), signed.digest)
    await unpin(repository, [{ digest: signed.digest }])
    expect(await status(`${api}/manifests/${signed.digest}`)).toBe(204)
  })

  it('is refused with an index that lists it', async () => {
    const list = await index(client, repository, [await image(client, repository, { seed: 50 }), signed])
    await expectRefused(digestPaths(list), signed.digest)
    await unpin(repository, [{ digest: signed.digest }])
    expect(await status(`/v2/${repository}/manifests/${list.digest}`)).toBe(202)
  })

  it('leaves its tags to be deleted, and the same manifest of another repository', async () => {
    await image(client, repository, { tag: 'v1' })
    await image(client, other)
    expect(await status(`/v2/${repository}/manifests/v1`)).toBe(202)
    expect(await status(`/v2/${other}/manifests/${signed.digest}`)).toBe(202)
  })

  it('that is not there is reported as not found', async () => {
    const { digest } = await image(client, other, { seed: 50 })
    await pin(repository, [{ digest }])
    expect(await status(`/v2/${repository}/manifests/${digest}`)).toBe(404)
  })
})

describe('a push', () => {
  it('moves a pinned tag, as clients sign after they push', async () => {
    await pushImage(client, repository, 'v1')
    await pin(repository, [v1])
    const { digest } = await pushImage(client, repository, 'v1', 50)
    expect((await client('HEAD', `/v2/${repository}/manifests/v1`)).headers.get('docker-content-digest')).toBe(digest)
  })

  it('drops no pinned tag to make room below the tag limit, and is refused without room', async () => {
    for (const [at, tag] of ['v1', 'a'].entries()) {
      await pushImage(client, repository, tag, 10 * at)
      await env.DB.prepare('UPDATE tags SET updated_at = ? WHERE name = ?').bind(at, tag).run()
    }
    await pin(repository, [v1])
    await env.DB.prepare('UPDATE repositories SET tag_limit = 2 WHERE name = ?').bind(repository).run()
    await pushImage(client, repository, 'b', 50)
    const list = await client('GET', `/v2/${repository}/tags/list`)
    expect(await list.json()).toMatchObject({ tags: ['b', 'v1'] })
    await pin(repository, [{ tag: parseTag('b') }])
    const { manifest } = await anImage(client, repository, { seed: 70 })
    expect((await putManifest(client, repository, 'c', manifest)).status).toBe(409)
  })
})

describe('a pinned repository', () => {
  beforeEach(async () => {
    await pushImage(client, repository, 'v1')
    await pin(repository, ['repository'])
  })

  it('is not deleted by itself, and says what to delete first', async () => {
    const before = await events()
    const response = await drop(api)
    expect(response.status).toBe(405)
    expect(await problemOf(response)).toMatchObject({
      code: 'REPOSITORY_CONTAINS_TAGS_IN_NOTARY',
      message:
        'repository acme/app cannot be deleted while it has trust data: delete that first with "notary delete --remote <registry>/acme/app"',
    })
    expect(await countRows('repositories')).toBe(2)
    expect(await events()).toEqual(before)
    expect(await countRows('jobs')).toBe(0)
    await unpin(repository, ['repository'])
    expect(await status(api)).toBe(204)
  })

  it('does not keep another one, nor its own tags', async () => {
    await pin(repository, [v1])
    await unpin(repository, [v1])
    expect(await status(`/v2/${repository}/manifests/v1`)).toBe(202)
    expect(await status(`/api/v0/repositories/${other}`)).toBe(204)
  })

  it('of which only tags are pinned is deleted', async () => {
    await unpin(repository, ['repository'])
    await pin(repository, [v1])
    expect(await status(api)).toBe(204)
  })

  it.each(['/api/v0/accounts/acme/repositories', '/api/v0/accounts/acme'])(
    'is deleted with all of its namespace, by %s, and its pins with it',
    async (path) => {
      await pin(repository, [v1])
      expect(await status(path)).toBe(204)
      expect(await countRows('repositories', 'deleted_name IS NULL')).toBe(0)
      await vi.waitFor(async () => {
        await deletePiece(openDatabase(env.DB), 100)
        expect([await countRows('repositories'), await countRows('pins')]).toEqual([0, 0])
      })
    },
  )
})
