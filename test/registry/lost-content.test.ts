/** What happens when R2 has lost the bytes of what D1 says is there. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { markLost } from '../../src/db/content/lost-content.ts'
import { mostSegmentsToLookAt } from '../../src/limits.ts'
import { sweepAbandoned } from '../../src/registry/upload-sweep.ts'
import { parseDigest } from '../../src/names.ts'
import { settleDuplicate } from '../../src/registry/lost-content.ts'
import { mediaTypes } from '../../src/registry/manifest-document.ts'
import { problemOf, tokenFor, type Send } from '../support/client.ts'
import { anImage, contentOf, countRows, digestOf, pushBlob, putManifest, segmentKeys } from '../support/content.ts'
import { testContext } from '../support/context.ts'
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

/** A blob of three segments. */
async function anUploadOfThree() {
  const large = contentOf(3000, 7)
  const of = await digestOf(large)
  let location = (await client('POST', `/v2/${repository}/blobs/uploads/`)).headers.get('location') ?? ''
  for (const chunk of [large.slice(0, 1000), large.slice(1000, 2000), large.slice(2000)]) {
    location = (await client('PATCH', location, { body: chunk })).headers.get('location') ?? ''
  }
  expect((await client('PUT', `${location}?digest=${of}`)).status).toBe(201)
  const before = await keysOf(of)
  expect(before).toHaveLength(3)
  return { large, of, before }
}

describe('a blob that R2 has lost', () => {
  it('is an error that says what to do, and is not there for those who ask afterwards', async () => {
    await lose()
    const response = await puller('GET', path)
    expect(response.status).toBe(500)
    expect((await problemOf(response)).message).toBe(
      `the storage has lost bytes of ${digest}: push the image again to restore them, or ask the operator to restore them from a backup`,
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

  it('is marked as well when D1 has lost the rows of its segments, and comes back with the next upload', async () => {
    await env.DB.prepare('DELETE FROM segments WHERE blob_digest = ?').bind(digest).run()
    expect((await puller('GET', path)).status).toBe(500)
    await settle()
    expect(await lostAt()).toBeGreaterThan(0)
    expect((await client('HEAD', path)).status).toBe(404)
    await pushBlob(client, repository, content)
    await expectServed()
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

  it('comes back when it is among so many segments that are looked at, and not with one that is further behind', async () => {
    const many = contentOf(mostSegmentsToLookAt + 1, 7)
    const { digest: of } = await pushBlob(client, repository, many)
    await lose(of)
    await env.DB.prepare('UPDATE segments SET blob_digest = NULL WHERE blob_digest = ?').bind(of).run()
    const insert = env.DB.prepare(
      'INSERT INTO segments (key, blob_digest, offset_bytes, size_bytes, created_at) VALUES (?, ?, ?, 1, 0)',
    )
    const keys = Array.from(many, (_, at) => `segments/piece-${at}`)
    await env.DB.batch(keys.map((key, at) => insert.bind(key, of, at)))
    await Promise.all(keys.map((key, at) => env.BUCKET.put(key, many.slice(at, at + 1))))
    for (const [lost, segments] of [
      [mostSegmentsToLookAt, mostSegmentsToLookAt + 1],
      [mostSegmentsToLookAt - 1, 1],
    ] as const) {
      await env.BUCKET.delete(`segments/piece-${lost}`)
      await pushBlob(client, repository, many)
      await settle()
      expect(await keysOf(of)).toHaveLength(segments)
    }
  })

  it('comes back whole when it had several segments and lost one of them', async () => {
    const { large, of, before } = await anUploadOfThree()
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

  it('is an error before the answer begins, whichever of its segments is lost and whichever bytes are wanted', async () => {
    const { large, of, before } = await anUploadOfThree()
    await env.BUCKET.delete(before[2] ?? '')
    const get = (headers = {}) => puller('GET', `/v2/${repository}/blobs/${of}`, { headers })
    // The first one to find it has sent the first bytes by then.
    await expect(get().then((response) => response.arrayBuffer())).rejects.toThrow()
    await settle()
    expect(await lostAt(of)).toBeGreaterThan(0)
    for (const headers of [{}, { range: 'bytes=0-9' }]) {
      const response = await get(headers)
      expect([response.status, (await problemOf(response)).message]).toEqual([
        500,
        expect.stringContaining('has lost bytes'),
      ])
    }
    await env.BUCKET.put(before[2] ?? '', large.slice(2000))
    expect(new Uint8Array(await (await get()).arrayBuffer())).toEqual(large)
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

  it('gives the blob its segments when that is marked before R2 was asked, whatever R2 has', async () => {
    const [key = ''] = await keysOf()
    // As an upload leaves it that has just ended.
    await env.BUCKET.put('segments/again', content)
    await env.DB.batch([
      env.DB.prepare(
        `INSERT INTO upload_sessions (id, repository, offset_bytes, chunk_count, digest, state, expires_at)
         VALUES ('again', ?, ?, 1, ?, 'finished', ?)`,
      ).bind(repository, content.length, digest, Date.now() + 60_000),
      env.DB.prepare(
        `INSERT INTO segments (key, session_id, offset_bytes, size_bytes, created_at)
         VALUES ('segments/again', 'again', 0, ?, 1)`,
      ).bind(content.length),
      env.DB.prepare('UPDATE blobs SET lost_at = 1'),
    ])
    // Other bytes than those that are wanted, and as many.
    await env.BUCKET.put(key, contentOf(content.length, 99))
    await settleDuplicate(testContext(), 'again', parseDigest(digest))
    expect([await keysOf(), await lostAt()]).toEqual([['segments/again'], null])
    await expectServed()
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
