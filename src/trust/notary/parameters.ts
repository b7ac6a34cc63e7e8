/** Parses what paths and queries of the protocol name. */
import { mostChangesOfPage, longestQuotedParameter } from '../../limits.ts'
import { trustError } from '../failures.ts'
import { isRole, type Role, type ServerRole } from '../tuf/roles.ts'
import type { ChangesPage } from './changes-store.ts'
import type { Version } from './read.ts'

/** What the last part of a path names: a document, or a key that the registry holds. */
export type TrustFile =
  | { readonly kind: 'document'; readonly role: Role; readonly version: Version }
  /** What has the form of a document, and is none that could be stored. */
  | { readonly kind: 'missing' }
  | { readonly kind: 'key'; readonly role: ServerRole }

const roles = String.raw`root|targets(?:/[^/\s]+)*|snapshot|timestamp`
const hashed = new RegExp(`^(${roles})\\.([a-fA-F0-9]{64}|[a-fA-F0-9]{96}|[a-fA-F0-9]{128})\\.json$`)
const numbered = new RegExp(`^([0-9]+)\\.(${roles})\\.json$`)
const plain = new RegExp(`^(${roles})\\.json$`)

/** Parses the name of a file; undefined for one that no route has. */
export function parseFile(text: string): TrustFile | undefined {
  if (text === 'timestamp.key' || text === 'snapshot.key') {
    return { kind: 'key', role: text === 'timestamp.key' ? 'timestamp' : 'snapshot' }
  }
  const [, hashedRole, sha256 = ''] = hashed.exec(text) ?? []
  if (hashedRole !== undefined) return documentOf(hashedRole, /^[0-9a-f]{64}$/.test(sha256) ? { sha256 } : undefined)
  const [, digits, numberedRole] = numbered.exec(text) ?? []
  if (numberedRole !== undefined) {
    const version = Number(digits)
    return documentOf(numberedRole, Number.isSafeInteger(version) ? { version } : undefined)
  }
  const [, role] = plain.exec(text) ?? []
  return role === undefined ? undefined : documentOf(role, 'current')
}

const documentOf = (role: string, version: Version | undefined): TrustFile =>
  isRole(role) && version !== undefined ? { kind: 'document', role, version } : { kind: 'missing' }

const defaultChanges = 100

/**
 * Parses the query of a changefeed: `records` is how many, and before `change_id` if it is negative; an id below zero
 * begins at the end.
 *
 * @throws the error `trust-parameters-invalid`
 */
export function parseChangesPage(records: string, changeId: string): ChangesPage {
  const count = parseInteger(records)
  if (count === undefined) throw trustError({ kind: 'trust-parameters-invalid', detail: whyNoCount(records) })
  const id = changeId === '' ? 0 : parseInteger(changeId)
  if (id === undefined) throw trustError({ kind: 'trust-parameters-invalid', detail: {} })
  const limit = Math.min(Math.abs(count) || defaultChanges, mostChangesOfPage)
  return { limit, from: id > 0 ? id : undefined, isBackward: count < 0 || id < 0 }
}

const parseInteger = (text: string): number | undefined => (/^[+-]?\d{1,15}$/.test(text) ? Number(text) : undefined)

/** Says it as Go does, which clients print. */
function whyNoCount(text: string): string {
  const why = /^[+-]?\d+$/.test(text) ? 'value out of range' : 'invalid syntax'
  return `invalid records parameter: strconv.ParseInt: parsing ${JSON.stringify(text.slice(0, longestQuotedParameter))}: ${why}`
}
