import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { collectSlice, raiseFence } from '../../src/gc/collector.ts'
import { applyDecisions, type Decisions } from '../../src/gc/store.ts'
import { parseDigest } from '../../src/names.ts'
import { sweepAbandoned } from '../../src/registry/upload-sweep.ts'
import { beginRun, collect, finishRun, dryRun, type Wanted } from './support/collecting.ts'
import type { Send } from '../support/client.ts'
import { contentOf, countRows, pushBlob, pushImage, putManifest, segmentKeys } from '../support/content.ts'
import { age, countReviews, digestsOf, image, index, manifestsOf, referrer } from '../support/garbage.ts'
import { plansOf } from '../support/explaining.ts'
import { clientOf } from '../support/people.ts'
import { untruthsIn } from '../support/statement-comments.ts'

const repository = 'alice/app'
const other = 'bob/app'
const minute = 60_000
let client: Send

beforeEach(async () => {
  client = await clientOf(repository, other)
})

const untag = async (tag: string): Promise<void> => {
  expect((await client('DELETE', `/v2/${repository}/manifests/${tag}`)).status).toBe(202)
}

/**
 * A run that deletes what a dry run before it said, and that leaves nothing to do. The second copies that uploads leave of
 * one content go before.
 */
async function collectAsForetold(wanted: Wanted = {}): Promise<readonly string[]> {
  await sweepAbandoned({ bucket: env.BUCKET, db: openDatabase(env.DB), now: Date.now() })
  const foretold = await dryRun(wanted)
  const { lines, freed } = await collect(wanted)
  expect(foretold.lines.toSorted()).toEqual(lines.toSorted())
  expect(foretold.bytes).toBe(freed.bytes)
  expect((await collect(wanted)).lines).toEqual([])
  return lines
}

/** Nothing at all is left, in D1 and in R2. */
async function expectEmpty(): Promise<void> {
  for (const table of ['manifests', 'manifest_blobs', 'manifest_children', 'repository_blobs', 'blobs']) {
    expect([table, await countRows(table)]).toEqual([table, 0])
  }
  expect(await segmentKeys()).toEqual({ rows: [], objects: [] })
  expect(await countReviews()).toBe(0)
}

describe('an image', () => {
  it('whose tag is deleted is deleted with its blobs, and the log says so', async () => {
    const { digest, config, layers } = await pushImage(client, repository, 'latest')
    expect(await collectAsForetold()).toEqual([])
    await untag('latest')
    const lines = await collectAsForetold()
    expect(lines[0]).toBe(`deleted manifest ${repository}@${digest}`)
    expect(lines).toContain(`deleted blob ${config.digest} from ${repository}`)
    expect(lines).toContain(`deleted blob ${layers[0]?.digest} (1000 bytes)`)
    expect(lines).toHaveLength(7)
    await expectEmpty()
  })

  it('whose tag moves is deleted, except for content that the next one shares', async () => {
    await image(client, repository, { tag: 'latest', fields: { annotations: { build: '1' } } })
    // What is used is forgotten, so that the move alone can bring it back.
    expect(await collectAsForetold()).toEqual([])
    const next = await image(client, repository, { tag: 'latest', fields: { annotations: { build: '2' } } })
    expect(await collectAsForetold()).toHaveLength(1)
    expect(await manifestsOf(repository)).toEqual([next.digest])
    expect(await countRows('repository_blobs')).toBe(2)
  })

  it('with another tag stays', async () => {
    await pushImage(client, repository, 'one')
    await pushImage(client, repository, 'two')
    await untag('one')
    expect(await collectAsForetold()).toEqual([])
  })

  it('beyond the tag limit is deleted', async () => {
    await image(client, repository, { tag: 'one', seed: 1 })
    await env.DB.prepare('UPDATE repositories SET tag_limit = 1').run()
    const two = await image(client, repository, { tag: 'two', seed: 2 })
    await collectAsForetold()
    expect(await manifestsOf(repository)).toEqual([two.digest])
  })

  it('in two repositories stays in the one with a tag', async () => {
    await pushImage(client, repository, 'latest')
    await pushImage(client, other, 'latest')
    await untag('latest')
    expect(await collectAsForetold()).toHaveLength(4)
    expect(await countRows('repository_blobs')).toBe(3)
    expect((await segmentKeys()).objects).toHaveLength(3)
  })

  it('too large for a row is deleted with its body', async () => {
    const annotations = { text: 'x'.repeat(200_000) }
    await image(client, repository, { tag: 'latest', fields: { annotations } })
    await image(client, other, { tag: 'latest', fields: { annotations } })
    expect(await countRows('blobs')).toBe(3)
    await untag('latest')
    await collectAsForetold()
    expect(await countRows('blobs')).toBe(3)
    await client('DELETE', `/v2/${other}/manifests/latest`)
    await collectAsForetold()
    await expectEmpty()
  })
})

