/**
 * Decisions of a collector that come late: what was decided about a queue, what may happen meanwhile, and that nothing is
 * done of it then.
 */
import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import { applyDecisions, type Collected, type Decisions } from '../../../src/gc/store.ts'
import { openDatabase } from '../../../src/db/database.ts'
import { raiseFence } from '../../../src/gc/collector.ts'
import type { Digest } from '../../../src/names.ts'
import { beginRun } from './collecting.ts'
import { countRows, segmentKeys } from '../../support/content.ts'
import { age } from '../../support/garbage.ts'

const db = openDatabase(env.DB)
const minute = 60_000
const defaults = { keepUntagged: false, deleteReferrers: true }

export const kinds = ['manifests', 'links', 'blobs'] as const
export type Kind = (typeof kinds)[number]
export const reviewsOf = { manifests: 'manifest_reviews', links: 'link_reviews', blobs: 'blob_reviews' } as const

export interface Review {
  readonly repositoryId: number
  readonly digest: Digest
  readonly since: number
}

export async function reviews(kind: Kind): Promise<Review[]> {
  const repositoryId = kind === 'blobs' ? '0 AS repositoryId' : 'repository_id AS repositoryId'
  const { results } = await env.DB.prepare(
    `SELECT ${repositoryId}, digest, since FROM ${reviewsOf[kind]} ORDER BY 1, 2`,
  ).all<Review>()
  return results
}

export const nothing: Decisions = {
  manifests: { delete: [], forget: [], wait: [], indexesFirst: [] },
  links: { delete: [], forget: [], wait: [] },
  blobs: { delete: [], forget: [] },
}

/** What a look decided about everything in a queue. */
export async function decidedOn(kind: Kind, decision: 'delete' | 'forget'): Promise<Decisions> {
  const all = await reviews(kind)
  const items = kind === 'blobs' ? all.map(({ digest }) => digest) : all
  expect(items).not.toEqual([])
  return { ...nothing, [kind]: { ...nothing[kind], [decision]: items } }
}

export const execute = async (text: string): Promise<void> => {
  await env.DB.prepare(text).run()
}

/** Long ago enough to go. */
export const old = (): Promise<void> => age(2 * minute)

/** Tags a manifest without any trigger of time: only the tag keeps it. */
export const tag = (digest: Digest): Promise<void> =>
  execute(`INSERT INTO tags (repository_id, name, digest, updated_by, updated_at)
           SELECT repository_id, 'latest', digest, 'alice', 0 FROM manifests WHERE digest = '${digest}'`)

/** A row of a table of what may happen between a look and its batch. */
export interface Row {
  readonly meanwhile: string
  readonly happens: (run: LateRun) => Promise<unknown>
}

/** What stops a collector, whatever it wants to do. */
export const never: readonly Row[] = [
  { meanwhile: 'another collector took the lock', happens: ({ token }) => raiseFence(db, token + 1) },
  {
    meanwhile: 'an administrator made the registry read-only',
    happens: () =>
      execute(`INSERT INTO write_gate (id, token, closed, reason, until, by) VALUES (1, 0, 1, '', NULL, 'admin')
               ON CONFLICT (id) DO UPDATE SET closed = 1, until = NULL, by = 'admin'`),
  },
]

/** A run whose batch comes late. */
export interface LateRun {
  readonly token: number
  apply(decisions: Decisions, keeping?: typeof defaults): Promise<Collected>
  /** Nothing goes of what was decided, neither rows nor, with what is returned, objects. */
  expectNothingGoes(decisions: Decisions, happens: Row['happens']): Promise<void>
  /** The queues are as they were after the change. */
  expectNothingForgotten(decisions: Decisions, happens: Row['happens']): Promise<void>
}

export async function lateRun(): Promise<LateRun> {
  const { token } = await beginRun()
  const run: LateRun = {
    token,
    apply: (decisions, keeping = defaults) =>
      applyDecisions(db, { cutoff: Date.now() - minute, token, keeping }, decisions),
    async expectNothingGoes(decisions, happens) {
      await happens(run)
      const before = await contentNow()
      const collected = await run.apply(decisions)
      expect(collected).toMatchObject({ manifests: [], links: [], blobs: [], segments: [] })
      expect(await contentNow()).toEqual(before)
    },
    async expectNothingForgotten(decisions, happens) {
      await happens(run)
      const before = await Promise.all(kinds.map(reviews))
      await run.apply(decisions)
      expect(await Promise.all(kinds.map(reviews))).toEqual(before)
    },
  }
  return run
}

const contentNow = async (): Promise<unknown> => [
  await Promise.all(['manifests', 'repository_blobs', 'blobs'].map((table) => countRows(table))),
  await segmentKeys(),
]
