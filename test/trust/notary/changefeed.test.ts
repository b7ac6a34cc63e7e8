/** The changefeed of all GUNs as users see it, and what is kept of it. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { openDatabase, type Database } from '../../../src/db/database.ts'
import { mostChangesOfViewer, mostRepositoriesOfFeed } from '../../../src/limits.ts'
import { trimChangefeed } from '../../../src/trust/notary/changes-retention.ts'
import { changesFor, type ChangesPage } from '../../../src/trust/notary/changes-store.ts'
import { withSql } from '../../support/bounds.ts'
import { rowsReadBy } from '../../support/counting.ts'
import { plansOf } from '../../support/explaining.ts'
import { anOrganization, aPerson, aRepository, type Person } from '../../support/people.ts'

const day = 86_400_000
/** Whether dora may read each of them: by a team, as a public one, or not at all. */
const repositories = { 'acme/given': true, 'acme/public': true, 'acme/hidden': false, 'owner/private': false }
const names = Object.keys(repositories) as (keyof typeof repositories)[]

let db: Database
let root: Person
let dora: string

beforeEach(async () => {
  db = openDatabase(env.DB)
  root = await aPerson('root', { isAdmin: true })
  await aPerson('owner')
  await aPerson('dora')
  await anOrganization('acme', { owners: ['owner'], teams: { readers: ['dora'] } })
  for (const name of names) await aRepository(name)
  await withSql("UPDATE repositories SET visibility = iif(name = 'acme/public', 'public', 'private')")
  await withSql(`INSERT INTO repository_grants (repository_id, team_id, rank)
    SELECT repositories.id, teams.id, 1 FROM repositories, teams WHERE repositories.name = 'acme/given'`)
  dora = await idOf('dora')
})

async function idOf(name: string): Promise<string> {
  const row = await env.DB.prepare('SELECT id FROM accounts WHERE name = ?').bind(name).first<{ id: string }>()
  return row?.id ?? ''
}

/** So many changes of the repositories, in an order of their own; the oldest has the id 1. */
const changes = (turns: number): Promise<void> =>
  withSql(
    `WITH RECURSIVE turn(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM turn WHERE n + 1 < ?)
     INSERT INTO trust_changes (id, created_at, repository_id, gun, version, sha256, category)
     SELECT n + 1, 1000 + n, repositories.id, repositories.name, n, '', 'update'
     FROM turn CROSS JOIN repositories ON repositories.name = CASE
       WHEN n % 7 = 3 THEN 'acme/given' WHEN n % 50 = 1 THEN 'acme/public'
       WHEN n % 3 = 0 THEN 'acme/hidden' ELSE 'owner/private' END
     ORDER BY n`,
    turns,
  )

const idsOf = async (id: string, page: ChangesPage): Promise<number[]> =>
  (await changesFor(db, { id }, page)).map((change) => change.id)

