import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Stores } from '../../src/context.ts'
import { fsckPage } from '../../src/fsck/fsck.ts'
import { checkedThings, type Checked, type Finding } from '../../src/fsck/findings.ts'
import { compareObjects } from '../../src/fsck/objects.ts'
import { openDatabase } from '../../src/db/database.ts'
import { parseTag, type Digest } from '../../src/names.ts'
import { mediaTypes } from '../../src/registry/manifest-document.ts'
import type { Send } from '../support/client.ts'
import { anImage, contentOf, json, pushBlob, pushImage, putManifest, type Image } from '../support/content.ts'
import { brokenStream } from '../support/faults.ts'
import { interceptedDatabase } from '../support/intercepted-database.ts'
import { clientOf } from '../support/people.ts'
import { pin } from '../support/pins.ts'

const repository = 'acme/app'
const stores: Stores = { bucket: env.BUCKET, db: openDatabase(env.DB) }

interface FsckResult {
  readonly findings: readonly Finding[]
  readonly checked: Checked
}

/** All pages, of a few things each. */
async function check({ content = false, limit = 3, of = stores } = {}): Promise<FsckResult> {
  const findings: Finding[] = []
  const checked: Record<string, number> = {}
  let cursor: string | undefined
  do {
    const page = await fsckPage(of, cursor, content, limit)
    findings.push(...page.findings)
    for (const thing of checkedThings) checked[thing] = (checked[thing] ?? 0) + page.checked[thing]
    cursor = page.next
  } while (cursor !== undefined)
  return { findings, checked: checked as Checked }
}

const found = async (options?: Parameters<typeof check>[0]): Promise<[string, string, string][]> =>
  (await check(options)).findings.map(({ kind, subject, repository: where }) => [kind, subject, where])

const run = (sql: string, ...values: unknown[]) =>
  env.DB.prepare(sql)
    .bind(...values)
    .run()

async function firstOf(sql: string, ...values: unknown[]): Promise<Record<string, string>> {
  const row = await env.DB.prepare(sql)
    .bind(...values)
    .first<Record<string, string>>()
  if (row === null) throw new Error(`no row: ${sql}`)
  return row
}

/** A segment of the image's first layer. */
const segmentOf = async (digest: string | undefined): Promise<string> =>
  (await firstOf('SELECT key FROM segments WHERE blob_digest = ?', digest))['key'] ?? ''

