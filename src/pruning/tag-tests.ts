/**
 * The tests of a tag's name, operator by operator: DTR's, and their opposites, whose names begin with "n" as that of
 * DTR's `noo` does. A value that no tag can have is refused: with an opposite it would condemn every tag. Pure.
 */
import { isTag } from '../names.ts'

interface TagTest {
  /** Tells whether a tag could have the value. */
  readonly isPossible: (value: string) => boolean
  /** The verb for the refusal of an impossible value: "no tag can begin with". */
  readonly verb: string
  readonly holds: (name: string, values: readonly string[]) => boolean
}

/** Tells whether a tag can have the value after its beginning, where "." and "-" are allowed too (OCI). */
const isPartOfTag = (value: string): boolean => /^[a-zA-Z0-9_.-]{1,128}$/.test(value)

const is = { isPossible: isTag, verb: 'be' }
// The beginning of a tag is itself the name of one.
const begins = { isPossible: isTag, verb: 'begin with' }
const ends = { isPossible: isPartOfTag, verb: 'end with' }
const contains = { isPossible: isPartOfTag, verb: 'contain' }

const isAny: TagTest['holds'] = (name, values) => values.includes(name)
const beginsAny: TagTest['holds'] = (name, values) => values.some((value) => name.startsWith(value))
const endsAny: TagTest['holds'] = (name, values) => values.some((value) => name.endsWith(value))
const containsAny: TagTest['holds'] = (name, values) => values.some((value) => name.includes(value))
const not =
  (holds: TagTest['holds']): TagTest['holds'] =>
  (name, values) =>
    !holds(name, values)

export const tagTests: ReadonlyMap<string, TagTest> = new Map([
  ['eq', { ...is, holds: isAny }],
  ['sw', { ...begins, holds: beginsAny }],
  ['ew', { ...ends, holds: endsAny }],
  ['c', { ...contains, holds: containsAny }],
  ['oo', { ...is, holds: isAny }],
  ['noo', { ...is, holds: not(isAny) }],
  ['nsw', { ...begins, holds: not(beginsAny) }],
  ['new', { ...ends, holds: not(endsAny) }],
  ['nc', { ...contains, holds: not(containsAny) }],
])

/** Says what is wrong with the first value that no tag can have; undefined: all are possible. */
export function impossibleValue({ isPossible, verb }: TagTest, values: readonly string[]): string | undefined {
  const wrong = values.find((value) => !isPossible(value))
  return wrong === undefined
    ? undefined
    : `no tag can ${verb} ${JSON.stringify(wrong.slice(0, 100))}: ${hintFor(wrong)}`
}

function hintFor(value: string): string {
  if (value.includes(',')) return 'send a list of values, like ["v1", "v2"]'
  if (/[*?^$|+()[\]{}\\]/.test(value)) {
    return 'patterns are not supported; use plain text with sw (starts with), ew (ends with) or c (contains), or with their opposites nsw, new and nc'
  }
  if (/[/:@]/.test(value)) return 'send only the tag, without repository and digest'
  return 'a tag has 1 to 128 letters, digits, "_", "." and "-", and does not start with "." or "-"'
}
