/** What happens when R2 has lost the bytes of what D1 says is there. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { markLost } from '../../src/db/lost-content.ts'
import { sweepAbandoned } from '../../src/gc/sweep.ts'
import { mediaTypes } from '../../src/registry/manifest-document.ts'
import { problemOf, tokenFor, type Send } from '../support/client.ts'
import { anImage, contentOf, countRows, digestOf, pushBlob, putManifest, segmentKeys } from '../support/content.ts'
import { countingClient } from '../support/counting.ts'
import { clientOf } from '../support/people.ts'

const repository = 'alice/app'
const content = contentOf(10_000)

let client: Send
let puller: Send
/** Waits for what goes on behind the answers. */
let settle: () => Promise<void>
let digest: string
let path: string

beforeEach(async () => {
  client = await clientOf(repository, 'alice/other')
  const pulling = countingClient(await tokenFor('bob', [{ type: 'repository', name: repository, actions: ['pull'] }]))
  puller = pulling.client
  settle = async () => {
    await pulling.settle()
    // What goes on behind a push ends with this.
    await vi.waitFor(async () => expect(await countRows('segments', 'session_id IS NOT NULL')).toBe(0))
  }
  digest = (await pushBlob(client, repository, content)).digest
  path = `/v2/${repository}/blobs/${digest}`
})

const keysOf = async (of = digest): Promise<string[]> => {
  const found = env.DB.prepare('SELECT key FROM segments WHERE blob_digest = ? ORDER BY offset_bytes').bind(of)
  return (await found.all<{ key: string }>()).results.map(({ key }) => key)
}
const lostAt = (of = digest): Promise<number | null> =>
  env.DB.prepare('SELECT lost_at FROM blobs WHERE digest = ?').bind(of).first<number>('lost_at')
const lose = async (of = digest): Promise<void> => env.BUCKET.delete(await keysOf(of))

const sweep = () => sweepAbandoned({ bucket: env.BUCKET, db: openDatabase(env.DB), now: Date.now() })

async function expectServed(): Promise<void> {
  const response = await puller('GET', path)
  expect(response.status).toBe(200)
  expect(new Uint8Array(await response.arrayBuffer())).toEqual(content)
  expect((await puller('HEAD', path)).status).toBe(200)
}

