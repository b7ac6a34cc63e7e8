/**
 * The lines of a part: one a row, `{"tags":[1,"latest",…]}`, with the values in the order of the columns that the manifest
 * of the backup names. The rows of parts of an aggregate follow its own.
 *
 * JSON has null, text and the numbers that JavaScript holds. A larger whole number is `{"integer":"9007199254740993"}`,
 * and bytes are `{"bytes":"<base64>"}`.
 */
import * as z from 'zod'
import type { Aggregate, ExportedTable } from '../db/tables.ts'
import { exactNumbers, type Column, type Columns, type Row, type Value } from './rows-store.ts'

const exact = z.record(z.string(), z.string())

/** Returns the lines of aggregates, and how many rows of each table they are. */
export function linesOf(
  { table, parts }: Aggregate,
  columns: Columns,
  rows: ReadonlyMap<string, readonly Row[]>,
): { readonly text: string; readonly counts: Readonly<Record<string, number>> } {
  const linesIn = ({ name, key }: ExportedTable): readonly Line[] =>
    (rows.get(name) ?? []).map((row) => lineOf(name, columns.get(name) ?? [], key.slice(0, table.key.length), row))
  const following = parts.map((part) => Map.groupBy(linesIn(part), ({ owner }) => owner))
  const lines = linesIn(table).flatMap((line) => [line].concat(following.flatMap((own) => own.get(line.owner) ?? [])))
  const counts = Map.groupBy(lines, ({ table: name }) => name)
  return {
    text: lines.map(({ text }) => `${text}\n`).join(''),
    counts: Object.fromEntries(Array.from(counts, ([name, own]) => [name, own.length])),
  }
}

interface Line {
  readonly table: string
  /** The key of the row of the aggregate, as text. */
  readonly owner: string
  readonly text: string
}

function lineOf(table: string, columns: readonly Column[], ownerKey: readonly string[], row: Row): Line {
  const numbers = row[exactNumbers]
  const exactly = typeof numbers === 'string' ? exact.parse(JSON.parse(numbers)) : {}
  const values = new Map(columns.map(({ name }) => [name, valueOf(row[name], exactly[name])]))
  return {
    table,
    owner: JSON.stringify(ownerKey.map((name) => values.get(name))),
    text: JSON.stringify({ [table]: [...values.values()] }),
  }
}

/** Writes a value as D1 answers it: bytes are a list of numbers. */
function valueOf(value: unknown, integer: string | undefined): Value {
  if (integer !== undefined) return { integer }
  if (value === null || typeof value === 'string') return value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (value instanceof ArrayBuffer || Array.isArray(value)) return { bytes: toBase64(Uint8Array.from(bytesIn(value))) }
  throw new TypeError(`a backup cannot hold a value of the type ${typeof value}`)
}

const numbers = z.array(z.number())
const bytesIn = (value: ArrayBuffer | unknown[]): Iterable<number> =>
  value instanceof ArrayBuffer ? new Uint8Array(value) : numbers.parse(value)

const toBase64 = (bytes: Uint8Array): string => btoa(Array.from(bytes, (byte) => String.fromCodePoint(byte)).join(''))
