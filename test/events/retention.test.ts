import { createExecutionContext, createScheduledController } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { countEvents, type EventFilter } from '../../src/db/events/events.ts'
import { eventsPage, trimHistory as trim } from '../../src/events/retention.ts'
import { parseRepositoryName } from '../../src/names.ts'
import type { Settings } from '../../src/settings/fields.ts'
import { currentSettings } from '../../src/settings/settings.ts'
import worker from '../../src/worker.ts'
import { countRows } from '../support/content.ts'
import { rowsReadBy } from '../support/counting.ts'
import { interceptedDatabase } from '../support/intercepted-database.ts'
import { anAccount, namespaces } from '../support/people.ts'

const db = openDatabase(env.DB)
const day = 24 * 3600 * 1000
const now = 1000 * day

const keeping: Settings = {
  createRepositoryOnPush: true,
  sessionLifetimeMinutes: 60,
  sessionRenewalThresholdMinutes: 20,
  sessionPerUserLimit: 10,
  accessTokenDefaultDays: 90,
  accessTokenMaxDays: 366,
  pullsWithoutMajority: true,
  readOnlyRegistry: false,
  repoEventHistoryCompactionEnabled: true,
  repoEventHistoryMaxAge: '2160h',
  repoEventHistoryToKeep: 100_000,
  jobHistoryCompactionEnabled: true,
  jobHistoryMaxAge: '2160h',
  jobHistoryToKeep: 10_000,
  namespaceMaxRepositories: 10_000,
  namespaceMaxTags: 1_000_000,
  namespaceMaxUploads: 2000,
  namespaceMaxManifestBytes: 1_000_000_000,
}

/** With all the time that it needs, unless a test says otherwise. */
const trimHistory = (
  trimming: { readonly db: typeof db; readonly now: number },
  by: Settings,
  isTimeOver = () => false,
) => trim({ ...trimming, isTimeOver }, by)

interface Many {
  readonly count: number
  /** Of the first one; each is a second after the one before. */
  readonly from?: number
  readonly type?: string
  readonly objectType?: string
  readonly repository?: string | null
  readonly actorId?: string | null
}

/** Many events at once, as the oldest to the newest. */
async function events(...kinds: readonly Many[]): Promise<void> {
  await env.DB.batch(
    kinds.map(({ count, from = now, type = 'CREATE', objectType = 'tag', repository = 'alice/app', actorId = null }) =>
      env.DB.prepare(
        `WITH RECURSIVE series (at) AS (SELECT 0 UNION ALL SELECT at + 1 FROM series WHERE at + 1 < ?1)
         INSERT INTO events (published_at, actor_id, actor, type, object_type, object_id, object_name, repository)
         SELECT ?2 + at * 1000, ?3, 'alice', ?4, ?5, 'id', 'name', ?6 FROM series`,
      ).bind(count, from, actorId, type, objectType, repository),
    ),
  )
}

const ids = async (): Promise<{ lowest: number; highest: number }> => {
  const row = await env.DB.prepare('SELECT min(id) AS lowest, max(id) AS highest FROM events').first<{
    lowest: number
    highest: number
  }>()
  return row ?? { lowest: 0, highest: 0 }
}

