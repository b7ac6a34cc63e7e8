/** Decisions that are late: what has happened since must not be undone by them, and nothing may be forgotten. */
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { applyDecisions, type Decisions } from '../../src/gc/store.ts'
import { openDatabase } from '../../src/db/database.ts'
import { readDue } from '../../src/gc/review-store.ts'
import { raiseFence } from '../../src/gc/collector.ts'
import { beginRun, collect } from './support/collecting.ts'
import { countRows, pushImage } from '../support/content.ts'
import { age } from '../support/garbage.ts'
import { clientOf } from '../support/people.ts'

const db = openDatabase(env.DB)
const repository = 'alice/app'

/** Everything that is due, forgotten. */
async function forgetAll(cutoff: number, keepUntagged: boolean): Promise<Decisions> {
  const due = await readDue(db, cutoff, { keepUntagged, deleteReferrers: true }, 100)
  return {
    manifests: { delete: [], forget: due.manifests, wait: [], indexesFirst: [] },
    links: { delete: [], forget: due.links, wait: [] },
    blobs: { delete: [], forget: due.blobs.map(({ digest }) => digest) },
  }
}

it('a manifest that loses its tag between the decision and the batch is reviewed again, for every setting', async () => {
  const client = await clientOf(repository)
  await pushImage(client, repository, 'latest')
  await age(120_000)
  const cutoff = Date.now() - 60_000
  const { token } = await beginRun()
  const decisions = await forgetAll(cutoff, true)
  expect(decisions.manifests.forget).toHaveLength(1)
  expect((await client('DELETE', `/v2/${repository}/manifests/latest`)).status).toBe(202)
  await applyDecisions(db, { cutoff, token, keeping: { keepUntagged: true, deleteReferrers: true } }, decisions)
  expect(await countRows('manifest_reviews')).toBe(1)
  await collect({ policy: { keepUntagged: true } })
  expect(await countRows('manifests')).toBe(1)
  await collect()
  expect(await countRows('manifests')).toBe(0)
})

it('a collector that has lost its lock forgets nothing', async () => {
  const client = await clientOf(repository)
  await pushImage(client, repository, 'latest')
  await age(120_000)
  const cutoff = Date.now() - 60_000
  const { token } = await beginRun()
  const decisions = await forgetAll(cutoff, false)
  const before = await Promise.all(['manifest_reviews', 'link_reviews'].map((table) => countRows(table)))
  await raiseFence(db, token + 1000)
  await applyDecisions(db, { cutoff, token, keeping: { keepUntagged: false, deleteReferrers: true } }, decisions)
  expect(await Promise.all(['manifest_reviews', 'link_reviews'].map((table) => countRows(table)))).toEqual(before)
  expect(before).not.toContain(0)
  await env.DB.prepare('UPDATE gc_fence SET token = ?').bind(token).run()
})
