import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { currentSettings } from '../../src/settings/settings.ts'
import { openDatabase } from '../../src/db/database.ts'
import { header, problemOf, type Send } from '../support/client.ts'
import { contentOf, countRows, digestOf, json, pushImage, putManifest, type Image } from '../support/content.ts'
import { deletionsOver } from '../support/jobs.ts'
import { aUser } from '../support/people.ts'

let client: Send
let image: Image

beforeEach(async () => {
  client = await aUser('alice')
  image = await pushImage(client, 'alice/app', 'v1')
})

const bound = (setting: string, most: number) =>
  env.DB.prepare(
    `INSERT INTO settings (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
  )
    .bind(setting, String(most))
    .run()

const tag = (name: string, repository = 'alice/app'): Promise<Response> =>
  putManifest(client, repository, name, image.manifest)

async function begin(repository: string): Promise<[status: number, location: string, answer: Response]> {
  const location = header(await client('POST', `/v2/${repository}/blobs/uploads/`), 'location')
  const answer = await client('PATCH', location, { body: contentOf(10) })
  return [answer.status, location, answer]
}

/** The same image with an annotation of so many characters. */
const anAnnotated = ({ manifest }: Image, length: number) =>
  json({ ...(JSON.parse(new TextDecoder().decode(manifest)) as object), annotations: { k: 'x'.repeat(length) } })

const counter = () => env.DB.prepare("SELECT count FROM namespace_tags WHERE namespace = 'alice'").first('count')

describe('a namespace', () => {
  it('has as many tags as it may have and no more, whatever their repositories', async () => {
    await bound('namespaceMaxTags', 3)
    await pushImage(client, 'alice/other', 'v1')
    expect((await tag('v2')).status).toBe(201)
    const refused = await tag('v3')
    expect(refused.status).toBe(403)
    expect(await problemOf(refused)).toMatchObject({
      code: 'DENIED',
      message: expect.stringContaining('the namespace has reached its limit on tags: delete some'),
    })
    expect(await countRows('tags')).toBe(3)
    expect(await countRows('events', "object_name = 'v3'")).toBe(0)
    // A tag that is there is no further one.
    expect((await tag('v2')).status).toBe(201)
    expect((await client('DELETE', '/v2/alice/other/manifests/v1')).status).toBe(202)
    expect((await tag('v3')).status).toBe(201)
  })

  it('counts its tags, however they come and go', async () => {
    await tag('v2')
    await tag('v2')
    await pushImage(client, 'alice/other', 'v1', 5)
    expect(await counter()).toBe(3)
    await client('DELETE', `/v2/alice/app/manifests/${image.digest}`)
    expect(await counter()).toBe(1)
    await client('DELETE', '/api/v0/repositories/alice/other')
    await deletionsOver()
    expect(await counter()).toBe(0)
  })

  it('has as many repositories as it may have and no more, made by a push or by hand', async () => {
    await bound('namespaceMaxRepositories', 2)
    const make = (name: string) =>
      client('POST', '/api/v0/repositories/alice', {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name }),
      })
    expect((await make('second')).status).toBe(201)
    const refused = await make('third')
    expect([refused.status, (await problemOf(refused)).code]).toEqual([409, 'NAMESPACE_FULL'])
    const { digest } = image.config
    const mounted = await client('POST', `/v2/alice/third/blobs/uploads/?mount=${digest}&from=alice/app`)
    expect([mounted.status, (await problemOf(mounted)).code]).toEqual([403, 'DENIED'])
    const location = header(await client('POST', '/v2/alice/third/blobs/uploads/'), 'location')
    const content = contentOf(500)
    const closed = await client('PUT', `${location}?digest=${await digestOf(content)}`, { body: content })
    expect([closed.status, (await problemOf(closed)).code]).toEqual([403, 'DENIED'])
    expect(await countRows('repositories', 'deleted_name IS NULL')).toBe(2)
    await client('DELETE', '/api/v0/repositories/alice/second')
    expect((await make('third')).status).toBe(201)
  })

  it('has as many open uploads as it may have and no more, in whatever repositories', async () => {
    await bound('namespaceMaxUploads', 2)
    const [first, location] = await begin('alice/app')
    const [second] = await begin('alice/other')
    const [third, , answer] = await begin('alice/third')
    expect([first, second, third]).toEqual([202, 202, 403])
    expect(await problemOf(answer)).toMatchObject({ code: 'DENIED', message: expect.stringContaining('open uploads') })
    expect((await client('PATCH', location, { body: contentOf(10) })).status).toBe(202)
    expect((await client('DELETE', location)).status).toBe(204)
    expect((await begin('alice/third'))[0]).toBe(202)
  })

  it('has a quarter of its open uploads in one repository, so that the others can still be pushed to', async () => {
    await bound('namespaceMaxUploads', 8)
    for (const wanted of [202, 202]) expect((await begin('alice/app'))[0]).toBe(wanted)
    const [status, , answer] = await begin('alice/app')
    expect([status, await answer.text()]).toEqual([403, expect.stringContaining('open uploads of one repository')])
    expect((await begin('alice/other'))[0]).toBe(202)
  })

  it('has as many bytes of manifests in D1 as it may have and no more, and gets them back', async () => {
    const held = () =>
      env.DB.prepare("SELECT size_bytes FROM namespace_manifests WHERE namespace = 'alice'").first<number>('size_bytes')
    const before = await held()
    expect(before).toBe(image.manifest.length)
    await bound('namespaceMaxManifestBytes', (before ?? 0) + 1000)
    const larger = anAnnotated(image, 900)
    expect((await putManifest(client, 'alice/app', 'large', larger)).status).toBe(403)
    expect(await countRows('manifests')).toBe(1)
    await bound('namespaceMaxManifestBytes', (before ?? 0) + larger.length)
    expect((await putManifest(client, 'alice/app', 'large', larger)).status).toBe(201)
    expect((await putManifest(client, 'alice/app', 'again', larger)).status).toBe(201)
    expect(await held()).toBe((before ?? 0) + larger.length)
    await client('DELETE', `/v2/alice/app/manifests/${await digestOf(larger)}`)
    expect(await held()).toBe(before)
    await client('DELETE', '/api/v0/repositories/alice/app')
    await deletionsOver()
    expect(await held()).toBe(0)
  })

  it('is not kept from anything by what others have', async () => {
    for (const setting of ['namespaceMaxTags', 'namespaceMaxRepositories', 'namespaceMaxUploads']) {
      await bound(setting, 1)
    }
    await begin('alice/app')
    const bob = await aUser('bob')
    expect((await pushImage(bob, 'bob/app', 'v1')).digest).toBe(image.digest)
  })
})

it('the defaults of the triggers are those of the settings', async () => {
  const settings = await currentSettings(openDatabase(env.DB), Date.now())
  const { results } = await env.DB.prepare(
    "SELECT sql FROM sqlite_schema WHERE name LIKE 'namespace_%' AND type = 'trigger'",
  ).all<{
    sql: string
  }>()
  const text = results.map(({ sql }) => sql).join('\n')
  for (const name of [
    'namespaceMaxTags',
    'namespaceMaxRepositories',
    'namespaceMaxUploads',
    'namespaceMaxManifestBytes',
  ] as const) {
    expect(text).toContain(`'${name}'), ${settings[name]})`)
  }
})
