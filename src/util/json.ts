/**
 * Reads JSON that a client wrote. The text is looked at before anything is made of it, so that a small body cannot become
 * a large heap, and what two parsers would read in two ways is told apart from what has one reading.
 */
import type { WhyJsonRefused } from '../failures/json.ts'

export interface JsonBounds {
  /** The deepest nesting of arrays and objects. */
  readonly depth: number
  /** The most values in all: items of arrays and members of objects. */
  readonly values: number
}

export type ParsedJson = { readonly value: unknown } | { readonly refused: WhyJsonRefused }

/**
 * Parses JSON within bounds, and refuses duplicate keys (RFC 8259 section 4).
 *
 * @returns the value, or the reason for a refusal
 */
export function parseJson(text: string, bounds: JsonBounds): ParsedJson {
  const counted = count(text)
  if (counted.depth > bounds.depth) return { refused: { kind: 'too-deep', limit: bounds.depth } }
  if (counted.values > bounds.values) return { refused: { kind: 'too-many-values', limit: bounds.values } }
  const value = parse(text)
  if (value === undefined) return { refused: { kind: 'not-json' } }
  // RFC 8259 section 4: of a name that stands twice in an object some parsers take the first value, some the last.
  if (membersOf(value) < counted.members) return { refused: { kind: 'key-twice' } }
  return { value }
}

const quote = 0x22
const comma = 0x2c
const colon = 0x3a
const openingBracket = 0x5b
const backslash = 0x5c
const closingBracket = 0x5d
const openingBrace = 0x7b
const closingBrace = 0x7d

/** Counts what stands outside of strings, in one pass, of any text: whether it is JSON is not asked yet. */
function count(text: string): { readonly depth: number; readonly values: number; readonly members: number } {
  let [level, depth, values, members] = [0, 0, 0, 0]
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case quote:
        at = endOfString(text, at)
        break
      case openingBracket:
      case openingBrace:
        level++
        values++
        if (level > depth) depth = level
        break
      case closingBracket:
      case closingBrace:
        level--
        break
      case comma:
        values++
        break
      case colon:
        members++
        break
    }
  }
  return { depth, values, members }
}

/**
 * Finds the end of a string.
 *
 * @param start of the string, at its opening quote
 * @returns the index of its closing quote
 */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (end >= 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1)
  return end < 0 ? text.length : end
}

/** Tells whether the quote at an index is part of its string: an odd number of backslashes stands before it. */
function isEscaped(text: string, at: number): boolean {
  let before = at - 1
  while (text.charCodeAt(before) === backslash) before--
  return (at - before) % 2 === 0
}

/** Parses JSON; undefined for invalid text, as no JSON is undefined. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Counts the members of all objects in a value, without recursion, as the value may be nested deeply. */
function membersOf(value: unknown): number {
  let members = 0
  const pending = [value]
  while (pending.length > 0) {
    const next = pending.pop()
    if (typeof next !== 'object' || next === null) continue
    const inside: readonly unknown[] = Array.isArray(next) ? next : Object.values(next)
    if (!Array.isArray(next)) members += inside.length
    for (const one of inside) if (typeof one === 'object' && one !== null) pending.push(one)
  }
  return members
}

/** Keys that a reader gives a meaning, by their folded form. */
export type KnownKeys = ReadonlyMap<string, string>

export const knownKeys = (...keys: readonly string[]): KnownKeys => new Map(keys.map((key) => [fold(key), key]))

/**
 * Finds a key that Go's encoding/json would take for a known one, as it compares keys by Unicode's simple folding.
 *
 * @returns the key and the known key that it resembles, or undefined
 */
export function mistakableKey(
  object: object,
  known: KnownKeys,
): { readonly key: string; readonly knownKey: string } | undefined {
  for (const key of Object.keys(object)) {
    const knownKey = known.get(fold(key))
    if (knownKey !== undefined && knownKey !== key) return { key, knownKey }
  }
  return undefined
}

/**
 * Folds a key as Go does for the ASCII letters of known keys: besides `toLowerCase`, which turns U+212A to k, U+017F is
 * s.
 */
const fold = (key: string): string => key.toLowerCase().replaceAll('\u017f', 's')