describe('fsck', () => {
  let client: Send
  let image: Image

  beforeEach(async () => {
    client = await clientOf(repository, 'acme/other')
    image = await pushImage(client, repository, 'latest')
  })

  it('finds nothing wrong with what was pushed in every way, in pages of any size', async () => {
    const other = await pushImage(client, 'acme/other', 'one', 7)
    const index = json({
      schemaVersion: 2,
      mediaType: mediaTypes.index,
      manifests: [{ mediaType: mediaTypes.image, digest: image.digest, size: image.manifest.length }],
    })
    expect((await putManifest(client, repository, 'index', index, mediaTypes.index)).status).toBe(201)
    const referrer = json({
      schemaVersion: 2,
      mediaType: mediaTypes.image,
      config: { ...image.config, mediaType: 'application/vnd.example.thing' },
      layers: [],
      subject: { mediaType: mediaTypes.image, digest: image.digest, size: image.manifest.length },
    })
    expect((await putManifest(client, repository, 'sig', referrer)).status).toBe(201)
    const large = await anImage(client, 'acme/other', { seed: 30, fields: { annotations: { x: 'ä'.repeat(70_000) } } })
    expect((await putManifest(client, 'acme/other', 'large', large.manifest)).status).toBe(201)
    await chunked(client)

    const wholes = await Promise.all([1, 2, 3, 1000].map((limit) => check({ content: true, limit })))
    const blobs = new Set(
      [image, other, large].flatMap(({ config, layers }) => [config, ...layers].map((b) => b.digest)),
    )
    for (const { findings, checked } of wholes) {
      expect(findings).toEqual([])
      // The body of a large manifest, and the blob of two chunks.
      expect(checked).toMatchObject({ blobs: blobs.size + 2, manifests: 5, tags: 5, objects: checked.segments })
      expect(checked.segments).toBe(blobs.size + 3)
      expect(checked.references).toBe(3 + 3 + 3 + 1 + 1)
    }
    expect(new Set(wholes.map(({ checked }) => JSON.stringify(checked))).size).toBe(1)
  })

  it('finds an object that is missing in R2', async () => {
    const [layer] = image.layers
    const key = await segmentOf(layer?.digest)
    await env.BUCKET.delete(key)
    const { findings } = await check({ content: true })
    expect(findings).toMatchObject([{ kind: 'object-missing', subject: `object ${key}` }])
    expect(findings[0]?.why).toContain(`of blob ${layer?.digest}: restore it from a backup`)
  })

  it('goes on after objects that R2 says it has and that are lost or too short, and finds each', async () => {
    const [lost = '', broken = ''] = await Promise.all(image.layers.map(({ digest }) => segmentOf(digest)))
    let breaks = 0
    const bucket = new Proxy(env.BUCKET, {
      get(target, property) {
        const member: unknown = Reflect.get(target, property)
        if (typeof member !== 'function') return member
        if (property !== 'get') return member.bind(target)
        return async (key: string): Promise<unknown> => {
          if (key === lost) return null
          if (key !== broken) return target.get(key)
          breaks++
          return { body: brokenStream() }
        }
      },
    })
    expect((await found({ of: { ...stores, bucket }, content: true })).sort()).toEqual(
      [
        ['object-unreadable', `object ${lost}`, ''],
        ['object-unreadable', `object ${broken}`, ''],
      ].sort(),
    )
    expect(breaks).toBe(2)
    expect(await found({ content: true })).toEqual([])
  })

  it('finds objects that no row knows, wherever their keys come', async () => {
    const keys = ['a', 'segments/', 'segments/~', 'zzz', 'ключ', '😀/x y']
    for (const key of keys) await env.BUCKET.put(key, 'x')
    for (const limit of [1, 2, 100]) {
      const { findings } = await check({ limit })
      expect(findings.map(({ kind, subject }) => [kind, subject]).sort()).toEqual(
        keys.map((key) => ['object-unknown', `object ${key}`]).sort(),
      )
    }
  })

  it('finds an object of another size, and by its content one of the same', async () => {
    const [first, second] = await Promise.all(image.layers.map(({ digest }) => segmentOf(digest)))
    await env.BUCKET.put(first ?? '', contentOf(999))
    await env.BUCKET.put(second ?? '', contentOf(1001, 77))
    expect(await found()).toEqual([['size-mismatch', `object ${first}`, '']])
    expect(await found({ content: true })).toEqual([
      ['size-mismatch', `object ${first}`, ''],
      ...image.layers.map(({ digest }) => ['content-mismatch', `blob ${digest}`, '']).sort(),
    ])
  })

  it('finds a blob with a gap, with an overlap, and with another size than its parts', async () => {
    const digest = await chunked(client)
    const { key } = await firstOf('SELECT key FROM segments WHERE blob_digest = ? AND offset_bytes > 0', digest)
    await run('UPDATE segments SET offset_bytes = offset_bytes + 1 WHERE key = ?', key)
    expect(await found()).toEqual([
      ['blob-incomplete', `blob ${digest}`, ''],
      ['blob-incomplete', `blob ${digest}`, ''],
    ])
    await run('UPDATE segments SET offset_bytes = 0 WHERE key = ?', key)
    expect((await found()).length).toBeGreaterThan(0)
    await run('UPDATE segments SET offset_bytes = 1000 WHERE key = ?', key)
    expect(await found()).toEqual([])
    await run('UPDATE blobs SET size_bytes = size_bytes + 1 WHERE digest = ?', image.config.digest)
    expect(await found()).toEqual([['blob-incomplete', `blob ${image.config.digest}`, '']])
  })

  it('takes no notice of what is being uploaded, cancelled or deleted', async () => {
    await run(
      `INSERT INTO upload_sessions (id, repository, offset_bytes, chunk_count, state, expires_at)
       VALUES ('open', ?, 0, 0, 'open', 1)`,
      repository,
    )
    const insert = 'INSERT INTO segments (key, session_id, offset_bytes, size_bytes, created_at) VALUES (?, ?, 0, ?, 1)'
    await run(insert, 'segments/being-written', 'open', null)
    await run(insert, 'segments/being-deleted', null, 5)
    await run(insert, 'segments/written-and-left', null, 5)
    await env.BUCKET.put('segments/written-and-left', '12345')
    expect(await found({ content: true })).toEqual([])
    await run(insert, 'segments/written-and-lost', 'open', 5)
    expect(await found()).toEqual([['object-missing', 'object segments/written-and-lost', '']])
  })

  it('asks again for what changed while it looked', async () => {
    const key = await segmentOf(image.config.digest)
    const whole = await env.BUCKET.get(key).then((object) => object?.arrayBuffer())
    // An object that is stored right after the list was made, and one that is deleted then.
    await env.BUCKET.delete(key)
    await env.BUCKET.put('segments/going', 'x')
    const bucket = onList(async () => {
      await env.BUCKET.put(key, whole ?? '')
      await env.BUCKET.delete('segments/going')
    })
    expect(await found({ of: { ...stores, bucket }, limit: 100 })).toEqual([])

    // A row that belongs to nothing any more when it is looked at again.
    await env.BUCKET.delete(key)
    const releasing = onHead(() =>
      run('UPDATE segments SET blob_digest = NULL WHERE key = ?', key).then(() => undefined),
    )
    expect(
      (await found({ of: { ...stores, bucket: releasing }, limit: 100 })).filter(([kind]) => kind === 'object-missing'),
    ).toEqual([])
  })

  it('finds what nothing needs and no review will look at', async () => {
    await pushBlob(client, repository, contentOf(50, 99))
    const untagged = await anImage(client, repository, { seed: 40, layers: 1 })
    expect((await putManifest(client, repository, untagged.digest, untagged.manifest)).status).toBe(201)
    const { digest: unlinked } = await pushBlob(client, 'acme/other', contentOf(51, 98))
    await client('DELETE', `/v2/acme/other/blobs/${unlinked}`)
    expect(await found()).toEqual([])

    for (const table of ['manifest_reviews', 'link_reviews', 'blob_reviews']) await run(`DELETE FROM ${table}`)
    const kinds = await found()
    expect(
      kinds.map(([kind, subject, where]) => [kind, subject.split(' ')[0], subject.endsWith('of a repository'), where]),
    ).toEqual([
      ['unreviewed', 'blob', false, ''],
      ['unreviewed', 'blob', true, repository],
      ['unreviewed', 'manifest', false, repository],
    ])
    expect(kinds.map(([, subject]) => subject)).toContain(`blob ${unlinked}`)
  })

  it('finds nothing wrong with pins, of what is there and of what is not, nor with what they keep', async () => {
    await client('DELETE', `/v2/${repository}/manifests/latest`)
    const gone = `sha256:${'0'.repeat(64)}` as Digest
    await pin(repository, [{ digest: image.digest }, { digest: gone }, { tag: parseTag('missing') }, 'repository'])
    await run('DELETE FROM manifest_reviews')
    expect(await found()).toEqual([])
    await run('DELETE FROM pins')
    await run('DELETE FROM manifest_reviews')
    expect(await found()).toEqual([['unreviewed', `manifest ${image.digest}`, repository]])
  })

  it('finds what no review will look at although a tag has it, which accompanied an image that is deleted', async () => {
    const tag = `${image.digest.replace(':', '-')}.sig`
    const signature = await anImage(client, repository, { seed: 60, layers: 1 })
    expect((await putManifest(client, repository, tag, signature.manifest)).status).toBe(201)
    await run('DELETE FROM manifest_reviews')
    expect(await found()).toEqual([])
    expect((await client('DELETE', `/v2/${repository}/manifests/${image.digest}`)).status).toBe(202)
    expect(await found()).toEqual([])
    await run('DELETE FROM manifest_reviews')
    expect(await found()).toEqual([['unreviewed', `manifest ${signature.digest}`, repository]])
  })

  it('finds a manifest of another size or content, and one whose references are not written down', async () => {
    await run('UPDATE manifests SET size_bytes = 5')
    expect(await found()).toEqual([['size-mismatch', `manifest ${image.digest}`, repository]])
    await run("UPDATE manifests SET size_bytes = length(body) + 1, body = body || ' '")
    expect(await found()).toEqual([])
    const { findings: mismatches } = await check({ content: true })
    expect(mismatches).toEqual([
      {
        kind: 'content-mismatch',
        subject: `manifest ${image.digest}`,
        repository,
        why: expect.stringMatching(/^its bytes have the digest sha256:.*: delete it and push the image again$/),
      },
    ])
    await run('UPDATE manifests SET size_bytes = size_bytes - 1, body = trim(body)')
    await run('DELETE FROM manifest_blobs WHERE blob_digest = ?', image.config.digest)
    await run(
      'INSERT INTO link_reviews SELECT repository_id, digest, 1 FROM repository_blobs WHERE true ON CONFLICT DO NOTHING',
    )
    const { findings } = await check({ content: true })
    expect(findings).toMatchObject([{ kind: 'references-missing', subject: `manifest ${image.digest}`, repository }])
    expect(findings[0]?.why).toContain(`it refers to blob ${image.config.digest}`)
  })

  it('finds references to what is not there, though foreign keys forbid them', async () => {
    const a = `sha256:${'a'.repeat(64)}`
    const { id } = await firstOf('SELECT id FROM repositories')
    const broken = (table: string, columns: string, ...values: unknown[]) =>
      found({
        of: {
          ...stores,
          db: brokenBy(
            env.DB.prepare(`INSERT INTO ${table} (${columns}) VALUES (${values.map(() => '?').join(', ')})`).bind(
              ...values,
            ),
            env.DB.prepare(`DELETE FROM ${table} WHERE rowid = (SELECT max(rowid) FROM ${table})`),
          ),
        },
      })
    const reference = 'repository_id, manifest_digest'
    expect(await broken('tags', 'repository_id, name, digest, updated_by, updated_at', id, 'x', a, '', 1)).toEqual([
      ['dangling-reference', 'tag x', repository],
    ])
    expect(await broken('manifest_blobs', `${reference}, blob_digest`, id, image.digest, a)).toEqual([
      ['dangling-reference', `manifest ${image.digest}`, repository],
    ])
    expect(await broken('manifest_blobs', `${reference}, blob_digest`, id, a, image.config.digest)).toEqual([
      ['dangling-reference', `reference to blob ${image.config.digest}`, repository],
    ])
    expect(await broken('manifest_children', `${reference}, child_digest`, id, a, a)).toEqual([
      ['dangling-reference', `reference to manifest ${a}`, repository],
      ['dangling-reference', `manifest ${a}`, repository],
    ])
    expect(await broken('repository_blobs', 'repository_id, digest, linked_at', id, a, 1)).toEqual([
      ['dangling-reference', `blob ${a} of a repository`, repository],
    ])
    expect(
      await broken('repository_blobs', 'repository_id, digest, linked_at', 12_345, image.config.digest, 1),
    ).toEqual([['dangling-reference', `blob ${image.config.digest} of a repository`, '']])
    expect(
      await broken(
        'manifests',
        'repository_id, digest, media_type, size_bytes, body_digest, pushed_by, pushed_at',
        id,
        a,
        'x',
        5,
        a,
        '',
        1,
      ),
    ).toEqual([['dangling-reference', `manifest ${a}`, repository]])
    expect(await broken('segments', 'key, blob_digest, offset_bytes, created_at', 'segments/x', a, 0, 1)).toEqual([
      ['dangling-reference', 'segment segments/x', ''],
    ])
    expect(await broken('segments', 'key, session_id, offset_bytes, created_at', 'segments/x', 'none', 0, 1)).toEqual([
      ['dangling-reference', 'segment segments/x', ''],
    ])
    expect(await found()).toEqual([])
  })

  it('changes nothing', async () => {
    await env.BUCKET.put('unknown', 'x')
    await env.BUCKET.delete(await segmentOf(image.config.digest))
    const before = await everything()
    expect((await check({ content: true })).findings).toHaveLength(2)
    expect(await everything()).toEqual(before)
  })

  it('refuses a cursor that is none', async () => {
    for (const cursor of ['', 'x', '[]', '["nothing"]', '{"a":1}', '[["objects"]]', '["blob-content"]']) {
      await expect(fsckPage(stores, cursor, false)).rejects.toThrow('cursor: it must be "next" of the previous page')
    }
  })
})

