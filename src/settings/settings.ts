/**
 * Settings of the whole registry, under DTR's names. DTR's fields that have no effect here are refused, so that no
 * administrator believes that they took effect.
 */
import * as z from 'zod'
import type { Context } from '../context.ts'
import type { Attribution } from '../db/events/events.ts'
import type { Database } from '../db/database.ts'
import { readSettings, writeSettings } from '../db/settings/settings.ts'
import { isClosed } from '../db/write-gate.ts'
import { RegistryError } from '../errors.ts'
import type { WhySettingsInvalid } from '../failures/jobs.ts'
import { misfitOf } from '../failures/schema-misfit.ts'
import { followSetting } from '../replicas/read-only.ts'
import { isTooLong, longestDuration, parseDuration } from '../util/duration.ts'
import { coreSettings, rowsSchema, type SettingFields, type Settings, type SettingsOf } from './fields.ts'

/** Reads the settings of the core. */
export const currentSettings = async (db: Database, now: number): Promise<Settings> =>
  currentSettingsOf(db, now, coreSettings)

/** Reads the settings that the fields declare: those of a capability, or all. */
export async function currentSettingsOf<Fields extends SettingFields>(
  db: Database,
  now: number,
  fields: Fields,
): Promise<SettingsOf<Fields>> {
  const { rows, gate } = await readSettings(db)
  return rowsSchema(fields).parse({ ...computable(rows), readOnlyRegistry: isClosed(gate, now) })
}

/** Returns the schemas of the fields, each without its default. */
export const schemasOf = (fields: SettingFields): Record<string, z.ZodType> =>
  Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.unwrap()]))

/** Makes the schema of a change: any of the fields. An unknown field is refused, not dropped. */
export const changeOf = (fields: SettingFields) =>
  z.strictObject({ ...schemasOf(fields), readOnlyRegistry: coreSettings.readOnlyRegistry.unwrap() }).partial()

export type SettingsChange = Readonly<Record<string, unknown>> & { readonly readOnlyRegistry?: boolean | undefined }

/** Reads stored durations of earlier releases that are too long as the longest one. */
const computable = (rows: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(rows).map(([name, value]) => [
      name,
      typeof value === 'string' && isTooLong(value) ? longestDuration : value,
    ]),
  )

/**
 * Changes some of the settings: all that are named. When read-only mode cannot be switched, the others stay as they were.
 *
 * @param fields all settings that there are
 * @returns all settings as they are now
 * @throws RegistryError `no-majority` or `overloaded`
 */
export async function changeSettings<Fields extends SettingFields>(
  context: Context,
  fields: Fields,
  { readOnlyRegistry, ...changed }: SettingsChange,
  by: Attribution['by'],
): Promise<SettingsOf<Fields>> {
  const { db, now } = context
  if (readOnlyRegistry !== undefined) await followSetting(context, readOnlyRegistry, by)
  if (Object.keys(changed).length > 0) {
    const defaults = rowsSchema(fields).parse({})
    await writeSettings(db, changed, { defaults, millisecondsOf }, { by, now })
  }
  return currentSettingsOf(db, now, fields)
}

const millisecondsOf = (value: unknown): number | undefined =>
  typeof value === 'string' ? parseDuration(value) : undefined

/** Returns the error for input that `changeOf` does not take: `settings-invalid`, with the field that is wrong. */
export const settingsRefusal = (fields: SettingFields, error: z.core.$ZodError): RegistryError =>
  new RegistryError({ kind: 'settings-invalid', reason: reasonOf(fields, error) })

function reasonOf(fields: SettingFields, error: z.core.$ZodError): WhySettingsInvalid {
  const [issue] = error.issues
  return issue?.code === 'unrecognized_keys'
    ? { kind: 'names-unknown', names: issue.keys, known: Object.keys(fields) }
    : { kind: 'of-schema', ...misfitOf(error) }
}
