/** A bug planted on purpose: one edit of one file, and the tests that have to notice it. Pure. */

export interface Mutation {
  /** The wrong behavior: "a renewed lease is taken". It identifies the mutation, so no two are alike. */
  readonly breaks: string
  /** The path from the root of the repository. */
  readonly file: string
  /** A text that stands once in the file: the edit is made between it and the next empty line or statement. */
  readonly within?: string
  /** Stands once in the file, or once in the part that `within` begins. */
  readonly find: string
  readonly replace: string
  /** The test files that should catch it; without any, the whole suite runs. */
  readonly tests: readonly string[]
  /** The reason for which behavior stays the same: such a mutation is listed, and neither run nor counted. */
  readonly equivalent?: string
}

export type Edit = Omit<Mutation, 'file' | 'tests'> & { readonly tests?: readonly string[] }

/** Makes the mutations of one file. @param tests of those edits that name none of their own */
export const plantedIn = (file: string, tests: readonly string[], edits: readonly Edit[]): Mutation[] =>
  edits.map((edit) => ({ ...edit, file, tests: edit.tests ?? tests }))

/**
 * Returns the file with the bug in it.
 *
 * @throws Error when the edit no longer fits the source
 */
export function mutated(source: string, { breaks, file, within, find, replace }: Mutation): string {
  const begin = within === undefined ? 0 : onlyPlaceOf(within, source, `${file}, "${breaks}"`)
  const part = within === undefined ? source : partAt(source, begin)
  const at = begin + onlyPlaceOf(find, part, `${file}, "${breaks}"`)
  const after = source.slice(0, at) + replace + source.slice(at + find.length)
  if (after === source) throw new Error(`${file}, "${breaks}": the edit changes nothing`)
  return after
}

/** Returns the source up to an empty line, or in a migration to the end of the statement. */
function partAt(source: string, begin: number): string {
  const length = source.slice(begin).search(/\n\n|\n--> /)
  return length < 0 ? source.slice(begin) : source.slice(begin, begin + length)
}

function onlyPlaceOf(text: string, source: string, where: string): number {
  const at = source.indexOf(text)
  if (at < 0) throw new Error(`${where}: there is no such text any more: ${text}`)
  if (source.includes(text, at + 1)) throw new Error(`${where}: the text stands there more than once: ${text}`)
  return at
}
