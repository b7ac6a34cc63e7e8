import { createExecutionContext, createScheduledController, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, it, vi } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { sweepAbandoned, sweepAll } from '../../src/registry/upload-sweep.ts'
import worker from '../../src/worker.ts'
import { header, withPassword, type Send } from '../support/client.ts'
import { contentOf, countRows, digestOf, pushImage, segmentKeys } from '../support/content.ts'
import { clientOf } from '../support/people.ts'

const repository = 'alice/app'
const day = 24 * 60 * 60 * 1000
const sweepAt = (now: number) => sweepAbandoned({ bucket: env.BUCKET, db: openDatabase(env.DB), now })

async function startedUpload(client: Send): Promise<string> {
  const location = header(await client('POST', `/v2/${repository}/blobs/uploads/`), 'location')
  expect((await client('PATCH', location, { body: contentOf(1000) })).status).toBe(202)
  return location
}

/** A session keeps the second copy until R2 was asked for the first one. */
const duplicatesSettled = () =>
  vi.waitFor(async () => expect(await countRows('segments', 'session_id IS NOT NULL')).toBe(0))

it('deletes an abandoned upload and its bytes after a day, and not before', async () => {
  const client = await clientOf(repository)
  await startedUpload(client)
  await sweepAt(Date.now() + day / 2)
  expect(await countRows('upload_sessions')).toBe(1)
  expect((await segmentKeys()).objects).toHaveLength(1)
  expect(await sweepAt(Date.now() + day + 1000)).toEqual({ sessions: 1, segments: 1, bytes: 1000 })
  expect(await segmentKeys()).toEqual({ rows: [], objects: [] })
})

it('the bytes of a cancelled and of a refused upload go with the next tick', async () => {
  const client = await clientOf(repository)
  await client('DELETE', await startedUpload(client))
  const wrong = await digestOf(contentOf(5))
  expect((await client('PUT', `${await startedUpload(client)}?digest=${wrong}`)).status).toBe(400)
  expect((await segmentKeys()).objects).toHaveLength(2)
  await sweepAt(Date.now())
  expect(await segmentKeys()).toEqual({ rows: [], objects: [] })
})

it('the second copy of a blob goes, the first one stays', async () => {
  const client = await clientOf(repository)
  const digest = await digestOf(contentOf(1000))
  const [first, second] = [await startedUpload(client), await startedUpload(client)]
  for (const location of [first, second]) expect((await client('PUT', `${location}?digest=${digest}`)).status).toBe(201)
  await duplicatesSettled()
  await sweepAt(Date.now())
  expect((await segmentKeys()).objects).toHaveLength(1)
  const response = await client('GET', `/v2/${repository}/blobs/${digest}`)
  expect(new Uint8Array(await response.arrayBuffer())).toEqual(contentOf(1000))
})

it('what is used stays, however old', async () => {
  const client = await clientOf(repository)
  const image = await pushImage(client, repository, 'latest')
  const before = await segmentKeys()
  await sweepAt(Date.now() + 30 * day)
  expect(await segmentKeys()).toEqual(before)
  expect(await countRows('upload_sessions')).toBe(0)
  for (const { digest } of [image.config, ...image.layers]) {
    expect((await client('GET', `/v2/${repository}/blobs/${digest}`)).status).toBe(200)
  }
})

it('a segment that a request may still be writing stays for a day, then goes with its unfinished parts', async () => {
  const upload = await env.BUCKET.createMultipartUpload('segments/unfinished')
  const now = Date.now()
  await env.DB.prepare('INSERT INTO segments (key, offset_bytes, multipart_id, created_at) VALUES (?, 0, ?, ?)')
    .bind('segments/unfinished', upload.uploadId, now)
    .run()
  await sweepAt(now + day - 1000)
  expect((await segmentKeys()).rows).toHaveLength(1)
  await sweepAt(now + day + 1000)
  expect((await segmentKeys()).rows).toEqual([])
  await expect(upload.uploadPart(1, 'late')).rejects.toThrow('10024')
})

