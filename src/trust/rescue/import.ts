/**
 * Imports a collection from another trust server: verified as a whole, then stored in one batch, byte by byte, with what
 * follows from it. It never replaces what is here: a collection that was published here, or imported before, is only
 * continued by newer versions of itself.
 */
import type { Context } from '../../context.ts'
import type { Right } from '../../db/access/rights.ts'
import { isForeignKeyViolation, isOutrun, isUniqueViolation, wasInterrupted } from '../../db/database.ts'
import { RegistryError } from '../../errors.ts'
import { mostMissingImagesShown } from '../../limits.ts'
import type { Digest } from '../../names.ts'
import { consequencesOf, type Change } from '../notary/consequences.ts'
import { DocumentWriter } from '../notary/documents.ts'
import type { Expiry } from '../notary/expiries-store.ts'
import { findNewest, type Collection, type Found } from '../notary/notary-store.ts'
import { makeCollection, storeUpdate } from '../notary/publication-store.ts'
import { collectSigned, type ChangedBranch } from '../notary/signed-targets.ts'
import { isTargetsRole } from '../tuf/roles.ts'
import type { NewDocument } from '../tuf/sign.ts'
import { verifyCollection, type RoleFacts, type SentDocument, type VerifiedCollection } from './collection.ts'
import { recordRescue, type Rescue } from './events-store.ts'
import { rescueError, type StoredVersion } from './failures.ts'
import { findHeldVersions, findMissingManifests, type HeldVersion } from './imports-store.ts'

/** Where a collection is imported to. */
export interface ImportPlace {
  readonly right: Right
  readonly repositoryId: number
  readonly gun: string
}

/** A target whose image is not here. */
export interface MissingImage {
  readonly name: string
  readonly digest: Digest
}

export interface ImportReport {
  /** `continued`: an earlier import had older versions; `unchanged`: all was here. */
  readonly outcome: 'imported' | 'continued' | 'unchanged'
  readonly oldestRoot: number
  readonly roles: readonly RoleFacts[]
  readonly missingImages: {
    readonly count: number
    /** The first of them. */
    readonly images: readonly MissingImage[]
  }
}

/**
 * Imports a collection.
 *
 * @param ours the roles that the registry can sign again, as it has their keys
 * @throws the errors of `rescueFailures`; RegistryError `name-unknown` when the repository is gone, and `overloaded`
 *   when another request changed the collection meanwhile
 */
export async function importCollection(
  context: Context,
  place: ImportPlace,
  documents: readonly SentDocument[],
  ours: ReadonlySet<string> = new Set(),
): Promise<ImportReport> {
  const { gun } = place
  const verified = await verifyCollection({ gun, documents, now: context.now })
  const branches = await branchesOf(verified)
  const found = await findNewest(context.db, { held: place.right, gun }, ['root'])
  const held = await heldVersions(context, found, verified)
  const conflicts = conflictsWith(found, held, verified)
  if (conflicts.length > 0) throw rescueError({ kind: 'trust-import-conflict', gun, conflicts })
  const fresh = verified.documents.filter(({ role, version }) => storedHash(held, role, version) === undefined)
  const change = { branches, expiries: expiriesOf(verified, ours) }
  const rescue = found.newest.has('root') ? 'continued' : 'imported'
  if (fresh.length > 0) await store(context, place, found.collection, { fresh, change, rescue })
  return {
    outcome: fresh.length === 0 ? 'unchanged' : rescue,
    oldestRoot: verified.oldestRoot,
    roles: verified.roles,
    missingImages: await missingImages(context, place, branches),
  }
}

/** Collects all that is signed: nothing of what was here stays as it was. */
const branchesOf = ({ root, targets }: VerifiedCollection): Promise<readonly ChangedBranch[]> =>
  collectSigned({ root, tops: ['targets'], verified: targets, load: () => Promise.resolve(new Map()) })

/** Says until when the documents above the targets hold. The registry cannot sign those again whose keys are elsewhere. */
const expiriesOf = ({ roles }: VerifiedCollection, ours: ReadonlySet<string>): Expiry[] =>
  roles
    .filter(({ role }) => !isTargetsRole(role))
    .map(({ role, expires }) => ({ role, expiresAt: ours.has(role) ? undefined : expires }))

type Held = ReadonlyMap<string, HeldVersion>

const keyOf = (role: string, version: number): string => `${version}.${role}`