describe('a deletion by a user', () => {
  it('leaves its blobs to the collector', async () => {
    const { digest } = await pushImage(client, repository, 'latest')
    await client('DELETE', `/v2/${repository}/manifests/${digest}`)
    expect(await collectAsForetold()).toHaveLength(6)
    await expectEmpty()
  })

  it('of a whole repository leaves nothing', async () => {
    const child = await image(client, repository)
    await index(client, repository, [child], { tag: 'latest' })
    await env.DB.batch([
      env.DB.prepare('DELETE FROM manifests'),
      env.DB.prepare('DELETE FROM repository_blobs'),
      env.DB.prepare('DELETE FROM repositories'),
    ])
    await collectAsForetold()
    await expectEmpty()
  })

  it('a pushed blob without a manifest is deleted', async () => {
    await pushBlob(client, repository, contentOf(10))
    await pushBlob(client, other, contentOf(10))
    expect(await collectAsForetold()).toHaveLength(3)
    await expectEmpty()
  })
})

describe('an index', () => {
  it('keeps the manifests that it lists, and the indexes that list those', async () => {
    const child = await image(client, repository)
    const inner = await index(client, repository, [child])
    const outer = await index(client, repository, [inner], { tag: 'latest' })
    expect(await collectAsForetold()).toEqual([])
    expect(await manifestsOf(repository)).toEqual(digestsOf(child, inner, outer))
  })

  it('is deleted with its manifests in one run, except for those with a tag or another index', async () => {
    const [alone, tagged, shared] = [
      await image(client, repository, { seed: 1 }),
      await image(client, repository, { seed: 2, tag: 'tagged' }),
      await image(client, repository, { seed: 3 }),
    ]
    const inner = await index(client, repository, [alone, shared])
    await index(client, repository, [inner, tagged], { tag: 'old' })
    const later = await index(client, repository, [shared], { tag: 'new' })
    await untag('old')
    await collectAsForetold()
    expect(await manifestsOf(repository)).toEqual(digestsOf(tagged, shared, later))
  })

  it('is deleted first when only its manifests were reviewed', async () => {
    const child = await image(client, repository, { tag: 'child' })
    await index(client, repository, [child])
    await env.DB.prepare('DELETE FROM manifest_reviews').run()
    await untag('child')
    expect((await collect()).freed.manifests).toBe(2)
    await expectEmpty()
  })

  it('is deleted with hundreds of others that list the same manifest', async () => {
    const child = await image(client, repository)
    const { id } = (await env.DB.prepare('SELECT id FROM repositories').first<{ id: number }>()) ?? { id: 0 }
    const numbers = 'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 700)'
    const name = `'sha256:' || printf('%064d', i)`
    await env.DB.batch([
      env.DB.prepare(
        `INSERT INTO manifests (repository_id, digest, media_type, size_bytes, body, pushed_by, pushed_at)
         ${numbers} SELECT ?, ${name}, '', 1, '', '', 0 FROM n`,
      ).bind(id),
      env.DB.prepare(
        `INSERT INTO manifest_children (repository_id, manifest_digest, child_digest) ${numbers} SELECT ?, ${name}, ? FROM n`,
      ).bind(id, child.digest),
    ])
    expect((await collect()).freed.manifests).toBe(701)
    await expectEmpty()
  })
})

