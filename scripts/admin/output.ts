/** What a command has to tell: as text for people, or as JSON for programs. */

export interface Output {
  /** For `--json`: what the API said. */
  readonly data: unknown
  readonly lines: readonly string[]
  /** The command did what it should, and found something that must not be: exit code 1. */
  readonly isBad?: boolean
}

export type Cell = string | number | boolean

/** The heading of each column, and what stands in it. */
export type Columns<Item> = Readonly<Record<string, (item: Item) => Cell>>

export function listed<Item>(items: readonly Item[], columns: Columns<Item>, none: string): Output {
  const rows = items.map((item) => Object.values(columns).map((cellOf) => textOf(cellOf(item))))
  return { data: items, lines: rows.length === 0 ? [none] : table([Object.keys(columns), ...rows]) }
}

/** One thing, a line for each field. */
export function shown(data: unknown, fields: Readonly<Record<string, Cell>>): Output {
  return { data, lines: table(Object.entries(fields).map(([name, cell]) => [`${name}:`, textOf(cell)])) }
}

/** @param data what else there is to say to a program */
export function done(message: string, data: Readonly<Record<string, unknown>> = {}): Output {
  return { data: { message, ...data }, lines: [printable(message)] }
}

export function print({ data, lines }: Output, json: boolean): void {
  process.stdout.write(json ? `${JSON.stringify(data, undefined, 2)}\n` : lines.map((line) => `${line}\n`).join(''))
}

/**
 * In a line, and without the characters that a terminal obeys or that turn the direction of the text: names and
 * descriptions are written by others.
 */
export function printable(text: string): string {
  return text
    .trim()
    .replaceAll(/[\t\n\r]+/g, ' ')
    .replaceAll(/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, '\uFFFD')
}

const textOf = (cell: Cell): string =>
  typeof cell === 'boolean' ? (cell ? 'yes' : 'no') : cell === '' ? '-' : printable(String(cell))

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
