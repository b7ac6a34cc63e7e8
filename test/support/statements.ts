/**
 * Reads the SQL out of the sources: which declaration has which pieces of statements, which tables these read, and which
 * indexes its comment names. Statements are put together of pieces, so a comment speaks of the tables of its own pieces.
 */

import type { Plans } from './explaining.ts'

/** A function or a constant of a module, as its source has it. */
export interface Declaration {
  /** `src/db/content/blobs.ts: findBlob`. */
  readonly place: string
  /** Its docstring; empty for none. */
  readonly comment: string
  /** Its texts, each as the parts between the values that are put into it. */
  readonly pieces: readonly (readonly string[])[]
}

/** The docstring and the name of what begins at the left margin, up to what begins there next. */
const atMargin =
  /(?:^\/\*\*(?<comment>(?:(?!\*\/)[^])*)\*\/\n)?^(?:export )?(?:async )?(?:function|const) (?<name>\w+)[^]*?(?=^[a-z/]|(?![^]))/gm

export const declarationsOf = (path: string, source: string): Declaration[] =>
  [...source.matchAll(atMargin)].map(({ 0: text, groups = {} }) => {
    const { comment = '', name = '' } = groups
    const body = text.replace(/^\s*(\/\/.*|\/\*\*[^]*?\*\/)$/gm, '')
    return { place: `${path}: ${name}`, comment: comment.replaceAll(/\s*\n \*?\s*/g, ' '), pieces: piecesOf(body) }
  })

