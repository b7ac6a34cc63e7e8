/** Does one step of loading: inserts the rows of one part, without the aggregates that name rows which are not there. */
import type { Value } from '../rows-store.ts'
import type { BackupTable } from '../manifest.ts'
import { dropStatement, insertStatements, keyText, missingKeys, write, type Wanted } from './load-store.ts'
import type { Loading } from './loading.ts'
import { readPart, type PartAggregate, type PartRow } from './part-reader.ts'
import {
  outerReferences,
  ownReferences,
  tablesOfPass,
  type ForeignKey,
  type LoadedAggregate,
  type Step,
} from './plan.ts'

/** Does a step, which may be done again. @returns how many statements and bytes of lines it took */
export async function doStep(
  loading: Loading,
  step: Step,
): Promise<{ readonly statements: number; readonly bytes: number }> {
  const found = await readPart(loading, step.part)
  const statements =
    step.pass === 'rows'
      ? await insertRows(loading, step.aggregate, found)
      : await insertOwnReferences(loading, step.aggregate, found)
  return { statements, bytes: step.part.bytes }
}

type Row = readonly Value[]

/** Inserts aggregates, but for those that name what is missing, and for rows that wait for others of their table. */
async function insertRows(
  loading: Loading,
  aggregate: LoadedAggregate,
  found: readonly PartAggregate[],
): Promise<number> {
  const references = referencesOf(aggregate, outerReferences)
  const { missing, asked } = await findMissing(loading, references, found)
  const whole = found.flatMap((one) => withoutMissing(one, missing) ?? [])
  const tables = tablesOfPass(aggregate, 'rows')
  return asked + (await insert(loading, aggregate, tables, whole))
}

/** Inserts the rows that name others of their aggregate's table, and drops the aggregates that name missing ones. */
async function insertOwnReferences(
  loading: Loading,
  aggregate: LoadedAggregate,
  found: readonly PartAggregate[],
): Promise<number> {
  const { table: owner } = aggregate
  const references = referencesOf(aggregate, ownReferences)
  const { missing, asked } = await findMissing(loading, references, found)
  const outer = await findMissing(loading, referencesOf(aggregate, outerReferences), found)
  const there = found.flatMap((one) => withoutMissing(one, outer.missing) ?? [])
  const whole = there.flatMap((one) => withoutMissing(one, missing) ?? [])
  const kept = new Set(whole.map(({ row }) => keyText(keyOf(owner, row))))
  const doomed = there.map(({ row }) => keyOf(owner, row)).filter((key) => !kept.has(keyText(key)))
  const inserted = await insert(loading, aggregate, tablesOfPass(aggregate, 'own references'), whole)
  if (doomed.length === 0) return asked + outer.asked + inserted
  const naming = references.map(({ table, foreignKey }) => ({
    part: table,
    columns: owner.key.map((column) => foreignKey.columns[foreignKey.to.indexOf(column)] ?? column),
  }))
  await write(loading.db, loading.guard, [dropStatement(owner, naming, doomed)])
  return asked + outer.asked + inserted + 1
}

const keyOf = (owner: BackupTable, { values }: PartRow): Row =>
  owner.key.map((column) => values[owner.columns.indexOf(column)] ?? null)

interface Reference {
  readonly table: BackupTable
  readonly foreignKey: ForeignKey
}

const referencesOf = (
  aggregate: LoadedAggregate,
  of: (aggregate: LoadedAggregate, table: BackupTable) => readonly ForeignKey[],
): readonly Reference[] =>
  [aggregate.table, ...aggregate.parts].flatMap((table) =>
    of(aggregate, table).map((foreignKey) => ({ table, foreignKey })),
  )

interface Missing extends Reference {
  /** The keys that no row has, as `keyText` writes them. */
  readonly keys: ReadonlySet<string>
}

/** Returns what a row names; undefined for nothing. */
function named({ table, foreignKey }: Reference, { values }: PartRow): Row | undefined {
  const key = foreignKey.columns.map((column) => values[table.columns.indexOf(column)] ?? null)
  return key.includes(null) ? undefined : key
}

/** Asks the database which of the rows that are named are missing. */
async function findMissing(
  { db, limits }: Loading,
  references: readonly Reference[],
  found: readonly PartAggregate[],
): Promise<{ readonly missing: readonly Missing[]; readonly asked: number }> {
  const rows = Map.groupBy(
    found.flatMap(({ row, parts }) => [row, ...parts]),
    ({ table }) => table,
  )
  const wanted = references.map((reference): Wanted => {
    const keys = new Map(
      (rows.get(reference.table.name) ?? []).flatMap((row): [string, Row][] => {
        const key = named(reference, row)
        return key === undefined ? [] : [[keyText(key), key]]
      }),
    )
    return { table: reference.foreignKey.table, columns: reference.foreignKey.to, keys: [...keys.values()] }
  })
  const asked = wanted.filter(({ keys }) => keys.length > 0).length
  const answers = asked === 0 ? [] : await missingKeys(db, wanted, limits)
  return { missing: references.map((reference, at) => ({ ...reference, keys: answers[at] ?? new Set() })), asked }
}

/**
 * Returns an aggregate with null in place of the missing rows that a deletion would have made null.
 *
 * @returns undefined for one that names another missing row
 */
function withoutMissing(one: PartAggregate, missing: readonly Missing[]): PartAggregate | undefined {
  const rows = [one.row, ...one.parts].map((row) => rowWithoutMissing(row, missing))
  if (rows.includes(undefined)) return undefined
  const [row = one.row, ...parts] = rows.filter((kept) => kept !== undefined)
  return { row, parts }
}

function rowWithoutMissing(row: PartRow, missing: readonly Missing[]): PartRow | undefined {
  let values = row.values
  for (const one of missing) {
    if (one.keys.size === 0 || one.table.name !== row.table) continue
    const key = named(one, row)
    if (key === undefined || !one.keys.has(keyText(key))) continue
    if (!one.foreignKey.isSetNull) return undefined
    values = values.map((value, at) => (one.foreignKey.columns.includes(one.table.columns[at] ?? '') ? null : value))
  }
  return { table: row.table, values }
}

/** Inserts rows of some tables of aggregates. @returns the number of statements */
async function insert(
  { db, guard, limits }: Loading,
  { table: owner }: LoadedAggregate,
  tables: readonly BackupTable[],
  aggregates: readonly PartAggregate[],
): Promise<number> {
  const rows = Map.groupBy(
    aggregates.flatMap(({ row, parts }) => [row, ...parts]),
    ({ table }) => table,
  )
  const statements = tables.flatMap((table) => {
    const own = (rows.get(table.name) ?? []).map(({ values }) => values)
    return insertStatements(table, table === owner ? undefined : owner, own, limits)
  })
  await write(db, guard, statements)
  return statements.length
}
