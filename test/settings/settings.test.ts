import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { openDatabase, textOf } from '../../src/db/database.ts'
import { settings } from '../../src/installed.ts'
import { gcSettings } from '../../src/gc/settings.ts'
import { graceMilliseconds } from '../../src/db/settings/settings.ts'
import { parseAccountName } from '../../src/names.ts'
import { longestDuration, parseDuration } from '../../src/util/duration.ts'
import { proposeChange } from '../../src/replicas/cluster.ts'
import {
  changeOf,
  changeSettings,
  currentSettingsOf,
  settingsRefusal,
  type SettingsChange,
} from '../../src/settings/settings.ts'
import { countRows } from '../support/content.ts'
import { testContext } from '../support/context.ts'
import { events } from '../support/events.ts'
import { setReadOnly } from '../../src/replicas/consensus/cluster-state.ts'
import { reconcileCluster } from '../../src/replicas/reconcile.ts'

const db = openDatabase(env.DB)
const root = parseAccountName('root')
const change = (wanted: SettingsChange) => changeSettings(testContext({ now: 1000 }), settings, wanted, root)

/** The sentence of what refuses the settings. */
function refusalOf(wanted: unknown): string {
  const { error } = changeOf(settings).safeParse(wanted)
  if (error === undefined) throw new Error('the settings were taken')
  const { failure, message } = settingsRefusal(settings, error)
  expect(failure.kind).toBe('settings-invalid')
  return message
}

it('settings are the defaults until they are changed, field by field', async () => {
  expect(await currentSettingsOf(db, 1000, settings)).toEqual({
    createRepositoryOnPush: true,
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
    gcGrace: '24h',
    gcKeepUntaggedManifests: false,
    gcDeleteReferrers: true,
  })
  await change({ createRepositoryOnPush: false, repoEventHistoryToKeep: 5 })
  const changed = await change({ repoEventHistoryMaxAge: '36h30m' })
  expect(changed).toMatchObject({
    createRepositoryOnPush: false,
    readOnlyRegistry: false,
    repoEventHistoryMaxAge: '36h30m',
    repoEventHistoryToKeep: 5,
  })
  expect(await currentSettingsOf(db, 1000, settings)).toEqual(changed)
  expect(await countRows('settings')).toBe(3)
})

it('settings that change are an event, and an empty change is none', async () => {
  await change({ readOnlyRegistry: true })
  await change({})
  expect(await events()).toEqual([
    {
      actor: 'root',
      type: 'UPDATE',
      objectType: 'settings',
      objectName: 'readOnlyRegistry',
      repository: null,
      content: { readOnlyRegistry: true },
    },
  ])
})

it('settings that are so already, by default or not, are no event, and no part of one', async () => {
  const changes = async () => (await events()).map(({ objectName, content }) => ({ objectName, content }))
  await change({ createRepositoryOnPush: true, repoEventHistoryMaxAge: '2160h' })
  expect(await changes()).toEqual([])
  await change({ createRepositoryOnPush: true, repoEventHistoryToKeep: 5 })
  await change({ repoEventHistoryMaxAge: '36h' })
  await change({ repoEventHistoryMaxAge: '36h' })
  expect(await changes()).toEqual([
    { objectName: 'repoEventHistoryToKeep', content: { repoEventHistoryToKeep: 5 } },
    { objectName: 'repoEventHistoryMaxAge', content: { repoEventHistoryMaxAge: '36h' } },
  ])
})

it('settings of DTR that mean nothing here are refused by name', () => {
  for (const name of ['sso', 'dtrHost', 'webTLSCert', 'scanningEnabled', 'gcLock', 'auditAuthLogsEnabled']) {
    expect(refusalOf({ readOnlyRegistry: true, [name]: true })).toContain(`"${name}" cannot be set`)
  }
})

