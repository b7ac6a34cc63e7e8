/** The list of what somebody may see, compared with what the one decision says of each repository. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { levelOn, type Account } from '../../src/auth/access.ts'
import { openDatabase } from '../../src/db/database.ts'
import { findStandings } from '../../src/db/standings.ts'
import {
  allNames,
  countVisible,
  listVisible,
  namesFrom,
  namesIn,
  startingAt,
  type NameRange,
} from '../../src/db/visible-repositories.ts'
import { rankOf } from '../../src/levels.ts'
import { parseAccountName, parseRepositoryName, type RepositoryName } from '../../src/names.ts'
import { rowsReadBy } from '../support/rows-read.ts'

const db = openDatabase(env.DB)

/** Neighbours in ASCII order on purpose: "-" and "." come before "/", digits after it. */
const organizations = ['acme', 'acme-labs', 'acme0', 'beta']
const users = ['alice', 'member', 'reader', 'writer', 'owner', 'root', 'gone', 'both']
const parts = ['app', 'app-two', 'app.three', 'app/deep', 'base', 'zoo/tools/x']
const names = [...organizations, 'alice', 'both', 'gone'].flatMap((namespace) =>
  parts.map((part) => parseRepositoryName(`${namespace}/${part}`)),
)
const isPublic = (name: RepositoryName): boolean => names.indexOf(name) % 4 === 0

/** Who looks, by what their teams and memberships make of them. */
const viewers: Record<string, string | undefined> = {
  'nobody in particular': undefined,
  'somebody unknown': 'nobody-has-this-name',
  'the user of a namespace': 'alice',
  'a member without a team': 'member',
  'a member of a team with the namespace': 'reader',
  'a member of a team with some repositories': 'writer',
  'an owner of an organisation': 'owner',
  'somebody with several of these': 'both',
  'a system administrator': 'root',
  'a deactivated account': 'gone',
}

const members = [
  ['acme', 'member', 0],
  ['acme', 'reader', 0],
  ['acme', 'writer', 0],
  ['beta', 'owner', 1],
  ['acme', 'both', 0],
  ['acme-labs', 'both', 1],
  ['beta', 'both', 0],
  ['beta', 'gone', 1],
] as const
const teams = [
  ['acme', 'readers', rankOf('read-only'), ['reader', 'both']],
  ['acme', 'writers', null, ['writer', 'both']],
  ['acme', 'nothing', null, ['member']],
  ['beta', 'admins', rankOf('admin'), ['gone']],
  ['beta', 'writers', null, ['both']],
] as const
const grants: readonly (readonly [string, string, number])[] = [
  ['acme-writers', 'acme/app-two', rankOf('read-only')],
  ['acme-writers', 'acme/zoo/tools/x', rankOf('read-write')],
  ['acme-readers', 'acme/app-two', rankOf('admin')],
  ['beta-writers', 'beta/app/deep', rankOf('read-write')],
  ['beta-writers', 'beta/base', rankOf('admin')],
]

async function furnish(): Promise<void> {
  const account = env.DB.prepare(
    'INSERT INTO accounts (id, name, is_organization, is_admin, is_active, created_at) VALUES (?, ?, ?, ?, ?, 1)',
  )
  const member = env.DB.prepare('INSERT INTO members (organization_id, user_id, is_admin) VALUES (?, ?, ?)')
  const team = env.DB.prepare(
    'INSERT INTO teams (id, organization_id, name, namespace_rank, created_at) VALUES (?, ?, ?, ?, 1)',
  )
  const teamMember = env.DB.prepare('INSERT INTO team_members (team_id, organization_id, user_id) VALUES (?, ?, ?)')
  const repository = env.DB.prepare(
    'INSERT INTO repositories (name, namespace, visibility, created_at) VALUES (?, ?, ?, 1)',
  )
  const grant = env.DB.prepare(
    'INSERT INTO repository_grants (team_id, repository_id, rank) VALUES (?, (SELECT id FROM repositories WHERE name = ?), ?)',
  )
  await env.DB.batch([
    ...organizations.map((name) => account.bind(`id-${name}`, name, 1, 0, 1)),
    ...users.map((name) => account.bind(`id-${name}`, name, 0, Number(name === 'root'), Number(name !== 'gone'))),
    ...members.map(([organization, user, isOwner]) => member.bind(`id-${organization}`, `id-${user}`, isOwner)),
    ...teams.map(([organization, name, rank]) =>
      team.bind(`${organization}-${name}`, `id-${organization}`, name, rank),
    ),
    ...teams.flatMap(([organization, name, , people]) =>
      people.map((user) => teamMember.bind(`${organization}-${name}`, `id-${organization}`, `id-${user}`)),
    ),
    ...names.map((name) => repository.bind(name, name.split('/')[0], isPublic(name) ? 'public' : 'private')),
    ...grants.map(([to, name, rank]) => grant.bind(to, name, rank)),
  ])
}

