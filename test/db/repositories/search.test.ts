/** What the search finds, compared with what the one decision says of each repository. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { openDatabase, type Database } from '../../../src/db/database.ts'
import { searchByWords } from '../../../src/db/repositories/search.ts'
import { parseAccountName, type RepositoryName } from '../../../src/names.ts'
import { rowsReadBy } from '../../support/counting.ts'
import { viewerOf } from '../../support/people.ts'
import { crowd, furnish, limits, names, notWhollyFor, viewers, visibleTo } from '../../support/viewers.ts'

const db = openDatabase(env.DB)

interface Query {
  readonly words: readonly string[]
  readonly namespace?: string
}

const queries: readonly Query[] = [
  { words: ['app'] },
  { words: ['a'] },
  { words: ['app', 'two'] },
  { words: ['deep', 'app'] },
  { words: ['tools', 'x', 'zoo'] },
  { words: ['acme', 'base'] },
  { words: ['labs'] },
  { words: ['alice'] },
  { words: ['nothing'] },
  { words: ['app', 'nothing'] },
  { words: ['app/deep'] },
  { words: ['app/d'] },
  { words: ['app/deep', 'acme'] },
  { words: ['x/'] },
  { words: ['pp/deep'] },
  { words: ['acme/app'] },
  ...['acme', 'acme-labs', 'beta', 'alice', 'both', 'missing'].flatMap((namespace) => [
    { words: ['a'], namespace },
    { words: ['app', 'deep'], namespace },
    { words: ['app/d'], namespace },
  ]),
]

const search = async (searched: Database, viewer: string | undefined, { words, namespace }: Query, limit = 100) =>
  searchByWords(searched, await viewerOf(viewer), {
    words,
    namespace: namespace === undefined ? undefined : parseAccountName(namespace),
    limit,
  })

const found = async (viewer: string | undefined, query: Query): Promise<string[]> =>
  (await search(db, viewer, query)).map(({ name }) => name)

const matches = (name: RepositoryName, { words, namespace }: Query): boolean =>
  (namespace === undefined || name.startsWith(`${namespace}/`)) &&
  words.every((word) => [...name.split(/[^a-z0-9]/), ...pathsOf(name)].some((part) => part.startsWith(word)))

/** The ends of a path that have several parts, without the whole of it. */
const pathsOf = (name: RepositoryName): string[] =>
  name
    .split('/')
    .map((_part, at, parts) => parts.slice(at).join('/'))
    .slice(1, -1)

async function expectAllToBeFoundBy(viewer: string | undefined): Promise<void> {
  const visible = await visibleTo(viewer)
  for (const query of queries) {
    expect([query, await found(viewer, query)]).toEqual([query, visible.filter((name) => matches(name, query))])
  }
}

const cost = (viewer: string | undefined, query: Query): Promise<number> =>
  rowsReadBy((counted) => search(counted, viewer, query, 25))

describe('a search by words', () => {
  beforeEach(async () => furnish())

  for (const [what, limit] of Object.entries(limits)) {
    it(`finds for a login that is limited ${what} only what the limit leaves`, async () => {
      for (const name of ['alice', 'reader', 'writer', 'owner', 'both', 'root']) {
        const viewer = await viewerOf(name, limit)
        const visible = await visibleTo(name, limit)
        for (const query of queries) {
          const { words, namespace } = query
          const wanted = {
            words,
            namespace: namespace === undefined ? undefined : parseAccountName(namespace),
            limit: 100,
          }
          const results = (await searchByWords(db, viewer, wanted)).map((repository) => repository.name)
          const expected = visible.filter((repository) => matches(repository, query))
          expect([name, wanted, results]).toEqual([name, wanted, expected])
        }
      }
    })
  }

  for (const [who, viewer] of Object.entries(viewers)) {
    it(`finds for ${who} exactly what matches of that on which they have a level`, async () => {
      await expectAllToBeFoundBy(viewer)
    })
  }

  it('goes by the visibility that a repository has now', async () => {
    const lists = async () => Promise.all([undefined, 'alice', 'both'].map((viewer) => visibleTo(viewer)))
    const before = await lists()
    await env.DB.prepare(
      "UPDATE repositories SET visibility = CASE visibility WHEN 'public' THEN 'private' ELSE 'public' END",
    ).run()
    const after = await lists()
    expect(after).not.toEqual(before)
    expect([...(after[0] ?? []), ...(before[0] ?? [])].sort()).toEqual([...names].sort())
    for (const viewer of [undefined, 'alice', 'both']) await expectAllToBeFoundBy(viewer)
  })

  for (const [who, viewer] of Object.entries(viewers)) {
    if (viewer === 'root') continue
    it(`reads no more rows for ${who} when there are a hundred times as many that they do not see`, async () => {
      const readAll = async (): Promise<number[]> => {
        const counted: number[] = []
        for (const query of queries) counted.push(await cost(viewer, query))
        return counted
      }
      await crowd(notWhollyFor(viewer), 1, 10)
      const few = await readAll()
      await crowd(notWhollyFor(viewer), 11, 1000)
      expect(await readAll()).toEqual(few)
    })
  }
})

describe('a search by words among thousands of matches', () => {
  beforeEach(async () => furnish({ among: 5500 }))

  it('finds what its viewer may see, when that is not all', async () => {
    for (const viewer of [undefined, 'alice', 'member', 'writer', 'owner', 'gone']) {
      await expectAllToBeFoundBy(viewer)
      expect(await cost(viewer, { words: ['app'] })).toBeLessThan(1000)
    }
  })

  it('finds something of every namespace that its viewer reads as a whole', async () => {
    const everything = async (viewer: string, query: Query): Promise<string[]> =>
      (await search(db, viewer, query, 10_000)).map(({ name }) => name)
    const app = { words: ['app'] }
    const others = (await visibleTo('both')).filter((name) => matches(name, app) && !name.startsWith('acme/'))
    expect(await everything('both', app)).toEqual(expect.arrayContaining(others))
    for (const viewer of ['both', 'root']) {
      // Of several words the rarest leads.
      expect(await everything(viewer, { words: ['app', 'deep'], namespace: 'acme' })).toEqual(['acme/app/deep'])
      expect(await everything(viewer, { words: ['acme', 'app', '5432'] })).toEqual(['acme/app-5432'])
    }
  })

  it('looks at a bounded number of them', async () => {
    const app = { words: ['app'] }
    await crowd(['acme'], 5501, 6000)
    const few = await cost('reader', app)
    const fewOfAll = await cost('root', app)
    await crowd(['acme'], 6001, 9000)
    expect(await cost('reader', app)).toBe(few)
    expect(await cost('root', app)).toBe(fewOfAll)
    for (const read of [few, fewOfAll]) expect([read > 5000, read < 60_000]).toEqual([true, true])
  })
})
