/** `fsck --repair`: what R2 has lost is marked, and what was restored is not any more. */
import { env } from 'cloudflare:workers'
import { beforeEach, expect, it } from 'vitest'
import { fsckSlice, type FsckSlice } from '../../src/fsck/repair.ts'
import { condemnObjects } from '../../src/fsck/store.ts'
import { openDatabase } from '../../src/db/database.ts'
import { workOnJob } from '../../src/jobs/runner.ts'
import { sweepAbandoned } from '../../src/registry/upload-sweep.ts'
import type { Send } from '../support/client.ts'
import { contentOf, pushImage, type Image } from '../support/content.ts'
import { aJob, logOf, theJob, worker } from '../support/jobs.ts'
import { clientOf } from '../support/people.ts'
import { closeGate, openGate } from '../support/replicas.ts'

const repository = 'acme/app'
const hour = 3600 * 1000
const stores = { db: openDatabase(env.DB), bucket: env.BUCKET }

let client: Send
let image: Image
let layer: string
let key: string

beforeEach(async () => {
  client = await clientOf(repository)
  image = await pushImage(client, repository, 'latest')
  layer = image.layers[0]?.digest ?? ''
  key = (await env.DB.prepare('SELECT key FROM segments WHERE blob_digest = ?').bind(layer).first<string>('key')) ?? ''
})

/** All pages. @returns the log */
async function fsck(parameters: object, now = Date.now() + hour): Promise<string[]> {
  const lines: string[] = []
  let checkpoint: unknown
  for (;;) {
    const slice = await fsckSlice({ ...stores, now, parameters }, checkpoint)
    lines.push(...slice.lines)
    if (slice.isDone) return lines
    checkpoint = JSON.parse(JSON.stringify(slice.checkpoint))
  }
}

const marked = async (): Promise<string[]> => {
  const { results } = await env.DB.prepare('SELECT digest FROM blobs WHERE lost_at IS NOT NULL').all<{
    digest: string
  }>()
  return results.map(({ digest }) => digest)
}

it('marks what is lost, and clients are told that it is not here', async () => {
  await env.BUCKET.delete(key)
  const lines = await fsck({ repair: true })
  expect(lines).toContain(`marked as lost: blob ${layer}`)
  expect(lines.at(-1)).toBe('findings: 2; marked as lost: 1 blobs; restored: 0 blobs')
  expect(await marked()).toEqual([layer])
  expect((await client('HEAD', `/v2/${repository}/blobs/${layer}`)).status).toBe(404)
})

it('marks what is shorter, and by content what has other bytes', async () => {
  await env.BUCKET.put(key, contentOf(999))
  await fsck({ repair: true })
  expect(await marked()).toEqual([layer])
  await env.DB.prepare('UPDATE blobs SET lost_at = NULL').run()
  await env.BUCKET.put(key, contentOf(1000, 77))
  await fsck({ repair: true })
  expect(await marked()).toEqual([])
  await fsck({ repair: true, content: true })
  expect(await marked()).toEqual([layer])
})

for (const [what, loss] of [
  ['the only segment', 'blob_digest = NULL'],
  ['the beginning', 'offset_bytes = 10, size_bytes = size_bytes - 10'],
]) {
  it(`marks a blob of which D1 has lost ${what}, and the next push brings it back`, async () => {
    const path = `/v2/${repository}/blobs/${layer}`
    await env.DB.prepare(`UPDATE segments SET ${loss} WHERE key = ?`).bind(key).run()
    const lines = await fsck({ repair: true })
    expect(lines).toContainEqual(expect.stringMatching(/^blob-incomplete: /))
    expect(lines).toContain(`marked as lost: blob ${layer}`)
    expect([(await client('HEAD', path)).status, (await client('GET', path)).status]).toEqual([404, 500])
    expect((await fsck({ repair: true })).at(-1)).toContain('marked as lost: 0 blobs; restored: 0 blobs')
    await pushImage(client, repository, 'latest')
    expect([await marked(), (await client('GET', path)).status]).toEqual([[], 200])
  })
}

it('marks nothing without being told to, nothing that was written just now, and nothing that is whole', async () => {
  expect(await fsck({ repair: true, content: true })).toEqual([
    'no findings; marked as lost: 0 blobs; restored: 0 blobs',
  ])
  await env.BUCKET.delete(key)
  expect((await fsck({ content: true })).at(-1)).toBe('findings: 1')
  await fsck({ repair: true }, Date.now())
  expect(await marked()).toEqual([])
})