const storedHash = (held: Held, role: string, version: number): string | undefined =>
  held.get(keyOf(role, version))?.sha256 ?? undefined

async function heldVersions({ db }: Context, { collection }: Found, { documents }: VerifiedCollection): Promise<Held> {
  if (collection === undefined) return new Map()
  const wanted = documents.map(({ role, version }) => ({ role, version }))
  const held = await findHeldVersions(db, collection.id, wanted)
  return new Map(held.map((one) => [keyOf(one.role, one.version), one]))
}

/** Lists what is here and would have to give way. */
function conflictsWith({ collection, newest }: Found, held: Held, { documents }: VerifiedCollection): StoredVersion[] {
  const root = newest.get('root')
  // Without the newest root from here, it is another collection, or an older state of this one.
  const isOurs = root === undefined || documents.some(({ role, sha256 }) => role === 'root' && sha256 === root.sha256)
  const ofRoot = isOurs ? [] : [{ role: 'root', version: newestOf(documents, 'root'), stored: root.version }]
  const others = documents.flatMap((document) => conflictOf(document, collection, held))
  return [...ofRoot, ...others]
}

function conflictOf(
  { role, version, sha256 }: NewDocument,
  collection: Collection | undefined,
  held: Held,
): StoredVersion[] {
  const here = storedHash(held, role, version)
  if (here !== undefined) return here === sha256 ? [] : [{ role, version, stored: version }]
  // Clients refuse numbers that go back, also after a deletion.
  const highest =
    role === 'timestamp' ? collection?.timestampVersion : role === 'snapshot' ? collection?.snapshotVersion : 0
  const stored = Math.max(held.get(keyOf(role, version))?.newest ?? 0, highest ?? 0)
  return role !== 'root' && stored > version ? [{ role, version, stored }] : []
}

const newestOf = (documents: readonly NewDocument[], wanted: string): number =>
  Math.max(0, ...documents.filter(({ role }) => role === wanted).map(({ version }) => version))

/** What an import takes in. */
interface Taken {
  readonly fresh: readonly NewDocument[]
  readonly change: Change
  readonly rescue: Rescue
}

/** Stores what is not here yet, all or none. */
async function store(
  context: Context,
  { right, gun, repositoryId }: ImportPlace,
  found: Collection | undefined,
  { fresh: documents, change, rescue }: Taken,
): Promise<void> {
  const { db, now } = context
  const collection = found ?? (await newCollection(context, right, gun, repositoryId))
  const writer = new DocumentWriter(context)
  const update = {
    place: { held: right, gun },
    collection,
    documents: await Promise.all(documents.map((document) => writer.place(document))),
    // The keys of the other server are not here; those that came back were used.
    usedKeys: [],
    named: documents.map(({ sha256 }) => sha256),
    now,
  }
  try {
    const further = [...consequencesOf(collection, change, now), recordRescue(right, gun, rescue, now)]
    await storeUpdate(db, right, update, further)
  } catch (error) {
    const isOther = [isOutrun, isUniqueViolation, isForeignKeyViolation, wasInterrupted].some((is) => is(error))
    throw isOther ? new RegistryError({ kind: 'overloaded' }, { cause: error }) : error
  }
}

/** Makes the row of a collection. @throws RegistryError `name-unknown` when the repository is gone */
async function newCollection(
  { db, now }: Context,
  right: Right,
  gun: string,
  repositoryId: number,
): Promise<Pick<Collection, 'id' | 'repositoryId' | 'revision'>> {
  const id = await makeCollection(db, { right, creates: false }, gun, now)
  if (id === undefined) throw new RegistryError({ kind: 'name-unknown', repository: right.repository })
  return { id, repositoryId, revision: 0 }
}

/** Lists the targets whose images are not in the repository. */
async function missingImages(
  { db }: Context,
  { repositoryId }: ImportPlace,
  branches: readonly ChangedBranch[],
): Promise<ImportReport['missingImages']> {
  const targets = new Map<string, MissingImage>()
  for (const { signed } of branches) {
    for (const { targets: named } of signed) {
      for (const [name, digest] of named) targets.set(`${name} ${digest}`, { name, digest })
    }
  }
  const all = [...targets.values()]
  const missing = await findMissingManifests(db, repositoryId, [...new Set(all.map(({ digest }) => digest))])
  const images = all.filter(({ digest }) => missing.has(digest))
  return { count: images.length, images: images.slice(0, mostMissingImagesShown) }
}