describe('the history', () => {
  it('loses what is older than the settings say, and nothing that is younger', async () => {
    await events({ count: 5, from: now - 91 * day }, { count: 3, from: now - 89 * day })
    expect(await trimHistory({ db, now }, keeping)).toEqual({ events: 5, logins: 0 })
    expect(await countRows('events')).toBe(3)
    expect(await trimHistory({ db, now }, { ...keeping, repoEventHistoryMaxAge: '2112h' })).toMatchObject({ events: 3 })
    expect(await countRows('events')).toBe(0)
  })

  it('loses the oldest of what is too many', async () => {
    await events({ count: 30 })
    const { highest } = await ids()
    expect(await trimHistory({ db, now }, { ...keeping, repoEventHistoryToKeep: 10 })).toMatchObject({ events: 20 })
    expect(await ids()).toEqual({ lowest: highest - 9, highest })
    expect(await trimHistory({ db, now }, { ...keeping, repoEventHistoryToKeep: 10 })).toMatchObject({ events: 0 })
  })

  it('keeps as many changes, however often strangers pull and fail to log in', async () => {
    const few = { ...keeping, repoEventHistoryToKeep: 10 }
    const flood: readonly Many[] = [
      { count: 40, type: 'FAIL', objectType: 'login', repository: null },
      { count: 30, type: 'GET' },
    ]
    await events({ count: 6 }, ...flood, { count: 3, type: 'DELETE' }, ...flood)
    expect(await trimHistory({ db, now }, few)).toMatchObject({ events: 130 })
    expect(await countRows('events', "type IN ('CREATE', 'DELETE')")).toBe(9)
    expect(await countRows('events', "type = 'GET'")).toBe(10)
    // And the other way round.
    await events({ count: 20, type: 'UPDATE' })
    expect(await trimHistory({ db, now }, few)).toMatchObject({ events: 19 })
    expect(await countRows('events', "type = 'UPDATE'")).toBe(10)
    expect(await countRows('events', "type = 'GET'")).toBe(10)
    expect(await trimHistory({ db, now }, few)).toMatchObject({ events: 0 })
  })

  it('is trimmed by number once an hour, which counts what is kept, and by age every minute', async () => {
    const few = { ...keeping, repoEventHistoryToKeep: 10 }
    const minute = 60_000
    await events({ count: 5, from: now - 91 * day }, { count: 3000 }, { count: 2000, type: 'GET' })
    const read = (time: number, settings: Settings): Promise<number> =>
      rowsReadBy(async (counted) => trimHistory({ db: counted, now: time }, settings))
    for (const time of [now + minute, now + 59 * minute, now - minute]) {
      expect(await read(time, few)).toBeLessThan(50)
    }
    expect(await countRows('events')).toBe(5000)
    // What is kept is counted once, not for each slice.
    const many = { ...keeping, repoEventHistoryToKeep: 2500 }
    expect(await read(now + 60 * minute, many)).toBeLessThan(2500 + 2000 + 4 * 500 + 50)
    expect(await countRows('events', "type = 'CREATE'")).toBe(2500)
    expect(await trimHistory({ db, now: now + 120 * minute + 30_000 }, few)).toMatchObject({ events: 4480 })
  })

  it('is trimmed until nothing is left to trim, however much it is, or the time is over', async () => {
    await events({ count: 12_500, from: now - 200 * day })
    let slices = 0
    expect(await trimHistory({ db, now }, keeping, () => ++slices === 2)).toMatchObject({ events: 2000 })
    expect(await trimHistory({ db, now }, keeping)).toMatchObject({ events: 10_500 })
    expect(await countRows('events')).toBe(0)
    await events({ count: 62_000 })
    const few = { ...keeping, repoEventHistoryToKeep: 10 }
    expect(await trimHistory({ db, now }, few)).toMatchObject({ events: 61_990 })
  })

  it('keeps what changed accounts, rights, tokens and settings, however often is pushed', async () => {
    const few = { ...keeping, repoEventHistoryToKeep: 10 }
    const ofSecurity = ['account', 'member', 'team', 'access', 'token', 'settings', 'cron', 'consumer'] as const
    for (const objectType of ofSecurity) await events({ count: 1, objectType })
    await events({ count: 1, objectType: 'repository', type: 'UPDATE' })
    for (const objectType of ['tag', 'manifest', 'blob', 'repository', 'job', 'policy']) {
      await events({ count: 20, objectType })
    }
    expect(await trimHistory({ db, now }, few)).toMatchObject({ events: 110 })
    for (const objectType of ofSecurity) expect(await countRows('events', `object_type = '${objectType}'`)).toBe(1)
    expect(await countRows('events', "type = 'UPDATE'")).toBe(1)
  })

  it('stays as it is when its compaction is off, while what logins left behind goes', async () => {
    await events({ count: 5, from: now - 500 * day })
    const { id } = await anAccount('alice', 'password of alice')
    await env.DB.batch([
      env.DB.prepare("INSERT INTO login_failures (key, count, last_at) VALUES ('old', 1, ?), ('new', 1, ?)").bind(
        now - 2 * day,
        now - day / 2,
      ),
      env.DB.prepare(
        "INSERT INTO login_addresses (account_id, address, last_at) VALUES (?1, 'old', ?2), (?1, 'new', ?3)",
      ).bind(id, now - 91 * day, now - 89 * day),
      env.DB.prepare(
        "INSERT INTO sessions (hash, account_id, expires_at) VALUES ('old', ?1, ?2), ('new', ?1, ?3)",
      ).bind(id, now - 1, now + 1),
    ])
    const off = { ...keeping, repoEventHistoryCompactionEnabled: false, repoEventHistoryToKeep: 1 }
    expect(await trimHistory({ db, now }, off)).toEqual({ events: 0, logins: 3 })
    expect(await countRows('events', "object_type = 'tag'")).toBe(5)
    expect(await countRows('login_failures', "key = 'new'")).toBe(1)
    expect(await countRows('login_addresses', "address = 'new'")).toBe(1)
    expect(await countRows('sessions', "hash = 'new'")).toBe(1)
  })

  it('that cannot be trimmed leaves what logins left behind no longer', async () => {
    await events({ count: 5, from: now - 500 * day })
    await env.DB.prepare("INSERT INTO login_failures (key, count, last_at) VALUES ('old', 1, ?)")
      .bind(now - 2 * day)
      .run()
    const failing = interceptedDatabase(async (statements, run) => {
      if (statements.some((text) => text.includes('DELETE FROM events'))) throw new Error('D1_ERROR: it fell')
      return run()
    })
    await expect(trimHistory({ db: openDatabase(failing), now }, keeping)).rejects.toThrow('it fell')
    expect(await countRows('login_failures')).toBe(0)
  })

  it('is not read when nothing is to be trimmed', async () => {
    await events({ count: 3000 })
    const minutely = { now: now + 60_000 }
    expect(await rowsReadBy(async (counted) => trimHistory({ db: counted, ...minutely }, keeping))).toBeLessThan(20)
  })

  it('is trimmed by the cron trigger, by the settings', async () => {
    await events({ count: 3, from: Date.now() - 400 * day }, { count: 2, from: Date.now() })
    const tick = () => worker.scheduled(createScheduledController(), env, createExecutionContext())
    await env.DB.prepare(
      "INSERT INTO settings (name, value) VALUES ('repoEventHistoryCompactionEnabled', 'false')",
    ).run()
    await tick()
    expect(await countRows('events')).toBe(5)
    await env.DB.prepare("UPDATE settings SET value = 'true'").run()
    expect(await currentSettings(db, Date.now())).toMatchObject({ repoEventHistoryCompactionEnabled: true })
    await tick()
    expect(await countRows('events')).toBe(2)
  })

  it('is trimmed by number at the hour of the cron trigger, also when it comes late', async () => {
    await env.DB.prepare("INSERT INTO settings (name, value) VALUES ('repoEventHistoryToKeep', '1')").run()
    await events({ count: 3, from: Date.now() })
    const hour = Math.floor(Date.now() / 3_600_000) * 3_600_000
    const tick = (scheduledTime: number) =>
      worker.scheduled(
        createScheduledController({ scheduledTime: new Date(scheduledTime) }),
        env,
        createExecutionContext(),
      )
    await tick(hour + 60_000)
    expect(await countRows('events')).toBe(3)
    await tick(hour)
    expect(await countRows('events')).toBe(1)
  })
})

