/** The four types of documents (notary.md calls them Root, Targets, Snapshot, Timestamp), read from their envelopes. */
import {
  largestTrustKeyBytes,
  mostKeysOfRole,
  mostKeysOfTrustDocument,
  mostRolesOfSnapshot,
  mostTargetsOfTrustDocument,
} from '../../limits.ts'
import { knownKeys } from '../../util/json.ts'
import type { Envelope } from './envelope.ts'
import { readBytes, readInteger, readList, readMap, readStruct, readText } from './fields.ts'
import { InvalidMetadata, OverLimit } from './invalid-metadata.ts'
import type { PublicKey } from './keys.ts'
import { isDelegation, parentOf, type BaseRole, type Delegation, type TargetsRole } from './roles.ts'

export type Keys = ReadonlyMap<string, PublicKey>

/** Who may sign for a role. */
export interface RoleKeys {
  readonly keyIds: readonly string[]
  readonly threshold: number
}

export interface Root {
  readonly version: number
  readonly keys: Keys
  readonly roles: Readonly<Record<BaseRole, RoleKeys>>
}

/** Hashes by algorithm, and the length, of a file. */
export interface FileMeta {
  readonly length: number
  readonly hashes: ReadonlyMap<string, Uint8Array<ArrayBuffer>>
}

export interface DelegatedRole extends RoleKeys {
  readonly name: Delegation
  /** Beginnings of names of targets; clients keep to them, the server never did. */
  readonly paths: readonly string[]
}

export interface Targets {
  readonly version: number
  /** Until when it holds, in milliseconds since 1970. */
  readonly expires: number
  /** By name, which is a tag. Of a target, `hashes` has the digest of a manifest. */
  readonly targets: ReadonlyMap<string, FileMeta>
  readonly delegations: { readonly keys: Keys; readonly roles: readonly DelegatedRole[] }
}

/** Of a snapshot or a timestamp: the files that it names, by role. */
export interface Index {
  readonly version: number
  readonly meta: ReadonlyMap<string, FileMeta>
}

const rootKeys = knownKeys('keys', 'roles', 'consistent_snapshot')
const targetsKeys = knownKeys('targets', 'delegations')
const indexKeys = knownKeys('meta')
const delegationsKeys = knownKeys('keys', 'roles')
const roleKeys = knownKeys('keyids', 'threshold', 'name', 'paths')
const keyKeys = knownKeys('keytype', 'keyval')
const keyValueKeys = knownKeys('public', 'private')
const fileKeys = knownKeys('length', 'hashes', 'custom')

/**
 * Reads a root, whose structure is checked.
 *
 * @throws InvalidMetadata
 */
export function readRoot(envelope: Envelope): Root {
  if (envelope.signed === undefined) throw flaw('root', 'root file contained an empty payload')
  const fields = readStruct(envelope.signed, 'Root', rootKeys)
  const keys = readKeys(fields['keys'])
  const named = new Map<string, RoleKeys>()
  for (const [name, role] of readMap(fields['roles'], 'roles')) {
    if (role !== null) named.set(name, readRoleKeys(role, name))
  }
  checkCommon(envelope, 'root', 'Root', '1')
  const roleOf = (name: BaseRole): RoleKeys => {
    const role = named.get(name)
    if (role === undefined) throw flaw('root', `missing ${name} role specification`)
    checkRoleKeys('root', name, role, keys)
    return role
  }
  // In this order: the first flaw is the one that is told.
  const [root, targets, snapshot, timestamp] = [
    roleOf('root'),
    roleOf('targets'),
    roleOf('snapshot'),
    roleOf('timestamp'),
  ]
  return { version: envelope.version, keys, roles: { root, targets, snapshot, timestamp } }
}

/**
 * Reads the document of `targets` or of a delegation.
 *
 * @throws InvalidMetadata
 */
export function readTargets(envelope: Envelope, role: TargetsRole): Targets {
  const fields = readStruct(envelope.signed, 'Targets', targetsKeys)
  const targets = readFiles(fields['targets'], 'targets', mostTargetsOfTrustDocument)
  const delegations = readStruct(fields['delegations'], 'delegations', delegationsKeys)
  const keys = readKeys(delegations['keys'])
  const listed = readList(delegations['roles'], 'delegations.roles')
  checkCommon(envelope, role, 'Targets', 'one')
  const roles = listed.map((value) => readDelegatedRole(value, role, keys))
  const { version, expires } = envelope
  return { version, expires: expires.milliseconds, targets, delegations: { keys, roles } }
}

/**
 * Reads a snapshot, which names the root and the targets.
 *
 * @throws InvalidMetadata
 */
export const readSnapshot = (envelope: Envelope): Index =>
  readIndex(envelope, 'snapshot', 'Snapshot', ['root', 'targets'])

