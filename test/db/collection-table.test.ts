/**
 * What may not happen between the look of a collector and its batch, as a table: each row changes one thing, once, and what
 * was decided before must not be done then. Each clause of each statement has a row (see `scripts/mutations/collector.ts`).
 */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { applyDecisions, type Collected, type Decisions } from '../../src/db/collection.ts'
import { openDatabase } from '../../src/db/database.ts'
import { raiseFence } from '../../src/gc/collector.ts'
import type { Digest } from '../../src/names.ts'
import { beginRun } from '../support/collecting.ts'
import type { Send } from '../support/client.ts'
import { contentOf, countRows, pushBlob, segmentKeys } from '../support/content.ts'
import { age, image, index, referrer, type Pushed } from '../support/garbage.ts'
import { clientOf } from '../support/people.ts'

const db = openDatabase(env.DB)
const repository = 'alice/app'
const other = 'bob/app'
const minute = 60_000
const content = contentOf(10)
const largeAnnotations = { annotations: { text: 'x'.repeat(200_000) } }
const defaults = { keepUntagged: false, deleteReferrers: true }

let client: Send
let token: number

beforeEach(async () => {
  client = await clientOf(repository, other)
  ;({ token } = await beginRun())
})

type Kind = 'manifests' | 'links' | 'blobs'
const reviewsOf = { manifests: 'manifest_reviews', links: 'link_reviews', blobs: 'blob_reviews' } as const

interface Review {
  readonly repositoryId: number
  readonly digest: Digest
  readonly since: number
}

async function reviews(kind: Kind): Promise<Review[]> {
  const repositoryId = kind === 'blobs' ? '0 AS repositoryId' : 'repository_id AS repositoryId'
  const { results } = await env.DB.prepare(
    `SELECT ${repositoryId}, digest, since FROM ${reviewsOf[kind]} ORDER BY 1, 2`,
  ).all<Review>()
  return results
}

const nothing: Decisions = {
  manifests: { delete: [], forget: [], wait: [], indexesFirst: [] },
  links: { delete: [], forget: [], wait: [] },
  blobs: { delete: [], forget: [] },
}

/** What a look decided about everything in a queue. */
async function decidedOn(kind: Kind, decision: 'delete' | 'forget' | 'wait' | 'indexesFirst'): Promise<Decisions> {
  const all = await reviews(kind)
  const items = kind === 'blobs' ? all.map(({ digest }) => digest) : all
  expect(items).not.toEqual([])
  return { ...nothing, [kind]: { ...nothing[kind], [decision]: items } }
}

const apply = (decisions: Decisions, keeping = defaults, cutoff = Date.now() - minute): Promise<Collected> =>
  applyDecisions(db, { cutoff, token, keeping }, decisions)

const closeAsAdministrator = async (): Promise<void> => {
  await env.DB.prepare(
    `INSERT INTO write_gate (id, token, closed, reason, until, by) VALUES (1, 0, 1, '', NULL, 'admin')
     ON CONFLICT (id) DO UPDATE SET closed = 1, until = NULL, by = 'admin'`,
  ).run()
}
const raise = (): Promise<void> => raiseFence(db, token + 1)
const sql = async (text: string): Promise<void> => {
  await env.DB.prepare(text).run()
}
const tag = (digest: Digest, name = 'latest'): Promise<void> =>
  sql(`INSERT INTO tags (repository_id, name, digest, updated_by, updated_at)
       SELECT repository_id, '${name}', digest, 'alice', 0 FROM manifests WHERE digest = '${digest}'`)

/** Long ago enough to go, and something is decided about it. */
async function old(): Promise<void> {
  await age(2 * minute)
}

interface Row {
  readonly meanwhile: string
  readonly happens: () => Promise<unknown>
}

/** Whatever the collector wants to delete. */
const never: readonly Row[] = [
  { meanwhile: 'another collector took the lock', happens: raise },
  { meanwhile: 'an administrator made the registry read-only', happens: closeAsAdministrator },
]

