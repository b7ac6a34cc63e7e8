/**
 * What an administrator decides for the whole registry, under DTR's names. Fields of DTR's that mean nothing here are
 * refused, so that nobody believes that they took effect.
 */
import * as z from 'zod'
import type { Doing } from '../db/accounts.ts'
import type { Database } from '../db/database.ts'
import { recordEvent } from '../db/events.ts'
import { readSettings, writeSettings } from '../db/settings.ts'
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
  /** Of more events than this the oldest go. */
  repoEventHistoryToKeep: z.int().min(1).max(1_000_000_000),
}

const settings = z.object({
  createRepositoryOnPush: settingsFields.createRepositoryOnPush.default(true),
  readOnlyRegistry: settingsFields.readOnlyRegistry.default(false),
  repoEventHistoryCompactionEnabled: settingsFields.repoEventHistoryCompactionEnabled.default(true),
  repoEventHistoryMaxAge: settingsFields.repoEventHistoryMaxAge.default('2160h'),
  repoEventHistoryToKeep: settingsFields.repoEventHistoryToKeep.default(100_000),
})
const change = z.strictObject(settingsFields).partial()

export type Settings = z.infer<typeof settings>

export async function currentSettings(db: Database): Promise<Settings> {
  return settings.parse(await readSettings(db))
}

/**
 * Changes some of the settings: all that are named, or none.
 *
 * @param wanted from outside
 * @returns all settings as they are now
 * @throws RegistryError `settings-invalid`
 */
export async function changeSettings(db: Database, wanted: unknown, { by, now }: Doing): Promise<Settings> {
  const { data: changed, error } = change.safeParse(wanted)
  if (error !== undefined) throw new RegistryError({ kind: 'settings-invalid', why: reasonOf(error.issues[0]) })
  const names = Object.keys(changed)
  if (names.length > 0) {
    await writeSettings(
      db,
      changed,
      recordEvent({
        actor: by,
        type: 'UPDATE',
        objectType: 'settings',
        objectId: 'settings',
        objectName: names.join(', '),
        content: changed,
        now,
      }),
    )
  }
  return currentSettings(db)
}

function reasonOf(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code === 'unrecognized_keys') {
    const names = issue.keys.slice(0, 5).map((name) => JSON.stringify(name.slice(0, 100)))
    return `${names.join(', ')} cannot be set in this registry, and nothing was changed: it has ${Object.keys(settingsFields).join(', ')}`
  }
  const place = issue?.path.join('.') ?? ''
  return `${place === '' ? 'they' : place}: ${issue?.message ?? 'not as the documentation says'} (see /apidocs)`
}
