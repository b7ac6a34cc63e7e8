import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { RegistryError } from '../../src/errors.ts'
import { parseAccountName } from '../../src/names.ts'
import { parseDuration } from '../../src/settings/duration.ts'
import { changeSettings, currentSettings } from '../../src/settings/settings.ts'
import { countRows } from '../support/content.ts'
import { events } from '../support/events.ts'

const db = openDatabase(env.DB)
const by = { by: parseAccountName('root'), now: 1000 }

/** The sentence of what refuses the settings. */
async function refusalOf(wanted: unknown): Promise<string> {
  try {
    await changeSettings(db, wanted, by)
  } catch (error) {
    if (error instanceof RegistryError && error.failure.kind === 'settings-invalid') return error.message
    throw error
  }
  throw new Error('the settings were taken')
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

it('settings of DTR that mean nothing here are refused by name, and nothing else of the change is made', async () => {
  for (const name of ['sso', 'dtrHost', 'webTLSCert', 'scanningEnabled', 'jobHistoryToKeep', 'auditAuthLogsEnabled']) {
    expect(await refusalOf({ readOnlyRegistry: true, [name]: true })).toContain(`"${name}" cannot be set`)
  }
  expect(await currentSettings(db)).toMatchObject({ readOnlyRegistry: false })
  expect(await countRows('settings')).toBe(0)
  expect(await countRows('events')).toBe(0)
})

it('settings with values that mean nothing are refused, with the field in the sentence', async () => {
  const wrong = {
    createRepositoryOnPush: ['yes', 1, null],
    readOnlyRegistry: ['true'],
    repoEventHistoryMaxAge: ['', '90', '90d', '59m', '-2h', 'h', 90, '1h'.repeat(30)],
    repoEventHistoryToKeep: [0, -1, 1.5, '10', 1e12],
  }
  for (const [name, values] of Object.entries(wrong)) {
    for (const value of values) expect(await refusalOf({ [name]: value })).toContain(name)
  }
  for (const body of [[], 'text', null]) await refusalOf(body)
  expect(await countRows('settings')).toBe(0)
})

it('a duration is a sum of hours, minutes, seconds and milliseconds', () => {
  expect(parseDuration('2160h')).toBe(90 * 24 * 3600 * 1000)
  expect(parseDuration('2160h0m0s')).toBe(90 * 24 * 3600 * 1000)
  expect(parseDuration('1.5h')).toBe(90 * 60 * 1000)
  expect(parseDuration('1h1m1s1ms')).toBe(3_661_001)
  for (const text of ['', '5', 'h', '5d', '-1h', '1h ', '1e3h', '.5h']) expect(parseDuration(text)).toBeUndefined()
})
