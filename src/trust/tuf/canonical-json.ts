/**
 * Reads and writes JSON as Notary does (docker/go's canonical/json): what is signed is a document's value in this form, not
 * the bytes that were sent.
 *
 * The form: no white space; the keys of an object in the order of their UTF-8 bytes; in strings only `\` and `"` are escaped;
 * numbers are integers. No library writes it to the byte: `@tufjs/canonical-json` and `@sigstore/core` sort keys by UTF-16
 * units, which puts U+10000 before U+E000, and write 1e21 as `1e+21`; `canonicalize` (RFC 8785) sorts so too, escapes control
 * characters, and takes fractions.
 *
 * Reading is stricter than Go, where Go's own readers disagree: its decoder takes `Version` for `version` (see `fields.ts`),
 * and of a key that stands twice it keeps the last value when it checks a signature, but merges both into the maps that it then
 * uses. A document that can be read in two ways is refused.
 */
import { trustJson } from '../../limits.ts'
import { jsonRefusal } from '../../failures/json.ts'
import { parseJson } from '../../util/json.ts'
import { InvalidMetadata } from './invalid-metadata.ts'

declare global {
  interface JSON {
    /** Tells a reviver the source of a primitive value, too (ECMAScript 2026). */
    parse(
      text: string,
      reviver: (this: unknown, key: string, value: unknown, context: { readonly source?: string }) => unknown,
    ): unknown
  }
}

/** A number that is not written as an integer, like `1.0`: Go reads none into a field, although it has an integral value. */
export class FloatLiteral {
  readonly value: number

  constructor(value: number) {
    this.value = value
  }
}

/**
 * Reads a document.
 *
 * @throws InvalidMetadata for what is not JSON, or not JSON that all readers read alike
 */
export function readJson(bytes: Uint8Array): unknown {
  const text = decodeUtf8(bytes)
  const parsed = parseJson(text, trustJson)
  if ('refused' in parsed) throw new InvalidMetadata(jsonRefusal(parsed.refused))
  if (escapedSurrogate.test(text) && !isWellFormed(parsed.value)) {
    throw new InvalidMetadata('it has half of a surrogate pair, which is no character; send whole ones')
  }
  return floatLiteral.test(text) ? JSON.parse(text, markFloatLiteral) : parsed.value
}

/**
 * Writes a value of `readJson`, or one of our own, in canonical form.
 *
 * @throws InvalidMetadata for a number that has no exact integer
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'string') return `"${value.replaceAll(/["\\]/g, String.raw`\$&`)}"`
  if (typeof value === 'number') return canonicalNumber(value)
  if (value === null || typeof value === 'boolean') return String(value)
  if (value instanceof FloatLiteral) return canonicalNumber(value.value)
  if (Array.isArray(value)) return `[${value.map((item: unknown) => canonicalJson(item)).join(',')}]`
  if (typeof value === 'object') return canonicalObject(value)
  throw new TypeError(`no JSON has a ${typeof value}`)
}

function canonicalObject(object: object): string {
  const members = Object.entries(object).sort(([one], [other]) => compareUtf8(one, other))
  return `{${members.map(([key, value]) => `${canonicalJson(key)}:${canonicalJson(value)}`).join(',')}}`
}

/** Refuses integers beyond 2^53, where two of them are one number: a signature would cover either. */
function canonicalNumber(value: number): string {
  if (!Number.isSafeInteger(value)) throw new InvalidMetadata(`json: unsupported value: ${value}`)
  return String(value)
}

/** Compares strings as their UTF-8 bytes compare, which is by code points. */
export function compareUtf8(one: string, other: string): number {
  const length = Math.min(one.length, other.length)
  for (let at = 0; at < length; at++) {
    const [unit, otherUnit] = [one.charCodeAt(at), other.charCodeAt(at)]
    if (unit !== otherUnit) return codePointOrder(unit) - codePointOrder(otherUnit)
  }
  return one.length - other.length
}

/** Surrogates (U+D800 to U+DFFF) stand for code points above all that have one unit. */
function codePointOrder(unit: number): number {
  if (unit < 0xd800) return unit
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800
}

/** Keeps a byte order mark, which is not JSON, to Go neither. */
function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new InvalidMetadata('it is not UTF-8; send UTF-8', { cause })
  }
}

const escapedSurrogate = /\\u[dD][89a-fA-F]/

/** Looks into values as deep as the bound on JSON allows. */
function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed()
  if (typeof value !== 'object' || value === null) return true
  return Object.entries(value).every(([key, inside]) => key.isWellFormed() && isWellFormed(inside))
}

/** May stand in a string as well, which costs a second reading and no more. */
const floatLiteral = /(?:^|[:[,])\s*-?\d+[.eE]/

function markFloatLiteral(_key: string, value: unknown, { source }: { readonly source?: string }): unknown {
  return typeof value === 'number' && source !== undefined && /[.eE]/.test(source) ? new FloatLiteral(value) : value
}