describe('a referrer', () => {
  it('stays with its subject, and with the index of its subject', async () => {
    const child = await image(client, repository, { seed: 1 })
    const top = await index(client, repository, [child], { tag: 'latest' })
    const signature = await referrer(client, repository, child, { seed: 2 })
    const ofSignature = await referrer(client, repository, signature, { seed: 3 })
    const ofIndex = await referrer(client, repository, top, { seed: 4 })
    expect(await collectAsForetold()).toEqual([])
    expect(await manifestsOf(repository)).toEqual(digestsOf(child, top, signature, ofSignature, ofIndex))
    await untag('latest')
    await collectAsForetold()
    await expectEmpty()
  })

  it('of a missing subject is deleted, unless it has a tag', async () => {
    const gone = await image(client, repository, { seed: 1 })
    await referrer(client, repository, gone, { seed: 2 })
    const tagged = await referrer(client, repository, gone, { seed: 3, tag: 'sha256-x.sig' })
    await client('DELETE', `/v2/${repository}/manifests/${gone.digest}`)
    await collectAsForetold()
    expect(await manifestsOf(repository)).toEqual(digestsOf(tagged))
  })

  it('that lists its own subject is deleted with it', async () => {
    const about = await image(client, repository)
    await index(client, repository, [about], { tag: 'latest', fields: { subject: about.descriptor } })
    expect(await collectAsForetold()).toEqual([])
    await untag('latest')
    await collectAsForetold()
    await expectEmpty()
  })

  it('is not deleted before its subject', async () => {
    const about = await image(client, repository, { seed: 1, tag: 'latest' })
    const signature = await referrer(client, repository, about, { seed: 2, tag: 'signature' })
    await untag('signature')
    await age(10 * minute)
    await untag('latest')
    expect(await collectAsForetold({ cutoff: Date.now() - minute })).toEqual([])
    expect(await manifestsOf(repository)).toEqual(digestsOf(about, signature))
    await age(10 * minute)
    await collectAsForetold({ cutoff: Date.now() - minute })
    await expectEmpty()
  })
})

describe('the grace period', () => {
  const cutoff = (): number => Date.now() - minute

  it('covers content that was just pushed, released or mounted', async () => {
    const layer = await pushBlob(client, repository, contentOf(10))
    await image(client, repository, { seed: 1 })
    await image(client, repository, { seed: 2, tag: 'latest' })
    await untag('latest')
    await client('POST', `/v2/${other}/blobs/uploads/?mount=${layer.digest}&from=${repository}`)
    expect(await collectAsForetold({ cutoff: cutoff() })).toEqual([])
    await age(2 * minute)
    await collectAsForetold({ cutoff: cutoff() })
    await expectEmpty()
  })

  it('starts again with every push and mount of the same content', async () => {
    const layer = await pushBlob(client, repository, contentOf(10))
    const pushed = await image(client, repository)
    const mount = () => client('POST', `/v2/${other}/blobs/uploads/?mount=${layer.digest}&from=${repository}`)
    await mount()
    await age(2 * minute)
    await pushBlob(client, repository, contentOf(10))
    await image(client, repository)
    await mount()
    expect(await collectAsForetold({ cutoff: cutoff() })).toEqual([])
    expect(await manifestsOf(repository)).toEqual([pushed.digest])
    expect(await countRows('repository_blobs')).toBe(4)
  })

  it('of an index covers its manifests', async () => {
    const child = await image(client, repository)
    await age(2 * minute)
    const top = await index(client, repository, [child])
    expect(await collectAsForetold({ cutoff: cutoff() })).toEqual([])
    expect(await manifestsOf(repository)).toEqual(digestsOf(child, top))
  })

  it('of blobs starts when a user deletes their last manifest', async () => {
    const { digest } = await image(client, repository, { tag: 'latest' })
    await age(100 * minute)
    await client('DELETE', `/v2/${repository}/manifests/${digest}`)
    expect(await collectAsForetold({ cutoff: cutoff() })).toEqual([])
    await age(2 * minute)
    await collectAsForetold({ cutoff: cutoff() })
    await expectEmpty()
  })

  it('starts when the image loses its tag, however old the image is', async () => {
    await image(client, repository, { tag: 'latest' })
    await age(100 * minute)
    await untag('latest')
    expect(await collectAsForetold({ cutoff: cutoff() })).toEqual([])
    await age(2 * minute)
    await collectAsForetold({ cutoff: cutoff() })
    await expectEmpty()
  })
})

describe('the setting', () => {
  it('that keeps untagged manifests keeps them and their referrers, until it is changed', async () => {
    const policy = { keepUntagged: true }
    const untagged = await image(client, repository, { seed: 1 })
    const signature = await referrer(client, repository, untagged, { seed: 2 })
    const gone = await image(client, repository, { seed: 3 })
    await referrer(client, repository, gone, { seed: 4 })
    await client('DELETE', `/v2/${repository}/manifests/${gone.digest}`)
    await collectAsForetold({ policy })
    expect(await manifestsOf(repository)).toEqual(digestsOf(untagged, signature))
    // They cost nothing from here on.
    expect((await collect({ policy })).reviewed).toBe(0)
    await collectAsForetold()
    await expectEmpty()
  })

  it('that keeps referrers keeps them without their subjects, until it is changed', async () => {
    const policy = { deleteReferrers: false }
    const about = await image(client, repository, { seed: 1, tag: 'latest' })
    const signature = await referrer(client, repository, about, { seed: 2 })
    await untag('latest')
    await collectAsForetold({ policy })
    expect(await manifestsOf(repository)).toEqual(digestsOf(signature))
    expect((await collect({ policy })).reviewed).toBe(0)
    await collectAsForetold()
    await expectEmpty()
  })
})