/** An account that may not log in is nobody to the decision. */
function accountOf(viewer: string | undefined): Account | undefined {
  if (viewer === undefined || viewer === 'gone' || !users.includes(viewer)) return undefined
  return { id: `id-${viewer}`, name: parseAccountName(viewer), isAdmin: viewer === 'root' }
}

async function expectedFor(viewer: string | undefined, { from, until }: NameRange): Promise<string[]> {
  const account = accountOf(viewer)
  const standings = await findStandings(db, account?.id, names)
  return standings
    .filter((standing) => levelOn(account, standing) !== 'none')
    .map(({ name }) => name)
    .filter((name) => name >= from && name < until)
    .sort()
}

/** Every page of a range, put together. */
async function allPages(viewer: string | undefined, range: NameRange, size: number): Promise<string[]> {
  const found: string[] = []
  let rest = range
  for (;;) {
    const read = await listVisible(db, viewer === undefined ? undefined : parseAccountName(viewer), rest, size + 1)
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
  'a namespace that nobody has': namesIn(parseAccountName('missing')),
  'the names with a beginning': namesFrom('acme/app'),
  'the names with a beginning of several namespaces': namesFrom('acme'),
  'a namespace from the middle on': startingAt(namesIn(parseAccountName('acme')), 'acme/app/deep'),
  'a namespace from before its beginning': startingAt(namesIn(parseAccountName('beta')), 'acme/app'),
  'a namespace from after its end': startingAt(namesIn(parseAccountName('acme')), 'beta/app'),
}

describe('the list of visible repositories', () => {
  beforeEach(furnish)

  for (const [who, viewer] of Object.entries(viewers)) {
    it(`has for ${who} exactly those on which they have a level, page by page`, async () => {
      for (const [what, range] of Object.entries(ranges)) {
        const expected = await expectedFor(viewer, range)
        for (const size of [2, 100]) {
          expect([what, size, await allPages(viewer, range, size)]).toEqual([what, size, expected])
        }
        const name = viewer === undefined ? undefined : parseAccountName(viewer)
        expect([what, await countVisible(db, name, range, 1000)]).toEqual([what, expected.length])
        expect([what, await countVisible(db, name, range, 2)]).toEqual([what, Math.min(expected.length, 2)])
      }
    })
  }

  it('differs from viewer to viewer, so that the comparison means something', async () => {
    const lists = await Promise.all(Object.values(viewers).map((viewer) => expectedFor(viewer, allNames)))
    const distinct = new Set(lists.map((list) => list.join()))
    // Somebody unknown, a member without a team and a deactivated account see what everybody sees.
    expect(distinct.size).toBe(lists.length - 3)
  })

  it('says of each repository what it is', async () => {
    const range = startingAt(allNames, 'acme/app')
    const [first] = await listVisible(db, parseAccountName('root'), range, 1)
    expect(first).toMatchObject({ name: 'acme/app', namespaceType: 'organization', visibility: 'public' })
    const [another] = await listVisible(db, parseAccountName('root'), namesIn(parseAccountName('alice')), 1)
    expect(another).toMatchObject({ name: 'alice/app', namespaceType: 'user', immutableTags: false, tagLimit: 0 })
  })
})

describe('a page of the list', () => {
  beforeEach(furnish)

  /** The namespaces that a viewer reads as a whole, where nothing can be added that they do not see. */
  const own: Record<string, readonly string[]> = { reader: ['acme'], owner: ['beta'], both: ['acme', 'acme-labs'] }

  /** Makes private repositories, so many in each namespace, among and around those that are there. */
  async function crowd(namespaces: readonly string[], from: number, to: number): Promise<void> {
    const insert = env.DB.prepare(
      `WITH RECURSIVE numbers (n) AS (SELECT ?2 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?3)
       INSERT INTO repositories (name, namespace, created_at) SELECT ?1 || '/app-' || n, ?1, 1 FROM numbers`,
    )
    await env.DB.batch(namespaces.map((namespace) => insert.bind(namespace, from, to)))
  }

  for (const [who, viewer] of Object.entries(viewers)) {
    if (viewer === 'root') continue
    it(`reads no more rows for ${who} when there are a hundred times as many that they do not see`, async () => {
      const name = viewer === undefined ? undefined : parseAccountName(viewer)
      const others = organizations.filter((namespace) => own[viewer ?? '']?.includes(namespace) !== true)
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
      rowsReadBy((counting) => listVisible(counting, parseAccountName('root'), allNames, 11))
    await crowd(organizations, 1, 10)
    const few = await read()
    await crowd(organizations, 11, 1000)
    expect(await read()).toBe(few)
  })
})
