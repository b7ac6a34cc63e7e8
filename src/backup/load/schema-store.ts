/**
 * The statements that take the tables of a database away, and that bring them back: in one transaction each, so that the
 * registry finds all of its tables or none.
 */
import { sql, type SQL } from 'drizzle-orm'
import { runBatch, type Database, type Statements } from '../../db/database.ts'
import { readForeignKeys, readObjects, type SchemaObject } from '../rows-store.ts'
import { awayName, awayText, name, ownText } from './load-store.ts'

/** What no restore replaces: the row that tells of it, and the record of migrations, which it writes itself. */
const keptTables: ReadonlySet<string> = new Set(['restoration', 'd1_migrations'])

/** What the manifest of a backup says of its schema. */
export interface BackupSchema {
  /** The last migration. */
  readonly schema: string
  readonly ddl: readonly SchemaObject[]
}

/** What a database had that is overwritten: a restore has to stay above. */
export interface Overwritten {
  /** The highest number ever given, by table. */
  readonly sequences: Readonly<Record<string, number>>
  readonly gateToken: number
  /** The token of the fence of garbage collection. */
  readonly fenceToken: number
  readonly epoch: number
}

/** Reads what a database has that will be overwritten. Key: write_gate, gc_fence, cluster. Scan: sqlite_schema, sqlite_sequence. */
export async function readOverwritten(db: Database): Promise<Overwritten> {
  const all = await db.all<{ name: string }>(sql`SELECT name FROM sqlite_schema WHERE type = 'table'`)
  const has = new Set(all.map((table) => table.name))
  // Those of a restore that was broken off are away, and know what the database had before it.
  const read = <Row>(table: string, statement: (table: SQL) => SQL<Row>): SQL<Row> | undefined =>
    has.has(table) ? statement(name(table)) : has.has(awayText(table)) ? statement(awayName(table)) : undefined
  const { gate, fence, cluster, sequences } = await runBatch(db, {
    gate: read('write_gate', (table) => sql<{ token: number }>`SELECT token FROM ${table} WHERE id = 1`),
    fence: read('gc_fence', (table) => sql<{ token: number }>`SELECT token FROM ${table} WHERE id = 1`),
    cluster: read('cluster', (table) => sql<{ epoch: number }>`SELECT epoch FROM ${table} WHERE id = 1`),
    sequences: read('sqlite_sequence', (table) => sql<{ name: string; seq: number }>`SELECT name, seq FROM ${table}`),
    // D1 refuses an empty batch.
    none: sql`SELECT 1`,
  })
  return {
    sequences: Object.fromEntries((sequences?.rows ?? []).map(({ name: table, seq }) => [ownText(table), seq])),
    gateToken: gate?.first?.token ?? 0,
    fenceToken: fence?.first?.token ?? 0,
    epoch: cluster?.first?.epoch ?? 0,
  }
}

/** Reads the tables of a database, each before those that its foreign keys lead to. */
async function tablesToDrop(db: Database): Promise<readonly string[]> {
  const objects = await readObjects(db)
  const left = new Set(objects.filter(({ type }) => type === 'table').map((table) => table.name))
  for (const kept of keptTables) left.delete(kept)
  if (left.size === 0) return []
  const foreignKeys = await readForeignKeys(db, [...left])
  const order: string[] = []
  while (left.size > 0) {
    const named = new Set([...left].flatMap((table) => namedBy(table, foreignKeys)))
    const next = [...left].find((table) => !named.has(table)) ?? [...left].find(() => true)
    if (next === undefined) break
    left.delete(next)
    order.push(next)
  }
  return order
}

const namedBy = (
  table: string,
  foreignKeys: ReadonlyMap<string, readonly { readonly table: string }[]>,
): readonly string[] => (foreignKeys.get(table) ?? []).map((key) => key.table).filter((other) => other !== table)

const ownTables = ({ ddl }: BackupSchema): readonly SchemaObject[] =>
  ddl.filter(({ type, name: table }) => type === 'table' && !keptTables.has(table))

/**
 * Replaces all tables by those of the backup, which are empty and have other names. Can be done again until rows are
 * loaded: it begins from whatever tables there are.
 *
 * @param overwritten what is kept of the database, for a restore that begins when this one was broken off
 * @param away runs with it, as what tells the registry of it
 */