const contentNow = async (): Promise<unknown> => [
  await Promise.all(['manifests', 'repository_blobs', 'blobs'].map((table) => countRows(table))),
  await segmentKeys(),
]
const queues = (): Promise<unknown> => Promise.all((['manifests', 'links', 'blobs'] as const).map(reviews))

/** Nothing goes of what was decided, neither rows nor, with what is returned, objects. */
async function expectNothingGoes(decisions: Decisions, happens: Row['happens']): Promise<void> {
  await happens()
  const before = await contentNow()
  const collected = await apply(decisions)
  expect(collected).toMatchObject({ manifests: [], links: [], blobs: [], segments: [] })
  expect(await contentNow()).toEqual(before)
}

/** The queues are as they were after the change. */
async function expectNothingForgotten(decisions: Decisions, happens: Row['happens']): Promise<void> {
  await happens()
  const before = await queues()
  await apply(decisions)
  expect(await queues()).toEqual(before)
}

describe('a manifest that was to go stays when meanwhile', () => {
  let pushed: Pushed
  beforeEach(async () => {
    pushed = await image(client, repository)
    await old()
  })

  it('nothing happened: then it goes', async () => {
    const collected = await apply(await decidedOn('manifests', 'delete'))
    expect(collected.manifests).toEqual([{ repository, digest: pushed.digest }])
  })

  it.each<Row>([
    ...never,
    { meanwhile: 'it got a tag', happens: () => tag(pushed.digest) },
    {
      meanwhile: 'it was pushed again',
      happens: () => image(client, repository),
    },
    {
      meanwhile: 'it was deleted and pushed anew',
      happens: () => sql(`UPDATE manifests SET pushed_at = ${Date.now()}`),
    },
    {
      meanwhile: 'it lost a tag',
      happens: async () => {
        await tag(pushed.digest)
        await sql('DELETE FROM tags')
      },
    },
    {
      meanwhile: 'an index came that lists it, unused as well',
      happens: async () => {
        await index(client, repository, [pushed])
        await old()
      },
    },
    {
      meanwhile: 'a tag came for an index that lists it',
      happens: async () => {
        await index(client, repository, [pushed], { tag: 'latest' })
        await old()
      },
    },
  ])('$meanwhile', async ({ happens }) => {
    await expectNothingGoes(await decidedOn('manifests', 'delete'), happens)
  })
})

describe('a referrer that was to go stays when meanwhile', () => {
  it('what it is about got a tag', async () => {
    const about = await image(client, repository)
    const signature = await referrer(client, repository, about, { seed: 2 })
    await old()
    const all = await decidedOn('manifests', 'delete')
    const [only] = all.manifests.delete.filter(({ digest }) => digest === signature.digest)
    const decisions = { ...nothing, manifests: { ...nothing.manifests, delete: only === undefined ? [] : [only] } }
    await expectNothingGoes(decisions, () => tag(about.digest))
  })
})

describe('a manifest that a setting keeps stays although it was to go', () => {
  it.each([
    { setting: 'untagged ones', keeping: { keepUntagged: true, deleteReferrers: true }, isAbout: false },
    { setting: 'referrers', keeping: { keepUntagged: false, deleteReferrers: false }, isAbout: true },
  ])('$setting', async ({ keeping, isAbout }) => {
    const gone = await image(client, repository)
    if (isAbout) {
      await referrer(client, repository, gone, { seed: 2 })
      await client('DELETE', `/v2/${repository}/manifests/${gone.digest}`)
    }
    await old()
    expect((await apply(await decidedOn('manifests', 'delete'), keeping)).manifests).toEqual([])
    expect(await countRows('manifests')).toBe(1)
  })
})

