/** The output of a command: text for people, or JSON for programs. */
import Table from 'cli-table3'

export interface Output {
  /** The answer of the API, for `--json`. */
  readonly data: unknown
  readonly lines: readonly string[]
  /** The command did what it should, and found something that must not be: exit code 1. */
  readonly isBad?: boolean
}

/** A cell of a table; undefined, which is shown empty, for what the registry does not say. */
export type Cell = string | number | boolean | undefined

/** The heading of each column, and what stands in it. */
export type Columns<Item> = Readonly<Record<string, (item: Item) => Cell>>

export function listed<Item>(items: readonly Item[], columns: Columns<Item>, none: string): Output {
  const rows = items.map((item) => Object.values(columns).map((cellOf) => textOf(cellOf(item))))
  return { data: items, lines: rows.length === 0 ? [none] : table([Object.keys(columns), ...rows]) }
}

/** Shows one thing, a line for each field. */
export function shown(data: unknown, fields: Readonly<Record<string, Cell>>): Output {
  return { data, lines: table(Object.entries(fields).map(([name, cell]) => [`${name}:`, textOf(cell)])) }
}

/** Makes the output of a command that has changed something. @param data further fields for programs */
export function done(message: string, data: object = {}): Output {
  return { data: { message, ...data }, lines: [printable(message)] }
}

/** Prints an output, of which the terminal obeys nothing: names and descriptions are written by others. */
export function print({ data, lines }: Output, json: boolean): void {
  process.stdout.write(json ? `${obeyedEscaped(JSON.stringify(data, undefined, 2))}\n` : lines.map(asLine).join(''))
}

/** What a terminal obeys, or what turns the direction of the text; but no tab. */
const obeyed = /[^\P{Cc}\t]|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu

const asLine = (line: string): string => `${line.replaceAll(/[\n\r]+/g, ' ').replaceAll(obeyed, '\uFFFD')}\n`

/** Escapes in JSON what a terminal obeys, which JSON itself allows in a text. */
const obeyedEscaped = (json: string): string =>
  json.replaceAll(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

/** Returns the text in one line, and without what a terminal obeys. */
export const printable = (text: string): string =>
  text
    .trim()
    .replaceAll(/[\t\n\r]+/g, ' ')
    .replaceAll(obeyed, '\uFFFD')

function textOf(cell: Cell): string {
  if (typeof cell === 'boolean') return cell ? 'yes' : 'no'
  return cell === undefined || cell === '' ? '-' : printable(String(cell))
}

/** Columns alone, so that the output can be cut with other tools. */
const withoutBorders = {
  chars: {
    top: '',
    'top-mid': '',
    'top-left': '',
    'top-right': '',
    bottom: '',
    'bottom-mid': '',
    'bottom-left': '',
    'bottom-right': '',
    left: '',
    'left-mid': '',
    mid: '',
    'mid-mid': '',
    right: '',
    'right-mid': '',
    middle: '  ',
  },
  style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
}

function table(rows: readonly (readonly string[])[]): string[] {
  const drawn = new Table(withoutBorders)
  drawn.push(...rows.map((row) => [...row]))
  return drawn
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
}
