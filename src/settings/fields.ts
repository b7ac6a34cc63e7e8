/** The settings of the core: each field of the API with its default. Capabilities declare their own in the same form. */
import * as z from 'zod'
import { switches } from '../db/settings/settings.ts'
import { longestTimeText } from '../limits.ts'
import { isTooLong, longestDuration, parseDuration } from '../util/duration.ts'

/** Fields by their names. What was ever set is a row; anything else is the default. */
export type SettingFields = Readonly<Record<string, z.ZodDefault<z.ZodType>>>

/** Reads rows: what has none is the default. */
export const rowsSchema = <Fields extends SettingFields>(fields: Fields) => z.object(fields)

export type SettingsOf<Fields extends SettingFields> = z.infer<ReturnType<typeof rowsSchema<Fields>>>

/** A duration of at least so many milliseconds. @param error says what it must be */
export const durationOf = (shortest: number, error: string) =>
  z
    .string()
    .max(longestTimeText)
    .refine((text) => !isTooLong(text), { error: `it is too long: use ${longestDuration} or less` })
    .refine((text) => isTooLong(text) || (parseDuration(text) ?? 0) >= shortest, { error })

/** Whatever else is decided, an event can be looked at for an hour. */
const age = durationOf(
  3600 * 1000,
  'it must be one hour or more, in days, hours, minutes and seconds, like "90d", "2160h" or "36h30m"',
)

export const coreSettings = {
  /** A push by somebody who may create the repository does so. Statements of the database read this one themselves. */
  createRepositoryOnPush: z.boolean().default(switches.createRepositoryOnPush),
  /** Without a majority of replicas, when nothing can be changed, pulls go on. The queries of a pull read this one. */
  pullsWithoutMajority: z.boolean().default(switches.pullsWithoutMajority),
  /** Nothing that repositories hold can be changed: no row of its own, but the gate (see `replicas/read-only.ts`). */
  readOnlyRegistry: z.boolean().default(false),
  /** Old events are deleted. */
  repoEventHistoryCompactionEnabled: z.boolean().default(true),
  /** Events older than this go. */
  repoEventHistoryMaxAge: age.default('2160h'),
  /**
   * How many events of each share are kept: of pulls and failed logins, of changes of content, and of changes of accounts,
   * rights, tokens and settings.
   */
  repoEventHistoryToKeep: z.int().min(1).max(1_000_000_000).default(100_000),
  /** Jobs that are over are deleted, with their logs. */
  jobHistoryCompactionEnabled: z.boolean().default(true),
  /** Jobs that ended longer ago go. */
  jobHistoryMaxAge: age.default('2160h'),
  /** Of more jobs than this those that ended first go. */
  jobHistoryToKeep: z.int().min(1).max(1_000_000).default(10_000),
  /**
   * How many repositories, tags, open uploads and bytes of manifests in D1 a namespace may have; one repository has a
   * quarter of the uploads at most. Triggers (migrations `namespace_bounds`, `manifest_bytes`) read these and have the
   * same defaults.
   */
  namespaceMaxRepositories: z.int().min(1).max(100_000).default(10_000),
  namespaceMaxTags: z.int().min(1).max(100_000_000).default(1_000_000),
  namespaceMaxUploads: z.int().min(1).max(100_000).default(2000),
  namespaceMaxManifestBytes: z.int().min(1_000_000).max(10_000_000_000).default(1_000_000_000),
} as const satisfies SettingFields

export type Settings = SettingsOf<typeof coreSettings>
