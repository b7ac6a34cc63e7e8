/** What is declared of tables for backups is true of the database. */
import { getTableName, isTable } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { exportOrder, type ExportedTable, type TableDeclaration } from '../../src/db/tables.ts'
import { tables } from '../../src/installed.ts'
import { rowsOf } from '../support/schema.ts'

const schemas = import.meta.glob<Record<string, unknown>>('../../src/**/schema.ts', { import: '*', eager: true })
const named = new Set(tables.map(({ name }) => name))
const exported = tables.filter((table): table is ExportedTable => 'key' in table)
const leftOut = tables.filter((table) => 'leftOut' in table)

interface ForeignKey {
  readonly table: string
  readonly from: string
  readonly on_delete: string
}

const foreignKeysOf = (name: string) => rowsOf<ForeignKey>(`PRAGMA foreign_key_list(${name})`)

interface Column {
  readonly name: string
  readonly type: string
  readonly notnull: 0 | 1
  readonly pk: number
}

const columnsOf = (name: string) => rowsOf<Column>(`PRAGMA table_info(${name})`)

/** The columns of each unique index of the whole table, and of its primary key. */
async function uniqueKeysOf(name: string): Promise<string[]> {
  const indexes = await rowsOf<{ name: string; unique: 0 | 1; partial: 0 | 1 }>(`PRAGMA index_list(${name})`)
  const keys: string[] = []
  for (const index of indexes.filter(({ unique, partial }) => unique === 1 && partial === 0)) {
    const columns = await rowsOf<{ name: string }>(`PRAGMA index_info(${index.name})`)
    keys.push(columns.map((column) => column.name).join())
  }
  const primary = (await columnsOf(name)).filter(({ pk }) => pk > 0).sort((one, other) => one.pk - other.pk)
  return [...keys, primary.map((column) => column.name).join()]
}

const order = exportOrder(tables)
/** When each table is read; parts are read with their owner. */
const turnOf = new Map(
  order.flatMap(({ table, parts }, turn) => [table, ...parts].map(({ name }) => [name, turn] as const)),
)

describe('the tables of a backup', () => {
  it('are all that a schema declares, each once', () => {
    const declared = Object.values(schemas).flatMap((schema) =>
      Object.values(schema).flatMap((value) => (isTable(value) ? [getTableName(value)] : [])),
    )
    expect(declared.length).toBeGreaterThan(20)
    expect(declared.filter((name) => !named.has(name))).toEqual([])
    expect(tables).toHaveLength(named.size)
  })

  it('exist, and a table that is left out says why and what a restore does', async () => {
    const existing = await rowsOf<{ name: string }>(`SELECT name FROM sqlite_schema WHERE type = 'table'`)
    const names = new Set(existing.map(({ name }) => name))
    expect([...named].filter((name) => !names.has(name))).toEqual([])
    expect(leftOut.filter(({ leftOut: why, atRestore }) => why.length < 10 || atRestore.length < 10)).toEqual([])
  })

  it('have a key that is unique, indexed and never null', async () => {
    for (const { name, key } of exported) {
      expect(await uniqueKeysOf(name), name).toContain(key.join())
      const nullable = (await columnsOf(name)).filter((column) => key.includes(column.name) && !isNeverNull(column))
      expect(nullable, name).toEqual([])
    }
  })

  it('name each table that their foreign keys lead to', async () => {
    for (const { name, partOf, refersTo = [] } of exported) {
      const strong = (await foreignKeysOf(name)).filter((key) => key.on_delete !== 'SET NULL')
      const known = new Set([name, partOf, ...refersTo])
      expect(strong.filter(({ table }) => !known.has(table)).map(({ table }) => `${name} to ${table}`)).toEqual([])
    }
  })

  it('may have a null where they refer to a table that is left out', async () => {
    for (const { name } of exported) {
      const lost = (await foreignKeysOf(name)).filter(({ table }) => leftOut.some((other) => other.name === table))
      const columns = await columnsOf(name)
      expect(lost.filter(({ from }) => columns.find((column) => column.name === from)?.notnull !== 0)).toEqual([])
    }
  })

  it('have parts whose key is longer than that of their owner, and read in the same direction', () => {
    for (const part of exported.filter(({ partOf }) => partOf !== undefined)) {
      const owner = exported.find(({ name }) => name === part.partOf)
      expect(part.key.length, part.name).toBeGreaterThan(owner?.key.length ?? Infinity)
      expect(owner?.isDescending, part.name).toBe(part.isDescending)
    }
  })

  it('have parts whose foreign key to the owner is the beginning of their key', async () => {
    for (const { table, parts } of order) {
      for (const part of parts) {
        const from = (await foreignKeysOf(part.name)).filter((key) => key.table === table.name).map((key) => key.from)
        expect(from, part.name).toEqual(expect.arrayContaining(part.key.slice(0, table.key.length)))
      }
    }
  })

  it('are read before those that their foreign keys lead to', async () => {
    for (const { name, partOf } of exported) {
      for (const { table, on_delete: onDelete } of await foreignKeysOf(name)) {
        const turn = turnOf.get(table)
        if (turn === undefined || table === name || table === partOf || onDelete === 'SET NULL') continue
        expect(turnOf.get(name), `${name} before ${table}`).toBeLessThan(turn)
      }
    }
  })

  it('are each read once', () => {
    expect([...turnOf.keys()].sort()).toEqual(exported.map(({ name }) => name).sort())
  })
})

/** A column that is declared so, or SQLite's `rowid`; another primary key of SQLite may be null. */
const isNeverNull = ({ notnull, pk, type }: Column): boolean =>
  notnull === 1 || (pk > 0 && type.toUpperCase() === 'INTEGER')

describe('the order of tables', () => {
  const table = (name: string, ...refersTo: string[]): TableDeclaration => ({ name, key: ['id'], refersTo })
  const orderOf = (...declared: TableDeclaration[]) => exportOrder(declared).map((aggregate) => aggregate.table.name)

  it('puts each before what it refers to, through its parts too', () => {
    expect(orderOf(table('c'), table('b', 'c'), table('a', 'b'))).toEqual(['a', 'b', 'c'])
    const part = { name: 'part', key: ['id', 'number'], partOf: 'owner', refersTo: ['late'] }
    expect(orderOf(table('late', 'last'), table('last'), table('owner'), part)).toEqual(['owner', 'late', 'last'])
  })

  it('refuses a circle and an unknown table, and says which', () => {
    expect(() => orderOf(table('a', 'b'), table('b', 'a'), table('c'))).toThrow('in a circle: a, b')
    expect(() => orderOf(table('a', 'gone'))).toThrow('the table a refers to gone')
    const sessions = { name: 'sessions', leftOut: 'they are short', atRestore: 'ends them' }
    expect(() => orderOf(table('a', 'sessions'), sessions)).toThrow('the table a refers to sessions')
  })

  it('lets a table refer to itself', () => {
    expect(orderOf(table('a', 'a'))).toEqual(['a'])
  })
})