it('a page of content asks D1 twice, however many blobs it reads', async () => {
  const client = await clientOf('acme/app')
  for (const tag of ['one', 'two', 'three']) await pushImage(client, 'acme/app', tag)
  let trips = 0
  const counted = interceptedDatabase(async (_, ask) => {
    trips++
    return ask()
  })
  const page = await fsckPage({ ...stores, db: openDatabase(counted) }, JSON.stringify(['blob-content']), true)
  expect(page.checked.bytes).toBeGreaterThan(0)
  expect(trips).toBe(2)
})

describe('the comparison of rows and objects', () => {
  const row = (key: string, fields: object) => ({
    key,
    sessionId: null,
    blobDigest: null,
    offsetBytes: 0,
    sizeBytes: 1,
    previousEnd: null,
    isDangling: 0 as const,
    ...fields,
  })

  it('doubts what belongs to something and is not as long as it was', () => {
    const rows = [row('a', { sessionId: 's' }), row('b', { sessionId: 's', sizeBytes: null }), row('c', {})]
    expect(compareObjects([], rows).doubtful.map(({ key }) => key)).toEqual(['a'])
    expect(compareObjects([{ key: 'a', sizeBytes: 1 }], rows)).toMatchObject({ doubtful: [], unknown: [], count: 1 })
    expect(compareObjects([{ key: 'd', sizeBytes: 1 }], rows).unknown).toEqual([{ key: 'd', sizeBytes: 1 }])
  })
})