/**
 * Reads a timestamp, which names the snapshot.
 *
 * @throws InvalidMetadata
 */
export const readTimestamp = (envelope: Envelope): Index => readIndex(envelope, 'timestamp', 'Timestamp', ['snapshot'])

function readIndex(envelope: Envelope, role: BaseRole, type: string, required: readonly BaseRole[]): Index {
  const fields = readStruct(envelope.signed, type, indexKeys)
  const meta = readFiles(fields['meta'], 'meta', mostRolesOfSnapshot)
  checkCommon(envelope, role, type, 'one')
  for (const name of required) {
    const hashes = meta.get(name)?.hashes
    if (hashes?.get('sha256') === undefined) throw flaw(role, `missing ${name} sha256 checksum information`)
    for (const [algorithm, length] of hashLengths) {
      const hash = hashes.get(algorithm)
      if (hash !== undefined && hash.length !== length) {
        throw flaw(role, `invalid ${name} checksum information, ${algorithm} checksum invalid`)
      }
    }
  }
  return { version: envelope.version, meta }
}

const hashLengths: ReadonlyMap<string, number> = new Map([
  ['sha256', 32],
  ['sha512', 64],
])

/**
 * Checks what all documents have.
 *
 * @param least how the Go server writes the lowest version in its message for this type
 */
function checkCommon(envelope: Envelope, role: string, type: string, least: string): void {
  if (envelope.type !== type) throw flaw(role, `expected type ${type}, not ${envelope.type}`)
  if (envelope.version < 1) throw flaw(role, `version cannot be less than ${least}`)
}

/**
 * Checks that a role can be signed for.
 *
 * @param role of the document that lists the keys
 * @param name of the role that they may sign for
 */
function checkRoleKeys(role: string, name: string, { keyIds, threshold }: RoleKeys, keys: Keys): void {
  // The Go server ends this message with a space.
  if (threshold < 1) throw flaw(role, `invalid threshold specified for ${name}: ${threshold} `)
  for (const keyId of keyIds) {
    if (!keys.has(keyId)) throw flaw(role, `key ID ${keyId} specified in ${name} without corresponding key`)
  }
}

function readDelegatedRole(value: unknown, parent: TargetsRole, keys: Keys): DelegatedRole {
  const fields = readStruct(value, 'a delegated role', roleKeys)
  const name = readText(fields['name'], 'name')
  if (!isDelegation(name) || parentOf(name) !== parent) throw flaw(parent, `delegation role ${name} invalid`)
  const role = readRoleKeys(value, name)
  checkRoleKeys(parent, name, role, keys)
  const paths = readList(fields['paths'], 'paths').map((path) => readText(path, 'paths'))
  return { name, ...role, paths }
}

function readRoleKeys(value: unknown, name: string): RoleKeys {
  const fields = readStruct(value, name, roleKeys)
  const keyIds = readList(fields['keyids'], 'keyids').map((keyId) => readText(keyId, 'keyids'))
  refuseMore(keyIds.length, mostKeysOfRole, `key IDs in ${name}`)
  return { keyIds, threshold: readInteger(fields['threshold'], 'threshold') }
}

function readKeys(value: unknown): Keys {
  const keys = readMap(value, 'keys')
  refuseMore(keys.size, mostKeysOfTrustDocument, 'keys')
  return new Map(Array.from(keys, ([keyId, key]) => [keyId, readKey(key)]))
}

function readKey(value: unknown): PublicKey {
  const fields = readStruct(value, 'a key', keyKeys)
  const keyValue = readStruct(fields['keyval'], 'keyval', keyValueKeys)
  const bytes = readBytes(keyValue['public'], 'public')
  refuseMore(bytes.length, largestTrustKeyBytes, 'bytes in a key')
  return { type: readText(fields['keytype'], 'keytype'), bytes }
}

function readFiles(value: unknown, at: string, most: number): ReadonlyMap<string, FileMeta> {
  const files = readMap(value, at)
  refuseMore(files.size, most, at)
  return new Map(Array.from(files, ([name, file]) => [name, readFile(file)]))
}

function readFile(value: unknown): FileMeta {
  const fields = readStruct(value, 'a file', fileKeys)
  const hashes = readMap(fields['hashes'], 'hashes')
  return {
    length: readInteger(fields['length'], 'length'),
    hashes: new Map(Array.from(hashes, ([algorithm, hash]) => [algorithm, readBytes(hash, algorithm)])),
  }
}

function refuseMore(count: number, most: number, what: string): void {
  if (count > most) throw new OverLimit(`it has ${count} ${what}, and at most ${most} are taken`)
}

const flaw = (role: string, why: string): InvalidMetadata =>
  new InvalidMetadata(`${role} type metadata invalid: ${why}`)
