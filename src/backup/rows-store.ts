/**
 * Reads rows of any table for a backup, in the order of its key. The names of tables and columns are those of the
 * declarations (`db/tables.ts`) and of the database; keys are texts, also those of whole numbers.
 */
import { sql, type SQL } from 'drizzle-orm'
import { runBatch, type Database } from '../db/database.ts'
import type { Aggregate, ExportedTable } from '../db/tables.ts'

export interface Column {
  readonly name: string
  readonly isInteger: boolean
}

/** The columns of each table, without those that the database computes. */
export type Columns = ReadonlyMap<string, readonly Column[]>

/** A key of a row, one text a column. */
export type Key = readonly string[]

export type Row = Readonly<Record<string, unknown>>

/** A value as a backup has it. */
export type Value = null | number | string | { readonly integer: string } | { readonly bytes: string }

/** The name under which a row has its whole numbers beyond 2^53, which JavaScript cannot hold, as an object of texts. */
export const exactNumbers = 'exact numbers'

const name = (text: string): SQL => sql.raw(`"${text}"`)
const list = (parts: readonly SQL[]): SQL => sql.join([...parts], sql`, `)
const tablesOf = ({ table, parts }: Aggregate): readonly ExportedTable[] => [table, ...parts]

/** Reads the columns of the tables of an aggregate. */
export async function readColumns(db: Database, aggregate: Aggregate): Promise<Columns> {
  const tables = tablesOf(aggregate)
  const { columns } = await runBatch(
    db,
    {
      columns: tables.map(
        (table) => sql<{ name: string; type: string; hidden: number }>`PRAGMA table_xinfo(${name(table.name)})`,
      ),
    },
    'repeatable',
  )
  return new Map(
    tables.map((table, at) => [
      table.name,
      (columns[at]?.rows ?? [])
        .filter(({ hidden }) => hidden === 0)
        .map((column) => ({ name: column.name, isInteger: column.type.toUpperCase() === 'INTEGER' })),
    ]),
  )
}

const columnsOf = (columns: Columns, table: ExportedTable): readonly Column[] => {
  const found = columns.get(table.name)
  if (found === undefined) throw new Error(`the columns of ${table.name} were not read`)
  return found
}

/** Renders the key as it was read. */
const valueOf = (columns: Columns, table: ExportedTable, key: Key): SQL =>
  list(
    key.map((text, at) =>
      columnsOf(columns, table).find((column) => column.name === table.key[at])?.isInteger === true
        ? sql`CAST(${text} AS INTEGER)`
        : sql`${text}`,
    ),
  )

/** Matches rows after one key and up to another, by the first columns of the key of the table. */
function between(columns: Columns, table: ExportedTable, after: Key | undefined, upTo: Key | undefined): SQL {
  const [later, notLater] = table.isDescending === true ? [sql`<`, sql`>=`] : [sql`>`, sql`<=`]
  const place = (length: number): SQL => list(table.key.slice(0, length).map(name))
  const conditions = [
    ...(after === undefined ? [] : [sql`(${place(after.length)}) ${later} (${valueOf(columns, table, after)})`]),
    ...(upTo === undefined ? [] : [sql`(${place(upTo.length)}) ${notLater} (${valueOf(columns, table, upTo)})`]),
  ]
  return conditions.length === 0 ? sql`true` : sql.join(conditions, sql` AND `)
}

const inOrder = (table: ExportedTable): SQL =>
  list(table.key.map((column) => (table.isDescending === true ? sql`${name(column)} DESC` : name(column))))

/** Sums the bytes of a row: `octet_length` reads no page of a long value. */
const bytesOf = (columns: readonly Column[], of: SQL): SQL =>
  sql.join(
    columns.map((column) => sql`coalesce(octet_length(${of}.${name(column.name)}), 4) + 3`),
    sql` + `,
  )

export interface Measured {
  readonly key: Key
  /** With the rows of its parts. */
  readonly bytes: number
}

/** Reads the keys and the sizes of the next aggregates. @param after the key before the first; undefined for the beginning */
export async function measureRows(
  db: Database,
  aggregate: Aggregate,
  columns: Columns,
  after: Key | undefined,
  limit: number,
): Promise<readonly Measured[]> {
  const { table, parts } = aggregate
  const sizes = [
    bytesOf(columnsOf(columns, table), sql`measured`),
    ...parts.map((part) => bytesOfPart(columns, table, part)),
  ]
  const keys = table.key.map((column, at) => sql`CAST(${name(column)} AS TEXT) AS ${name(`key ${at}`)}`)
  const { rows } = await runBatch(db, {
    rows: sql<Record<string, string> & { bytes: number }>`
      SELECT ${list(keys)}, ${sql.join(sizes, sql` + `)} AS bytes
      FROM ${name(table.name)} AS measured WHERE ${between(columns, table, after, undefined)}
      ORDER BY ${inOrder(table)} LIMIT ${limit}`,
  })
  return rows.rows.map((row) => ({ key: table.key.map((_, at) => row[`key ${at}`] ?? ''), bytes: row.bytes }))
}

function bytesOfPart(columns: Columns, owner: ExportedTable, part: ExportedTable): SQL {
  const isPart = owner.key.map((column, at) => sql`of_it.${name(part.key[at] ?? '')} = measured.${name(column)}`)
  return sql`(
    SELECT coalesce(sum(${bytesOf(columnsOf(columns, part), sql`of_it`)}), 0) FROM ${name(part.name)} AS of_it
    WHERE ${sql.join(isPart, sql` AND `)})`
}

