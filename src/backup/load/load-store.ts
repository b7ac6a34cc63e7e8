/** The statements that insert rows of a backup. Tables have the names of the backup, after a prefix. */
import { sql, type SQL } from 'drizzle-orm'
import { runBatch, type Database, type Statements } from '../../db/database.ts'
import type { Sweep } from '../../db/restoration/mended.ts'
import type { Value } from '../rows-store.ts'

/** A table of a backup: of what its manifest says of it, what inserting rows needs. */
export interface LoadedTable {
  readonly name: string
  readonly columns: readonly string[]
  readonly key: readonly string[]
}

/** Before the names of tables, until all rows are there. */
export const awayPrefix = 'restoring_'

export const name = (text: string): SQL => sql.raw(`"${text.replaceAll('"', '""')}"`)
export const awayText = (table: string): string => `${awayPrefix}${table}`
export const awayName = (table: string): SQL => name(awayText(table))

/** Returns the name of a table that may be away. */
export const ownText = (table: string): string =>
  table.startsWith(awayPrefix) ? table.slice(awayPrefix.length) : table
const list = (parts: readonly SQL[]): SQL => sql.join([...parts], sql`, `)

/** The statements of one batch are bounded in number and in bytes. */
export interface StatementLimits {
  readonly rowsOfStatement: number
  readonly bytesOfStatement: number
}

/** Writes a value as JSON that SQLite reads exactly: a whole number of any size, and bytes in hexadecimal digits. */
function jsonOf(value: Value): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return 'integer' in value ? value.integer : `{"bytes":"${hexOfBase64(value.bytes)}"}`
}

const hexOfBase64 = (text: string): string =>
  bytesOf(text).reduce((hex, byte) => hex + byte.toString(16).padStart(2, '0'), '')

const bytesOf = (base64: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(base64), (character) => character.codePointAt(0) ?? 0)

const encoder = new TextEncoder()

/** Rows of one table that one statement inserts. */
interface Piece {
  readonly json: string
  readonly count: number
  /** The places of columns that have bytes in some row. */
  readonly bytesAt: ReadonlySet<number>
}

/** Splits rows into pieces for one statement each, and those apart that are too long for a parameter. */
function piecesOf(
  rows: readonly (readonly Value[])[],
  { rowsOfStatement, bytesOfStatement }: StatementLimits,
): { readonly pieces: readonly Piece[]; readonly long: readonly (readonly Value[])[] } {
  const pieces: Piece[] = []
  const long: (readonly Value[])[] = []
  let texts: string[] = []
  let bytesAt = new Set<number>()
  let bytes = 0
  const end = (): void => {
    if (texts.length > 0) pieces.push({ json: `[${texts.join(',')}]`, count: texts.length, bytesAt })
    texts = []
    bytesAt = new Set()
    bytes = 0
  }
  for (const row of rows) {
    const text = `[${row.map(jsonOf).join(',')}]`
    const own = encoder.encode(text).length + 1
    if (own + 2 > bytesOfStatement) {
      long.push(row)
      continue
    }
    if (texts.length === rowsOfStatement || bytes + own + 2 > bytesOfStatement) end()
    texts.push(text)
    bytes += own
    for (const [at, value] of row.entries()) {
      if (typeof value === 'object' && value !== null && 'bytes' in value) bytesAt.add(at)
    }
  }
  end()
  return { pieces, long }
}

/** Makes a condition on each row: that of the table whose part it is was inserted. */
const ownerExists = (table: LoadedTable, owner: LoadedTable | undefined, valueAt: (column: string) => SQL): SQL =>
  owner === undefined
    ? sql`true`
    : sql`EXISTS (SELECT 1 FROM ${awayName(owner.name)} AS owner WHERE ${sql.join(
        owner.key.map((column, at) => sql`owner.${name(column)} = ${valueAt(table.key[at] ?? '')}`),
        sql` AND `,
      )})`

/**
 * Makes the statements that insert rows, and change nothing where they are already. A row that breaks a unique key is
 * dropped, and so are parts whose owner was.
 * Key: the table, and the one that it is a part of.
 */
export function insertStatements(
  table: LoadedTable,
  owner: LoadedTable | undefined,
  rows: readonly (readonly Value[])[],
  limits: StatementLimits,
): readonly SQL[] {
  const { pieces, long } = piecesOf(rows, limits)
  const into = sql`INSERT INTO ${awayName(table.name)} (${list(table.columns.map(name))})`
  const at = (column: string): number => table.columns.indexOf(column)
  return [
    ...pieces.map(({ json, bytesAt }) => {
      const read = (place: number): SQL => sql.raw(`value ->> ${place}`)
      const values = table.columns.map((_, place) =>
        bytesAt.has(place)
          ? sql.raw(
              `iif(json_type(value, '$[${place}]') = 'object', unhex(value ->> '$[${place}].bytes'), value ->> ${place})`,
            )
          : read(place),
      )
      const condition = ownerExists(table, owner, (column) => read(at(column)))
      return sql`${into} SELECT ${list(values)} FROM json_each(${json}) WHERE ${condition} ON CONFLICT DO NOTHING`
    }),
    ...long.map((row) => {
      const bound = row.map(boundOf)
      const condition = ownerExists(table, owner, (column) => bound[at(column)] ?? sql`NULL`)
      return sql`${into} SELECT ${list(bound)} WHERE ${condition} ON CONFLICT DO NOTHING`
    }),
  ]
}