it('settings with values that mean nothing are refused, with the field in the sentence', () => {
  const wrong = {
    createRepositoryOnPush: ['yes', 1, null],
    readOnlyRegistry: ['true'],
    repoEventHistoryMaxAge: ['', '90', '90w', '59m', '-2h', 'h', 90, '1h'.repeat(30), '999999999h'.repeat(4)],
    repoEventHistoryToKeep: [0, -1, 1.5, '10', 1e12],
    jobHistoryCompactionEnabled: ['no'],
    jobHistoryMaxAge: ['', '59m', 90, '999999999d'],
    jobHistoryToKeep: [0, 1.5, '10', 1e7],
    namespaceMaxRepositories: [0, 100_001],
    namespaceMaxTags: [0, 1e9],
    namespaceMaxUploads: [0, 100_001],
    namespaceMaxManifestBytes: [0, 999_999, 10_000_000_001],
    gcGrace: ['', '0s', '999ms', '1w', '-1h', 24, '999999999h'.repeat(3)],
    gcKeepUntaggedManifests: ['true'],
    gcDeleteReferrers: [1],
  }
  for (const [name, values] of Object.entries(wrong)) {
    for (const value of values) expect(refusalOf({ [name]: value })).toContain(name)
  }
  for (const body of [[], 'text', null]) refusalOf(body)
})

it('a duration that is too long to compute with is refused, and says how long one may be', () => {
  expect(refusalOf({ gcGrace: '999999999h'.repeat(4) })).toContain('use 100000000d or less')
  expect(changeOf(settings).safeParse({ gcGrace: '999999999h999999999h' }).success).toBe(true)
})

it('a duration that an earlier release took is the longest when it is too long to compute with', async () => {
  const tooLong = '999999999h'.repeat(4)
  await env.DB.prepare("INSERT INTO settings (name, value) VALUES ('gcGrace', ?)").bind(JSON.stringify(tooLong)).run()
  expect(await currentSettingsOf(db, 1000, settings)).toMatchObject({ gcGrace: longestDuration })
  // A moment so long ago can still be told.
  expect(new Date(Date.now() - (parseDuration(longestDuration) ?? NaN)).toISOString()).toMatch(/^-/)
})

it('the grace that statements read is that of the settings, in milliseconds', async () => {
  const grace = () => env.DB.prepare(`SELECT ${textOf(graceMilliseconds)} AS grace`).first<number>('grace')
  expect(await grace()).toBe(parseDuration(gcSettings.gcGrace.parse(undefined)))
  for (const [gcGrace, milliseconds] of [
    ['36h30m', 131_400_000],
    ['1.5h', 5_400_000],
    ['2d1ms', 172_800_001],
  ] as const) {
    await change({ gcGrace })
    expect(await grace()).toBe(milliseconds)
  }
})

it('a duration is a sum of days, hours, minutes, seconds and milliseconds', () => {
  expect(parseDuration('2160h')).toBe(90 * 24 * 3600 * 1000)
  expect(parseDuration('2160h0m0s')).toBe(90 * 24 * 3600 * 1000)
  expect(parseDuration('1.5h')).toBe(90 * 60 * 1000)
  expect(parseDuration('1h1m1s1ms')).toBe(3_661_001)
  expect(parseDuration('36h30m')).toBe(36.5 * 3600 * 1000)
  expect(parseDuration('90d')).toBe(parseDuration('2160h'))
  expect(parseDuration(longestDuration)).toBe(8_640_000_000_000_000)
  expect(parseDuration('999999999h999999999h400000002h')).toBe(8_640_000_000_000_000)
  expect(parseDuration('999999999h999999999h400000002h1ms')).toBeUndefined()
  for (const text of ['', '5', 'h', '5w', '-1h', '1h ', '1e3h', '.5h']) expect(parseDuration(text)).toBeUndefined()
})

it('read-only mode that is decided and not in force yet is ended by the setting too', async () => {
  await proposeChange(testContext(), setReadOnly({ on: true, reason: '', until: null, by: 'root' }))
  expect(await currentSettingsOf(db, 1000, settings)).toMatchObject({ readOnlyRegistry: false })
  await change({ readOnlyRegistry: false })
  await reconcileCluster(testContext())
  expect(await currentSettingsOf(db, Date.now(), settings)).toMatchObject({ readOnlyRegistry: false })
})
