import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { endJob, mostCheckpointBytes, saveSlice } from '../../src/db/jobs/held-jobs.ts'
import { piecesOf } from '../../src/db/pieces.ts'
import { recordPulls } from '../../src/db/events/pulls.ts'
import { logged } from '../../src/jobs/job-worker.ts'
import { parseDigest, parseTag } from '../../src/names.ts'
import { countRows } from '../support/content.ts'
import { aJob, logOf, takenUp, theJob, worker } from '../support/jobs.ts'
import { longestNamed, referredTo } from '../support/longest-names.ts'
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

/** More than any line of a log has. */
const longestLine = 2500

describe('with the limits of D1', () => {
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

  it.each([
    ['of three bytes', '語'],
    ['that a line must not hold', '\u007F'],
    ['that are no text', '\uD800'],
  ])('a job may say its longest lines in characters %s, also when it ends', async (_, sign) => {
    const numbers = [...Array(400).keys()]
    const lines = numbers.map((number) => logged(Date.now(), `${number} ${sign.repeat(longestLine)}`))
    const job = await takenUp(await aJob({ action: 'sleep' }), worker())
    const slice = { checkpoint: null, lines, now: Date.now(), deaths: 0, leaseUntil: null }
    expect(await saveSlice(strictDatabase(), job, slice)).toBe('running')
    const ending = { status: 'done', lines, now: Date.now(), retry: undefined } as const
    expect(await endJob(strictDatabase(), job, ending)).toBe(true)
    const said = await logOf(job.id)
    expect(said.map((line) => Number.parseInt(line, 10))).toEqual([...numbers, ...numbers])
  })

  it('a job remembers as much as its row has room for, and no more', async () => {
    const job = await takenUp(await aJob({ action: 'sleep' }), worker())
    const save = (size: number) =>
      saveSlice(strictDatabase(), job, {
        checkpoint: JSON.stringify('ü'.repeat((size - 2) / 2)),
        lines: [],
        now: Date.now(),
        deaths: 0,
        leaseUntil: null,
      })
    expect(await save(mostCheckpointBytes)).toBe('running')
    expect((await theJob(job.id)).checkpoint).toHaveLength(mostCheckpointBytes / 2 + 1)
    await expect(save(mostCheckpointBytes + 2)).rejects.toMatchObject({
      failure: { kind: 'job-checkpoint-too-large', bytes: mostCheckpointBytes + 2 },
    })
  })

  it('pulls of the longest names are counted, however many', async () => {
    await referredTo(1)
    const digest = parseDigest(`sha512:${'c'.repeat(128)}`)
    const pulls = Array.from({ length: 5000 }, (_, at) => ({
      actor: '' as const,
      actorId: undefined,
      repository: longestNamed,
      tag: parseTag(`${at}-${'t'.repeat(120)}`),
      digest,
      count: 1,
    }))
    await recordPulls(strictDatabase(), pulls, Date.now())
    expect(await countRows('events', "type = 'GET'")).toBe(5000)
  })
})
