/** What the settings refuse. */
import { expect } from 'vitest'
import type { SettingFields } from '../../src/settings/fields.ts'
import { changeOf, settingsRefusal } from '../../src/settings/settings.ts'

/** @returns the sentence of the refusal; a change that is taken fails the test */
export function refusalOf(fields: SettingFields, wanted: unknown): string {
  const { error } = changeOf(fields).safeParse(wanted)
  if (error === undefined) throw new Error('the settings were taken')
  const { failure, message } = settingsRefusal(fields, error)
  expect(failure.kind).toBe('settings-invalid')
  return message
}

/** @param wrong values by the names of their fields, each of which the sentence has to name */
export function expectRefused(fields: SettingFields, wrong: Readonly<Record<string, readonly unknown[]>>): void {
  for (const [name, values] of Object.entries(wrong)) {
    for (const value of values) expect(refusalOf(fields, { [name]: value })).toContain(name)
  }
}
