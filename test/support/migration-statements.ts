/** What the text of a statement of a migration tells of it: which rows it may change, and whether it can be repeated. */

const isComment = (line: string): boolean => line.startsWith('--')

/** Returns the lines of a file that say something. */
export const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '')

/** Removes the lines that are comments. */
export const withoutComments = (text: string): string =>
  linesOf(text)
    .filter((line) => !isComment(line))
    .join('\n')

/** Does what a server does that knows nothing of triggers: a statement ends where a line ends with a semicolon. */
export const naiveSplit = (text: string): string[] =>
  withoutComments(text)
    .split(/;[ \t]*\n|;[ \t]*$/)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '')

/** A statement without what is in its parentheses: `(0)` stands for the first of `groups`, and so on. */
interface Outline {
  readonly text: string
  readonly groups: readonly string[]
}

function outlineOf(statement: string): Outline {
  const groups: string[] = []
  let text = ''
  let depth = 0
  let start = 0
  for (const { 0: parenthesis, index } of statement.matchAll(/[()]/g)) {
    if (parenthesis === '(' && depth++ === 0) {
      text += `${statement.slice(start, index)}(${groups.length})`
      start = index + 1
    }
    if (parenthesis === ')' && --depth === 0) {
      groups.push(statement.slice(start, index))
      start = index + 1
    }
  }
  return { text: text + statement.slice(start), groups }
}

/** Removes strings, and quotes of names. */
const plainOf = (statement: string): string => statement.replaceAll(/'[^']*'/g, "''").replaceAll('`', '')

const isOfSchema = (plain: string): boolean => /^(?:CREATE (?!TABLE .* AS )|ALTER|DROP|PRAGMA)/.test(plain)

/** Tables of few rows, however large the registry is. */
const smallTables = new Set(['crons', 'directories', 'oidc_provider', 'settings', 'settings_documents', 'write_gate'])

/** The slowest statement so far took 0.12 ms a row, so a slice of this size takes about a second. */
const mostRowsOfSlice = 10_000

const changedTable = (plain: string): string | undefined =>
  /^(?:UPDATE(?: OR [A-Z]+)?|DELETE FROM) (\w+)/.exec(plain)?.[1]

/** Returns how many rows a `LIMIT` at the end lets through. */
const limitOf = ({ text }: Outline): number =>
  Number(/\bLIMIT (\d+)(?: OFFSET \d+)?(?= ON CONFLICT |$)/.exec(text)?.[1] ?? Infinity)

/**
 * Returns how many rows a statement changes at most, as far as its text tells. A `LIMIT` says so at the end of the statement
 * itself, or of a subquery with the keys of the table that is changed; any other picks rows for each row of that table.
 */
function mostRowsChanged(plain: string): number {
  const outline = outlineOf(plain)
  const { text, groups } = outline
  const condition = / WHERE (.*)$/.exec(text)?.[1] ?? ''
  // The other side of these has rows of its own.
  if (/\bOR\b/.test(condition) || /\b(?:UNION|EXCEPT|INTERSECT)\b/.test(text)) return limitOf(outline)
  const table = changedTable(plain)
  const isOfTable = (qualifier: string | undefined): boolean =>
    qualifier === undefined || table === undefined || qualifier === table
  const ranges = condition.matchAll(/(?<!NOT )(?<![\w.])(?:(\w+)\.)?(?:id|rowid) BETWEEN (\d+) AND (\d+)/g)
  const keys = condition.matchAll(/(?<!NOT )(?<![\w.])(?:(\w+)\.)?(?:id|rowid) IN \((\d+)\)/g)
  return Math.min(
    limitOf(outline),
    ...[...ranges].map(([, of, from, to]) => (isOfTable(of) ? Number(to) - Number(from) + 1 : Infinity)),
    ...[...keys].map(([, of, group]) => {
      const subquery = outlineOf(groups[Number(group)] ?? '')
      const source = /^SELECT (?:id|rowid) FROM (\w+)\b(?! *,)/.exec(subquery.text)?.[1]
      return isOfTable(of) && source !== undefined && source === (table ?? source) ? limitOf(subquery) : Infinity
    }),
  )
}

/** Returns the statements of a file that change or copy a table that grows, and name no slice of it. */
export function unboundedStatements(text: string): string[] {
  return naiveSplit(text).filter((statement) => {
    const plain = plainOf(statement)
    if (isOfSchema(plain) || mostRowsChanged(plain) <= mostRowsOfSlice) return false
    const named = plain.matchAll(/\b(?:FROM|JOIN|UPDATE(?: OR [A-Z]+)?) (?!SET\b)((?:\w+(?: AS)?(?: \w+)?, )*\w+)/g)
    const tables = [...named].flatMap(([, list = '']) => list.split(', ').map((table) => table.replace(/ .*/, '')))
    return tables.some((table) => !smallTables.has(table) && !table.startsWith('json_'))
  })
}

/** Returns the tables that number their rows themselves, so that no key conflicts when rows are inserted again. */
export const numberedTables = (texts: readonly string[]): ReadonlySet<string> =>
  new Set(
    texts.flatMap(naiveSplit).flatMap((statement) => {
      const table = /^CREATE TABLE (\w+) ?\(.*\bAUTOINCREMENT\b/.exec(plainOf(statement))?.[1]
      return table === undefined ? [] : [table]
    }),
  )

/** Tells whether an assignment of `SET` reads a column that it sets: each repetition begins from the result of the last one. */
function readsItself(assignment: string, groups: readonly string[]): boolean {
  const unfolded = (piece: string): string =>
    piece.replaceAll(/\((\d+)\)/g, (_, group: string) => `(${groups[Number(group)] ?? ''})`)
  const [left = '', ...right] = assignment.split('=')
  const value = unfolded(right.join('=')).replaceAll(/\bexcluded\.\w+/gi, '')
  const columns = unfolded(left).match(/\w+/g) ?? []
  return columns.some((column) => new RegExp(String.raw`\b${column}\b`).test(value))
}

function isRepeatable(plain: string, numbered: ReadonlySet<string>): boolean {
  const { text, groups } = outlineOf(plain)
  const inserted = /\b(?:INSERT(?: OR ([A-Z]+))?|(REPLACE)) INTO (\w+) ?(?:\((\d+)\))?/.exec(text)
  if (inserted !== null) {
    const [, or, replace, table = '', columns] = inserted
    const yields = or === 'IGNORE' || or === 'REPLACE' || replace !== undefined || / ON CONFLICT\b.* DO /.test(text)
    if (!yields || (numbered.has(table) && !/(?:^|, ?)id\b/.test(groups[Number(columns)] ?? ''))) return false
  }
  const assignments = / SET (.*?)(?= WHERE | FROM | RETURNING |$)/.exec(text)?.[1] ?? ''
  return !assignments.split(',').some((assignment) => readsItself(assignment, groups))
}

/**
 * Returns the statements of a file that change other rows when they are done again: an `INSERT` that does not say what a row
 * that is there means, and an assignment that builds on itself.
 */
export const unrepeatableStatements = (text: string, numbered: ReadonlySet<string>): string[] =>
  naiveSplit(text).filter((statement) => {
    const plain = plainOf(statement)
    return !isOfSchema(plain) && !isRepeatable(plain, numbered)
  })