it('manifests above each other are deleted, whichever setting has kept one of them before', async () => {
  const about = await image(client, repository)
  await index(client, repository, [about], { fields: { subject: about.descriptor } })
  await collect({ policy: { keepUntagged: true } })
  await collect({ policy: { deleteReferrers: false } })
  expect(await countRows('manifests')).toBe(2)
  await collectAsForetold()
  await expectEmpty()
})

it('manifests that only a setting kept have the rest of a longer grace period after its change', async () => {
  await image(client, repository, { tag: 'latest' })
  await age(10 * minute)
  await untag('latest')
  await collect({ policy: { keepUntagged: true } })
  expect(await collectAsForetold({ cutoff: Date.now() - minute })).toEqual([])
  expect((await collectAsForetold()).length).toBeGreaterThan(0)
})

describe('a run', () => {
  it('deletes nothing once a later one has begun', async () => {
    await image(client, repository)
    const run = await beginRun()
    await raiseFence(openDatabase(env.DB), run.token + 1)
    await expect(collectSlice(run)).rejects.toThrow('another garbage collection has taken the lock')
    // Nor does it say that it is done when nothing is due.
    const long = { ...run, cutoff: 0 }
    await expect(collectSlice(long)).rejects.toThrow('another garbage collection has taken the lock')
    await expect(raiseFence(openDatabase(env.DB), run.token)).rejects.toThrow(
      'another garbage collection has taken the lock',
    )
    expect(await countRows('manifests')).toBe(1)
  })

  it('deletes nothing when a later one begins between its decision and its deletion', async () => {
    await image(client, repository)
    const run = await beginRun()
    const binding = new Proxy(env.DB, {
      get(target, name) {
        if (name === 'prepare') return target.prepare.bind(target)
        return async (statements: D1PreparedStatement[]) => {
          const results = await target.batch(statements)
          await raiseFence(openDatabase(env.DB), run.token + 1)
          return results
        }
      },
    })
    await expect(collectSlice({ ...run, db: openDatabase(binding) })).rejects.toThrow('another garbage collection')
    expect(await countRows('manifests')).toBe(1)
    expect(await countRows('gc_fence', 'freed_since IS NOT NULL')).toBe(0)
    expect(await countRows('write_gate', 'passing IS NOT NULL')).toBe(0)
  })

  it('passes the gate that is closed to all other requests', async () => {
    await pushImage(client, repository, 'latest')
    await untag('latest')
    await env.DB.prepare(
      `INSERT INTO write_gate (id, token, closed, reason, until, by) VALUES (1, 0, 1, '', ?1, '')
       ON CONFLICT (id) DO UPDATE SET closed = 1, until = ?1, by = ''`,
    )
      .bind(Date.now() + 60_000)
      .run()
    await collect()
    await expectEmpty()
    await expect(pushBlob(client, repository, contentOf(10))).rejects.toThrow('405')
    expect(await countRows('write_gate', 'passing IS NOT NULL')).toBe(0)
  })

  it('continues where another one was interrupted, slice by slice', async () => {
    const child = await image(client, repository, { seed: 1 })
    await index(client, repository, [child])
    for (let seed = 2; seed < 6; seed++) await image(client, repository, { seed })
    const first = await beginRun()
    for (let slices = 0; slices < 3; slices++) expect((await collectSlice(first, 1)).isDone).toBe(false)
    await finishRun(await beginRun(), 2)
    await expectEmpty()
  })

  it('deletes the objects of one blob at least in a slice, and of no more than one request may', async () => {
    const numbers = 'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500)'
    await env.DB.batch([
      env.DB.prepare(
        `INSERT INTO blobs (digest, size_bytes, session_id, created_at) VALUES ('sha256:1', 1, 'a', 1), ('sha256:2', 1, 'b', 1)`,
      ),
      env.DB.prepare(
        `INSERT INTO segments (key, blob_digest, offset_bytes, size_bytes, created_at)
         ${numbers} SELECT 'segments/' || i, 'sha256:' || (1 + i / 1200), i, 1, 1 FROM n`,
      ),
      env.DB.prepare(`INSERT INTO blob_reviews (digest, since) VALUES ('sha256:1', 1), ('sha256:2', 1)`),
    ])
    const run = await beginRun()
    expect((await collectSlice(run)).freed).toMatchObject({ blobs: 1, segments: 1199 })
    expect((await collectSlice(run)).freed).toMatchObject({ blobs: 1, segments: 301 })
  })

  it('does not delete content that is used again meanwhile', async () => {
    const { digest, manifest } = await pushImage(client, repository, 'latest')
    await untag('latest')
    const run = await beginRun()
    let batches = 0
    const binding = new Proxy(env.DB, {
      get(target, name) {
        if (name === 'prepare') return target.prepare.bind(target)
        return async (statements: D1PreparedStatement[]) => {
          const results = await target.batch(statements)
          // Once, between the look and the deletion: what was deleted must not come back by this.
          if (++batches === 1) expect((await putManifest(client, repository, 'again', manifest)).status).toBe(201)
          return results
        }
      },
    })
    await collectSlice({ ...run, db: openDatabase(binding) })
    expect(batches).toBe(2)
    expect(await manifestsOf(repository)).toEqual([digest])
    expect((await finishRun(run)).lines).toEqual([])
  })
})

