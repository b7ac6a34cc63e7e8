import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { mediaTypes } from '../../../src/registry/manifest-document.ts'
import { problemOf, withToken, type Send } from '../../support/client.ts'
import { anImage, countRows, pushImage, putManifest, type Image } from '../../support/content.ts'
import { events } from '../../support/events.ts'
import { anOrganization, aRepository, aUser, clientOf } from '../../support/people.ts'

const repository = 'alice/app'
const set = (assignments: string) =>
  env.DB.prepare(`UPDATE repositories SET ${assignments} WHERE name = ?`).bind(repository).run()
const tags = async (client: Send) =>
  (await (await client('GET', `/v2/${repository}/tags/list`)).json<{ tags: string[] }>()).tags

let client: Send

beforeEach(async () => {
  client = await clientOf(repository)
})

describe('immutable tags', () => {
  beforeEach(async () => {
    await pushImage(client, repository, '1.0')
    await set('immutable_tags = 1')
  })

  it('refuse another image, and say so', async () => {
    const other = await anImage(client, repository, { seed: 50 })
    const response = await putManifest(client, repository, '1.0', other.manifest)
    expect(response.status).toBe(409)
    expect(await problemOf(response)).toMatchObject({
      code: 'DENIED',
      message:
        'tags of alice/app are immutable, and another image already has 1.0: push a new tag, or ask an administrator of alice/app to make its tags mutable',
    })
    expect(await countRows('manifests')).toBe(1)
  })

  it('refuse a push of several tags of which one is taken, as a whole', async () => {
    const other = await anImage(client, repository, { seed: 50 })
    const path = `/v2/${repository}/manifests/${other.digest}?tag=1.0&tag=1.1`
    const response = await client('PUT', path, {
      headers: { 'content-type': 'application/vnd.oci.image.manifest.v1+json' },
      body: other.manifest,
    })
    expect(response.status).toBe(409)
    expect(await tags(client)).toEqual(['1.0'])
  })

  it('take the same image again, and new tags', async () => {
    await pushImage(client, repository, '1.0')
    await pushImage(client, repository, '1.1', 50)
    expect(await tags(client)).toEqual(['1.0', '1.1'])
  })

  for (const suffix of ['.sig', '.att', '.sbom', '']) {
    it(`do not bind a tag that accompanies an image, such as sha256-…${suffix}`, async () => {
      const { digest } = await pushImage(client, repository, '1.1', 50)
      const name = `${digest.replace(':', '-')}${suffix}`
      await pushImage(client, repository, name, 60)
      await pushImage(client, repository, name, 70)
      expect((await client('DELETE', `/v2/${repository}/manifests/${name}`)).status).toBe(202)
    })
  }

  it('bind a tag that only looks like one', async () => {
    const name = `sha256-${'A'.repeat(64)}.sig`
    await pushImage(client, repository, name, 60)
    const { manifest } = await anImage(client, repository, { seed: 70 })
    expect((await putManifest(client, repository, name, manifest)).status).toBe(409)
  })
})

describe('the deletion of an immutable tag', () => {
  const api = '/api/v0/repositories/acme/app'
  const v2 = '/v2/acme/app/manifests'
  let writer: Send
  let administrator: Send
  let image: Image

  beforeEach(async () => {
    writer = await aUser('writer')
    administrator = await aUser('administrator')
    await anOrganization('acme', { teams: { writers: ['writer'], administrators: ['administrator'] } })
    await env.DB.batch(
      [
        "UPDATE teams SET namespace_rank = iif(name = 'writers', 2, 3)",
        "INSERT INTO repositories (name, namespace, immutable_tags, created_at) VALUES ('acme/app', 'acme', 1, 1)",
      ].map((sql) => env.DB.prepare(sql)),
    )
    image = await pushImage(writer, 'acme/app', '1.0')
  })

  const paths = (): string[] => [
    `${v2}/1.0`,
    `${v2}/${image.digest}`,
    `${api}/tags/1.0`,
    `${api}/manifests/1.0`,
    `${api}/manifests/${image.digest}`,
  ]

  it('is refused to a user who may only push, by every path, with a reason', async () => {
    for (const path of paths()) {
      const response = await writer('DELETE', path)
      expect([path, response.status]).toEqual([path, 403])
      expect(await problemOf(response)).toMatchObject({
        code: path.startsWith('/v2') ? 'DENIED' : 'NOT_AUTHORIZED',
        message:
          'writer may not delete 1.0 from acme/app, whose tags are immutable: ask an owner of the namespace or an administrator',
      })
    }
    expect(await countRows('tags')).toBe(1)
    expect(await events("type = 'DELETE'")).toEqual([])
  })

  it('is refused to a user who may only push, also with a token', async () => {
    const { token } = await (
      await writer('GET', '/auth/token?service=registry.test&scope=repository:acme/app:pull,push,delete')
    ).json<{ token: string }>()
    for (const path of paths().filter((each) => each.startsWith('/v2'))) {
      expect((await withToken(token)('DELETE', path)).status).toBe(403)
    }
  })

  it('is allowed for administrators of the repository, by every path', async () => {
    for (const path of paths()) {
      await pushImage(writer, 'acme/app', '1.0')
      const response = await administrator('DELETE', path)
      expect([path, response.status]).toEqual([path, path.startsWith('/v2') ? 202 : 204])
    }
    const { token } = await (
      await administrator('GET', '/auth/token?service=registry.test&scope=repository:acme/app:pull,push,delete')
    ).json<{ token: string }>()
    await pushImage(writer, 'acme/app', '1.0')
    expect((await withToken(token)('DELETE', `${v2}/1.0`)).status).toBe(202)
  })

  it('does not matter for a manifest without a tag, or only with one that accompanies an image', async () => {
    const { manifest, digest } = await anImage(writer, 'acme/app', { seed: 50 })
    await putManifest(writer, 'acme/app', `${image.digest.replace(':', '-')}.sig`, manifest)
    expect((await writer('DELETE', `${v2}/${digest}`)).status).toBe(202)
  })

  it('is allowed for pushers if the tags are not immutable', async () => {
    await env.DB.prepare(
      "INSERT INTO repositories (name, namespace, immutable_tags, created_at) VALUES ('acme/lib', 'acme', 0, 1)",
    ).run()
    const { digest } = await pushImage(writer, 'acme/lib', '1.0')
    expect((await writer('DELETE', '/v2/acme/lib/manifests/1.0')).status).toBe(202)
    expect((await writer('DELETE', `/v2/acme/lib/manifests/${digest}`)).status).toBe(202)
  })
})

