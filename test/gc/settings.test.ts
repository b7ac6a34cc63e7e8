import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { openDatabase, textOf } from '../../src/db/database.ts'
import { graceMilliseconds } from '../../src/db/settings/settings.ts'
import { gcSettings } from '../../src/gc/settings.ts'
import { settings } from '../../src/installed.ts'
import { parseAccountName } from '../../src/names.ts'
import { changeOf, changeSettings, currentSettingsOf } from '../../src/settings/settings.ts'
import { longestDuration, parseDuration } from '../../src/util/duration.ts'
import { testContext } from '../support/context.ts'
import { expectRefused, refusalOf } from '../support/settings.ts'

const db = openDatabase(env.DB)

it('the settings of garbage collection are among all settings, with their defaults', async () => {
  expect(await currentSettingsOf(db, 1000, settings)).toMatchObject({
    createRepositoryOnPush: true,
    gcGrace: '24h',
    gcKeepUntaggedManifests: false,
    gcDeleteReferrers: true,
  })
})

it('invalid settings of garbage collection are refused, with the field in the sentence', () => {
  expectRefused(settings, {
    gcGrace: ['', '0s', '999ms', '1w', '-1h', 24, '999999999h'.repeat(3)],
    gcKeepUntaggedManifests: ['true'],
    gcDeleteReferrers: [1],
  })
})

it('a grace period that is too long to compute with is refused, with the longest one', () => {
  expect(refusalOf(settings, { gcGrace: '999999999h'.repeat(4) })).toContain('use 100000000d or less')
  expect(changeOf(settings).safeParse({ gcGrace: '999999999h999999999h' }).success).toBe(true)
})

it('a stored grace period that is too long to compute with counts as the longest one', async () => {
  const tooLong = '999999999h'.repeat(4)
  await env.DB.prepare("INSERT INTO settings (name, value) VALUES ('gcGrace', ?)").bind(JSON.stringify(tooLong)).run()
  expect(await currentSettingsOf(db, 1000, settings)).toMatchObject({ gcGrace: longestDuration })
})

it('the grace period of the statements is that of the settings, in milliseconds', async () => {
  const grace = () => env.DB.prepare(`SELECT ${textOf(graceMilliseconds)} AS grace`).first<number>('grace')
  expect(await grace()).toBe(parseDuration(gcSettings.gcGrace.parse(undefined)))
  for (const [gcGrace, milliseconds] of [
    ['36h30m', 131_400_000],
    ['1.5h', 5_400_000],
    ['2d1ms', 172_800_001],
  ] as const) {
    await changeSettings(testContext(), settings, { gcGrace }, parseAccountName('root'))
    expect(await grace()).toBe(milliseconds)
  }
})
