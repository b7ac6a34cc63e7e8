/** Compares the rows of a restored registry with those that there were when its backup was made. */
import { exportedTables, textOf, type ExportedTable, type Row, type Rows } from './rows.ts'

/** Columns that a restore changes, and why. */
const changedColumns: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  access_tokens: { is_active: 'a token that was revoked after the backup is held' },
  event_consumers: { cursor: 'events are read each minute' },
  event_counts: { count: 'events are counted each minute' },
  repositories: { pulls: 'pulls are counted some seconds later' },
  workload_rules: { enabled: 'an administrator looks at the rules first' },
  trust_delegates: { changes: 'each collection is due', due_at: 'each collection is due' },
}

/** Tables that the registry makes again by itself within a minute. */
const madeAgain = new Set(['trust_expiries'])

/** Tables that may have other rows than there were before the backup and after it, and why. */
const grownTables: Readonly<Record<string, string>> = {
  event_counts: 'events of another kind are counted each minute',
  events: 'the restore is an event itself',
  job_logs: 'the cron trigger makes jobs',
  jobs: 'the cron trigger makes jobs',
  segments: 'uploads went on while the backup was made',
  tags: 'tags were deleted while the backup was made',
}

/**
 * Compares all tables that a backup has. A row that was there before the backup and after it, unchanged, is there again. No
 * row is there that was in neither.
 *
 * @returns what differs, one line for each row
 */
export async function differences(before: Rows, after: Rows, restored: Rows): Promise<readonly string[]> {
  const exported = (await exportedTables()).filter(({ name }) => !madeAgain.has(name))
  const lost = exported.flatMap((table) => lostOf(table, before, after, restored))
  return lost.concat(exported.flatMap((table) => foreignOf(table, before, after, restored)))
}

/** Compares the tables that the registry makes again. @returns what differs, one line for each row */
export async function differencesLater(before: Rows, after: Rows, restored: Rows): Promise<readonly string[]> {
  const exported = (await exportedTables()).filter(({ name }) => madeAgain.has(name))
  return exported.flatMap((table) => lostOf(table, before, after, restored))
}

const rowsIn = (rows: Rows, { name }: ExportedTable): ReadonlyMap<string, Row> =>
  rows.get(name) ?? new Map<string, Row>()

function lostOf(table: ExportedTable, before: Rows, after: Rows, restored: Rows): string[] {
  const found: string[] = []
  for (const [key, row] of rowsIn(before, table)) {
    const later = rowsIn(after, table).get(key)
    if (later === undefined || comparable(table, later) !== comparable(table, row)) continue
    const back = rowsIn(restored, table).get(key)
    if (back === undefined) found.push(`${table.name} has lost ${key}`)
    else if (comparable(table, back) !== comparable(table, row)) {
      found.push(`${table.name} has ${comparable(table, back)} in place of ${comparable(table, row)}`)
    }
  }
  return found
}

function foreignOf(table: ExportedTable, before: Rows, after: Rows, restored: Rows): string[] {
  if (table.name in grownTables) return []
  return [...rowsIn(restored, table).keys()]
    .filter((key) => !rowsIn(before, table).has(key) && !rowsIn(after, table).has(key))
    .map((key) => `${table.name} has ${key}, which the registry never had`)
}

const comparable = ({ name }: ExportedTable, row: Row): string =>
  textOf(Object.entries(row).filter(([column]) => !(column in (changedColumns[name] ?? {}))))

/** Lists the tables of a backup without a row, about which a comparison says nothing. */
export async function emptyTables(rows: Rows): Promise<readonly string[]> {
  const exported = await exportedTables()
  return exported.filter((table) => rowsIn(rows, table).size === 0).map(({ name }) => name)
}
