/**
 * Reads fields of JSON as Go's encoding/json decodes them into a struct: a field that is absent or null has the zero value of
 * its type, one of another type is an error, and unknown fields stay. Go also takes a field in another case for the known
 * one, which is refused here: server and client never read two different things. (A schema library would need a default for
 * each field, and loses a key named `__proto__`, which is a valid tag.)
 */
import { mistakableKey, type KnownKeys } from '../../util/json.ts'
import { fromBase64 } from './base64.ts'
import { FloatLiteral } from './canonical-json.ts'
import { InvalidMetadata } from './invalid-metadata.ts'

export type Fields = Readonly<Record<string, unknown>>

/**
 * Reads an object whose keys are fields.
 *
 * @param at names the place in messages
 */
export function readStruct(value: unknown, at: string, known: KnownKeys): Fields {
  const fields = readObject(value, at)
  const mistakable = mistakableKey(fields, known)
  if (mistakable !== undefined) {
    throw new InvalidMetadata(`json: ${at} has a field that may be read as "${mistakable.knownKey}" and is not`)
  }
  return fields
}

/** Reads an object whose keys are data. */
export const readMap = (value: unknown, at: string): ReadonlyMap<string, unknown> =>
  new Map(Object.entries(readObject(value, at)))

export function readList(value: unknown, at: string): readonly unknown[] {
  if (isAbsent(value)) return []
  return Array.isArray(value) ? value : refuse(at, 'a list')
}

export function readText(value: unknown, at: string): string {
  if (isAbsent(value)) return ''
  return typeof value === 'string' ? value : refuse(at, 'a string')
}

export function readInteger(value: unknown, at: string): number {
  if (isAbsent(value)) return 0
  return Number.isSafeInteger(value) ? Number(value) : refuse(at, 'an integer')
}

export function readBytes(value: unknown, at: string): Uint8Array<ArrayBuffer> {
  return fromBase64(readText(value, at)) ?? refuse(at, 'base64')
}

function readObject(value: unknown, at: string): Fields {
  if (isAbsent(value)) return {}
  return isObject(value) ? value : refuse(at, 'an object')
}

const isAbsent = (value: unknown): value is null | undefined => value === undefined || value === null

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof FloatLiteral)

function refuse(at: string, type: string): never {
  throw new InvalidMetadata(`json: ${at} is not ${type}`)
}