it('a dry run changes nothing', async () => {
  await pushImage(client, repository, 'latest')
  await untag('latest')
  const dump = async () => [await manifestsOf(repository), await countReviews(), await segmentKeys()]
  const before = await dump()
  expect((await dryRun()).lines).toHaveLength(7)
  expect(await dump()).toEqual(before)
})

it('a dry run counts each object that one of its lines stands for', async () => {
  await collect()
  await env.DB.prepare(
    `INSERT INTO segments (key, offset_bytes, size_bytes, created_at) VALUES ('segments/one', 0, 5, 1), ('segments/two', 0, 7, 1)`,
  ).run()
  expect(await dryRun()).toEqual({ lines: ['deleted 2 unreferenced objects (12 bytes)'], objects: 2, bytes: 12 })
  await collect()
})

it('an upload whose repository is gone creates no blob that would never be reviewed', async () => {
  await collect()
  await client('POST', `/v2/${repository}/blobs/uploads/`)
  await env.DB.prepare(
    `INSERT INTO settings (name, value) VALUES ('createRepositoryOnPush', 'false')
     ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
  ).run()
  await expect(pushBlob(client, repository, contentOf(10))).rejects.toThrow('404')
  expect(await countRows('blobs')).toBe(0)
})

/** A run decides this of a blob that is linked again while it looks. */
const aLinkWaits: Decisions = {
  manifests: { delete: [], forget: [], wait: [], indexesFirst: [] },
  links: {
    delete: [],
    forget: [],
    wait: [{ repositoryId: 1, digest: parseDigest(`sha256:${'a'.repeat(64)}`), since: 1 }],
  },
  blobs: { delete: [], forget: [] },
}

it('every statement of a run and of a dry run is served by an index, whatever the settings', async () => {
  const annotations = { text: 'x'.repeat(200_000) }
  const fill = async () => {
    const child = await image(client, repository, { seed: 1, fields: { annotations } })
    await index(client, repository, [child], { tag: 'latest' })
    await referrer(client, repository, child, { seed: 2 })
    await untag('latest')
    await pushImage(client, repository, 'kept', 3)
    await pushBlob(client, other, contentOf(10))
    await image(client, other, { seed: 5 })
  }
  const plans = await plansOf(async (db) => {
    for (const keepUntagged of [true, false]) {
      for (const deleteReferrers of [false, true]) {
        const policy = { keepUntagged, deleteReferrers }
        await fill()
        await dryRun({ policy, cutoff: Date.now() - minute }, db)
        await finishRun({ ...(await beginRun({ policy, cutoff: Date.now() - minute })), db })
        await dryRun({ policy }, db)
        await finishRun({ ...(await beginRun({ policy })), db })
      }
    }
    const keeping = { keepUntagged: false, deleteReferrers: true }
    await applyDecisions(db, { cutoff: 0, token: 0, keeping }, aLinkWaits)
  })
  // What a statement has found or was given already is no table; of segments without an owner all are wanted.
  const isFine = (step: string): boolean =>
    !step.startsWith('SCAN ') ||
    /^SCAN (?:ancestors|below|review|CONSTANT ROW|\(subquery|\w+ VIRTUAL TABLE|segments USING INDEX segments_unowned)/.test(
      step,
    )
  const wholeRepository = / \(repository_id=\?\)/
  const steps = [...plans.values()].flat()
  expect(steps.length).toBeGreaterThan(100)
  expect(steps.filter((step) => !isFine(step) || wholeRepository.test(step))).toEqual([])
  expect(await untruthsIn('src/gc/', plans)).toEqual([])
})
