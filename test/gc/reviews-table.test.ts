/**
 * What may not happen to the queues of the collector between its look and its batch, as a table: each row changes one thing,
 * once, and no review may be forgotten, or put off, that is not to be. The deletions are in `deletions-table.test.ts`.
 */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { raiseFence } from '../../src/gc/collector.ts'
import type { Decisions } from '../../src/gc/store.ts'
import type { Send } from '../support/client.ts'
import { contentOf, countRows, pushBlob } from '../support/content.ts'
import {
  decidedOn,
  execute,
  kinds,
  lateRun,
  never,
  nothing,
  old,
  reviews,
  reviewsOf,
  type LateRun,
  type Review,
  type Row,
} from './support/deciding.ts'
import { image, index, type Pushed } from '../support/garbage.ts'
import { clientOf } from '../support/people.ts'

const db = openDatabase(env.DB)
const repository = 'alice/app'
const content = contentOf(10)

let client: Send
let run: LateRun

beforeEach(async () => {
  client = await clientOf(repository)
  run = await lateRun()
})

describe('a review of used content stays when', () => {
  const used = async (): Promise<void> => {
    await image(client, repository, { tag: 'latest' })
    await execute('INSERT INTO blob_reviews (digest, since) SELECT digest, 1 FROM blobs')
    await old()
  }

  it.each(kinds)('%s: its content is unused by now', async (kind) => {
    await image(client, repository)
    const { digest } = await pushBlob(client, repository, content)
    await execute(`DELETE FROM repository_blobs WHERE digest = '${digest}'`)
    await execute('DELETE FROM manifest_blobs')
    await old()
    await run.expectNothingForgotten(await decidedOn(kind, 'forget'), async () => {})
  })

  describe.each(kinds)('%s: it is used, but', (kind) => {
    it.each(never)('$meanwhile', async ({ happens }) => {
      await used()
      await run.expectNothingForgotten(await decidedOn(kind, 'forget'), happens)
    })
  })

  it('nothing happened and it is used: then it is forgotten', async () => {
    await used()
    for (const kind of kinds) {
      await run.apply(await decidedOn(kind, 'forget'))
      expect([kind, await reviews(kind)]).toEqual([kind, []])
    }
  })
})

describe('a postponed review is left alone when', () => {
  describe.each(['manifests', 'links'] as const)('%s:', (kind) => {
    it.each<Row>([
      ...never,
      {
        meanwhile: 'something put it off for longer',
        happens: () => execute(`UPDATE ${reviewsOf[kind]} SET since = ${Date.now()}`),
      },
    ])('$meanwhile', async ({ happens }) => {
      await image(client, repository)
      await old()
      const all = await reviews(kind)
      const wait = all.map(({ since, ...key }) => Object.assign(key, { since: since + 1000 }))
      await run.expectNothingForgotten({ ...nothing, [kind]: { ...nothing[kind], wait } }, happens)
    })
  })

  it('no setting keeps it any more', async () => {
    await image(client, repository)
    await old()
    const wait = (await reviews('manifests')).map(({ since, ...key }) => Object.assign(key, { since: -since }))
    const decisions = { ...nothing, manifests: { ...nothing.manifests, wait } }
    await run.expectNothingForgotten(decisions, async () => {})
    await run.apply(decisions, { keepUntagged: true, deleteReferrers: true })
    expect(await reviews('manifests')).toEqual(wait)
  })
})

describe('the indexes of a listed manifest', () => {
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
    await run.expectNothingForgotten(await indexesFirst(), happens)
  })

  it('are reviewed in its place, after their own grace period', async () => {
    const decisions = await indexesFirst()
    const later = Date.now()
    await execute(`UPDATE manifest_reviews SET since = ${later} WHERE digest <> '${child.digest}'`)
    await run.apply(decisions)
    expect((await reviews('manifests')).map(({ since }) => since)).toEqual([later])
  })

  it('that are deleted leave it in the queue', async () => {
    const decisions = await indexesFirst()
    await execute('DELETE FROM manifest_children')
    await run.apply(decisions)
    expect(await childOf()).toHaveLength(1)
  })

  it('leave it in the queue when it has just been used', async () => {
    const decisions = await indexesFirst()
    await execute(`UPDATE manifest_reviews SET since = ${Date.now()}`)
    await run.apply(decisions)
    expect(await childOf()).toHaveLength(1)
  })
})

it('a late earlier lock cannot delete after a later one', async () => {
  await raiseFence(db, run.token + 5)
  await expect(raiseFence(db, run.token + 1)).rejects.toThrow('another garbage collection has taken the lock')
  expect(await countRows('gc_fence', `token = ${run.token + 5}`)).toBe(1)
})
