import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { parseAccountName } from '../../src/names.ts'
import { longestDuration, parseDuration } from '../../src/util/duration.ts'
import { proposeChange } from '../../src/replicas/cluster.ts'
import { coreSettings } from '../../src/settings/fields.ts'
import { changeOf, changeSettings, currentSettings, type SettingsChange } from '../../src/settings/settings.ts'
import { countRows } from '../support/content.ts'
import { testContext } from '../support/context.ts'
import { events } from '../support/events.ts'
import { expectRefused, refusalOf } from '../support/settings.ts'
import { setReadOnly } from '../../src/replicas/consensus/cluster-state.ts'
import { reconcileCluster } from '../../src/replicas/reconcile.ts'

const db = openDatabase(env.DB)
const root = parseAccountName('root')
const change = (wanted: SettingsChange) => changeSettings(testContext({ now: 1000 }), coreSettings, wanted, root)

it('settings are the defaults until they are changed, field by field', async () => {
  expect(await currentSettings(db, 1000)).toEqual({
    createRepositoryOnPush: true,
    pullsWithoutMajority: true,
    sessionLifetimeMinutes: 60,
    sessionRenewalThresholdMinutes: 20,
    sessionPerUserLimit: 10,
    accessTokenDefaultDays: 90,
    accessTokenMaxDays: 366,
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
  })
  await change({ createRepositoryOnPush: false, repoEventHistoryToKeep: 5 })
  const changed = await change({ repoEventHistoryMaxAge: '36h30m' })
  expect(changed).toMatchObject({
    createRepositoryOnPush: false,
    readOnlyRegistry: false,
    repoEventHistoryMaxAge: '36h30m',
    repoEventHistoryToKeep: 5,
  })
  expect(await currentSettings(db, 1000)).toEqual(changed)
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
    expect(refusalOf(coreSettings, { readOnlyRegistry: true, [name]: true })).toContain(`"${name}" cannot be set`)
  }
})

it('settings with values that mean nothing are refused, with the field in the sentence', () => {
  expectRefused(coreSettings, {
    createRepositoryOnPush: ['yes', 1, null],
    readOnlyRegistry: ['true'],
    sessionLifetimeMinutes: [9, 43_201],
    sessionRenewalThresholdMinutes: [-1, 43_201],
    sessionPerUserLimit: [-1, 1001],
    accessTokenDefaultDays: [0, 1.5, 3651, '30'],
    accessTokenMaxDays: [0, 3651],
    repoEventHistoryMaxAge: ['', '90', '90w', '59m', '-2h', 'h', 90, '1h'.repeat(30), '999999999h'.repeat(4)],
    repoEventHistoryToKeep: [0, -1, 1.5, '10', 1e12],
    jobHistoryCompactionEnabled: ['no'],
    jobHistoryMaxAge: ['', '59m', 90, '999999999d'],
    jobHistoryToKeep: [0, 1.5, '10', 1e7],
    namespaceMaxRepositories: [0, 100_001],
    namespaceMaxTags: [0, 1e9],
    namespaceMaxUploads: [0, 100_001],
    namespaceMaxManifestBytes: [0, 999_999, 10_000_000_001],
  })
  for (const body of [[], 'text', null]) refusalOf(coreSettings, body)
})

it('a duration that is too long to compute with is refused, and says how long one may be', () => {
  expect(refusalOf(coreSettings, { jobHistoryMaxAge: '999999999h'.repeat(4) })).toContain('use 100000000d or less')
  expect(changeOf(coreSettings).safeParse({ jobHistoryMaxAge: '999999999h999999999h' }).success).toBe(true)
})

it('a duration that an earlier release took is the longest when it is too long to compute with', async () => {
  const tooLong = '999999999h'.repeat(4)
  await env.DB.prepare("INSERT INTO settings (name, value) VALUES ('jobHistoryMaxAge', ?)")
    .bind(JSON.stringify(tooLong))
    .run()
  expect(await currentSettings(db, 1000)).toMatchObject({ jobHistoryMaxAge: longestDuration })
  // A moment so long ago can still be told.
  expect(new Date(Date.now() - (parseDuration(longestDuration) ?? NaN)).toISOString()).toMatch(/^-/)
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
  expect(await currentSettings(db, 1000)).toMatchObject({ readOnlyRegistry: false })
  await change({ readOnlyRegistry: false })
  await reconcileCluster(testContext())
  expect(await currentSettings(db, Date.now())).toMatchObject({ readOnlyRegistry: false })
})
