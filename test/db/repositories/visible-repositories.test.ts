/** The list of visible repositories, compared with the one decision about each repository. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../../../src/db/database.ts'
import {
  allNames,
  countVisible,
  listVisible,
  namesFrom,
  namesIn,
  startingAt,
  type NameRange,
  type Viewer,
} from '../../../src/db/repositories/visible-repositories.ts'
import { parseAccountName } from '../../../src/names.ts'
import { rowsReadBy } from '../../support/counting.ts'
import { viewerOf } from '../../support/people.ts'
import { crowd, furnish, limits, notWhollyFor, organizations, viewers, visibleTo } from '../../support/viewers.ts'

const db = openDatabase(env.DB)

const expectedFor = async (viewer: string | undefined, { from, until }: NameRange): Promise<string[]> =>
  (await visibleTo(viewer)).filter((name) => name >= from && name < until)

/** Every page of a range, put together. */
async function allPages(viewer: Viewer, range: NameRange, size: number): Promise<string[]> {
  const found: string[] = []
  let rest = range
  for (;;) {
    const read = await listVisible(db, viewer, rest, size + 1)
    found.push(...read.slice(0, size).map(({ name }) => name))
    const next = read[size]
    if (next === undefined) return found
    rest = startingAt(range, next.name)
  }
}

const ranges: Record<string, NameRange> = {
  everything: allNames,
  'a namespace': namesIn(parseAccountName('acme')),
  'a namespace whose name goes on': namesIn(parseAccountName('acme-labs')),
  'a namespace that does not exist': namesIn(parseAccountName('missing')),
  'the names with a beginning': namesFrom('acme/app'),
  'the names with a beginning of several namespaces': namesFrom('acme'),
  'a namespace from the middle on': startingAt(namesIn(parseAccountName('acme')), 'acme/app/deep'),
  'a namespace from before its beginning': startingAt(namesIn(parseAccountName('beta')), 'acme/app'),
  'a namespace from after its end': startingAt(namesIn(parseAccountName('acme')), 'beta/app'),
}

describe('the list of visible repositories', () => {
  beforeEach(async () => furnish())

  for (const [who, viewer] of Object.entries(viewers)) {
    it(`has for ${who} exactly those on which they have a level, page by page`, async () => {
      for (const [what, range] of Object.entries(ranges)) {
        const expected = await expectedFor(viewer, range)
        for (const size of [2, 100]) {
          expect([what, size, await allPages(await viewerOf(viewer), range, size)]).toEqual([what, size, expected])
        }
        const name = await viewerOf(viewer)
        expect([what, await countVisible(db, name, range, 1000)]).toEqual([what, expected.length])
        expect([what, await countVisible(db, name, range, 2)]).toEqual([what, Math.min(expected.length, 2)])
      }
    })
  }

  for (const [what, limit] of Object.entries(limits)) {
    it(`has for a login that is limited ${what} exactly what the limit leaves, for every viewer`, async () => {
      for (const name of Object.values(viewers).filter(
        (who) => who !== undefined && who !== 'gone' && who !== 'nobody-has-this-name',
      )) {
        const viewer = await viewerOf(name, limit)
        const visible = await visibleTo(name, limit)
        for (const range of Object.values(ranges)) {
          const expected = visible.filter((found) => found >= range.from && found < range.until)
          for (const size of [1, 100]) {
            expect([name, range, size, await allPages(viewer, range, size)]).toEqual([name, range, size, expected])
          }
          expect([name, range, await countVisible(db, viewer, range, 1000)]).toEqual([name, range, expected.length])
        }
      }
    })
  }

  it('differs from viewer to viewer, so that the comparison means something', async () => {
    const lists = await Promise.all(Object.values(viewers).map((viewer) => expectedFor(viewer, allNames)))
    const distinct = new Set(lists.map((list) => list.join()))
    // An unknown user, a member without a team and a deactivated account see only what is public.
    expect(distinct.size).toBe(lists.length - 3)
  })

  it('returns all fields of each repository', async () => {
    const range = startingAt(allNames, 'acme/app')
    const [first] = await listVisible(db, await viewerOf('root'), range, 1)
    expect(first).toMatchObject({ name: 'acme/app', namespaceType: 'organization', visibility: 'public' })
    const [another] = await listVisible(db, await viewerOf('root'), namesIn(parseAccountName('alice')), 1)
    expect(another).toMatchObject({ name: 'alice/app', namespaceType: 'user', immutableTags: false, tagLimit: 0 })
  })
})

describe('a page of the list', () => {
  beforeEach(async () => furnish())

  for (const [who, viewer] of Object.entries(viewers)) {
    if (viewer === 'root') continue
    it(`reads no more rows for ${who} when there are a hundred times as many that they do not see`, async () => {
      const name = await viewerOf(viewer)
      const others = notWhollyFor(viewer)
      const readAll = async (): Promise<number[]> => {
        const counted: number[] = []
        for (const range of Object.values(ranges)) {
          counted.push(await rowsReadBy((counting) => listVisible(counting, name, range, 11)))
          counted.push(await rowsReadBy((counting) => countVisible(counting, name, range, 10_000)))
        }
        return counted
      }
      await crowd(others, 1, 10)
      const few = await readAll()
      await crowd(others, 11, 1000)
      expect(await readAll()).toEqual(few)
    })
  }

  it('costs an administrator no more than its own length', async () => {
    const read = (): Promise<number> =>
      rowsReadBy(async (counting) => listVisible(counting, await viewerOf('root'), allNames, 11))
    await crowd(organizations, 1, 10)
    const few = await read()
    await crowd(organizations, 11, 1000)
    expect(await read()).toBe(few)
  })
})
