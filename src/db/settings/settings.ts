/**
 * Reads and writes settings, of which only those that were set have a row. `settings/settings.ts` says what they mean.
 */
import { sql, type SQL } from 'drizzle-orm'
import { runBatch, type Database } from '../database.ts'
import { recordEvents, type Attribution } from '../events/events.ts'
import { gateOf, selectGate, type WriteGate } from '../write-gate.ts'

/**
 * Reads the settings and the gate, which is one too.
 * Scan: settings, one row for each setting.
 *
 * @returns every setting that was ever set, by its name
 */
export async function readSettings(db: Database): Promise<{ rows: Record<string, unknown>; gate: WriteGate }> {
  const { settings, gate } = await runBatch(db, {
    settings: sql<{ name: string; value: string }>`SELECT name, value FROM settings`,
    gate: selectGate,
  })
  const pairs = settings.rows.map(({ name, value }): [string, unknown] => [name, JSON.parse(value)])
  return { rows: Object.fromEntries(pairs), gate: gateOf(gate.first) }
}

interface Meaning {
  /** The values of settings without a row. The event lists only settings that changed, and is not written without any. */
  readonly defaults: Readonly<Record<string, unknown>>
  /** Converts a duration, for the statements that read it; returns undefined for any other value. */
  readonly millisecondsOf: (value: unknown) => number | undefined
}

/** Writes settings, with an event that lists those that differ. Key: settings. */
export async function writeSettings(
  db: Database,
  changed: Readonly<Record<string, unknown>>,
  { defaults, millisecondsOf }: Meaning,
  { by, now }: Attribution,
): Promise<void> {
  const wanted = sql`json_each(${JSON.stringify(encoded(changed))}) AS wanted`
  const durations = JSON.stringify(
    Object.fromEntries(Object.entries(changed).map(([name, value]) => [name, millisecondsOf(value)])),
  )
  await runBatch(db, {
    event: recordEvents(
      { actor: by, type: 'UPDATE', objectType: 'settings', now },
      {
        objectId: sql`'settings'`,
        objectName: sql`names`,
        content: sql`content`,
        from: sql`(
          SELECT group_concat(wanted.key, ', ') AS names, json_group_object(wanted.key, json(wanted.value)) AS content
          FROM ${wanted}
          LEFT JOIN settings ON settings.name = wanted.key
          LEFT JOIN json_each(${JSON.stringify(encoded(defaults))}) AS otherwise ON otherwise.key = wanted.key
          WHERE wanted.value IS NOT coalesce(settings.value, otherwise.value)
        ) WHERE names IS NOT NULL`,
      },
    ),
    settings: sql`
      INSERT INTO settings (name, value, milliseconds)
      SELECT wanted.key, wanted.value, ${durations} ->> wanted.key FROM ${wanted} WHERE true
      ON CONFLICT (name) DO UPDATE SET value = excluded.value, milliseconds = excluded.milliseconds`,
  })
}

/** Encodes values as JSON texts, so that `json_each` does not turn `true` into 1. */
const encoded = (values: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, JSON.stringify(value)]))

/** The switches that other statements read, with their defaults. */
export const switches = { createRepositoryOnPush: true, pullsWithoutMajority: true } as const

/** Matches if a switch is on, for other statements. Key: settings. */
export const isOn = (name: keyof typeof switches): SQL =>
  sql`coalesce((SELECT value FROM settings WHERE name = ${name}), ${String(switches[name])}) = 'true'`

/** The policy of sessions, with UCP's defaults. */
export const sessionDefaults = {
  sessionLifetimeMinutes: 60,
  sessionRenewalThresholdMinutes: 20,
  sessionPerUserLimit: 10,
} as const

/** Selects a number of the policy of sessions, for other statements. Key: settings. */
export const policyOfSessions = (name: keyof typeof sessionDefaults): SQL => sql`
  coalesce((SELECT CAST(value AS INTEGER) FROM settings WHERE name = ${name}), ${sessionDefaults[name]})`

/** The default of `gcGrace`. */
export const usualGraceMilliseconds = 24 * 3600 * 1000

/**
 * The grace period of the garbage collector, for statements that renew it: a push or a mount renews the content that it
 * confirms before this time is over.
 * Key: settings.
 */
export const graceMilliseconds: SQL = sql.raw(
  `coalesce((SELECT milliseconds FROM settings WHERE name = 'gcGrace'), ${usualGraceMilliseconds})`,
)

/**
 * Selects whether pulls need a majority. A query of a pull includes it, so that it costs no round trip of its own.
 * Key: settings.
 */
export const needsMajority: SQL<number> = sql`
  coalesce((SELECT value FROM settings WHERE name = 'pullsWithoutMajority'), 'true') <> 'true'`