/** Reads aggregates with their parts in one transaction. @returns the rows of each table, in the order of the keys */
export async function readRows(
  db: Database,
  aggregate: Aggregate,
  columns: Columns,
  after: Key | undefined,
  upTo: Key,
): Promise<ReadonlyMap<string, readonly Row[]>> {
  const tables = tablesOf(aggregate)
  const { read } = await runBatch(db, {
    read: tables.map(
      (table) => sql<Row>`
        SELECT ${list([...columnsOf(columns, table).map((column) => name(column.name)), exactOf(columnsOf(columns, table))])}
        FROM ${name(table.name)} WHERE ${between(columns, table, after, upTo)} ORDER BY ${inOrder(table)}`,
    ),
  })
  return new Map(tables.map((table, at) => [table.name, read[at]?.rows ?? []]))
}

/** Selects the numbers of a row that JavaScript would round, as JSON; null for a row without any. */
function exactOf(columns: readonly Column[]): SQL {
  const integers = columns.filter(({ isInteger }) => isInteger)
  const isRounded = (column: Column): SQL => sql`
    (typeof(${name(column.name)}) = 'integer' AND ${name(column.name)} NOT BETWEEN -9007199254740991 AND 9007199254740991)`
  if (integers.length === 0) return sql`NULL AS ${name(exactNumbers)}`
  // A concatenation, as a function of D1 takes 32 arguments.
  const pairs = integers.map(
    (column) => sql`iif(${isRounded(column)}, ${sql.raw(`',"${column.name}":"'`)} || ${name(column.name)} || '"', '')`,
  )
  return sql`
    iif(${sql.join(integers.map(isRounded), sql` OR `)}, '{' || substr(${sql.join(pairs, sql` || `)}, 2) || '}', NULL)
    AS ${name(exactNumbers)}`
}

/** Reads the name of the last migration of the database. Scan: d1_migrations, of which it reads the last row. */
export async function readSchema(db: Database): Promise<string> {
  const [row] = await db.all<{ name: string }>(sql`SELECT name FROM d1_migrations ORDER BY id DESC LIMIT 1`)
  return row?.name ?? ''
}

/** A table, an index or a trigger. */
export interface SchemaObject {
  readonly type: 'table' | 'index' | 'trigger'
  readonly name: string
  /** The table that it is, or belongs to. */
  readonly table: string
  readonly sql: string
}

/** Matches the objects of a schema that are neither SQLite's nor the platform's. */
const isOwnObject = sql`sql IS NOT NULL AND name NOT LIKE 'sqlite~_%' ESCAPE '~' AND name NOT LIKE '~_cf~_%' ESCAPE '~'`

/** Reads the schema of a database in the order in which its objects were made. */
export async function readObjects(db: Database): Promise<readonly SchemaObject[]> {
  return db.all<SchemaObject>(
    sql`SELECT type, name, tbl_name AS "table", sql FROM sqlite_schema WHERE ${isOwnObject} ORDER BY rowid`,
  )
}

/** The rows of a table that refer to another one. */
export interface ForeignKey {
  readonly columns: readonly string[]
  readonly table: string
  /** The columns of that table. */
  readonly to: readonly string[]
  /** Becomes null when the row that it refers to is deleted. */
  readonly isSetNull: boolean
}

/** Reads the foreign keys of tables. */
export async function readForeignKeys(
  db: Database,
  tables: readonly string[],
): Promise<ReadonlyMap<string, readonly ForeignKey[]>> {
  const { keys } = await runBatch(
    db,
    {
      keys: tables.map(
        (table) =>
          sql<{ id: number; table: string; from: string; to: string; on_delete: string }>`
            PRAGMA foreign_key_list(${name(table)})`,
      ),
    },
    'repeatable',
  )
  return new Map(
    tables.map((table, at) => [
      table,
      Array.from(Map.groupBy(keys[at]?.rows ?? [], ({ id }) => id).values(), ([first, ...others]): ForeignKey[] =>
        first === undefined
          ? []
          : [
              {
                columns: [first, ...others].map(({ from }) => from),
                table: first.table,
                to: [first, ...others].map(({ to }) => to),
                isSetNull: first.on_delete === 'SET NULL',
              },
            ],
      ).flat(),
    ]),
  )
}

/** What a restore has to stay above. */
export interface Marks {
  /** The epoch of the replicas; zero before there were any. */
  readonly epoch: number
  /** The token of the write gate. */
  readonly gateToken: number
  /** The highest number ever given, by table: numbers are not used again. */
  readonly sequences: Readonly<Record<string, number>>
}

/**
 * Reads what a restore has to stay above.
 * Key: cluster, write_gate. Scan: sqlite_sequence, which has a row for each table that numbers its rows.
 */
export async function readMarks(db: Database): Promise<Marks> {
  const { cluster, gate, sequences } = await runBatch(db, {
    cluster: sql<{ epoch: number }>`SELECT epoch FROM cluster WHERE id = 1`,
    gate: sql<{ token: number }>`SELECT token FROM write_gate WHERE id = 1`,
    sequences: sql<{ name: string; seq: number }>`SELECT name, seq FROM sqlite_sequence ORDER BY name`,
  })
  return {
    epoch: cluster.first?.epoch ?? 0,
    gateToken: gate.first?.token ?? 0,
    sequences: Object.fromEntries(sequences.rows.map(({ name: table, seq }) => [table, seq])),
  }
}
