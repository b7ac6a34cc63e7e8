import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { problemOf, type Send } from '../../support/client.ts'
import { anImage, countRows, pushImage, putManifest } from '../../support/content.ts'
import { clientOf } from '../../support/people.ts'
import { events } from '../../support/events.ts'

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
      message: 'tags of alice/app are immutable, and 1.0 is another image already: push under a new tag',
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

  it('may be deleted, and then given anew', async () => {
    expect((await client('DELETE', `/v2/${repository}/manifests/1.0`)).status).toBe(202)
    await pushImage(client, repository, '1.0', 50)
    expect(await tags(client)).toEqual(['1.0'])
  })
})

describe('the tag limit', () => {
  it('drops what was pushed longest ago, and writes it down', async () => {
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

  it('is none when it is zero', async () => {
    for (const tag of ['a', 'b', 'c', 'd']) await pushImage(client, repository, tag)
    expect(await tags(client)).toHaveLength(4)
  })

  it('drops all that are too many once it was lowered', async () => {
    for (const tag of ['a', 'b', 'c', 'd']) await pushImage(client, repository, tag)
    await set('tag_limit = 2')
    await pushImage(client, repository, 'e')
    expect(await tags(client)).toHaveLength(2)
    expect(await tags(client)).toContain('e')
  })
})

describe('the events of a push', () => {
  it('tell of the repository that it made, of each tag, and of what was deleted', async () => {
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

  it('tell of the tags that go with their manifest', async () => {
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

  it('are none for a push that was refused', async () => {
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