describe('the feed of a user who may not read all', () => {
  it('has on each page, forward and backward, what is visible among all changes', async () => {
    await changes(400)
    const { results } = await env.DB.prepare('SELECT id, gun FROM trust_changes ORDER BY id').all<{
      id: number
      gun: keyof typeof repositories
    }>()
    const visible = results.filter(({ gun }) => repositories[gun]).map(({ id }) => id)
    for (const limit of [1, 7, mostChangesOfViewer]) {
      for (const from of [undefined, 1, 54, 130, 399, 400]) {
        const page = { limit, from }
        const forward = visible.filter((id) => id > (from ?? 0)).slice(0, limit)
        expect(await idsOf(dora, { ...page, isBackward: false })).toEqual(forward)
        const backward = visible.filter((id) => id < (from ?? Infinity)).slice(-limit)
        expect(await idsOf(dora, { ...page, isBackward: true })).toEqual(backward)
      }
    }
    const all = await changesFor(db, { id: await idOf('root') }, { limit: 1000, from: undefined, isBackward: false })
    expect(all).toHaveLength(400)
  })

  it('costs by the repositories of the feed and the page, not by the changes', async () => {
    await changes(20_000)
    await withSql("DELETE FROM trust_changes WHERE gun IN ('acme/given', 'acme/public') AND id < 19000")
    for (const isBackward of [false, true]) {
      const page = { limit: 1000, from: undefined, isBackward }
      const rows = await rowsReadBy((counting) => changesFor(counting, { id: dora }, page))
      expect([isBackward, rows]).toEqual([isBackward, expect.toSatisfy((read) => read < 2000)])
    }
  })

  it('has at most a hundred changes, of the ten thousand oldest repositories of the feed', async () => {
    const n = `WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n <= ${mostRepositoriesOfFeed})`
    const columns = '(id, name, namespace, visibility, created_at)'
    await withSql(
      `${n} INSERT INTO repositories ${columns}
       SELECT 1000000 + n, space.name || '/r' || n, space.name, 'private', 1 FROM n
       JOIN accounts AS space ON space.name = iif(n % 2, 'acme', 'owner')`,
    )
    await withSql("UPDATE repositories SET visibility = 'public' WHERE id > 1000000 + ?", mostRepositoriesOfFeed - 1)
    await withSql(`${n} INSERT INTO trust_changes (id, created_at, repository_id, gun, version, sha256, category)
      SELECT n, 1, 1000000 + n, 'gun', n, '', 'update' FROM n`)
    const page = { limit: 1000, from: undefined, isBackward: false }
    expect(await idsOf(dora, page)).toEqual([mostRepositoriesOfFeed])
    await withSql("UPDATE repositories SET visibility = 'public' WHERE id > 1000000")
    expect(await idsOf(dora, page)).toHaveLength(mostChangesOfViewer)
  })

  it('finds its rows by indexes', async () => {
    const plans = await plansOf((explaining) =>
      changesFor(explaining, { id: dora }, { limit: 10, from: 5, isBackward: false }),
    )
    const steps = [...plans.values()].flat()
    expect(steps.filter((step) => /^SCAN (?:trust_changes|repositories)/.test(step))).toEqual([])
    expect(steps).toContainEqual(expect.stringContaining('trust_changes_by_repository'))
  })
})

describe('the trim of the feed', () => {
  const trim = async (scheduledTime: number): Promise<number[]> => {
    await trimChangefeed({ db, now: scheduledTime, scheduledTime, isTimeOver: () => false })
    const { results } = await env.DB.prepare('SELECT id FROM trust_changes ORDER BY id').all<{ id: number }>()
    return results.map(({ id }) => id)
  }
  const hour = Math.ceil(Date.now() / 3_600_000) * 3_600_000

  it('follows the age of the history of events, and never takes the newest', async () => {
    await changes(10)
    await withSql('UPDATE trust_changes SET created_at = ? WHERE id > 6', hour - 89 * day)
    await withSql('UPDATE trust_changes SET created_at = ? WHERE id <= 6', hour - 91 * day)
    expect(await trim(hour + 60_000)).toHaveLength(10)
    expect(await trim(hour)).toEqual([7, 8, 9, 10])
    await withSql('UPDATE trust_changes SET created_at = 1')
    expect(await trim(hour)).toEqual([10])
  })

  it('follows the number of events that are kept, and does nothing where nothing is to be deleted', async () => {
    await changes(2500)
    await withSql('UPDATE trust_changes SET created_at = ?', hour)
    const settings = { repoEventHistoryToKeep: 3, repoEventHistoryCompactionEnabled: false }
    await root.ask('POST', '/api/v0/meta/settings', settings)
    expect(await trim(hour)).toHaveLength(2500)
    await root.ask('POST', '/api/v0/meta/settings', { repoEventHistoryCompactionEnabled: true })
    expect(await trim(hour)).toEqual([2498, 2499, 2500])
  })
})
