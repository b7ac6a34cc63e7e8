/** What a push to a repository with a tag limit reads: it follows the limit, and not the number of tags. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { openDatabase, runBatch, type Database } from '../../../src/db/database.ts'
import { pointTags } from '../../../src/db/content/tags.ts'
import { parseDigest, parseRepositoryName, parseTag } from '../../../src/names.ts'
import { countRows } from '../../support/content.ts'
import { rowsReadBy } from '../../support/counting.ts'
import { plansOf } from '../../support/explaining.ts'
import { aRepository, namespaces } from '../../support/people.ts'

const repository = parseRepositoryName('alice/app')
const digest = parseDigest(`sha256:${'a'.repeat(64)}`)
const run = (...statements: string[]) => env.DB.batch(statements.map((sql) => env.DB.prepare(sql)))
const numbers = (count: number): string =>
  `WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${count - 1})`

/** @param digestOf an SQL expression */
const addTags = (count: number, name = "'t' || i", digestOf = `'${digest}'`): string => `
  INSERT INTO tags (repository_id, name, digest, updated_by, updated_at)
  ${numbers(count)} SELECT id, ${name}, ${digestOf}, '', i FROM n, repositories`
const addManifests = (count: number, digestOf: string): string => `
  INSERT INTO manifests (repository_id, digest, media_type, size_bytes, body, pushed_by, pushed_at)
  ${numbers(count)} SELECT id, ${digestOf}, '', 2, '{}', '', 1 FROM n, repositories`

const right = { repository, ground: { repositoryId: 1 }, holder: undefined, scope: undefined }
const pushTag = (tag: string) => (db: Database) =>
  runBatch(db, {
    tags: pointTags({ repository, digest, tags: [parseTag(tag)], push: { right, creates: false }, now: 1_000_000_000 }),
  })
const limit = (tags: number): Promise<unknown> => run(`UPDATE repositories SET tag_limit = ${tags}`)

beforeEach(async () => {
  await namespaces('alice')
  await aRepository(repository)
  await run(addManifests(1, `'${digest}'`))
})

describe('at 100,000 tags a push', () => {
  beforeEach(() => run(addTags(100_000)))

  it('reads a handful of rows without a limit', async () => {
    expect(await rowsReadBy(pushTag('new'))).toBeLessThan(100)
  })

  it('reads as many rows as the limit and the dropped tags, and drops a bounded number', async () => {
    await limit(10)
    expect(await rowsReadBy(pushTag('new'))).toBeLessThan(40_000)
    expect(await countRows('tags')).toBe(100_001 - 1001)
    expect(await countRows('tags', "name = 'new'")).toBe(1)
    expect(await countRows('tags', "name = 't0'")).toBe(0)
  })

  it('reads no more rows than the largest limit', async () => {
    await limit(10_000)
    await run('DELETE FROM tags WHERE name IN (SELECT name FROM tags ORDER BY updated_at LIMIT 90000)')
    expect(await rowsReadBy(pushTag('new'))).toBeLessThan(80_000)
    expect(await countRows('tags')).toBe(10_000)
  })
})

it('in a repository of signed tags, a push reads as many rows as the limit, and is refused', async () => {
  const image = "'sha256:' || printf('%064d', i)"
  await run(
    addManifests(3000, image),
    addTags(3000, "'v' || i", image),
    addTags(3000, "'sha256-' || printf('%064d', i) || '.sig'"),
  )
  await limit(10)
  await expect(pushTag('new')(openDatabase(env.DB))).rejects.toThrow('tag limit is reached')
})

it('every statement of a push finds the tags by an index', async () => {
  await limit(10)
  await run(addTags(20))
  const plans = await plansOf(pushTag('new'))
  const steps = [...plans.values()].flat()
  // "SCAN tags" goes through the bounded subquery of that name.
  const scanned = steps.filter((step) => step.startsWith('SCAN') && !/json_each|subquery|CONSTANT ROW/.test(step))
  expect(scanned.filter((step) => step !== 'SCAN tags')).toEqual([])
  expect(steps.filter((step) => step === 'SCAN tags')).toHaveLength(
    steps.filter((step) => step === 'CO-ROUTINE tags').length,
  )
  expect(steps).toContain('SEARCH tags USING INDEX tags_by_age (repository_id=? AND accompanies=?)')
  expect(steps.filter((step) => step.includes('TEMP B-TREE'))).toEqual([])
})