describe('a blob that R2 has lost', () => {
  it('is an error that says what to do, and is not there for those who ask afterwards', async () => {
    await lose()
    const response = await puller('GET', path)
    expect(response.status).toBe(500)
    expect((await problemOf(response)).message).toBe(
      `the storage has lost bytes of ${digest}: push the image again, which brings them back, or ask an operator to restore them from a backup`,
    )
    await settle()
    expect(await lostAt()).toBeGreaterThan(0)
    for (const asking of [client, puller]) expect((await asking('HEAD', path)).status).toBe(404)
    expect((await puller('GET', path)).status).toBe(500)
  })

  it('is noticed in a range, in several ranges, and when the object is shorter than it was', async () => {
    const [key = ''] = await keysOf()
    await env.BUCKET.put(key, content.slice(0, 5000))
    for (const range of ['bytes=0-9', 'bytes=6000-6009', 'bytes=0-9,20-29', 'bytes=6000-6009,7000-7009']) {
      await env.DB.prepare('UPDATE blobs SET lost_at = NULL').run()
      expect([range, (await puller('GET', path, { headers: { range } })).status]).toEqual([range, 500])
      await settle()
      expect(await lostAt()).toBeGreaterThan(0)
    }
  })

  it('comes back with the next upload, and with its object when that is restored', async () => {
    const [key = ''] = await keysOf()
    await lose()
    await puller('GET', path)
    await settle()
    await pushBlob(client, repository, content)
    expect(await lostAt()).toBeNull()
    await expectServed()
    const keys = await keysOf()
    expect(keys).toHaveLength(1)
    expect(keys).not.toContain(key)
    await sweep()
    expect(await segmentKeys()).toEqual({ rows: keys, objects: keys })

    await lose()
    await puller('GET', path)
    await settle()
    await env.BUCKET.put(keys[0] ?? '', content)
    expect((await puller('GET', path)).status).toBe(200)
  })

  it('comes back with an upload to another repository, also before it was noticed', async () => {
    await lose()
    await pushBlob(client, 'alice/other', content)
    await settle()
    await expectServed()
    const keys = await keysOf()
    await sweep()
    expect(await segmentKeys()).toEqual({ rows: keys, objects: keys })
  })

  it('comes back whole when it had several segments and lost one of them', async () => {
    const large = contentOf(3000, 7)
    const of = await digestOf(large)
    let location = (await client('POST', `/v2/${repository}/blobs/uploads/`)).headers.get('location') ?? ''
    for (const chunk of [large.slice(0, 1000), large.slice(1000, 2000), large.slice(2000)]) {
      location = (await client('PATCH', location, { body: chunk })).headers.get('location') ?? ''
    }
    expect((await client('PUT', `${location}?digest=${of}`)).status).toBe(201)
    const before = await keysOf(of)
    expect(before).toHaveLength(3)
    await env.BUCKET.delete(before[1] ?? '')
    await pushBlob(client, 'alice/other', large)
    await settle()
    const response = await puller('GET', `/v2/${repository}/blobs/${of}`)
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(large)
    await sweep()
    const { rows, objects } = await segmentKeys()
    expect(objects).toEqual(rows)
    for (const key of before) expect(rows).not.toContain(key)
  })

  it('is mounted nowhere once it is marked', async () => {
    await lose()
    await puller('GET', path)
    await settle()
    for (const from of [`&from=${encodeURIComponent(repository)}`, '']) {
      const mounted = await client('POST', `/v2/alice/other/blobs/uploads/?mount=${digest}${from}`)
      expect(mounted.status).toBe(202)
    }
  })
})

describe('an upload of what is there already', () => {
  it('leaves the blob its segments, and nothing behind', async () => {
    const keys = await keysOf()
    await pushBlob(client, 'alice/other', content)
    await settle()
    await sweep()
    expect(await segmentKeys()).toEqual({ rows: keys, objects: keys })
  })

  it('is not marked by a pull that was slow, when it has other segments by now', async () => {
    expect(await markLost(openDatabase(env.DB), 'segments/of-nothing', Date.now())).toBeUndefined()
    const [key = ''] = await keysOf()
    await env.DB.prepare('UPDATE segments SET blob_digest = NULL WHERE key = ?').bind(key).run()
    expect(await markLost(openDatabase(env.DB), key, Date.now())).toBeUndefined()
    expect(await lostAt()).toBeNull()
    expect((await puller('GET', path)).status).toBe(500)
  })
})

describe('a manifest too large for a row that R2 has lost', () => {
  it('is an error, is not there for those who ask, and comes back with the next push', async () => {
    const { manifest, digest: of } = await anImage(client, repository, {
      fields: { annotations: { x: 'x'.repeat(200_000) } },
    })
    expect((await putManifest(client, repository, 'large', manifest, mediaTypes.image)).status).toBe(201)
    await settle()
    await lose(of)
    const response = await puller('GET', `/v2/${repository}/manifests/large`)
    expect([response.status, (await problemOf(response)).message.includes('has lost bytes')]).toEqual([500, true])
    await settle()
    for (const reference of ['large', of]) {
      for (const asking of [client, puller]) {
        expect((await asking('HEAD', `/v2/${repository}/manifests/${reference}`)).status).toBe(404)
      }
    }
    expect((await putManifest(client, repository, 'large', manifest, mediaTypes.image)).status).toBe(201)
    await settle()
    const pulled = await puller('GET', `/v2/${repository}/manifests/large`)
    expect(new Uint8Array(await pulled.arrayBuffer())).toEqual(manifest)
  })
})
