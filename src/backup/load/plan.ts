/** Decides in which order a backup is loaded, so that each row finds those that it names. Pure code. */
import type { BackupTable, Manifest, Part } from '../manifest.ts'

/** A step of loading: a part of the backup. */
export interface Step {
  readonly part: Part
  readonly aggregate: LoadedAggregate
  /** `rows`, or those of its tables that name other rows of the same aggregate's table: they follow when all rows are there. */
  readonly pass: 'rows' | 'own references'
}

/** A table with its parts, which are written and dropped together. */
export interface LoadedAggregate {
  readonly table: BackupTable
  readonly parts: readonly BackupTable[]
}

export type ForeignKey = BackupTable['foreignKeys'][number]

/** Returns the steps of loading a backup. @throws Error for tables that name each other in a circle */
export function stepsOf(manifest: Manifest): readonly Step[] {
  return loadOrder(manifest.tables).flatMap((aggregate) => {
    const own = manifest.parts.filter(({ table }) => table === aggregate.table.name)
    const steps = (pass: Step['pass']): Step[] => own.map((part) => ({ part, aggregate, pass }))
    return steps('rows').concat(hasOwnReferences(aggregate) ? steps('own references') : [])
  })
}

/**
 * Orders aggregates so that each follows those that its foreign keys lead to. That is not the reverse of the export in all
 * cases: a segment is read after its blob, and leads to it.
 */
function loadOrder(tables: readonly BackupTable[]): readonly LoadedAggregate[] {
  const ownerOf = new Map(tables.map(({ name, partOf }) => [name, partOf ?? name]))
  const owners = tables.filter(({ partOf }) => partOf === null).toReversed()
  const left = new Map<string, LoadedAggregate>()
  for (const table of owners) {
    left.set(table.name, { table, parts: tables.filter(({ partOf }) => partOf === table.name) })
  }
  const order: LoadedAggregate[] = []
  while (left.size > 0) {
    const next = [...left.values()].find((aggregate) =>
      foreignKeysOf(aggregate).every(({ table }) => {
        const owner = ownerOf.get(table)
        return owner === undefined || owner === aggregate.table.name || !left.has(owner)
      }),
    )
    if (next === undefined) throw new Error(`foreign keys lead in a circle: ${[...left.keys()].join(', ')}`)
    left.delete(next.table.name)
    order.push(next)
  }
  return order
}

const foreignKeysOf = ({ table, parts }: LoadedAggregate): readonly ForeignKey[] =>
  [table, ...parts].flatMap(({ foreignKeys }) => foreignKeys)

const isOf = ({ table, parts }: LoadedAggregate, name: string): boolean =>
  [table, ...parts].some((own) => own.name === name)

/** Tells whether a foreign key leads to the owner of the row itself, which is with it. */
const leadsToOwner = ({ table }: LoadedAggregate, part: BackupTable, { columns, table: target }: ForeignKey): boolean =>
  part.partOf === target && columns.join() === part.key.slice(0, table.key.length).join()

/** Returns the foreign keys of a table that lead to another aggregate. */
export const outerReferences = (aggregate: LoadedAggregate, table: BackupTable): readonly ForeignKey[] =>
  table.foreignKeys.filter((key) => !isOf(aggregate, key.table))

/** Returns the foreign keys of a table that lead to other rows of its own aggregate's tables. */
export const ownReferences = (aggregate: LoadedAggregate, table: BackupTable): readonly ForeignKey[] =>
  table.foreignKeys.filter((key) => isOf(aggregate, key.table) && !leadsToOwner(aggregate, table, key))

/** Returns the tables of which a step inserts rows. @throws Error for a table whose own row names another one of it */
export function tablesOfPass(aggregate: LoadedAggregate, pass: Step['pass']): readonly BackupTable[] {
  if (ownReferences(aggregate, aggregate.table).length > 0) {
    throw new Error(`a row of ${aggregate.table.name} names another one of the table: only its parts may`)
  }
  const waits = (table: BackupTable): boolean => ownReferences(aggregate, table).length > 0
  return pass === 'rows'
    ? [aggregate.table, ...aggregate.parts.filter((part) => !waits(part))]
    : aggregate.parts.filter(waits)
}

const hasOwnReferences = (aggregate: LoadedAggregate): boolean => tablesOfPass(aggregate, 'own references').length > 0
