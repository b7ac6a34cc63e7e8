import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { parseAccountName } from '../../src/names.ts'
import { parseDuration } from '../../src/settings/duration.ts'
import { changeSettings, currentSettings, settingsChange, settingsRefusal } from '../../src/settings/settings.ts'
import { countRows } from '../support/content.ts'
import { events } from '../support/events.ts'

const db = openDatabase(env.DB)
const by = { by: parseAccountName('root'), now: 1000 }

/** The sentence of what refuses the settings. */
function refusalOf(wanted: unknown): string {
  const { error } = settingsChange.safeParse(wanted)
  if (error === undefined) throw new Error('the settings were taken')
  const { failure, message } = settingsRefusal(error)
  expect(failure.kind).toBe('settings-invalid')
  return message
}

it('settings are the defaults until they are changed, field by field', async () => {
  expect(await currentSettings(db)).toEqual({
    createRepositoryOnPush: true,
    readOnlyRegistry: false,
    repoEventHistoryCompactionEnabled: true,
    repoEventHistoryMaxAge: '2160h',
    repoEventHistoryToKeep: 100_000,
  })
  await changeSettings(db, { createRepositoryOnPush: false, repoEventHistoryToKeep: 5 }, by)
  const changed = await changeSettings(db, { repoEventHistoryMaxAge: '36h30m' }, by)
  expect(changed).toMatchObject({
    createRepositoryOnPush: false,
    readOnlyRegistry: false,
    repoEventHistoryMaxAge: '36h30m',
    repoEventHistoryToKeep: 5,
  })
  expect(await currentSettings(db)).toEqual(changed)
  expect(await countRows('settings')).toBe(3)
})

it('settings that change are an event, and an empty change is none', async () => {
  await changeSettings(db, { readOnlyRegistry: true }, by)
  await changeSettings(db, {}, by)
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
  await changeSettings(db, { createRepositoryOnPush: true, repoEventHistoryMaxAge: '2160h' }, by)
  expect(await changes()).toEqual([])
  await changeSettings(db, { createRepositoryOnPush: true, readOnlyRegistry: true, repoEventHistoryToKeep: 5 }, by)
  await changeSettings(db, { readOnlyRegistry: true, repoEventHistoryMaxAge: '36h' }, by)
  await changeSettings(db, { readOnlyRegistry: true, repoEventHistoryMaxAge: '36h' }, by)
  await changeSettings(db, { readOnlyRegistry: false }, by)
  expect(await changes()).toEqual([
    {
      objectName: 'readOnlyRegistry, repoEventHistoryToKeep',
      content: { readOnlyRegistry: true, repoEventHistoryToKeep: 5 },
    },
    { objectName: 'repoEventHistoryMaxAge', content: { repoEventHistoryMaxAge: '36h' } },
    { objectName: 'readOnlyRegistry', content: { readOnlyRegistry: false } },
  ])
})

it('settings of DTR that mean nothing here are refused by name', () => {
  for (const name of ['sso', 'dtrHost', 'webTLSCert', 'scanningEnabled', 'jobHistoryToKeep', 'auditAuthLogsEnabled']) {
    expect(refusalOf({ readOnlyRegistry: true, [name]: true })).toContain(`"${name}" cannot be set`)
  }
})

it('settings with values that mean nothing are refused, with the field in the sentence', () => {
  const wrong = {
    createRepositoryOnPush: ['yes', 1, null],
    readOnlyRegistry: ['true'],
    repoEventHistoryMaxAge: ['', '90', '90d', '59m', '-2h', 'h', 90, '1h'.repeat(30)],
    repoEventHistoryToKeep: [0, -1, 1.5, '10', 1e12],
  }
  for (const [name, values] of Object.entries(wrong)) {
    for (const value of values) expect(refusalOf({ [name]: value })).toContain(name)
  }
  for (const body of [[], 'text', null]) refusalOf(body)
})

it('a duration is a sum of hours, minutes, seconds and milliseconds', () => {
  expect(parseDuration('2160h')).toBe(90 * 24 * 3600 * 1000)
  expect(parseDuration('2160h0m0s')).toBe(90 * 24 * 3600 * 1000)
  expect(parseDuration('1.5h')).toBe(90 * 60 * 1000)
  expect(parseDuration('1h1m1s1ms')).toBe(3_661_001)
  for (const text of ['', '5', 'h', '5d', '-1h', '1h ', '1e3h', '.5h']) expect(parseDuration(text)).toBeUndefined()
})
