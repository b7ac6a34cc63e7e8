/**
 * What an administrator decides for the whole registry, under DTR's names. Fields of DTR's that mean nothing here are
 * refused, so that nobody believes that they took effect.
 */
import * as z from 'zod'
import type { Doing } from '../db/events/events.ts'
import type { Database } from '../db/database.ts'
import { readSettings, switches, writeSettings } from '../db/settings/settings.ts'
import { isClosed } from '../db/write-gate.ts'
import { RegistryError } from '../errors.ts'
import { longestTimeText } from '../limits.ts'
import { isTooLong, longestDuration, parseDuration } from '../util/duration.ts'

const hourMilliseconds = 3600 * 1000

const durationOf = (shortest: number, error: string) =>
  z
    .string()
    .max(longestTimeText)
    .refine((text) => !isTooLong(text), { error: `it is too long: use ${longestDuration} or less` })
    .refine((text) => isTooLong(text) || (parseDuration(text) ?? 0) >= shortest, { error })

/** Whatever else is decided, an event can be looked at for an hour. */
const age = durationOf(
  hourMilliseconds,
  'it must be one hour or more, in days, hours, minutes and seconds, like "90d", "2160h" or "36h30m"',
)

/** A push that takes longer than this from its first blob to its manifest may lose what it brought. */
const grace = durationOf(
  1000,
  'it must be one second or more, in days, hours, minutes and seconds, like "24h" or "1h30m"',
)

/** The fields of the API; those that were ever set are rows. */
export const settingsFields = {
  /** A push by somebody who may create the repository does so. Statements of the database read this one themselves. */
  createRepositoryOnPush: z.boolean(),
  /** Without a majority of replicas, when nothing can be changed, pulls go on. The queries of a pull read this one. */
  pullsWithoutMajority: z.boolean(),
  /** Nothing that repositories hold can be changed: no row of its own, but the gate (see `replicas/read-only.ts`). */
  readOnlyRegistry: z.boolean(),
  /** Old events are deleted. */
  repoEventHistoryCompactionEnabled: z.boolean(),
  /** Events older than this go. */
  repoEventHistoryMaxAge: age,
  /**
   * How many events of each share are kept: of pulls and failed logins, of changes of content, and of changes of accounts,
   * rights, tokens and settings.
   */
  repoEventHistoryToKeep: z.int().min(1).max(1_000_000_000),
  /** Jobs that are over are deleted, with their logs. */
  jobHistoryCompactionEnabled: z.boolean(),
  /** Jobs that ended longer ago go. */
  jobHistoryMaxAge: age,
  /** Of more jobs than this those that ended first go. */
  jobHistoryToKeep: z.int().min(1).max(1_000_000),
  /** What was pushed, mounted or asked for so recently by somebody who may push stays, used or not. */
  gcGrace: grace,
  /**
   * How many repositories, tags, open uploads and bytes of manifests in D1 a namespace may have; one repository has a
   * quarter of the uploads at most. Triggers (migrations `namespace_bounds`, `manifest_bytes`) read these and have the
   * same defaults.
   */
  namespaceMaxRepositories: z.int().min(1).max(100_000),
  namespaceMaxTags: z.int().min(1).max(100_000_000),
  namespaceMaxUploads: z.int().min(1).max(100_000),
  namespaceMaxManifestBytes: z.int().min(1_000_000).max(10_000_000_000),
  /** Manifests without a tag stay. */
  gcKeepUntaggedManifests: z.boolean(),
  /** What is about a deleted image, as its signatures, goes with it. */
  gcDeleteReferrers: z.boolean(),
}

