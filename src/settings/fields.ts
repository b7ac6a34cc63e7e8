/** The settings of the core: each field of the API with its default. Capabilities declare their own in the same form. */
import * as z from 'zod'
import { sessionDefaults, switches } from '../db/settings/settings.ts'
import { longestTimeText, mostSessions } from '../limits.ts'
import { isTooLong, longestDuration, parseDuration } from '../util/duration.ts'

/** Fields by their names. What was ever set is a row; anything else is the default. */
export type SettingFields = Readonly<Record<string, z.ZodDefault<z.ZodType>>>

/** Reads rows: what has none is the default. */
export const rowsSchema = <Fields extends SettingFields>(fields: Fields) => z.object(fields)

export type SettingsOf<Fields extends SettingFields> = z.infer<ReturnType<typeof rowsSchema<Fields>>>

/** Makes the schema of a duration of at least so many milliseconds. @param error says what it must be */
export const durationOf = (shortest: number, error: string) =>
  z
    .string()
    .max(longestTimeText)
    .refine((text) => !isTooLong(text), { error: `it is too long: use ${longestDuration} or less` })
    .refine((text) => isTooLong(text) || (parseDuration(text) ?? 0) >= shortest, { error })

/**
 * Fields that decide who gets in, and for how long, or who opens backups and which are deleted: a leaked access token must not
 * lengthen its life, or that of a session, nor lead browsers elsewhere, nor do by a setting what it may not do by a request. They are
 * changed with a password or a session alone (`auth/proof.ts`).
 */
export const accessFields = z.registry<{ readonly decides: 'who gets in' | 'what becomes of backups' }>()

const decides = { decides: 'who gets in' } as const

/** UCP's bound below; above it, a session is no better than an access token. */
export const shortestSessionMinutes = 10
export const longestSessionMinutes = 43_200

/** Events are kept for at least an hour. */
const age = durationOf(
  3600 * 1000,
  'it must be one hour or more, in days, hours, minutes and seconds, like "90d", "2160h" or "36h30m"',
)

export const coreSettings = {
  // SQL statements read this setting and the next one themselves.
  createRepositoryOnPush: z
    .boolean()
    .describe('whether a push creates a missing repository if the caller may')
    .default(switches.createRepositoryOnPush),
  pullsWithoutMajority: z
    .boolean()
    .describe('whether pulls continue without a majority of replicas')
    .default(switches.pullsWithoutMajority),
  // SQL statements read the policy of sessions themselves.
  sessionLifetimeMinutes: z
    .int()
    .min(shortestSessionMinutes)
    .max(longestSessionMinutes)
    .describe('how many minutes a session lasts')
    .default(sessionDefaults.sessionLifetimeMinutes)
    .register(accessFields, decides),
  sessionRenewalThresholdMinutes: z
    .int()
    .min(0)
    .max(longestSessionMinutes)
    .describe('a session that is used in its last minutes lasts as long again; 0: never')
    .default(sessionDefaults.sessionRenewalThresholdMinutes)
    .register(accessFields, decides),
  sessionPerUserLimit: z
    .int()
    .min(0)
    .max(mostSessions)
    .describe('beyond this number, the least recently used session of a user ends; 0: no limit')
    .default(sessionDefaults.sessionPerUserLimit)
    .register(accessFields, decides),
  accessTokenDefaultDays: z
    .int()
    .min(1)
    .max(3650)
    .describe(
      'after how many days an access token ends whose creator says nothing; never later than accessTokenMaxDays',
    )
    .default(90)
    .register(accessFields, decides),
  accessTokenMaxDays: z
    .int()
    .min(1)
    .max(3650)
    .describe('how many days an access token may last at most; tokens that are there keep their end')
    .default(366)
    .register(accessFields, decides),
  // Not a row, but the write gate (see `replicas/read-only.ts`).
  readOnlyRegistry: z.boolean().describe('whether the registry is read-only').default(false),
  repoEventHistoryCompactionEnabled: z.boolean().describe('whether old events are deleted').default(true),
  repoEventHistoryMaxAge: age.describe('events older than this are deleted').default('2160h'),
  repoEventHistoryToKeep: z
    .int()
    .min(1)
    .max(1_000_000_000)
    .describe(
      'how many events of each group are kept: pulls and failed logins; changes of content; changes of accounts, permissions, tokens and settings',
    )
    .default(100_000),
  jobHistoryCompactionEnabled: z.boolean().describe('whether finished jobs and their logs are deleted').default(true),
  jobHistoryMaxAge: age.describe('jobs that ended longer ago than this are deleted').default('2160h'),
  jobHistoryToKeep: z
    .int()
    .min(1)
    .max(1_000_000)
    .describe('beyond this number, the jobs that ended first are deleted')
    .default(10_000),
  // Triggers (migrations `namespace_bounds`, `manifest_bytes`) read these settings and have the same defaults.
  namespaceMaxRepositories: z
    .int()
    .min(1)
    .max(100_000)
    .describe('maximum number of repositories of a namespace')
    .default(10_000),
  namespaceMaxTags: z
    .int()
    .min(1)
    .max(100_000_000)
    .describe('maximum number of tags of a namespace')
    .default(1_000_000),
  namespaceMaxUploads: z
    .int()
    .min(1)
    .max(100_000)
    .describe('maximum number of open uploads of a namespace; one repository may have a quarter of them')
    .default(2000),
  namespaceMaxManifestBytes: z
    .int()
    .min(1_000_000)
    .max(10_000_000_000)
    .describe('maximum bytes of the manifests and trust documents of a namespace in D1')
    .default(1_000_000_000),
} as const satisfies SettingFields

export type Settings = SettingsOf<typeof coreSettings>