/** A database that is broken whenever it is asked, and whole again afterwards: foreign keys allow no more than that. */
function brokenBy(harm: D1PreparedStatement, mend: D1PreparedStatement): Stores['db'] {
  const defer = env.DB.prepare('PRAGMA defer_foreign_keys = on')
  const asking = (statement: D1PreparedStatement): object => ({
    bind: (...values: unknown[]) => asking(statement.bind(...values)),
    all: async () => (await env.DB.batch([defer, harm, statement, mend]))[2],
  })
  return openDatabase({ prepare: (query: string) => asking(env.DB.prepare(query)) } as D1Database)
}

/** All rows that fsck checks, and all keys. */
async function everything(): Promise<unknown> {
  const tables = ['segments', 'blobs', 'repository_blobs', 'manifests', 'manifest_blobs', 'tags', 'upload_sessions']
  const reviews = ['manifest_reviews', 'link_reviews', 'blob_reviews']
  const rows = await env.DB.batch([...tables, ...reviews].map((table) => env.DB.prepare(`SELECT * FROM ${table}`)))
  return [rows.map(({ results }) => results), (await env.BUCKET.list()).objects.map(({ key }) => key)]
}

/** Bytes that break off. */
/** A blob of two chunks, a thousand bytes and five hundred. */
async function chunked(client: Send): Promise<string> {
  const content = contentOf(1500, 60)
  const { digestOf, streamOf } = await import('../support/content.ts')
  const digest = await digestOf(content)
  const started = await client('POST', `/v2/${repository}/blobs/uploads/`)
  let location = started.headers.get('location') ?? ''
  for (const chunk of [content.slice(0, 1000), content.slice(1000)]) {
    const patched = await client('PATCH', location, { body: streamOf(chunk) })
    expect(patched.status).toBe(202)
    location = patched.headers.get('location') ?? ''
  }
  expect((await client('PUT', `${location}?digest=${digest}`)).status).toBe(201)
  return digest
}

/** The bucket, with something that happens right after its list, or before each look at one object. */
const onList = (happens: () => Promise<void>): R2Bucket => intercepted('list', happens, 'after')
const onHead = (happens: () => Promise<void>): R2Bucket => intercepted('head', happens, 'before')

function intercepted(name: 'list' | 'head', happens: () => Promise<void>, when: 'before' | 'after'): R2Bucket {
  return new Proxy(env.BUCKET, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property)
      if (typeof member !== 'function') return member
      if (property !== name) return member.bind(target)
      return async (...parameters: unknown[]): Promise<unknown> => {
        if (when === 'before') await happens()
        const result: unknown = await Reflect.apply(member, target, parameters)
        if (when === 'after') await happens()
        return result
      }
    },
  })
}