/** Binds a value by itself, as that of a row which is too long for one JSON text. */
function boundOf(value: Value): SQL {
  if (typeof value !== 'object' || value === null) return sql`${value}`
  return 'integer' in value ? sql`CAST(${value.integer} AS INTEGER)` : sql`${bytesOf(value.bytes).buffer}`
}

/** What rows name: the values of the columns of a foreign key, each once. */
export interface Wanted {
  readonly table: string
  readonly columns: readonly string[]
  readonly keys: readonly (readonly Value[])[]
}

/**
 * Tells which keys no row has.
 * Key: the tables that are named.
 *
 * @returns for each of the wanted, those of its keys that are missing, as `keyText` writes them
 */
export async function missingKeys(
  db: Database,
  wanted: readonly Wanted[],
  limits: StatementLimits,
): Promise<readonly ReadonlySet<string>[]> {
  const asked = wanted.map(({ keys }) => piecesOf(keys, limits).pieces)
  const statementOf = ({ table, columns }: Wanted, { json }: Piece): SQL<{ key: number }> => {
    const isIt = columns.map((column, at) => sql`named.${name(column)} = ${sql.raw(`value ->> ${at}`)}`)
    return sql`
      SELECT key FROM json_each(${json})
      WHERE NOT EXISTS (SELECT 1 FROM ${awayName(table)} AS named WHERE ${sql.join(isIt, sql` AND `)})`
  }
  const { missing } = await runBatch(db, {
    missing: wanted.flatMap((one, at) => (asked[at] ?? []).map((piece) => statementOf(one, piece))),
  })
  const answers = missing.values()
  return wanted.map(({ keys }, at) => {
    const texts = new Set<string>()
    let before = 0
    for (const { count } of asked[at] ?? []) {
      for (const { key } of answers.next().value?.rows ?? []) texts.add(keyText(keys[before + key] ?? []))
      before += count
    }
    return texts
  })
}

/** Writes a key as JSON. */
export const keyText = (key: readonly Value[]): string => `[${key.map(jsonOf).join(',')}]`

/**
 * Makes the statement that deletes aggregates, and those whose parts name them, and so on. Their parts go with them.
 * Index: what finds the rows that name a row, as for each foreign key.
 */
export function dropStatement(
  owner: LoadedTable,
  references: readonly { readonly part: LoadedTable; readonly columns: readonly string[] }[],
  keys: readonly (readonly Value[])[],
): SQL {
  const ownColumns = owner.key.map(name)
  const more = references.map(({ part, columns }) => {
    const from = part.key.slice(0, owner.key.length).map((column) => sql`naming.${name(column)}`)
    const isNamed = columns.map((column, at) => sql`naming.${name(column)} = doomed.${ownColumns[at] ?? sql``}`)
    return sql`UNION SELECT ${list(from)} FROM doomed JOIN ${awayName(part.name)} AS naming ON ${sql.join(isNamed, sql` AND `)}`
  })
  const first = list(owner.key.map((_, at) => sql.raw(`value ->> ${at}`)))
  const seeds = `[${keys.map(keyText).join(',')}]`
  return sql`
    WITH RECURSIVE doomed (${list(ownColumns)}) AS (SELECT ${first} FROM json_each(${seeds}) ${sql.join(more, sql` `)})
    DELETE FROM ${awayName(owner.name)} WHERE (${list(ownColumns)}) IN (SELECT ${list(ownColumns)} FROM doomed)`
}

/** A range of rows that a sweep goes through next. */
export interface SweepRange {
  readonly sweep: Sweep
  /** The columns of the key of its table. */
  readonly key: readonly string[]
  /** The last key of the range before; null for the first. */
  readonly after: SweepKey | null
  readonly rows: number
}

export type SweepKey = readonly (string | number)[]

/** Changes the next rows of a sweep. Key: the table. @returns the last key; undefined when no row follows */
export async function sweepRange(
  db: Database,
  guard: Statements,
  { sweep, key, after, rows }: SweepRange,
): Promise<SweepKey | undefined> {
  const columns = list(key.map(name))
  const follows = after === null ? sql`true` : sql`(${columns}) > (${list(after.map((value) => sql`${value}`))})`
  const ordered = sql`SELECT ${columns} FROM ${awayName(sweep.over)} WHERE ${follows} ORDER BY ${columns} LIMIT 1`
  const [last] = await db.all<Record<string, string | number>>(sql`${ordered} OFFSET ${rows - 1}`)
  const upTo = last && key.map((column) => last[column] ?? '')
  const ends = upTo === undefined ? sql`true` : sql`(${columns}) <= (${list(upTo.map((value) => sql`${value}`))})`
  await write(db, guard, [sweep.statement(awayName, sql`${follows} AND ${ends}`)])
  return upTo
}

/** Writes rows in one transaction. */
export async function write(db: Database, guard: Statements, statements: readonly SQL[]): Promise<void> {
  if (statements.length > 0) await runBatch(db, { ...guard, statements }, 'repeatable')
}

/** Counts the rows of each table. Scan: the tables, once for a backup. */
export async function countRows(db: Database, tables: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const { counts } = await runBatch(db, {
    counts: tables.map((table) => sql<{ rows: number }>`SELECT count(*) AS rows FROM ${awayName(table)}`),
  })
  return new Map(tables.map((table, at) => [table, counts[at]?.first?.rows ?? 0]))
}