const settings = z.object({
  createRepositoryOnPush: settingsFields.createRepositoryOnPush.default(switches.createRepositoryOnPush),
  pullsWithoutMajority: settingsFields.pullsWithoutMajority.default(switches.pullsWithoutMajority),
  readOnlyRegistry: settingsFields.readOnlyRegistry.default(false),
  repoEventHistoryCompactionEnabled: settingsFields.repoEventHistoryCompactionEnabled.default(true),
  repoEventHistoryMaxAge: settingsFields.repoEventHistoryMaxAge.default('2160h'),
  repoEventHistoryToKeep: settingsFields.repoEventHistoryToKeep.default(100_000),
  jobHistoryCompactionEnabled: settingsFields.jobHistoryCompactionEnabled.default(true),
  jobHistoryMaxAge: settingsFields.jobHistoryMaxAge.default('2160h'),
  jobHistoryToKeep: settingsFields.jobHistoryToKeep.default(10_000),
  gcGrace: settingsFields.gcGrace.default('24h'),
  namespaceMaxRepositories: settingsFields.namespaceMaxRepositories.default(10_000),
  namespaceMaxTags: settingsFields.namespaceMaxTags.default(1_000_000),
  namespaceMaxUploads: settingsFields.namespaceMaxUploads.default(2000),
  namespaceMaxManifestBytes: settingsFields.namespaceMaxManifestBytes.default(1_000_000_000),
  gcKeepUntaggedManifests: settingsFields.gcKeepUntaggedManifests.default(false),
  gcDeleteReferrers: settingsFields.gcDeleteReferrers.default(true),
})
/** What somebody wants to be otherwise: a field that means nothing here is refused, not dropped. */
export const settingsChange = z.strictObject(settingsFields).partial()

export type Settings = z.infer<typeof settings>
export type SettingsChange = z.infer<typeof settingsChange>

export async function currentSettings(db: Database, now: number): Promise<Settings> {
  const { rows, gate } = await readSettings(db)
  return settings.parse({ ...computable(rows), readOnlyRegistry: isClosed(gate, now) })
}

/** An earlier release took durations that are too long to compute with: they mean the longest. */
const computable = (rows: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(rows).map(([name, value]) => [
      name,
      typeof value === 'string' && isTooLong(value) ? longestDuration : value,
    ]),
  )

/** The setting that is none of the database. */
export interface ReadOnlySwitch {
  /** Makes the registry read-only, or ends that. */
  readonly switchTo: (on: boolean) => Promise<unknown>
  /** Whether it is about to become read-only, by a switch that is decided and not in force yet. */
  readonly isPending: () => Promise<boolean>
}

/**
 * Changes some of the settings: all that are named.
 *
 * @param readOnly what it throws leaves the other settings as they were
 * @returns all settings as they are now
 */
export async function changeSettings(
  db: Database,
  { readOnlyRegistry, ...changed }: SettingsChange,
  doing: Doing,
  readOnly: ReadOnlySwitch,
): Promise<Settings> {
  // What is read may be sent back as it was: that keeps why, and until when.
  if (readOnlyRegistry !== undefined) {
    const isOn = (await currentSettings(db, doing.now)).readOnlyRegistry
    const isSwitch = readOnlyRegistry !== isOn || (!isOn && (await readOnly.isPending()))
    if (isSwitch) await readOnly.switchTo(readOnlyRegistry)
  }
  if (Object.keys(changed).length > 0) {
    await writeSettings(db, changed, { defaults: settings.parse({}), millisecondsOf }, doing)
  }
  return currentSettings(db, doing.now)
}

const millisecondsOf = (value: unknown): number | undefined =>
  typeof value === 'string' ? parseDuration(value) : undefined

/** What to throw when something from outside is no `settingsChange`: `settings-invalid`, with the field that is wrong. */
export const settingsRefusal = ({ issues }: z.core.$ZodError): RegistryError =>
  new RegistryError({ kind: 'settings-invalid', why: reasonOf(issues[0]) })

function reasonOf(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code === 'unrecognized_keys') {
    const names = issue.keys.slice(0, 5).map((name) => JSON.stringify(name.slice(0, 100)))
    return `${names.join(', ')} cannot be set in this registry, so nothing was changed: the settings are ${Object.keys(settingsFields).join(', ')}`
  }
  const place = issue?.path.join('.') ?? ''
  return `${place === '' ? 'they' : place}: ${issue?.message ?? 'it does not match the documentation'} (see /apidocs)`
}