describe('a page of events', () => {
  beforeEach(async () => {
    await namespaces('alice')
    await env.DB.prepare("INSERT INTO repositories (name, created_at) VALUES ('alice/app', 1)").run()
  })

  const all: EventFilter = { withoutPulls: false, onlyObjects: undefined }
  const app: EventFilter = { ...all, repository: parseRepositoryName('alice/app') }

  const readFor = (filter: EventFilter, from?: number): Promise<number> =>
    rowsReadBy(async (counted) => eventsPage(counted, filter, { from, limit: 10 }))

  it('costs what it shows, however long the history and whatever the filter', async () => {
    await events(
      { count: 2000, actorId: 'alice', from: now - 10 * day },
      { count: 2000, repository: 'bob/app', from: now },
      { count: 20, repository: null, actorId: 'bob', from: now + 10 * day },
      { count: 2000, repository: 'bob/app', from: now + 20 * day },
    )
    const { lowest } = await ids()
    expect(await readFor(all)).toBeLessThan(20)
    expect(await readFor(all, lowest + 3000)).toBeLessThan(20)
    expect(await readFor(app)).toBeLessThan(20)
    expect(await readFor({ ...all, actorId: 'alice' })).toBeLessThan(20)
    expect(await readFor({ ...all, publishedBefore: now - 5 * day })).toBeLessThan(30)
    // What is found by the time lies within a day of it.
    const between = { ...all, publishedAfter: now + 5 * day, publishedBefore: now + 15 * day }
    expect(await countEvents(db, between)).toBe(20)
    expect(
      await rowsReadBy(async (counted) => eventsPage(counted, between, { from: undefined, limit: 50 })),
    ).toBeLessThan(60)
  })

  it('has the time of a request in its filter, however late the request ended', async () => {
    // The first of these began before the second, and was done after it.
    await events({ count: 1, from: now + 1000 }, { count: 1, from: now - day / 2 }, { count: 1, from: now + 3 * day })
    const found = async (filter: Partial<EventFilter>) => {
      const { events: page } = await eventsPage(db, { ...all, ...filter }, { from: undefined, limit: 10 })
      return page.map(({ publishedAt }) => publishedAt)
    }
    expect(await found({ publishedBefore: now })).toEqual([now - day / 2])
    expect(await found({ publishedAfter: now })).toEqual([now + 3 * day, now + 1000])
    expect(await found({ publishedAfter: now - day, publishedBefore: now + day })).toEqual([now - day / 2, now + 1000])
  })

  it('looks at a bounded number of events for those that are rare, and then says where to go on', async () => {
    await events({ count: 1, type: 'DELETE' }, { count: 12_000, type: 'GET' }, { count: 3, type: 'DELETE' })
    const rare = { ...app, withoutPulls: true }
    const first = await eventsPage(db, rare, { from: undefined, limit: 10 })
    expect(first.events).toHaveLength(3)
    const second = await eventsPage(db, rare, { from: first.next, limit: 10 })
    expect(second).toMatchObject({ events: [{ type: 'DELETE' }], next: undefined })
    expect(await readFor(rare)).toBeLessThan(20_100)
    expect(await readFor({ ...rare, withoutPulls: false })).toBeLessThan(20)
    expect(await countEvents(db, rare)).toBe(3)
    expect(await countEvents(db, app)).toBe(10_000)
  })
})
