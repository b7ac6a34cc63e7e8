import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { largestManifestBytes } from '../../src/limits.ts'
import type { Digest } from '../../src/names.ts'
import { mediaTypes } from '../../src/registry/manifest-document.ts'
import { readManifestTexts } from '../../src/registry/manifest-details.ts'
import { header, type Send } from '../support/client.ts'
import { digestOf, json, pushBlob, putManifest } from '../support/content.ts'
import { testContext } from '../support/context.ts'
import { faultyBucket } from '../support/faults.ts'
import { aPerson, clientOf, type Person } from '../support/people.ts'

const configType = 'application/vnd.oci.image.config.v1+json'
const secretConfig = json({
  os: 'linux',
  architecture: 'amd64',
  history: [{ created_by: 'ENV DB_PASSWORD=hunter2', empty_layer: true }],
})

let mallory: Person
let client: Send

beforeEach(async () => {
  mallory = await aPerson('mallory')
  client = await clientOf('mallory/x', 'victim/secret')
})

afterEach(() => vi.restoreAllMocks())

const tagsOf = async (): Promise<string> =>
  (await mallory.ask('GET', '/api/v0/repositories/mallory/x/tags?includeManifests=true')).text()

it('the config of an image is hidden if the repository does not have it', async () => {
  const { digest, size } = await pushBlob(client, 'victim/secret', secretConfig)
  const config = { mediaType: configType, digest, size }
  const fields = { mediaType: mediaTypes.artifact, artifactType: 'a/b' }
  expect((await putManifest(client, 'mallory/x', 'artifact', json(fields), mediaTypes.artifact)).status).toBe(201)
  // No longer taken, but a registry may have one from before.
  await env.DB.prepare('UPDATE manifests SET body = ?')
    .bind(new TextDecoder().decode(json({ ...fields, config })))
    .run()
  const index = json({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [], config2: config })
  expect((await putManifest(client, 'mallory/x', 'index', index, mediaTypes.index)).status).toBe(201)
  const text = await tagsOf()
  expect(text).toContain('artifact')
  expect(text).not.toContain('hunter2')
  expect(text).not.toContain(digest)
})

it('a page tells of many images that share one large config no more than a bound', async () => {
  const step = { created_by: `RUN ${'x'.repeat(10_000)}`, empty_layer: true }
  const content = json({ os: 'linux', history: Array.from({ length: 20 }, () => step) })
  const { digest, size } = await pushBlob(client, 'mallory/x', content)
  for (let at = 0; at < 60; at++) {
    const manifest = json({
      schemaVersion: 2,
      mediaType: mediaTypes.image,
      config: { mediaType: configType, digest, size },
      layers: [],
      annotations: { at: String(at) },
    })
    expect((await putManifest(client, 'mallory/x', await digestOf(manifest), manifest)).status).toBe(201)
  }
  const response = await mallory.ask('GET', '/api/v0/repositories/mallory/x/manifests?pageSize=100')
  const text = await response.text()
  expect(JSON.parse(text)).toHaveLength(60)
  expect(text.length).toBeLessThan(4 * 1024 * 1024)
})

/** Follows a list of the API to its end. */
async function everyPage(path: string): Promise<{ bytes: number; items: Array<{ digest: string; os?: string }> }[]> {
  const pages: { bytes: number; items: Array<{ digest: string; os?: string }> }[] = []
  for (let start: string | undefined = ''; start !== undefined;) {
    const response: Response = await mallory.ask('GET', `${path}&pageStart=${encodeURIComponent(start)}`)
    const text = await response.text()
    pages.push({ bytes: text.length, items: JSON.parse(text) as Array<{ digest: string }> })
    start = header(response, 'x-next-page-start') || undefined
  }
  return pages
}

