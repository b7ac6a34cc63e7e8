/** Looks at a collection as a delegate of it: reads, decides, signs and publishes. */
import type { Context } from '../../context.ts'
import { mostPublishTries } from '../../limits.ts'
import { isTrustError, type TrustFailure } from '../failures.ts'
import { CurrentDocuments, pointers } from '../notary/current.ts'
import { bytesOf } from '../notary/documents.ts'
import { hashesOf, namedLoader } from '../notary/named-documents.ts'
import { findForUpdate, type CollectionPlace } from '../notary/notary-store.ts'
import { publishOwn } from '../notary/publish.ts'
import { readRoot, readTargets, type Targets } from '../tuf/documents.ts'
import { readEnvelope } from '../tuf/envelope.ts'
import { InvalidMetadata } from '../tuf/invalid-metadata.ts'
import { fingerprintOf } from '../tuf/keys.ts'
import type { Delegation } from '../tuf/roles.ts'
import { verifyDelegation, verifyTopTargets, type VerifiedTargets } from '../tuf/verify.ts'
import { acceptedImages } from './accepted.ts'
import { decideDelegate, signDelegated, type DelegatedDocument, type UnsignedDocument } from './delegate.ts'
import type { DelegateProblem, DueDelegate } from './delegates-store.ts'
import { registryKey, type RegistryKey } from './registry-key.ts'

/** What a look at a collection came to. */
export interface Look {
  readonly isDelegate: boolean
  /** The roles that were signed. */
  readonly signed: readonly string[]
  readonly problem: DelegateProblem | null
  /** What the log of the job should tell. */
  readonly lines: readonly string[]
}

const isNoDelegate: Look = { isDelegate: false, signed: [], problem: null, lines: [] }
const isDelegate: Look = { ...isNoDelegate, isDelegate: true }

/** Makes the roles of the registry in a collection say what is accepted now. */
export async function lookAt(context: Context, due: DueDelegate): Promise<Look> {
  for (let attempt = 1; attempt <= mostPublishTries; attempt++) {
    const look = await attemptLook(context, due)
    if (look !== undefined) return look
  }
  return { ...isDelegate, lines: [`${due.gun}: others published each time, so it is looked at later`] }
}

/** Looks once. @returns undefined when another publication was faster */
async function attemptLook(
  context: Context,
  { repositoryId, repository, gun }: DueDelegate,
): Promise<Look | undefined> {
  const place = { held: { repository, ground: { repositoryId } }, gun }
  const found = await findTargets(context, place)
  const listed = found && (await fingerprintsIn(found.verified.targets, found.ownFingerprints))
  if (found === undefined || listed === undefined || listed.size === 0) return isNoDelegate
  const key = await registryKey(context)
  // Where the secret of the key is lost, an alert of its own says so.
  if (key === undefined) return isDelegate
  const decision = decideDelegate({
    targets: found.verified.targets,
    ...(await findDelegations(context, place, found)),
    ownKeyIds: new Set(listed.keys()),
    signingKeyIds: new Set([...listed.keys()].filter((keyId) => listed.get(keyId) === key.fingerprint)),
    accepted: await acceptedImages(context.db, { repositoryId, repository }),
    now: context.now,
  })
  switch (decision.kind) {
    case 'not-delegated':
      return isNoDelegate
    case 'stuck':
      return { ...isDelegate, problem: decision.problem }
    case 'signs':
      return publishSigned(context, place, decision.documents, key.sign)
  }
}

async function publishSigned(
  context: Context,
  place: CollectionPlace,
  documents: readonly UnsignedDocument[],
  sign: RegistryKey['sign'],
): Promise<Look | undefined> {
  if (documents.length === 0) return isDelegate
  const parts = await Promise.all(documents.map((document) => signDelegated(document, sign)))
  try {
    await publishOwn(context, place, parts)
    return { ...isDelegate, signed: documents.map(({ role }) => role) }
  } catch (error) {
    if (!isTrustError(error)) throw error
    return refusedLook(place.gun, error.failure)
  }
}

function refusedLook(gun: string, failure: TrustFailure): Look | undefined {
  if (failure.kind === 'trust-version-old') return undefined
  const detail = failure.kind === 'trust-update-invalid' ? failure.detail : undefined
  const problem = detail?.Name === 'ErrBadHierarchy' ? 'snapshot-key' : 'refused'
  return { ...isDelegate, problem, lines: [`${gun}: ${detail?.Error.Msg ?? failure.kind}`] }
}

/** The verified document of `targets`, and what the snapshot beside it names. */
interface FoundTargets {
  readonly collectionId: number
  readonly named: ReadonlyMap<string, string>
  readonly verified: VerifiedTargets
  /** Of all keys that the registry ever had. */
  readonly ownFingerprints: ReadonlySet<string>
}

/** Finds the document of `targets`; undefined where none counts. */
async function findTargets(context: Context, place: CollectionPlace): Promise<FoundTargets | undefined> {
  const { collection, newest, ownFingerprints } = await findForUpdate(context.db, place, [...pointers, 'targets'], [])
  if (collection === undefined) return undefined
  const current = new CurrentDocuments(context, collection.id, newest)
  const [root, targets, snapshot] = [
    await current.find('root'),
    await current.find('targets'),
    await current.snapshot(),
  ]
  if (root === undefined || targets === undefined || snapshot === undefined) return undefined
  const [rootBytes, targetsBytes] = [await bytesOf(context, root), await bytesOf(context, targets)]
  const verified = await orUndefined(() =>
    verifyTopTargets(readEnvelope(targetsBytes), readRoot(readEnvelope(rootBytes))),
  )
  return verified && { collectionId: collection.id, named: hashesOf(snapshot), verified, ownFingerprints }
}

/** Finds the current documents of the delegations of `targets`, and the highest version of each role. */
async function findDelegations(
  context: Context,
  place: CollectionPlace,
  { collectionId, named, verified }: FoundTargets,
) {
  const roles = verified.targets.delegations.roles.map(({ name }) => name)
  const loaded = await namedLoader(context, collectionId, named)(roles)
  const documents = new Map<Delegation, DelegatedDocument | undefined>()
  for (const role of roles.filter((name) => named.has(name))) {
    const bytes = loaded.get(role)
    documents.set(role, bytes && (await orUndefined(() => readDelegated(bytes, role, verified))))
  }
  const { versions } = await findForUpdate(context.db, place, [], roles)
  return { documents, versions }
}

async function readDelegated(
  bytes: Uint8Array<ArrayBuffer>,
  role: Delegation,
  top: VerifiedTargets,
): Promise<DelegatedDocument> {
  const envelope = readEnvelope(bytes)
  const verified = await orUndefined(() => verifyDelegation(envelope, role, new Map([['targets', top]])))
  return { envelope, targets: readTargets(envelope, role), isSigned: verified !== undefined }
}

/** Finds the fingerprints of the registry's keys that a document lists, by the IDs under which it does. */
async function fingerprintsIn(
  { delegations }: Targets,
  own: ReadonlySet<string>,
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  if (own.size === 0) return found
  for (const [keyId, key] of delegations.keys) {
    const fingerprint = await fingerprintOf(key)
    if (fingerprint !== undefined && own.has(fingerprint)) found.set(keyId, fingerprint)
  }
  return found
}

/** Reads what clients have published; undefined for what does not count. */
async function orUndefined<Result>(read: () => Result | Promise<Result>): Promise<Result | undefined> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof InvalidMetadata) return undefined
    throw error
  }
}
