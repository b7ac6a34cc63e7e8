/** A trust server for one collection, in memory: the decisions of `src/trust/tuf` on the simplest store there is. */
import { sha256Hex } from '../../../src/trust/tuf/keys.ts'
import { decideRenewal } from '../../../src/trust/tuf/renew.ts'
import type { Role, ServerRole } from '../../../src/trust/tuf/roles.ts'
import type { NewDocument, ServerKeys } from '../../../src/trust/tuf/sign.ts'
import type { StoredDocuments } from '../../../src/trust/tuf/stored.ts'
import { decideUpdate, type AcceptedUpdate } from '../../../src/trust/tuf/update.ts'
import { readUploads, type Part } from '../../../src/trust/tuf/uploads.ts'
import type { TrustFailure } from '../../../src/trust/failures.ts'
import { textOf, type Bytes, type Fields } from './documents.ts'
import { aKey, type TestKey } from './keys.ts'

export type Outcome = AcceptedUpdate | { readonly refusal: TrustFailure }

export class MemoryServer {
  readonly gun: string
  now: number
  /** In the order in which they were stored. */
  documents: NewDocument[] = []
  readonly heldKeys = new Map<string, TestKey>()
  readonly #highest = new Map<Role, number>()

  constructor(gun: string, now: number) {
    this.gun = gun
    this.now = now
  }

  readonly stored: StoredDocuments = {
    find: async (role) => this.newest(role)?.bytes,
    currentVersion: async (role) => this.newest(role)?.version ?? 0,
    highestVersion: async (role: ServerRole) => this.#highest.get(role) ?? 0,
    findMissing: async (files) =>
      files.filter(({ role, sha256 }) => !this.documents.some((one) => one.role === role && one.sha256 === sha256)),
  }

  readonly keys: ServerKeys = { sign: async (keyId, message) => this.heldKeys.get(keyId)?.sign(message) }

  async newKey(type: 'ecdsa' | 'ed25519' = 'ecdsa'): Promise<TestKey> {
    const key = await aKey(type)
    this.heldKeys.set(key.id, key)
    return key
  }

  /** Publishes documents, by the names under which they are uploaded, and stores what is accepted. */
  async publish(files: Readonly<Record<string, Bytes>> | readonly Part[]): Promise<Outcome> {
    const parts = isParts(files) ? files : Object.entries(files).map(([filename, bytes]) => ({ filename, bytes }))
    const read = await readUploads(parts)
    if ('refusal' in read) return read
    const { gun, stored, keys, now } = this
    const outcome = await decideUpdate({ gun, stored, keys, now, uploads: read.uploads })
    if ('documents' in outcome) this.store(outcome.documents)
    return outcome
  }

  /** Renews what is due, as a read of timestamp.json does. */
  async renew(): Promise<readonly NewDocument[]> {
    const { gun, stored, keys, now } = this
    const [root, snapshot, timestamp] = [this.bytesOf('root'), this.bytesOf('snapshot'), this.bytesOf('timestamp')]
    const documents = await decideRenewal({ gun, stored, keys, now, current: { root, snapshot, timestamp } })
    this.store(documents)
    return documents
  }

  store(documents: readonly NewDocument[]): void {
    this.documents.push(...documents)
    for (const { role, version } of documents) this.#highest.set(role, Math.max(version, this.#highest.get(role) ?? 0))
  }

  /** Puts bytes in place of the newest document of a role, as no publish could. */
  async tamper(role: Role, bytes: Bytes): Promise<void> {
    const version = this.newest(role)?.version ?? 1
    this.documents = this.documents.filter((one) => one.role !== role || one.version !== version)
    this.documents.push({ role, version, bytes, sha256: await sha256Hex(bytes) })
  }

  /** Forgets all documents, and no key and no number. */
  delete(): void {
    this.documents = []
  }

  newest(role: Role): NewDocument | undefined {
    return this.documents.filter((one) => one.role === role).sort((one, other) => other.version - one.version)[0]
  }

  bytesOf(role: Role): Bytes {
    const document = this.newest(role)
    if (document === undefined) throw new Error(`nothing is stored for ${role}`)
    return document.bytes
  }

  signed(role: Role): Fields {
    return (JSON.parse(textOf(this.bytesOf(role))) as { signed: Fields }).signed
  }

  versions(): Record<string, number> {
    return Object.fromEntries(this.documents.map(({ role }) => [role, this.newest(role)?.version ?? 0]))
  }
}

const isParts = (files: Readonly<Record<string, Bytes>> | readonly Part[]): files is readonly Part[] =>
  Array.isArray(files)