it('a crash between R2 and D1 is finished by the next run', async () => {
  const client = await clientOf(repository)
  await client('DELETE', await startedUpload(client))
  const { objects } = await segmentKeys()
  await env.BUCKET.delete(objects)
  expect((await segmentKeys()).rows).toHaveLength(1)
  await sweepAt(Date.now())
  expect((await segmentKeys()).rows).toEqual([])
})

it('the second copy of a blob of several parts goes too', async () => {
  const client = await clientOf(repository)
  const content = contentOf(9 * 1024 * 1024)
  const digest = await digestOf(content)
  for (let copy = 0; copy < 2; copy++) {
    const location = header(await client('POST', `/v2/${repository}/blobs/uploads/`), 'location')
    await client('PATCH', location, { body: new Response(content).body })
    expect((await client('PUT', `${location}?digest=${digest}`)).status).toBe(201)
  }
  await duplicatesSettled()
  expect(await sweepAt(Date.now())).toMatchObject({ segments: 1 })
  expect((await segmentKeys()).objects).toHaveLength(1)
})

it('a first administrator whose password is refused keeps the sweep from nothing', async () => {
  const client = await clientOf(repository)
  await client('DELETE', await startedUpload(client))
  const failing = worker.scheduled(
    createScheduledController(),
    { ...env, BREAKWATER_ADMIN_PASSWORD: 'short' },
    createExecutionContext(),
  )
  await expect(failing).rejects.toThrow(/\b1 of \d+ tasks/)
  expect(await segmentKeys()).toEqual({ rows: [], objects: [] })
})

it('the cron trigger sweeps, and makes the first administrator once', async () => {
  const client = await clientOf(repository)
  await client('DELETE', await startedUpload(client))
  const tick = async (password: string) => {
    const context = createExecutionContext()
    await worker.scheduled(
      createScheduledController(),
      { ...env, BREAKWATER_ADMIN_PASSWORD: password },
      createExecutionContext(),
    )
    await waitOnExecutionContext(context)
  }
  await tick('the first password')
  await tick('another password')
  expect(await segmentKeys()).toEqual({ rows: [], objects: [] })
  expect(await countRows('accounts', 'is_organization = 0')).toBe(1)
  expect((await withPassword('admin', 'the first password')('POST', '/v2/alice/app/blobs/uploads/')).status).toBe(202)
  expect((await withPassword('admin', 'another password')('GET', '/v2/')).status).toBe(401)
})

it('one tick deletes everything that waits, however many uploads were abandoned, while there is time', async () => {
  await env.DB.prepare(
    `INSERT INTO upload_sessions (id, repository, offset_bytes, chunk_count, state, expires_at)
     WITH RECURSIVE n (at) AS (SELECT 1 UNION ALL SELECT at + 1 FROM n WHERE at < 4500)
     SELECT 's' || at, 'user-' || (at / 1000) || '/app-' || (at / 400), 1, 1, 'open', 1 FROM n`,
  ).run()
  await env.DB.prepare(
    `INSERT INTO segments (key, session_id, offset_bytes, size_bytes, created_at)
     SELECT id, id, 0, 1, 1 FROM upload_sessions`,
  ).run()
  const stored = { bucket: env.BUCKET, db: openDatabase(env.DB), now: Date.now() }
  await sweepAll(stored, () => true)
  expect([await countRows('upload_sessions'), await countRows('segments')]).toEqual([3500, 3500])
  await sweepAll(stored, () => false)
  expect([await countRows('upload_sessions'), await countRows('segments')]).toEqual([0, 0])
})

it('keeps a segment that a capability keeps for a document of its own', async () => {
  const insert = (key: string, keptFor: string | null) =>
    env.DB.prepare('INSERT INTO segments (key, offset_bytes, size_bytes, created_at, kept_for) VALUES (?, 0, 1, 1, ?)')
      .bind(key, keptFor)
      .run()
  await insert('segments/kept', 'a capability')
  await insert('segments/given-up', null)
  expect(await sweepAt(Date.now())).toMatchObject({ segments: 1 })
  expect((await segmentKeys()).rows).toEqual(['segments/kept'])
})
