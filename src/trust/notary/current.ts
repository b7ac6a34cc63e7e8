/**
 * Which versions are current: the timestamp names the snapshot by its hash, and the snapshot the others. Nearly always
 * they are the newest ones, which are read at once; only a client that signs its snapshot itself may name older ones.
 */
import { toHex } from '../../util/hex.ts'
import type { Context } from '../../context.ts'
import { readSnapshot, readTimestamp, type Index } from '../tuf/documents.ts'
import { readEnvelope } from '../tuf/envelope.ts'
import { InvalidMetadata } from '../tuf/invalid-metadata.ts'
import type { Role } from '../tuf/roles.ts'
import { bytesOf } from './documents.ts'
import { findFiles, type DocumentRow } from './notary-store.ts'

/** The roles that each look-up of a current version reads, beside the one that it looks for. */
export const pointers = ['root', 'snapshot', 'timestamp'] as const

export class CurrentDocuments {
  readonly #context: Context
  readonly #collectionId: number
  readonly #newest: ReadonlyMap<string, DocumentRow>
  #snapshot: Promise<Index | undefined> | undefined

  /** Takes what was read. @param newest the newest versions of the pointers, and of the roles that will be asked for where that is known */
  constructor(context: Context, collectionId: number, newest: ReadonlyMap<string, DocumentRow>) {
    this.#context = context
    this.#collectionId = collectionId
    this.#newest = newest
  }

  /** Finds the current version of a role; undefined for one that the snapshot does not name. */
  async find(role: Role): Promise<DocumentRow | undefined> {
    switch (role) {
      case 'root':
      case 'timestamp':
        // A snapshot is only taken with the newest root in it.
        return this.#newest.get(role)
      case 'snapshot':
        return this.#named(role, await this.#read('timestamp', this.#newest.get('timestamp')))
      default:
        return this.#named(role, await this.snapshot())
    }
  }

  /** Reads the current snapshot; undefined when there is none, or none that can be read. */
  snapshot(): Promise<Index | undefined> {
    this.#snapshot ??= this.find('snapshot').then((found) => this.#read('snapshot', found))
    return this.#snapshot
  }

  /** Finds what an index names; where none can be read, the newest has to do, and clients tell what is wrong. */
  async #named(role: Role, index: Index | undefined): Promise<DocumentRow | undefined> {
    const newest = this.#newest.get(role)
    if (index === undefined) return newest
    const sha256 = hashIn(index, role)
    if (sha256 === undefined) return undefined
    if (newest?.sha256 === sha256) return newest
    const [found] = await findFiles(this.#context.db, this.#collectionId, [{ role, sha256 }])
    return found
  }

  async #read(role: 'snapshot' | 'timestamp', document: DocumentRow | undefined): Promise<Index | undefined> {
    if (document === undefined) return undefined
    try {
      const envelope = readEnvelope(await bytesOf(this.#context, document))
      return role === 'snapshot' ? readSnapshot(envelope) : readTimestamp(envelope)
    } catch (error) {
      if (error instanceof InvalidMetadata) return undefined
      throw error
    }
  }
}

/** Returns the hash by which a snapshot or a timestamp names a role, in hexadecimal digits. */
export function hashIn({ meta }: Index, role: string): string | undefined {
  const hash = meta.get(role)?.hashes.get('sha256')
  return hash && toHex(hash)
}
