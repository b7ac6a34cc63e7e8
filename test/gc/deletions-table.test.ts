/**
 * What may not happen between the look of a collector and its batch, as a table: each row changes one thing, once, and what
 * was to go must stay. Each clause of each deleting statement has a row; `npm run mutations` takes them out one by one.
 */
import { beforeEach, describe, expect, it } from 'vitest'
import type { Send } from '../support/client.ts'
import { contentOf, countRows, pushBlob } from '../support/content.ts'
import { decidedOn, execute, lateRun, never, nothing, old, tag, type LateRun, type Row } from './support/deciding.ts'
import { image, index, referrer, type Pushed } from '../support/garbage.ts'
import { clientOf } from '../support/people.ts'

const repository = 'alice/app'
const content = contentOf(10)
const largeAnnotations = { annotations: { text: 'x'.repeat(200_000) } }

let client: Send
let run: LateRun

beforeEach(async () => {
  client = await clientOf(repository)
  run = await lateRun()
})

describe('a garbage manifest stays if meanwhile', () => {
  let pushed: Pushed
  beforeEach(async () => {
    pushed = await image(client, repository)
    await old()
  })

  it('deletes content that nothing has touched since', async () => {
    const collected = await run.apply(await decidedOn('manifests', 'delete'))
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
      meanwhile: 'a client that may push was told that it is there',
      // What HEAD writes (test/routes/v2/confirmation.test.ts), which leaves alone what is as young as in this test.
      happens: () => execute(`UPDATE manifests SET confirmed_at = ${Date.now()}`),
    },
    {
      meanwhile: 'it was deleted and pushed again',
      happens: () => execute(`UPDATE manifests SET pushed_at = ${Date.now()}`),
    },
    {
      meanwhile: 'it lost a tag',
      happens: async () => {
        await tag(pushed.digest)
        await execute('DELETE FROM tags')
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
    await run.expectNothingGoes(await decidedOn('manifests', 'delete'), happens)
  })
})

describe('a garbage referrer stays if meanwhile', () => {
  it('its subject got a tag', async () => {
    const about = await image(client, repository)
    const signature = await referrer(client, repository, about, { seed: 2 })
    await old()
    const all = await decidedOn('manifests', 'delete')
    const ofSignature = all.manifests.delete.filter(({ digest }) => digest === signature.digest)
    const decisions = { ...nothing, manifests: { ...nothing.manifests, delete: ofSignature } }
    await run.expectNothingGoes(decisions, () => tag(about.digest))
  })
})

describe('a garbage manifest stays if a setting keeps it by now', () => {
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
    expect((await run.apply(await decidedOn('manifests', 'delete'), keeping)).manifests).toEqual([])
    expect(await countRows('manifests')).toBe(1)
  })
})

describe('a garbage blob of a repository stays if meanwhile', () => {
  beforeEach(async () => {
    await pushBlob(client, repository, content)
    await old()
  })

  it('deletes content that nothing has touched since', async () => {
    expect((await run.apply(await decidedOn('links', 'delete'))).links).toHaveLength(1)
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
        await execute(`INSERT INTO manifest_blobs (repository_id, manifest_digest, blob_digest)
                   SELECT repository_id, digest, '${digest}' FROM manifests`)
        await old()
      },
    },
    {
      meanwhile: 'the last manifest that named it went',
      happens: () => execute(`UPDATE link_reviews SET since = ${Date.now()}`),
    },
  ])('$meanwhile', async ({ happens }) => {
    await run.expectNothingGoes(await decidedOn('links', 'delete'), happens)
  })
})

describe('the garbage bytes of a blob stay if meanwhile', () => {
  beforeEach(async () => {
    await pushBlob(client, repository, content)
    await execute('DELETE FROM repository_blobs')
    await execute('DELETE FROM link_reviews')
    await old()
  })

  it('deletes all content that nothing has touched since', async () => {
    const { blobs, segments } = await run.apply(await decidedOn('blobs', 'delete'))
    expect([blobs.length, segments.length]).toEqual([1, 1])
  })

  it.each<Row>([
    ...never,
    {
      meanwhile: 'a repository got the blob again',
      happens: async () => {
        await pushBlob(await clientOf('bob/app'), 'bob/app', content)
        await execute('DELETE FROM segments WHERE blob_digest IS NULL')
        await old()
      },
    },
    {
      meanwhile: 'the last repository that had it let it go',
      happens: () => execute(`UPDATE blob_reviews SET since = ${Date.now()}`),
    },
  ])('$meanwhile', async ({ happens }) => {
    await run.expectNothingGoes(await decidedOn('blobs', 'delete'), happens)
  })

  it('a manifest has them as its body', async () => {
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
    await run.expectNothingGoes(decisions, async () => {
      await image(client, repository, { seed: 5, fields: largeAnnotations })
      await old()
    })
  })
})

it('a batch leaves neither the gate open nor a time of release behind', async () => {
  await image(client, repository)
  await old()
  await run.apply(await decidedOn('manifests', 'delete'))
  expect(await countRows('gc_fence', 'freed_since IS NOT NULL')).toBe(0)
  expect(await countRows('write_gate', 'passing IS NOT NULL')).toBe(0)
})