describe('a blob of a repository that was to go stays when meanwhile', () => {
  beforeEach(async () => {
    await pushBlob(client, repository, content)
    await old()
  })

  it('nothing happened: then it goes', async () => {
    expect((await apply(await decidedOn('links', 'delete'))).links).toHaveLength(1)
  })

  it.each<Row>([
    ...never,
    {
      meanwhile: 'it was pushed again',
      happens: () => pushBlob(client, repository, content),
    },
    {
      meanwhile: 'a manifest named it',
      happens: async () => {
        await image(client, repository, { seed: 7 })
        const { digest } = await pushBlob(client, repository, content)
        await sql(`INSERT INTO manifest_blobs (repository_id, manifest_digest, blob_digest)
                   SELECT repository_id, digest, '${digest}' FROM manifests`)
        await old()
      },
    },
    {
      meanwhile: 'the last manifest that named it went',
      happens: () => sql(`UPDATE link_reviews SET since = ${Date.now()}`),
    },
  ])('$meanwhile', async ({ happens }) => {
    await expectNothingGoes(await decidedOn('links', 'delete'), happens)
  })
})

describe('the bytes of a blob that were to go stay when meanwhile', () => {
  beforeEach(async () => {
    await pushBlob(client, repository, content)
    await sql('DELETE FROM repository_blobs')
    await sql('DELETE FROM link_reviews')
    await old()
  })

  it('nothing happened: then they go', async () => {
    const { blobs, segments } = await apply(await decidedOn('blobs', 'delete'))
    expect([blobs.length, segments.length]).toEqual([1, 1])
  })

  it.each<Row>([
    ...never,
    {
      meanwhile: 'a repository got the blob again',
      happens: async () => {
        await pushBlob(client, other, content)
        await sql('DELETE FROM segments WHERE blob_digest IS NULL')
        await old()
      },
    },
    {
      meanwhile: 'the last repository that had it let it go',
      happens: () => sql(`UPDATE blob_reviews SET since = ${Date.now()}`),
    },
  ])('$meanwhile', async ({ happens }) => {
    await expectNothingGoes(await decidedOn('blobs', 'delete'), happens)
  })

  it('a manifest has them for its body', async () => {
    const large = await image(client, repository, { seed: 5, fields: largeAnnotations })
    const deleted = await client('DELETE', `/v2/${repository}/manifests/${large.digest}`)
    expect(deleted.status).toBe(202)
    await old()
    const all = await decidedOn('blobs', 'delete')
    const decisions = {
      ...all,
      blobs: { delete: all.blobs.delete.filter((digest) => digest === large.digest), forget: [] },
    }
    expect(decisions.blobs.delete).toHaveLength(1)
    await expectNothingGoes(decisions, async () => {
      await image(client, repository, { seed: 5, fields: largeAnnotations })
      await old()
    })
  })
})

describe('a review that was to be forgotten stays when', () => {
  it.each<Row & { readonly kind: Kind }>(
    (['manifests', 'links', 'blobs'] as const).flatMap((kind) => [
      ...never.map((row) => ({ ...row, kind })),
      { kind, meanwhile: 'what it is of is unused by now', happens: async () => {} },
    ]),
  )('$kind: $meanwhile', async ({ kind, happens }) => {
    await image(client, repository)
    const { digest } = await pushBlob(client, repository, content)
    await sql(`DELETE FROM repository_blobs WHERE digest = '${digest}'`)
    await sql('DELETE FROM manifest_blobs')
    await old()
    const decisions = await decidedOn(kind, 'forget')
    await expectNothingForgotten(decisions, happens)
  })

  it.each<Row & { readonly kind: Kind }>(
    (['manifests', 'links', 'blobs'] as const).flatMap((kind) => never.map((row) => ({ ...row, kind }))),
  )('$kind that are used: $meanwhile', async ({ kind, happens }) => {
    await image(client, repository, { tag: 'latest' })
    await sql('INSERT INTO blob_reviews (digest, since) SELECT digest, 1 FROM blobs')
    await old()
    await expectNothingForgotten(await decidedOn(kind, 'forget'), happens)
  })

  it('nothing happened and it is used: then it is forgotten', async () => {
    await image(client, repository, { tag: 'latest' })
    await sql('INSERT INTO blob_reviews (digest, since) SELECT digest, 1 FROM blobs')
    await old()
    for (const kind of ['manifests', 'links', 'blobs'] as const) {
      await apply(await decidedOn(kind, 'forget'))
      expect([kind, await reviews(kind)]).toEqual([kind, []])
    }
  })
})