/** The template literals of a text, those within the values of others too, and its strings. */
function piecesOf(code: string): string[][] {
  const pieces: string[][] = []
  let at = 0
  const readCode = (): void => {
    for (let depth = 0; at < code.length;) {
      const character = code[at++]
      if (character === '`') pieces.push(readTemplate())
      else if (character === "'") readString()
      else if (character === '{') depth++
      else if (character === '}' && depth-- === 0) return
    }
  }
  /** An apostrophe that no other follows on its line begins none. */
  const readString = (): void => {
    const [, text = '', closing] = /^([^'\n]*)(')?/.exec(code.slice(at)) ?? []
    if (closing === undefined) return
    if (text.includes(' ')) pieces.push([text])
    at += text.length + 1
  }
  const readTemplate = (): string[] => {
    const parts = ['']
    while (at < code.length && code[at] !== '`') {
      if (code.startsWith('${', at)) {
        at += 2
        readCode()
        parts.push('')
      } else {
        parts.push(`${parts.pop()}${code[at++]}`)
      }
    }
    at++
    return parts
  }
  readCode()
  return pieces
}

/**
 * The tables in which a piece has rows found: those it reads, changes or deletes from. A piece may begin with what its
 * statement has after FROM.
 */
export function tablesFoundIn(piece: readonly string[], tables: ReadonlySet<string>): string[] {
  const text = piece.join('?')
  const named = [
    ...text.matchAll(/\b(?:FROM|JOIN|UPDATE)\s+(\w+)/g),
    ...text.matchAll(/^\s*(\w+)\s*(?=\?|(?:AS|CROSS|INDEXED|JOIN|LEFT|WHERE)\b)/g),
  ]
  return [...new Set(named.map(([, table = '']) => table))].filter((table) => tables.has(table))
}

/** The tables and indexes of a database. */
export interface Schema {
  readonly tables: ReadonlySet<string>
  readonly tableOfIndex: ReadonlyMap<string, string>
}

/** How a statement finds rows: `Index tags_by_digest`, `Key tags` or `Scan settings`. */
export type Way = `${'Index' | 'Key' | 'Scan'} ${string}`

/**
 * The ways that a comment names: `Index: tags_by_digest, jobs_by_time. Key: tags. Scan: settings, one row for each.` A key is
 * the primary key of a table or its rowid. A scan names one table and says why that is no harm.
 */
export const waysOf = ({ comment }: Pick<Declaration, 'comment'>): Way[] =>
  [...comment.matchAll(/(?<=^| )(Index|Key|Scan): ([^.]+)\.(?= |$)/g)].flatMap(([, how = '', listed = '']): Way[] => {
    const names = how === 'Scan' ? listed.split(',', 1) : listed.split(', ')
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the pattern has no other words
    return names.map((name) => `${how} ${name}` as Way)
  })

/** @returns the table that a way leads into; undefined for an index that does not exist */
export function tableOf(way: Way, { tableOfIndex }: Schema): string | undefined {
  const [how, name = ''] = way.split(' ')
  return how === 'Index' ? tableOfIndex.get(name) : name
}

/** Whether a piece tells its statements from others: many have the name of a table. */
const isTelling = (piece: readonly string[]): boolean => piece.join('').trim().length >= 15

/** Whether a statement has all parts of a piece, in their order. */
function has(statement: string, piece: readonly string[]): boolean {
  let from = 0
  return piece.every((part) => {
    const at = statement.indexOf(part, from)
    from = at + part.length
    return at >= 0
  })
}

interface Used {
  readonly table: string
  readonly way: Way
}

/** What a step of a plan reads and how; undefined: no table. */
function usedBy(step: string, statement: string, { tables, tableOfIndex }: Schema): Used | undefined {
  const read = /^(SCAN|SEARCH) (\S+)(?:.*? INDEX (\S+))?/.exec(step)
  if (read === null) return undefined
  const [, how = '', name = '', index = ''] = read
  const [, original = name] = new RegExp(String.raw`\b(\w+)(?: INDEXED BY \w+)? AS ${name}\b`).exec(statement) ?? []
  const table = tableOfIndex.get(index) ?? (tables.has(original) && !isSubquery(name, statement) ? original : undefined)
  if (table === undefined) return undefined
  if (index !== '' && !index.startsWith('sqlite_autoindex')) return { table, way: `Index ${index}` }
  return { table, way: how === 'SCAN' && index === '' ? `Scan ${table}` : `Key ${table}` }
}

const isSubquery = (name: string, statement: string): boolean =>
  new RegExp(String.raw`\)\s*AS ${name}\b`).test(statement)

/** A declaration that finds rows, or says so, with the tables of each of its pieces. */
export interface Finding {
  readonly place: string
  readonly ways: readonly Way[]
  readonly pieces: readonly { readonly parts: readonly string[]; readonly tables: readonly string[] }[]
}

export function findingsOf(declarations: readonly Declaration[], { tables }: Schema): Finding[] {
  return declarations.flatMap((declaration) => {
    const ways = waysOf(declaration)
    const pieces = declaration.pieces.map((parts) => ({ parts, tables: tablesFoundIn(parts, tables) }))
    return ways.length > 0 || pieces.some((piece) => piece.tables.length > 0)
      ? [{ place: declaration.place, ways, pieces }]
      : []
  })
}

const piecesIn = (statement: string, { pieces }: Finding): Finding['pieces'] =>
  pieces.filter(({ parts, tables }) => tables.length > 0 && isTelling(parts) && has(statement, parts))

/** @returns ways in which SQLite finds rows of a statement that no comment of its pieces names */
export const unnamedWays = (findings: readonly Finding[], schema: Schema, plans: Plans): string[] =>
  [...plans].flatMap(([statement, steps]) => {
    const own = findings.filter((finding) => piecesIn(statement, finding).length > 0)
    const tables = new Set(own.flatMap((finding) => piecesIn(statement, finding)).flatMap((piece) => piece.tables))
    const named = new Set(own.flatMap(({ ways }) => ways))
    return steps
      .map((step) => usedBy(step, statement, schema))
      .filter((used) => used !== undefined && tables.has(used.table) && !named.has(used.way))
      .map((used) => `${used?.way}, of ${own.map(({ place }) => place).join(' + ')}: ${statement}`)
  })

/** @returns ways that a comment names and SQLite does not use, though all pieces of the table were among the statements */
export const unusedWays = (findings: readonly Finding[], schema: Schema, plans: Plans): string[] =>
  findings.flatMap(({ place, ways, pieces }) =>
    ways
      .filter((way) => {
        const table = tableOf(way, schema)
        const about = pieces.filter(({ tables }) => table !== undefined && tables.includes(table))
        const searched = about.length === 0 ? pieces : about
        const statements = searched
          .filter(({ parts }) => isTelling(parts))
          .map(({ parts }) => [...plans].filter(([statement]) => has(statement, parts)))
        if (statements.length === 0 || statements.some((some) => some.length === 0)) return false
        return !statements.flat().some(([text, steps]) => steps.some((step) => usedBy(step, text, schema)?.way === way))
      })
      .map((way) => `${place}: ${way}`),
  )

/** @returns where a statement stands that is not among the plans */
export const withoutPlan = (findings: readonly Finding[], plans: Plans): string[] =>
  findings
    .filter(({ pieces }) => pieces.some(({ parts, tables }) => tables.length > 0 && isTelling(parts)))
    .filter((finding) => [...plans.keys()].every((statement) => piecesIn(statement, finding).length === 0))
    .map(({ place }) => place)
