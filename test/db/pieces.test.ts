import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { saveSlice } from '../../src/db/jobs/held-jobs.ts'
import { piecesOf } from '../../src/db/pieces.ts'
import { recordPulls } from '../../src/db/events/pulls.ts'
import { parseDigest, parseRepositoryName, parseTag } from '../../src/names.ts'
import { mediaTypes } from '../../src/registry/manifest-document.ts'
import { finishRun, beginRun, preview } from '../support/collecting.ts'
import { countRows } from '../support/content.ts'
import { aJob, takenUp, worker } from '../support/jobs.ts'
import { namespaces } from '../support/people.ts'
import { strictBinding, strictDatabase } from '../support/strict-database.ts'

const bytes = (items: readonly unknown[]): number => new TextEncoder().encode(JSON.stringify(items)).length

describe('the pieces of a list', () => {
  it('are as large as they may be, and no larger, by bytes', () => {
    expect(piecesOf([], 10)).toEqual([])
    expect(piecesOf(['aa', 'bb', 'cc'], 10)).toEqual([['aa', 'bb'], ['cc']])
    const texts = Array.from({ length: 1000 }, (_, at) => 'ü'.repeat(at % 50))
    const pieces = piecesOf(texts, 500)
    expect(pieces.flat()).toEqual(texts)
    for (const piece of pieces) expect(bytes(piece)).toBeLessThanOrEqual(501)
  })

  it('hold what is too large by itself', () => {
    expect(piecesOf(['a', 'b'.repeat(20), 'c'], 10)).toEqual([['a'], ['b'.repeat(20)], ['c']])
  })
})

it('the double refuses what D1 refuses', async () => {
  const db = strictBinding()
  expect(() => db.prepare(`SELECT '${'x'.repeat(100_000)}'`)).toThrow('TOOBIG')
  expect(() => db.prepare('SELECT ?').bind('ü'.repeat(1_000_001))).toThrow('TOOBIG')
  expect(() => db.prepare('SELECT ?').bind(...Array.from({ length: 101 }, () => 1))).toThrow('TOOBIG')
  await expect(
    db.batch([db.prepare('SELECT ? AS a, ? AS b').bind('x'.repeat(1_500_000), 'x'.repeat(1_500_000))]),
  ).rejects.toThrow('TOOBIG')
  await expect(db.batch([db.prepare('SELECT ?').bind('x'.repeat(2_000_000))])).resolves.toHaveLength(1)
})

const name = parseRepositoryName(`alice/${'n'.repeat(245)}`)
const sha512 = (prefix: string): string => `'sha512:${prefix}' || printf('%0${128 - prefix.length}d', at)`

/** An index that many are about, all of which is garbage; with the longest names and digests. */
async function garbage(many: number): Promise<void> {
  await namespaces('alice')
  const series = `WITH RECURSIVE n (at) AS (SELECT 1 UNION ALL SELECT at + 1 FROM n WHERE at < ${many})`
  const columns = 'repository_id, digest, media_type, subject, size_bytes, body, pushed_by, pushed_at'
  await env.DB.batch(
    [
      `INSERT INTO repositories (id, name, namespace, created_at) VALUES (1, '${name}', 'alice', 1)`,
      `INSERT INTO manifests (${columns})
       WITH n (at) AS (SELECT 0) SELECT 1, ${sha512('a')}, '${mediaTypes.image}', NULL, 2, '{}', 'alice', 1 FROM n`,
      `INSERT INTO manifests (${columns})
       ${series} SELECT 1, ${sha512('b')}, '${mediaTypes.image}', (SELECT digest FROM manifests), 2, '{}', 'alice', 1 FROM n`,
    ].map((statement) => env.DB.prepare(statement)),
  )
}

describe('with the limits of D1', () => {
  it('a dry run shows thousands of manifests with the longest names', async () => {
    await garbage(4900)
    const { lines } = await preview({}, strictDatabase())
    expect(lines.length).toBeGreaterThan(4900)
  })

  it('a collection deletes them', async () => {
    await garbage(1500)
    await finishRun(await beginRun({ bindings: { DB: strictBinding(), BUCKET: env.BUCKET } }))
    expect(await countRows('manifests')).toBe(0)
  })

  it('a slice of a job may say more than a text may hold, in the order in which it was said', async () => {
    const job = await takenUp(await aJob({ action: 'sleep' }), worker())
    const lines = Array.from({ length: 3000 }, (_, at) => `${at} ${'ü'.repeat(500)}`)
    const slice = { checkpoint: null, lines, now: Date.now(), deaths: 0, leaseUntil: null }
    expect(await saveSlice(strictDatabase(), job, slice)).toBe('running')
    const { results } = await env.DB.prepare('SELECT data FROM job_logs WHERE job_id = ? ORDER BY line_number')
      .bind(job.id)
      .all<{ data: string }>()
    expect(results.map(({ data }) => data)).toEqual(lines)
  })

  it('pulls of the longest names are counted, however many', async () => {
    await garbage(1)
    const digest = parseDigest(`sha512:${'c'.repeat(128)}`)
    const pulls = Array.from({ length: 5000 }, (_, at) => ({
      actor: '' as const,
      actorId: undefined,
      repository: name,
      tag: parseTag(`${at}-${'t'.repeat(120)}`),
      digest,
      count: 1,
    }))
    await recordPulls(strictDatabase(), pulls, Date.now())
    expect(await countRows('events', "type = 'GET'")).toBe(5000)
  })
})
