/** Settings, as rows of what differs from the default. What they mean is said in `settings/settings.ts`. */
import { sql, type SQL } from 'drizzle-orm'
import { runBatch, type Database } from './database.ts'
import { settings } from './schema/records.ts'

/** @returns every setting that was ever set, by its name */
export async function readSettings(db: Database): Promise<Record<string, unknown>> {
  const rows = await db.select().from(settings)
  return Object.fromEntries(rows.map(({ name, value }): [string, unknown] => [name, JSON.parse(value)]))
}

/** @param event the statement that records the change in the same transaction */
export async function writeSettings(
  db: Database,
  changed: Readonly<Record<string, unknown>>,
  event: SQL,
): Promise<void> {
  await runBatch(db, [
    sql`
      INSERT INTO settings (name, value)
      SELECT entry.key, entry.value FROM json_each(${JSON.stringify(encoded(changed))}) AS entry WHERE true
      ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
    event,
  ])
}

/** Values stay JSON texts, so that `json_each` does not turn `true` into 1. */
const encoded = (values: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, JSON.stringify(value)]))

/** For other statements: whether a setting that is on by default is on. */
export const isOn = (name: string): SQL =>
  sql`coalesce((SELECT value FROM settings WHERE name = ${name}), 'true') = 'true'`
