/**
 * Publications: documents come together, are decided on together and stored together, with what follows from them. Of
 * publications that meet each other one wins, and the others are decided again on what is stored then; so two signers
 * of one repository never refuse each other.
 */
import type { Context } from '../../context.ts'
import { isForeignKeyViolation, isOutrun, isUniqueViolation, wasInterrupted, whatIsFull } from '../../db/database.ts'
import type { Right } from '../../db/access/rights.ts'
import { RegistryError } from '../../errors.ts'
import { mostPublishTries } from '../../limits.ts'
import { refuseReplayed } from '../bridge/replayed.ts'
import { trustError } from '../failures.ts'
import { recordRescue } from '../rescue/events-store.ts'
import { readRoot, readSnapshot, type Index } from '../tuf/documents.ts'
import { readEnvelope } from '../tuf/envelope.ts'
import { ancestorsOf, isTargetsRole, type Role } from '../tuf/roles.ts'
import type { FileReference, StoredDocuments } from '../tuf/stored.ts'
import type { NewDocument } from '../tuf/sign.ts'
import { decideUpdate, type AcceptedUpdate } from '../tuf/update.ts'
import { readUploads, type Part, type Uploads } from '../tuf/uploads.ts'
import { CurrentDocuments, pointers } from './current.ts'
import { bytesOf, DocumentWriter } from './documents.ts'
import { consequencesOf } from './consequences.ts'
import type { Expiry } from './expiries-store.ts'
import { hashesOf, namedLoader } from './named-documents.ts'
import {
  findFiles,
  findForUpdate,
  findMissingFiles,
  type Collection,
  type CollectionPlace,
  type FoundForUpdate,
} from './notary-store.ts'
import { storeUpdate } from './publication-store.ts'
import { keyRing, type KeyRing } from './server-keys.ts'
import { changedTops, collectSigned, refuseTooMuchSigned, type ChangedBranch } from './signed-targets.ts'

/** A collection, with the right to change it. */
export interface Publisher {
  readonly right: Right
  readonly gun: string
}

/**
 * Publishes documents.
 *
 * @throws the errors of `trustFailures`, or RegistryError `overloaded` when others were faster each time
 */
export const publish = (context: Context, { right, gun }: Publisher, parts: readonly Part[]): Promise<void> =>
  publishAs(context, right, { held: right, gun }, parts)

/** Publishes documents that the registry has signed itself. @throws as `publish` */
export const publishOwn = (context: Context, place: CollectionPlace, parts: readonly Part[]): Promise<void> =>
  publishAs(context, undefined, place, parts)

async function publishAs(
  context: Context,
  right: Right | undefined,
  place: CollectionPlace,
  parts: readonly Part[],
): Promise<void> {
  const read = await readUploads(parts)
  if ('refusal' in read) throw trustError(read.refusal)
  const publication = new Publication(context, right, place, read.uploads)
  for (let attempt = 1; attempt <= mostPublishTries; attempt++) {
    if (await publication.attempt()) return
    await scheduler.wait(Math.random() * longestPauseMilliseconds * attempt)
  }
  throw new RegistryError({ kind: 'overloaded' })
}

/** Those that met each other spread out. */
const longestPauseMilliseconds = 40

/** What a publication changes beside its documents. */
interface Effects {
  readonly signed: readonly ChangedBranch[]
  readonly isAdoption: boolean
}

class Publication {
  readonly #context: Context
  readonly #right: Right | undefined
  readonly #place: CollectionPlace
  readonly #uploads: Uploads
  readonly #writer: DocumentWriter
  /** The hash of the timestamp of an attempt whose answer was lost: D1 may have stored it. */
  #inDoubt: string | undefined

  /** Prepares a publication. @param right of the caller; undefined for the registry itself */
  constructor(context: Context, right: Right | undefined, place: CollectionPlace, uploads: Uploads) {
    this.#context = context
    this.#right = right
    this.#place = place
    this.#uploads = uploads
    this.#writer = new DocumentWriter(context)
  }

