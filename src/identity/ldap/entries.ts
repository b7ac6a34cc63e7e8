/** Entries of a directory, as far as the registry reads them. */
import { dnKeyOf } from '../links/dn.ts'

export interface DirectoryEntry {
  readonly dn: string
  /** The form of the name in which two spellings are equal. */
  readonly dnKey: string
  /** The id that no other entry ever gets; undefined where the server shows none. */
  readonly subject: string | undefined
  /** The values by the attributes' names in lower case. */
  readonly attributes: ReadonlyMap<string, readonly string[]>
}

/**
 * The attributes that identify an entry for ever, of which the first counts: Active Directory, 389 Directory Server (which
 * may show `entryUUID` since a later release), OpenLDAP and most others (RFC 4530), FreeIPA, eDirectory. The order must not
 * change, as users are linked by what it finds.
 */
export const subjectAttributes = ['objectGUID', 'nsUniqueId', 'entryUUID', 'ipaUniqueID', 'GUID'] as const

/** Those whose values are 16 bytes. */
export const binaryAttributes: readonly string[] = ['objectGUID', 'GUID']

/** A value as the library gives it. */
export type RawValues = string | Uint8Array | readonly string[] | readonly Uint8Array[]

/** Makes an entry of what the library read. */
export function entryOf({
  dn,
  ...raw
}: {
  readonly dn: string
  readonly [attribute: string]: RawValues
}): DirectoryEntry {
  const attributes = new Map(Object.entries(raw).map(([name, values]) => [name.toLowerCase(), textsOf(values)]))
  return { dn, dnKey: dnKeyOf(dn), subject: subjectOf(attributes), attributes }
}

/** Returns the first value of an attribute; undefined for none. */
export const valueOf = ({ attributes }: DirectoryEntry, attribute: string): string | undefined =>
  attributes.get(attribute.toLowerCase())?.[0]

function subjectOf(attributes: ReadonlyMap<string, readonly string[]>): string | undefined {
  for (const name of subjectAttributes) {
    const [value = ''] = attributes.get(name.toLowerCase()) ?? []
    if (value !== '') return value.toLowerCase()
  }
  return undefined
}

function textsOf(values: RawValues): readonly string[] {
  if (typeof values === 'string') return [values]
  if (values instanceof Uint8Array) return [textOf(values)]
  return values.map((value) => (typeof value === 'string' ? value : textOf(value)))
}

const decoder = new TextDecoder()

/** Returns 16 bytes as a UUID in the order of Microsoft, whose first three parts are little-endian, and others as text. */
function textOf(bytes: Uint8Array): string {
  if (bytes.byteLength !== 16) return decoder.decode(bytes)
  const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15]
  const hex = order.map((at) => (bytes[at] ?? 0).toString(16).padStart(2, '0')).join('')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** The values of an attribute that an answer has, and where the rest begins. */
export interface ValueRange {
  readonly values: readonly string[]
  /** The first index that is missing; undefined when all are there. */
  readonly next: number | undefined
}

/**
 * Reads the values of an attribute that may come in ranges: Active Directory answers a group of more than 1,500 members with
 * `member;range=0-1499`, and the last range ends with `*` ([MS-ADTS] section 3.1.1.3.1.3.3).
 */
export function rangeOf({ attributes }: DirectoryEntry, attribute: string): ValueRange {
  const wanted = attribute.toLowerCase()
  for (const [name, values] of attributes) {
    const [, last] = name.startsWith(`${wanted};`) ? (/;range=\d+-(\d+|\*)$/.exec(name) ?? []) : []
    if (last !== undefined) return { values, next: last === '*' ? undefined : Number(last) + 1 }
  }
  return { values: attributes.get(wanted) ?? [], next: undefined }
}