describe('a page has a budget of bytes, and goes on', () => {
  const budget = 4 * 1024 * 1024

  /** Pushes images whose answers are long: by their configs, or by the urls of their layers. */
  async function pushLong(count: number, isLongIn: 'config' | 'urls' | 'answer'): Promise<string[]> {
    const elsewhere = await digestOf(json({}))
    const urls = Array.from({ length: 32 }, (_, at) => `https://${'x'.repeat(3)}.example/${at}/${'y'.repeat(1000)}`)
    const layers =
      isLongIn === 'urls' ? [1, 2, 3].map(() => ({ mediaType: 'a/b', digest: elsewhere, size: 1, urls })) : []
    const step = { created_by: 'x'.repeat(2000), empty_layer: true }
    const history = Array.from({ length: isLongIn === 'urls' ? 0 : 120 }, () => step)
    const digests: string[] = []
    for (let at = 0; at < count; at++) {
      const own = isLongIn === 'config' ? { at } : {}
      const { digest, size } = await pushBlob(client, 'mallory/x', json({ os: 'linux', history, ...own }))
      const config = { mediaType: configType, digest, size }
      const manifest = json({
        schemaVersion: 2,
        mediaType: mediaTypes.image,
        config,
        layers,
        annotations: { at: `${at}` },
      })
      const pushed = await digestOf(manifest)
      expect((await putManifest(client, 'mallory/x', `t${100 + at}`, manifest)).status).toBe(201)
      digests.push(pushed)
    }
    return digests
  }

  for (const what of ['config', 'urls', 'answer'] as const) {
    it(`in the lists of manifests and of tags, of images that are long in their ${what}`, async () => {
      const digests = await pushLong(what === 'urls' ? 45 : 20, what)
      for (const list of ['manifests?pageSize=100', 'tags?includeManifests=true&pageSize=100']) {
        const pages = await everyPage(`/api/v0/repositories/mallory/x/${list}`)
        expect(pages.length).toBeGreaterThan(1)
        for (const { bytes } of pages) expect(bytes).toBeLessThan(budget + 10_000)
        const found = pages.flatMap(({ items }) => items)
        expect(found.map(({ digest }) => digest).sort()).toEqual([...digests].sort())
        expect(JSON.stringify(found)).not.toContain('"os":""')
      }
    })
  }

  it('in the tags of one digest, each of which shows it again', async () => {
    const [digest] = await pushLong(1, 'config')
    await env.DB.prepare(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40)
       INSERT INTO tags (repository_id, name, digest, updated_by, updated_at)
       SELECT repository_id, 'more-' || i, digest, '', i FROM n, manifests`,
    ).run()
    const pages = await everyPage(`/api/v0/repositories/mallory/x/tags/${digest}?pageSize=100`)
    expect(pages.length).toBeGreaterThan(1)
    for (const { bytes } of pages) expect(bytes).toBeLessThan(budget + 10_000)
    expect(pages.flatMap(({ items }) => items)).toHaveLength(41)
  })

  it('in what the index behind a tag lists', async () => {
    const digests = await pushLong(20, 'config')
    const manifests = digests.map((digest) => ({ mediaType: mediaTypes.image, digest, size: 1 }))
    const index = json({ schemaVersion: 2, mediaType: mediaTypes.index, manifests })
    expect((await putManifest(client, 'mallory/x', 'all', index, mediaTypes.index)).status).toBe(201)
    const pages = await everyPage('/api/v0/repositories/mallory/x/tags/all?pageSize=100')
    expect(pages.length).toBeGreaterThan(1)
    for (const { bytes } of pages) expect(bytes).toBeLessThan(budget + 10_000)
    expect(pages.flatMap(({ items }) => items).map(({ digest }) => digest)).toEqual(digests)
  })

  it('in the lists of repositories, and in what a search finds', async () => {
    await env.DB.prepare(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 90)
       INSERT INTO repositories (name, namespace, created_at, long_description) SELECT 'mallory/y' || i, 'mallory', 0, ? FROM n`,
    )
      .bind('ü'.repeat(25_000))
      .run()
    for (const list of ['repositories?pageSize=100', 'repositories/mallory?pageSize=100']) {
      const first = await mallory.ask('GET', `/api/v0/${list}`)
      expect((await first.arrayBuffer()).byteLength).toBeLessThan(budget + 10_000)
      expect(header(first, 'x-next-page-start')).not.toBe('')
    }
    const found = await mallory.ask('GET', '/api/v0/index/autocomplete?query=mallory/&limit=100')
    expect((await found.arrayBuffer()).byteLength).toBeLessThan(budget + 10_000)
  })
})

describe('a manifest that is too large for a row', () => {
  const read = async (bucket: R2Bucket, outage?: 'omits' | 'fails'): Promise<readonly string[]> => {
    const context = testContext({ bucket })
    const repository = await env.DB.prepare("SELECT id FROM repositories WHERE name = 'mallory/x'").first<number>('id')
    const { results } = await env.DB.prepare(
      'SELECT digest, body_digest AS bodyDigest, size_bytes AS sizeBytes FROM manifests',
    ).all<{ digest: Digest; bodyDigest: Digest; sizeBytes: number }>()
    return [...(await readManifestTexts(context, repository ?? 0, results, largestManifestBytes, outage)).values()]
  }
  const broken = (times: number): R2Bucket =>
    faultyBucket({ call: 'get', message: 'Unspecified error (0)', times, when: 'reading' }).bucket
  const manifest = json({
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: [],
    annotations: { x: 'x'.repeat(140_000) },
  })
  const text = new TextDecoder().decode(manifest)

  beforeEach(async () => {
    vi.spyOn(console, 'error').mockReturnValue()
    expect((await putManifest(client, 'mallory/x', 'large', manifest, mediaTypes.index)).status).toBe(201)
  })

  it('is read again when its stream breaks off', async () => {
    expect([await read(broken(2)), await read(broken(2), 'fails')]).toEqual([[text], [text]])
  })

  it('is omitted from a page in an outage, and missing for nothing else: a signature would wait for its content', async () => {
    expect(await read(broken(99))).toEqual([])
    await expect(read(broken(99), 'fails')).rejects.toMatchObject({ failure: { kind: 'storage-unavailable' } })
  })

  it('is missing once R2 has lost it', async () => {
    for (const { key } of (await env.BUCKET.list()).objects) await env.BUCKET.delete(key)
    expect([await read(env.BUCKET), await read(env.BUCKET, 'fails')]).toEqual([[], []])
  })
})