  /** Decides and stores. @returns whether it is stored; if not, another request was faster */
  async attempt(): Promise<boolean> {
    const { secrets, now } = this.#context
    const found = await this.#read()
    if (await this.#isStored(found.collection)) return true
    const current = new CurrentDocuments(this.#context, found.collection?.id ?? 0, found.newest)
    const keys = keyRing(secrets, found.collection?.id ?? 0, found.keys)
    const stored = storedDocuments(this.#context, found, current)
    const decision = await decideUpdate({ gun: this.#place.gun, stored, uploads: this.#uploads, keys, now })
    if ('refusal' in decision) throw trustError(decision.refusal)
    await this.#refuseReplayed(found, decision)
    if (found.collection === undefined) throw new Error('a publication was accepted without a key of the registry')
    const signed = await signedBy(this.#context, found.collection, decision, current)
    refuseTooMuchSigned(signed)
    const isAdoption = await this.#isAdoption(found, current)
    try {
      await this.#store(found.collection, decision, { signed, isAdoption }, keys)
      return true
    } catch (error) {
      refuseFull(error)
      if (wasInterrupted(error)) this.#inDoubt = decision.documents.find(({ role }) => role === 'timestamp')?.sha256
      else if (![isOutrun, isUniqueViolation, isForeignKeyViolation].some((is) => is(error))) throw error
      return false
    }
  }

  /** Refuses a client what the registry signed elsewhere; after a deletion it may bring back what it has cached. */
  async #refuseReplayed({ newest, ownFingerprints }: FoundForUpdate, { targets }: AcceptedUpdate): Promise<void> {
    if (this.#right === undefined || !newest.has('root')) return
    await refuseReplayed([...this.#uploads.keys()].filter(isTargetsRole), targets, ownFingerprints)
  }

  /** Tells whether the attempt in doubt was stored, whatever was published since. */
  async #isStored(collection: Collection | undefined): Promise<boolean> {
    const sha256 = this.#inDoubt
    if (sha256 === undefined || collection === undefined) return false
    const found = await findFiles(this.#context.db, collection.id, [{ role: 'timestamp', sha256 }])
    return found.length > 0
  }

  /** Reads what the decision needs: one round trip. */
  #read(): Promise<FoundForUpdate> {
    const uploaded = [...this.#uploads.keys()]
    const above = uploaded.filter(isTargetsRole).flatMap(ancestorsOf)
    const needed = new Set<Role>([...pointers, ...above])
    return findForUpdate(this.#context.db, this.#place, [...needed], uploaded)
  }

  async #store(
    collection: Collection,
    { documents }: AcceptedUpdate,
    { signed: branches, isAdoption }: Effects,
    keys: KeyRing,
  ): Promise<void> {
    const { db, now } = this.#context
    const update = {
      place: this.#place,
      collection,
      documents: await Promise.all(documents.map((document) => this.#writer.place(document))),
      usedKeys: keys.used(),
      named: [...hashesOf(snapshotOf(documents)).values()],
      now,
    }
    const expiries = documents.flatMap((document) => this.#expiryOf(document))
    const further = consequencesOf(collection, { branches, expiries }, now)
    const right = this.#right
    const event = isAdoption && right !== undefined ? [recordRescue(right, this.#place.gun, 'adopted', now)] : []
    await storeUpdate(db, right, update, [...further, ...event])
  }

  /** Tells whether the registry signs from now on for trust data of another server: each new timestamp is its own. */
  async #isAdoption({ keys }: FoundForUpdate, current: CurrentDocuments): Promise<boolean> {
    if (!this.#uploads.has('root')) return false
    const before = await current.find('root')
    if (before === undefined) return false
    const { keyIds } = readRoot(readEnvelope(await bytesOf(this.#context, before))).roles.timestamp
    return !keys.some(({ keyId }) => keyIds.includes(keyId))
  }

  /** Says until when a document above the targets holds. What the client did not sign, the registry signs again in time. */
  #expiryOf({ role, bytes }: NewDocument): readonly Expiry[] {
    if (isTargetsRole(role)) return []
    const isOurs = role === 'timestamp' || !this.#uploads.has(role)
    return [{ role, expiresAt: isOurs ? undefined : readEnvelope(bytes).expires.milliseconds }]
  }
}

/** Refuses an update that the namespace has no room for in a form whose reason clients of Notary print. */
function refuseFull(error: unknown): void {
  const what = whatIsFull(error)
  if (what === undefined) return
  const { message } = new RegistryError({ kind: 'namespace-full', what })
  const detail = { Name: 'ErrValidation', Error: { Msg: message } } as const
  throw trustError({ kind: 'trust-update-invalid', detail }, { cause: error })
}

/** Answers what the decision asks of the store, from what was read at once where it can. */
function storedDocuments(context: Context, found: FoundForUpdate, current: CurrentDocuments): StoredDocuments {
  const { collection, newest, versions } = found
  return {
    async find(role) {
      const document = await current.find(role)
      return document && bytesOf(context, document)
    },
    async currentVersion(role) {
      return newest.get(role)?.version ?? versions.get(role) ?? 0
    },
    async highestVersion(role) {
      return (role === 'timestamp' ? collection?.timestampVersion : collection?.snapshotVersion) ?? 0
    },
    async findMissing(files) {
      if (collection === undefined || files.length === 0) return files
      const missing = await findMissingFiles(context.db, collection.id, files)
      return files.filter((file) => missing.some((other) => isSame(file, other)))
    },
  }
}

const isSame = (file: FileReference, other: { readonly role: string; readonly sha256: string }): boolean =>
  file.role === other.role && file.sha256 === other.sha256

/** Collects what is signed otherwise from now on. */
async function signedBy(
  context: Context,
  collection: Collection,
  { documents, targets: verified }: AcceptedUpdate,
  current: CurrentDocuments,
): Promise<readonly ChangedBranch[]> {
  const before = await current.snapshot()
  const after = hashesOf(snapshotOf(documents))
  const tops = changedTops(before === undefined ? new Map() : hashesOf(before), after)
  if (tops.length === 0) return []
  const newRoot = documents.find(({ role }) => role === 'root')?.bytes
  const oldRoot = newRoot === undefined ? await current.find('root') : undefined
  const root = newRoot ?? (oldRoot && (await bytesOf(context, oldRoot)))
  if (root === undefined) return []
  const load = namedLoader(context, collection.id, after)
  return collectSigned({ root: readRoot(readEnvelope(root)), tops, verified, load })
}

function snapshotOf(documents: AcceptedUpdate['documents']): Index {
  const snapshot = documents.find(({ role }) => role === 'snapshot')
  if (snapshot === undefined) throw new Error('a publication was accepted without a snapshot')
  return readSnapshot(readEnvelope(snapshot.bytes))
}