it('takes the mark of what was restored, when its bytes have the digest', async () => {
  const bytes = await env.BUCKET.get(key).then((object) => object?.bytes())
  await env.BUCKET.delete(key)
  await fsck({ repair: true })
  await env.BUCKET.put(key, contentOf(1000, 77))
  expect(await fsck({ repair: true })).not.toContain(`no longer marked as lost: blob ${layer}`)
  expect(await marked()).toEqual([layer])
  await env.BUCKET.put(key, bytes ?? '')
  expect(await fsck({})).toEqual([expect.stringContaining(`blob-lost: blob ${layer}`), 'findings: 1'])
  expect(await fsck({ repair: true })).toContain(`no longer marked as lost: blob ${layer}`)
  expect(await marked()).toEqual([])
})

it('reads restored blobs again for so many bytes in a slice, and leaves the others to the next ones', async () => {
  const { results } = await env.DB.prepare('SELECT key FROM segments ORDER BY key').all<{ key: string }>()
  const kept = new Map<string, ArrayBuffer>()
  for (const { key: each } of results) {
    const object = await env.BUCKET.get(each)
    if (object !== null) kept.set(each, await object.arrayBuffer())
    await env.BUCKET.delete(each)
  }
  await fsck({ repair: true })
  const lost = await marked()
  expect(lost.length).toBeGreaterThan(2)
  for (const [each, bytes] of kept) await env.BUCKET.put(each, bytes)
  const unmarkedInSlices: number[] = []
  let slice: FsckSlice | undefined
  while (slice?.isDone !== true) {
    const before: unknown = JSON.parse(JSON.stringify(slice?.checkpoint ?? null))
    slice = await fsckSlice({ ...stores, now: Date.now() + hour, parameters: { repair: true } }, before, 1)
    const unmarked = slice.lines.filter((line) => line.startsWith('no longer marked as lost')).length
    if (unmarked > 0) unmarkedInSlices.push(unmarked)
  }
  expect(unmarkedInSlices).toEqual(lost.map(() => 1))
  expect(await marked()).toEqual([])
  expect(slice.lines.at(-1)).toBe(`findings: ${lost.length}; marked as lost: 0 blobs; restored: ${lost.length} blobs`)
})

it('reads restored blobs in as few slices as their bytes allow', async () => {
  await env.DB.prepare('UPDATE blobs SET lost_at = 1').run()
  const parameters = { repair: true }
  let slices = 0
  let checkpoint: unknown
  for (let isDone = false; !isDone; slices++) {
    const slice = await fsckSlice({ ...stores, now: Date.now() + hour, parameters }, checkpoint)
    ;({ checkpoint, isDone } = slice)
  }
  expect(await marked()).toEqual([])
  // The seven phases, and one more for all blobs together.
  expect(slices).toBe(8)
})

it('is a job, also while the registry is read-only', async () => {
  await env.DB.prepare('UPDATE segments SET created_at = 1').run()
  await env.BUCKET.delete(key)
  await closeGate()
  const { id } = await aJob({ action: 'fsck', parameters: { repair: true } })
  await workOnJob(worker(), id)
  await openGate()
  expect(await theJob(id)).toMatchObject({ status: 'done' })
  expect(await logOf(id)).toContain(`marked as lost: blob ${layer}`)
  expect(await marked()).toEqual([layer])
})

it('deletes objects that no row refers to, if that is wanted: as those of pushes after a restored backup', async () => {
  const unknown = `segments/${crypto.randomUUID()}`
  const foreign = 'of-another-program'
  for (const one of [unknown, foreign]) await env.BUCKET.put(one, contentOf(10))
  await fsck({ repair: true })
  await sweepAbandoned({ ...stores, now: Date.now() })
  expect(await env.BUCKET.head(unknown)).not.toBeNull()
  const lines = await fsck({ deleteUnknown: true })
  expect(lines).toContain(`is deleted with the next sweep: object ${unknown}`)
  expect(lines.at(-1)).toContain('deleted as unknown: 1 objects')
  await sweepAbandoned({ ...stores, now: Date.now() })
  expect(await env.BUCKET.head(unknown)).toBeNull()
  expect(await env.BUCKET.head(foreign)).not.toBeNull()
  expect((await client('HEAD', `/v2/${repository}/blobs/${layer}`)).status).toBe(200)
})

it('deletes no object that got a row after the look', async () => {
  const objects = [{ key, sizeBytes: 1000 }]
  expect(await condemnObjects(stores.db, objects, Date.now())).toEqual([])
  expect((await client('GET', `/v2/${repository}/blobs/${layer}`)).status).toBe(200)
})