describe('the tag limit', () => {
  beforeEach(() => aRepository(repository))

  it('deletes the tag that was pushed longest ago, and records it', async () => {
    for (const [at, tag] of ['a', 'b', 'c'].entries()) await pushImage(client, repository, tag, at)
    for (const [at, tag] of ['a', 'b', 'c'].entries()) {
      await env.DB.prepare('UPDATE tags SET updated_at = ? WHERE name = ?').bind(at, tag).run()
    }
    await pushImage(client, repository, 'a', 0)
    await set('tag_limit = 3')
    await pushImage(client, repository, 'd', 9)
    expect(await tags(client)).toEqual(['a', 'c', 'd'])
    expect(await events(`type = 'DELETE'`)).toMatchObject([{ objectName: 'b', content: { why: 'tag limit' } }])
  })

  it('of one keeps the tag that is pushed, however often', async () => {
    await pushImage(client, repository, 'a', 1)
    await set('tag_limit = 1')
    await pushImage(client, repository, 'b', 2)
    await pushImage(client, repository, 'b', 3)
    expect(await tags(client)).toEqual(['b'])
  })

  it('drops none of the tags of the push itself, not even the oldest', async () => {
    for (const [at, tag] of ['a', 'b'].entries()) {
      await pushImage(client, repository, tag, at)
      await env.DB.prepare('UPDATE tags SET updated_at = ? WHERE name = ?').bind(at, tag).run()
    }
    await set('tag_limit = 2')
    const { manifest, digest } = await anImage(client, repository, { seed: 9 })
    await putManifest(client, repository, `${digest}?tag=a&tag=c`, manifest)
    expect(await tags(client)).toEqual(['a', 'c'])
  })

  /** The tag of a signature that cosign makes. */
  const sign = (image: Image, seed = 90) => pushImage(client, repository, `${image.digest.replace(':', '-')}.sig`, seed)

  it('neither counts nor deletes tags that accompany an image', async () => {
    await set('tag_limit = 1')
    const image = await pushImage(client, repository, 'a', 1)
    await sign(image)
    const accompanying = ['.att', '.sbom', ''].map((suffix) => `${image.digest.replace(':', '-')}${suffix}`)
    for (const [at, name] of accompanying.entries()) await pushImage(client, repository, name, 10 * at + 20)
    expect(await tags(client)).toHaveLength(5)
    expect(await tags(client)).toContain('a')
  })

  it('keeps signed tags, and deletes the oldest unsigned one', async () => {
    await set('tag_limit = 2')
    await sign(await pushImage(client, repository, 'signed', 1))
    for (const [at, tag] of ['a', 'b', 'c'].entries()) await pushImage(client, repository, tag, 10 * at + 20)
    expect((await tags(client)).filter((name) => !name.startsWith('sha256-'))).toEqual(['c', 'signed'])
  })

  it('keeps tags that a referrer signs', async () => {
    await set('tag_limit = 1')
    const { digest, manifest } = await pushImage(client, repository, 'signed', 1)
    const fields = {
      artifactType: 'application/vnd.cncf.notary.signature',
      subject: { mediaType: mediaTypes.image, digest, size: manifest.length },
    }
    const signature = await anImage(client, repository, { seed: 40, fields })
    await putManifest(client, repository, signature.digest, signature.manifest)
    const other = await anImage(client, repository, { seed: 50 })
    expect((await putManifest(client, repository, 'b', other.manifest)).status).toBe(409)
    expect(await tags(client)).toEqual(['signed'])
  })

  it('that cannot be met refuses the push, which stores nothing', async () => {
    await set('tag_limit = 1')
    await sign(await pushImage(client, repository, 'signed', 1))
    const { manifest, digest } = await anImage(client, repository, { seed: 50 })
    const before = await countRows('events')
    const response = await putManifest(client, repository, 'b', manifest)
    expect(response.status).toBe(409)
    expect(await problemOf(response)).toMatchObject({
      code: 'DENIED',
      message:
        'the tag limit of alice/app is 1, and the push would exceed it, as signed and immutable tags are kept: delete unused tags, or ask an administrator of alice/app to raise the limit',
    })
    expect(await countRows('manifests', `digest = '${digest}'`)).toBe(0)
    expect(await countRows('events')).toBe(before)
  })

  it('keeps immutable tags, so that a repository of those takes no more tags', async () => {
    await set('immutable_tags = 1, tag_limit = 2')
    await pushImage(client, repository, 'a')
    await pushImage(client, repository, 'b', 10)
    const { manifest } = await anImage(client, repository, { seed: 50 })
    expect((await putManifest(client, repository, 'c', manifest)).status).toBe(409)
    await pushImage(client, repository, 'b', 10)
    expect(await tags(client)).toEqual(['a', 'b'])
  })

  it('refuses a push of more tags at once', async () => {
    await set('tag_limit = 2')
    const { manifest, digest } = await anImage(client, repository)
    const headers = { 'content-type': mediaTypes.image }
    const path = (query: string) => `/v2/${repository}/manifests/${digest}?${query}`
    expect((await client('PUT', path('tag=a&tag=b&tag=c'), { headers, body: manifest })).status).toBe(409)
    expect((await client('PUT', path('tag=a&tag=b'), { headers, body: manifest })).status).toBe(201)
  })

  it('lets a tag move although it is lower than the number of signed tags', async () => {
    await sign(await pushImage(client, repository, 'a', 1))
    await sign(await pushImage(client, repository, 'b', 10), 91)
    await set('tag_limit = 1')
    await pushImage(client, repository, 'b', 30)
    expect((await tags(client)).filter((name) => !name.startsWith('sha256-'))).toEqual(['a', 'b'])
  })

  it('is none when it is zero', async () => {
    for (const tag of ['a', 'b', 'c', 'd']) await pushImage(client, repository, tag)
    expect(await tags(client)).toHaveLength(4)
  })

  it('deletes all surplus tags after it was lowered', async () => {
    for (const tag of ['a', 'b', 'c', 'd']) await pushImage(client, repository, tag)
    await set('tag_limit = 2')
    await pushImage(client, repository, 'e')
    expect(await tags(client)).toHaveLength(2)
    expect(await tags(client)).toContain('e')
  })
})