describe('a review that was to be put off is left alone when', () => {
  it.each<Row & { readonly kind: 'manifests' | 'links' }>(
    (['manifests', 'links'] as const).flatMap((kind) => [
      ...never.map((row) => ({ ...row, kind })),
      {
        kind,
        meanwhile: 'something put it off for longer',
        happens: () => sql(`UPDATE ${reviewsOf[kind]} SET since = ${Date.now()}`),
      },
    ]),
  )('$kind: $meanwhile', async ({ kind, happens }) => {
    await image(client, repository)
    await old()
    const all = await reviews(kind)
    const wait = all.map((review) => ({ ...review, since: review.since + 1000 }))
    await expectNothingForgotten({ ...nothing, [kind]: { ...nothing[kind], wait } }, happens)
  })

  it('no setting keeps it any more', async () => {
    await image(client, repository)
    await old()
    const wait = (await reviews('manifests')).map((review) => ({ ...review, since: -review.since }))
    const decisions = { ...nothing, manifests: { ...nothing.manifests, wait } }
    await expectNothingForgotten(decisions, async () => {})
    await apply(decisions, { ...defaults, keepUntagged: true })
    expect(await reviews('manifests')).toEqual(wait)
  })
})

describe('the indexes of what is listed', () => {
  let child: Pushed
  beforeEach(async () => {
    child = await image(client, repository)
    await index(client, repository, [child])
    await old()
  })
  const childOf = async (): Promise<Review[]> =>
    (await reviews('manifests')).filter(({ digest }) => digest === child.digest)
  const indexesFirst = async (): Promise<Decisions> => ({
    ...nothing,
    manifests: { ...nothing.manifests, indexesFirst: await childOf() },
  })

  it.each<Row>([...never])('are not looked at in place of it when $meanwhile', async ({ happens }) => {
    await expectNothingForgotten(await indexesFirst(), happens)
  })

  it('are looked at in its place, no earlier than they may go', async () => {
    const decisions = await indexesFirst()
    const later = Date.now()
    await sql(`UPDATE manifest_reviews SET since = ${later} WHERE digest <> '${child.digest}'`)
    await apply(decisions)
    expect((await reviews('manifests')).map(({ since }) => since)).toEqual([later])
  })

  it('that are gone leave it in the queue', async () => {
    const decisions = await indexesFirst()
    await sql('DELETE FROM manifest_children')
    await apply(decisions)
    expect(await childOf()).toHaveLength(1)
  })

  it('leave it in the queue when it has just been used', async () => {
    const decisions = await indexesFirst()
    await sql(`UPDATE manifest_reviews SET since = ${Date.now()}`)
    await apply(decisions)
    expect(await childOf()).toHaveLength(1)
  })
})

it('a later lock stays the one that deletes when an earlier one comes late', async () => {
  await raiseFence(db, token + 5)
  await expect(raiseFence(db, token + 1)).rejects.toThrow('another garbage collection has begun')
  expect(await countRows('gc_fence', `token = ${token + 5}`)).toBe(1)
})

it('a batch leaves neither the gate open nor a time that is not its own', async () => {
  await image(client, repository)
  await old()
  await apply(await decidedOn('manifests', 'delete'))
  expect(await countRows('gc_fence', 'freed_since IS NOT NULL')).toBe(0)
  expect(await countRows('write_gate', 'passing IS NOT NULL')).toBe(0)
})