export async function replaceTables(
  db: Database,
  manifest: BackupSchema,
  overwritten: Overwritten,
  { guard, away }: { readonly guard: Statements; readonly away: Statements },
): Promise<void> {
  const tables = ownTables(manifest)
  const indexes = manifest.ddl.filter(({ type, table }) => type === 'index' && !keptTables.has(table))
  const has = (table: string): boolean => tables.some((own) => own.name === table)
  const dropped = await tablesToDrop(db)
  await runBatch(
    db,
    {
      ...guard,
      ...away,
      // A circle of foreign keys can be dropped too.
      deferred: sql`PRAGMA defer_foreign_keys = on`,
      dropped: dropped.map((table) => sql`DROP TABLE ${name(table)}`),
      made: [...tables, ...indexes].map((object) => sql.raw(object.sql)),
      // While they have their names.
      gate: has('write_gate')
        ? sql`INSERT INTO write_gate (id, token, closed, reason, by) VALUES (1, ${overwritten.gateToken}, 0, '', '')`
        : undefined,
      fence: has('gc_fence') ? sql`INSERT INTO gc_fence (id, token) VALUES (1, ${overwritten.fenceToken})` : undefined,
      ...raiseSequences(overwritten.sequences),
      renamed: tables.map((table) => sql`ALTER TABLE ${name(table.name)} RENAME TO ${awayName(table.name)}`),
    },
    'repeatable',
  )
}

/** Drops all tables of a database that serves no one else: that of the drill. */
export async function dropTables(db: Database): Promise<void> {
  const dropped = await tablesToDrop(db)
  await runBatch(db, {
    deferred: sql`PRAGMA defer_foreign_keys = on`,
    dropped: [...dropped, ...keptTables].map((table) => sql`DROP TABLE IF EXISTS ${name(table)}`),
  })
}

interface Migration {
  readonly name: string
  readonly statements: readonly string[]
}

/** What `finishTables` does beside renaming. */
export interface Finish {
  /** The migrations of this release. */
  readonly migrations: readonly Migration[]
  /** The highest number that each table ever gave. */
  readonly sequences: Readonly<Record<string, number>>
  /** Statements on the tables of this release. */
  readonly last: Statements
}

/** Makes the record of migrations as wrangler does. */
const makeRecord = sql`
  CREATE TABLE IF NOT EXISTS d1_migrations (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)`

/**
 * Gives the tables their names, makes the triggers, and migrates them to this release: all in one transaction. Done again
 * after it was done, it fails, as no table is away.
 */
export async function finishTables(
  db: Database,
  manifest: BackupSchema,
  guard: Statements,
  { migrations, sequences, last }: Finish,
): Promise<void> {
  const kept = await keptHere(db)
  const before = migrations.filter((migration) => migration.name <= manifest.schema)
  const newer = migrations.filter((migration) => migration.name > manifest.schema)
  const ofKept = manifest.ddl.filter(
    ({ table }) => keptTables.has(table) && !kept.has(table) && table !== 'd1_migrations',
  )
  await runBatch(db, {
    ...guard,
    renamed: ownTables(manifest).map((table) => sql`ALTER TABLE ${awayName(table.name)} RENAME TO ${name(table.name)}`),
    missing: ofKept.map((object) => sql.raw(object.sql)),
    triggers: manifest.ddl.filter(({ type }) => type === 'trigger').map((trigger) => sql.raw(trigger.sql)),
    migrated: newer
      .flatMap(({ statements }) => statements)
      .filter((statement) => ![...kept].some((table) => changesTable(statement, table)))
      .map((statement) => sql.raw(statement)),
    record: makeRecord,
    forgotten: sql`DELETE FROM d1_migrations`,
    recorded: [...before, ...newer].map(
      (migration) => sql`INSERT INTO d1_migrations (name) VALUES (${migration.name})`,
    ),
    ...raiseSequences(sequences),
    ...last,
  })
}

/** Returns which of the kept tables exist, with the schema of this release. */
async function keptHere(db: Database): Promise<ReadonlySet<string>> {
  const objects = await readObjects(db)
  return new Set(objects.flatMap(({ type, name: table }) => (type === 'table' && keptTables.has(table) ? [table] : [])))
}

/** Tells whether a statement of a migration is about the schema of a table. */
const changesTable = (statement: string, table: string): boolean =>
  new RegExp(
    String.raw`^(?:CREATE TABLE|ALTER TABLE|DROP TABLE|CREATE (?:UNIQUE )?INDEX \S+ ON) [\`"]?${table}[\`"]?[\s(;]`,
    'i',
  ).test(statement)

/** Makes numbers that were given once be given no more, for tables that number their rows. */
function raiseSequences(sequences: Readonly<Record<string, number>>): Statements {
  const wanted = JSON.stringify(sequences)
  return {
    raised: sql`
      UPDATE sqlite_sequence SET seq = max(seq, (SELECT value FROM json_each(${wanted}) WHERE key = name))
      WHERE name IN (SELECT key FROM json_each(${wanted}))`,
    numbered: sql`
      INSERT INTO sqlite_sequence (name, seq) SELECT key, value FROM json_each(${wanted})
      WHERE key NOT IN (SELECT name FROM sqlite_sequence)
        AND key IN (SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%')`,
  }
}
