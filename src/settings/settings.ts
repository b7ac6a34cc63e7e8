/**
 * What an administrator decides for the whole registry, under DTR's names. Fields of DTR's that mean nothing here are
 * refused, so that nobody believes that they took effect.
 */
import * as z from 'zod'
import type { Doing } from '../db/accounts.ts'
import type { Database } from '../db/database.ts'
import { readSettings, switches, writeSettings } from '../db/settings.ts'
import { RegistryError } from '../errors.ts'
import { parseDuration } from './duration.ts'

const hourMilliseconds = 3600 * 1000

/** Whatever else is decided, an event can be looked at for an hour. */
const age = z
  .string()
  .max(50)
  .refine((text) => (parseDuration(text) ?? 0) >= hourMilliseconds, {
    error: 'it must be one hour or more, in hours, minutes and seconds, like "2160h" or "36h30m"',
  })

/** The fields of the API; those that were ever set are rows. */
export const settingsFields = {
  /** A push by somebody who may create the repository does so. Statements of the database read this one themselves. */
  createRepositoryOnPush: z.boolean(),
  /** Nothing that repositories hold can be changed. Triggers of the database read this one themselves. */
  readOnlyRegistry: z.boolean(),
  /** Old events are deleted. */
  repoEventHistoryCompactionEnabled: z.boolean(),
  /** Events older than this go. */
  repoEventHistoryMaxAge: age,
  /** Of more pulls and failed logins than this the oldest go, and of more other events than this, too. */
  repoEventHistoryToKeep: z.int().min(1).max(1_000_000_000),
}

const settings = z.object({
  createRepositoryOnPush: settingsFields.createRepositoryOnPush.default(switches.createRepositoryOnPush),
  readOnlyRegistry: settingsFields.readOnlyRegistry.default(false),
  repoEventHistoryCompactionEnabled: settingsFields.repoEventHistoryCompactionEnabled.default(true),
  repoEventHistoryMaxAge: settingsFields.repoEventHistoryMaxAge.default('2160h'),
  repoEventHistoryToKeep: settingsFields.repoEventHistoryToKeep.default(100_000),
})
/** What somebody wants to be otherwise: a field that means nothing here is refused, not dropped. */
export const settingsChange = z.strictObject(settingsFields).partial()

export type Settings = z.infer<typeof settings>
export type SettingsChange = z.infer<typeof settingsChange>

export async function currentSettings(db: Database): Promise<Settings> {
  return settings.parse(await readSettings(db))
}

/**
 * Changes some of the settings: all that are named.
 *
 * @returns all settings as they are now
 */
export async function changeSettings(db: Database, changed: SettingsChange, doing: Doing): Promise<Settings> {
  if (Object.keys(changed).length > 0) await writeSettings(db, changed, settings.parse({}), doing)
  return currentSettings(db)
}

/** What to throw when something from outside is no `settingsChange`: `settings-invalid`, with the field that is wrong. */
export const settingsRefusal = ({ issues }: z.core.$ZodError): RegistryError =>
  new RegistryError({ kind: 'settings-invalid', why: reasonOf(issues[0]) })

function reasonOf(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code === 'unrecognized_keys') {
    const names = issue.keys.slice(0, 5).map((name) => JSON.stringify(name.slice(0, 100)))
    return `${names.join(', ')} cannot be set in this registry, and nothing was changed: it has ${Object.keys(settingsFields).join(', ')}`
  }
  const place = issue?.path.join('.') ?? ''
  return `${place === '' ? 'they' : place}: ${issue?.message ?? 'not as the documentation says'} (see /apidocs)`
}
