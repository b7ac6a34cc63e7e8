/**
 * Reads documents. A current timestamp or snapshot that expires within a day is signed again first, once an interval
 * whatever the traffic: requests of an isolate share the work, and of isolates that meet one stores and the others
 * serve what it stored.
 */
import type { Context } from '../../context.ts'
import { groundValues } from '../../db/access/rights.ts'
import {
  isDatabaseFull,
  isForeignKeyViolation,
  isOutrun,
  isOverloaded,
  isReadOnly,
  isUniqueViolation,
  whatIsFull,
} from '../../db/database.ts'
import { shared } from '../../db/in-flight.ts'
import { decideRenewal } from '../tuf/renew.ts'
import type { Role, ServerRole } from '../tuf/roles.ts'
import type { NewDocument } from '../tuf/sign.ts'
import { CurrentDocuments, pointers } from './current.ts'
import { bytesOf, DocumentWriter, soundOnly } from './documents.ts'
import { storeExpiries } from './expiries-store.ts'
import {
  findByHash,
  findKeys,
  findNewest,
  findVersion,
  type Collection,
  type CollectionPlace,
  type Found,
  type FoundDocument,
} from './notary-store.ts'
import { storeUpdate } from './publication-store.ts'
import { keyRing, type KeyRing } from './server-keys.ts'

/** Which version of a role is read: the current one, or one by its number or its hash. */
export type Version = 'current' | { readonly version: number } | { readonly sha256: string }

/** Finds a document; undefined where there is none. */
export async function findDocument(
  context: Context,
  place: CollectionPlace,
  role: Role,
  version: Version,
): Promise<FoundDocument | undefined> {
  if (version === 'current') return findCurrent(context, place, role)
  return shared(context.db, questionOf(place, [role, version]), () =>
    'version' in version
      ? findVersion(context.db, place, role, version.version)
      : findByHash(context.db, place, { role, sha256: version.sha256 }),
  )
}

const questionOf = ({ held, gun }: CollectionPlace, rest: readonly unknown[]): readonly unknown[] => [
  'trust',
  held.repository,
  groundValues(held),
  gun,
  ...rest,
]

/** A collection that exists, with the newest versions of some roles. */
type Read = Found & { readonly collection: Collection }

async function findCurrent(context: Context, place: CollectionPlace, role: Role): Promise<FoundDocument | undefined> {
  const read = await readNewest(context, place, role)
  if (read === undefined) return undefined
  const isOurs = role === 'timestamp' || role === 'snapshot'
  const { collection, newest } = (isOurs && (await renew(context, place, read))) || read
  const document = await new CurrentDocuments(context, collection.id, newest).find(role)
  return document && { document, needsMajority: collection.needsMajority }
}

async function readNewest(context: Context, place: CollectionPlace, role: Role): Promise<Read | undefined> {
  const roles = [...new Set<Role>([...pointers, role])]
  const found = await shared(context.db, questionOf(place, roles), () => findNewest(context.db, place, roles))
  return found.collection && { ...found, collection: found.collection }
}

/**
 * Signs a timestamp again, and the snapshot, if they are about to expire and the registry can.
 *
 * @returns what is stored then; undefined when nothing was due
 */
async function renew(context: Context, place: CollectionPlace, read: Read): Promise<Read | undefined> {
  const { collection } = read
  const keys = new LazyKeys(context, collection.id)
  const documents = await documentsToRenew(context, place, read, keys)
  if (documents.length === 0) return undefined
  await shared(context.db, ['trust renewal', collection.id, collection.revision], () =>
    store(context, place, collection, documents, keys),
  )
  return readNewest(context, place, 'timestamp')
}

async function documentsToRenew(
  context: Context,
  { gun }: CollectionPlace,
  { collection, newest }: Read,
  keys: LazyKeys,
): Promise<readonly NewDocument[]> {
  const current = new CurrentDocuments(context, collection.id, newest)
  const [root, snapshot, timestamp] = await Promise.all(pointers.map((role) => soundBytes(context, current, role)))
  if (root === undefined || snapshot === undefined || timestamp === undefined) return []
  const stored = {
    highestVersion: async (role: ServerRole) =>
      role === 'timestamp' ? collection.timestampVersion : collection.snapshotVersion,
  }
  return decideRenewal({ gun, current: { root, snapshot, timestamp }, stored, keys, now: context.now })
}

/** Reads what is to be signed for; undefined for what is not there, or is not what was published. */
async function soundBytes(context: Context, current: CurrentDocuments, role: Role) {
  const document = await current.find(role)
  return document && soundOnly(bytesOf(context, document))
}

/** Stores what was signed again, unless another request was faster or there is no room or no writing now. */
async function store(
  context: Context,
  place: CollectionPlace,
  collection: Collection,
  documents: readonly NewDocument[],
  keys: LazyKeys,
): Promise<void> {
  const { db, now } = context
  const writer = new DocumentWriter(context)
  const update = {
    place,
    collection,
    documents: await Promise.all(documents.map((document) => writer.place(document))),
    usedKeys: keys.used(),
    // Nothing that is current is among the versions that are old.
    named: [],
    now,
  }
  try {
    const ours = documents.map(({ role }) => ({ role, expiresAt: undefined }))
    await storeUpdate(db, undefined, update, storeExpiries(collection.id, ours))
  } catch (error) {
    const isOther = [isOutrun, isUniqueViolation, isForeignKeyViolation].some((is) => is(error))
    const isLater = [isReadOnly, isOverloaded, isDatabaseFull].some((is) => is(error))
    if (!isOther && !isLater && whatIsFull(error) === undefined) throw error
  }
}

/** The keys of a collection, which are read when one has to sign: most requests need none. */
class LazyKeys implements KeyRing {
  readonly #context: Context
  readonly #collectionId: number
  #ring: KeyRing | undefined

  constructor(context: Context, collectionId: number) {
    this.#context = context
    this.#collectionId = collectionId
  }

  readonly sign: KeyRing['sign'] = async (keyId, message) => {
    const { db, secrets } = this.#context
    this.#ring ??= keyRing(secrets, this.#collectionId, await findKeys(db, this.#collectionId))
    return this.#ring.sign(keyId, message)
  }

  readonly used = (): readonly string[] => this.#ring?.used() ?? []
}