describe('the events of a push', () => {
  it('name the created repository, each tag, and each deletion', async () => {
    const image = await pushImage(client, repository, 'latest')
    await client('PUT', `/v2/${repository}/manifests/${image.digest}`, {
      headers: { 'content-type': 'application/vnd.oci.image.manifest.v1+json' },
      body: image.manifest,
    })
    await client('DELETE', `/v2/${repository}/manifests/latest`)
    await client('DELETE', `/v2/${repository}/manifests/${image.digest}`)
    await client('DELETE', `/v2/${repository}/manifests/${image.digest}`)
    await client('DELETE', `/v2/${repository}/blobs/${image.config.digest}`)
    const written = await events(`repository = '${repository}'`)
    expect(written.every(({ actor }) => actor === 'alice')).toBe(true)
    expect(written.map(({ type, objectType, objectName }) => [type, objectType, objectName])).toEqual([
      ['CREATE', 'repository', repository],
      ['CREATE', 'tag', 'latest'],
      ['CREATE', 'manifest', image.digest],
      ['DELETE', 'tag', 'latest'],
      ['DELETE', 'manifest', image.digest],
      ['DELETE', 'blob', image.config.digest],
    ])
  })

  it('name the tags that are deleted with their manifest', async () => {
    const image = await pushImage(client, repository, 'a')
    await pushImage(client, repository, 'b')
    await client('DELETE', `/v2/${repository}/manifests/${image.digest}`)
    const deleted = await events(`type = 'DELETE'`)
    expect(deleted.map(({ objectType, objectName }) => [objectType, objectName])).toEqual([
      ['tag', 'a'],
      ['tag', 'b'],
      ['manifest', image.digest],
    ])
  })

  it('do not exist for a refused push', async () => {
    const image = await anImage(client, repository)
    const before = await events()
    await putManifest(client, repository, 'latest', new Uint8Array([...image.manifest, 0x20, 0x7b]))
    expect(await events()).toEqual(before)
  })

  it('count the pushes of the repository', async () => {
    await pushImage(client, repository, 'a')
    await pushImage(client, repository, 'b')
    const pushes = await env.DB.prepare('SELECT pushes FROM repositories').first('pushes')
    expect(pushes).toBe(2)
  })
})
