/** Reads what signatures are made of: JSON of one reading, base64, and contents within their bounds. */
import type * as z from 'zod'
import { jsonRefusal } from '../../failures/json.ts'
import { signatureJson } from '../../limits.ts'
import { mistakableKey, parseJson, type KnownKeys } from '../../util/json.ts'
import { SignatureRefused, type Contents } from './types.ts'

/**
 * Reads JSON that was signed, as its signer meant it: Go's clients would take `Critical` for `critical`, and some parsers
 * take the first of two equal keys.
 *
 * @param what names it in a refusal, like "the signed payload"
 */
export function readJson(bytes: Uint8Array, what: string, known: KnownKeys): unknown {
  const parsed = parseJson(decodeUtf8(bytes, what), signatureJson)
  if ('refused' in parsed) {
    throw new SignatureRefused('malformed', `${what} cannot be read: ${jsonRefusal(parsed.refused)}`)
  }
  refuseMistakableKeys(parsed.value, what, known)
  return parsed.value
}

/** Refuses a key at any depth. The value is nested no deeper than the bound, so this recurs no deeper. */
function refuseMistakableKeys(value: unknown, what: string, known: KnownKeys): void {
  if (typeof value !== 'object' || value === null) return
  const mistakable = Array.isArray(value) ? undefined : mistakableKey(value, known)
  if (mistakable !== undefined) {
    const { key, knownKey } = mistakable
    throw new SignatureRefused('malformed', `${what} has the key ${key}: write it as ${knownKey}`)
  }
  for (const inside of Object.values(value)) refuseMistakableKeys(inside, what, known)
}

/** Reads a value of the given form. */
export function shaped<Shape>(schema: z.ZodType<Shape>, value: unknown, what: string): Shape {
  const { success, data, error } = schema.safeParse(value)
  if (success) return data
  const where = error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join(', ')
  throw new SignatureRefused('malformed', `${what} has not the form of its kind (${where}): sign again`)
}

function decodeUtf8(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new SignatureRefused('malformed', `${what} is not UTF-8: sign again`, { cause })
  }
}

export function decodeBase64(text: string, what: string, alphabet: 'base64' | 'base64url' = 'base64'): Bytes {
  try {
    return Uint8Array.fromBase64(text, { alphabet })
  } catch (cause) {
    throw new SignatureRefused('malformed', `${what} is not ${alphabet}: sign again`, { cause })
  }
}

/** Finds a content that a signature needs. */
export function contentOf(contents: Contents, digest: string, largestBytes: number, what: string): Bytes {
  const bytes = contents.get(digest)
  if (bytes === undefined) throw new SignatureRefused('content-missing', `${what} ${digest} is not here: push it again`)
  if (bytes.length > largestBytes) {
    throw new SignatureRefused('too-large', `${what} has more than ${largestBytes} bytes: make a smaller signature`)
  }
  return bytes
}

export type Bytes = Uint8Array<ArrayBuffer>
