/**
 * Verifies a whole collection of another trust server, as a client does that knows its oldest root: from root to root by
 * their signatures, and down from the newest one. What has expired was signed nevertheless, so that is told and not
 * refused.
 */
import { readEnvelope, type Envelope } from '../tuf/envelope.ts'
import type { Index, Root } from '../tuf/documents.ts'
import { checkHashes } from '../tuf/hashes.ts'
import { InvalidMetadata } from '../tuf/invalid-metadata.ts'
import { compareRoles, isRole, isTargetsRole, parentOf, type Role, type TargetsRole } from '../tuf/roles.ts'
import { newDocument, type NewDocument } from '../tuf/sign.ts'
import {
  isExpired,
  verifyDelegation,
  verifyRoot,
  verifySnapshot,
  verifyTimestamp,
  verifyTopTargets,
  type VerifiedTargets,
} from '../tuf/verify.ts'
import { largestTrustImportBytes, mostDocumentsOfTrustImport, mostRolesOfTrustUpdate } from '../../limits.ts'
import { rescueError, type WhyUnsound } from './failures.ts'

export interface SentDocument {
  readonly role: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

export interface SentCollection {
  readonly gun: string
  /** In any order: every version of the root from some version on, and the current document of each other role. */
  readonly documents: readonly SentDocument[]
  /** In milliseconds since 1970. */
  readonly now: number
}

/** What is known of the current document of a role. */
export interface RoleFacts {
  readonly role: Role
  readonly version: number
  /** In milliseconds since 1970. */
  readonly expires: number
  readonly isExpired: boolean
  /** The number of targets, of a role that lists them. */
  readonly targets: number | undefined
  /** Why clients pass over the document, or refuse it. */
  readonly flaw: string | undefined
}

export interface VerifiedCollection {
  readonly root: Root
  /** The oldest root that clients can begin with. */
  readonly oldestRoot: number
  /** Every document that was sent. */
  readonly documents: readonly NewDocument[]
  readonly targets: ReadonlyMap<TargetsRole, VerifiedTargets>
  readonly roles: readonly RoleFacts[]
}

/**
 * Verifies a collection.
 *
 * @throws the error `trust-import-unsound`, which names the first role that is wrong
 */
export async function verifyCollection({ gun, documents, now }: SentCollection): Promise<VerifiedCollection> {
  refuseTooMuch(documents)
  const { roots, current } = sortDocuments(documents)
  const root = await verifyChain(roots, gun)
  const newest = required(current, 'root')
  const timestamp = await at('timestamp', () => verifyTimestamp(required(current, 'timestamp'), root))
  const snapshot = await at('snapshot', async () => {
    const envelope = required(current, 'snapshot')
    await checkHashes('snapshot', envelope.bytes, timestamp.meta.get('snapshot'))
    return verifySnapshot(envelope, root)
  })
  for (const [role, { bytes }] of current) {
    if (role === 'timestamp' || role === 'snapshot') continue
    await at(role, () => checkHashes(role, bytes, snapshot.meta.get(role)))
  }
  const { targets, flaws } = await verifyTargets(current, root, snapshot)
  const flawOfRoot = await flawOf(() => verifyRoot(newest, undefined, { gun, now }))
  if (flawOfRoot !== undefined) flaws.set('root', flawOfRoot)
  return {
    root,
    oldestRoot: roots[0]?.version ?? root.version,
    documents: await Promise.all([
      ...roots.map(({ version, bytes }) => newDocument('root', version, bytes)),
      ...Array.from(current)
        .filter(([role]) => role !== 'root')
        .map(([role, { version, bytes }]) => newDocument(role, version, bytes)),
    ]),
    targets,
    roles: Array.from(current).map(([role, { version, expires }]) => ({
      role,
      version,
      expires: expires.milliseconds,
      isExpired: isExpired(expires.milliseconds, now),
      targets: isTargetsRole(role) ? targets.get(role)?.targets.targets.size : undefined,
      flaw: flaws.get(role),
    })),
  }
}

interface Sorted {
  /** The oldest first. */
  readonly roots: readonly Envelope[]
  /** By role, of the root the newest; those that delegate before those that they delegate to. */
  readonly current: ReadonlyMap<Role, Envelope>
}

function refuseTooMuch(documents: readonly SentDocument[]): void {
  const [roots, others] = [
    documents.filter(({ role }) => role === 'root'),
    documents.filter(({ role }) => role !== 'root'),
  ]
  const size = documents.reduce((sum, { bytes }) => sum + bytes.length, 0)
  if (documents.length > mostDocumentsOfTrustImport) {
    const counts = { roots: roots.length, others: others.length, limit: mostDocumentsOfTrustImport }
    throw unsound('root', { kind: 'too-many-documents', ...counts })
  }
  if (others.length >= mostRolesOfTrustUpdate) {
    throw unsound('targets', { kind: 'too-many-roles', roles: others.length, limit: mostRolesOfTrustUpdate })
  }
  if (size > largestTrustImportBytes) {
    throw unsound('targets', { kind: 'too-large', bytes: size, limit: largestTrustImportBytes })
  }
}

function sortDocuments(documents: readonly SentDocument[]): Sorted {
  const roots: Envelope[] = []
  const others = new Map<Role, Envelope>()
  for (const { role, bytes } of documents) {
    if (!isRole(role)) throw unsound(role, { kind: 'no-role' })
    if (others.has(role)) throw unsound(role, { kind: 'sent-twice' })
    const envelope = readDocument(role, bytes)
    if (role === 'root') roots.push(envelope)
    else others.set(role, envelope)
  }
  roots.sort((one, other) => one.version - other.version)
  const newest = roots.at(-1)
  if (newest === undefined) throw unsound('root', { kind: 'missing' })
  const ordered = Array.from(others).sort(([one], [other]) => compareRoles(one, other))
  return { roots, current: new Map([['root', newest], ...ordered]) }
}

function readDocument(role: Role, bytes: Uint8Array<ArrayBuffer>): Envelope {
  try {
    return readEnvelope(bytes)
  } catch (error) {
    throw error instanceof InvalidMetadata ? unsound(role, { kind: 'invalid', flaw: error.message }, error) : error
  }
}

function required(current: Sorted['current'], role: Role): Envelope {
  const envelope = current.get(role)
  if (envelope === undefined) throw unsound(role, { kind: 'missing' })
  return envelope
}

/** Verifies each root by the one before it, as a client does that was away. @returns the newest */
async function verifyChain(roots: readonly Envelope[], gun: string): Promise<Root> {
  let previous: Root | undefined
  for (const envelope of roots) {
    const { version } = envelope
    if (previous !== undefined && version !== previous.version + 1) {
      throw unsound(
        'root',
        version === previous.version
          ? { kind: 'version-twice', version }
          : { kind: 'version-missing', version: previous.version + 1 },
      )
    }
    const before = previous
    previous = await at(`version ${version} of root`, () => verifyRoot(envelope, before, { gun, now: undefined }))
  }
  if (previous === undefined) throw unsound('root', { kind: 'missing' })
  return previous
}

interface Targets {
  readonly targets: ReadonlyMap<TargetsRole, VerifiedTargets>
  readonly flaws: Map<Role, string>
}

/**
 * Verifies what lists targets. The snapshot vouches for the bytes of each document; a delegation that is not signed as
 * the role above it demands now, as its keys were changed since, is kept, as clients ask for it and pass over it.
 */
async function verifyTargets(current: Sorted['current'], root: Root, snapshot: Index): Promise<Targets> {
  const targets = new Map<TargetsRole, VerifiedTargets>()
  const flaws = new Map<Role, string>()
  const top = await at('targets', () => verifyTopTargets(required(current, 'targets'), root))
  targets.set('targets', top)
  for (const [role, envelope] of current) {
    if (!isTargetsRole(role) || role === 'targets') continue
    const parent = targets.get(parentOf(role))
    if (parent === undefined && !flaws.has(parentOf(role))) throw unsound(role, { kind: 'parent-missing' })
    if (parent !== undefined && !delegates(parent, role)) throw unsound(role, { kind: 'not-delegated' })
    const flaw = await flawOf(async () => targets.set(role, await verifyDelegation(envelope, role, targets)))
    if (flaw !== undefined) flaws.set(role, flaw)
  }
  for (const { targets: listed } of targets.values()) {
    for (const { name } of listed.delegations.roles) {
      if (snapshot.meta.has(name) && !current.has(name)) throw unsound(name, { kind: 'missing-for-snapshot' })
    }
  }
  return { targets, flaws }
}

const delegates = ({ targets }: VerifiedTargets, role: TargetsRole): boolean =>
  targets.delegations.roles.some(({ name }) => name === role)

/** Runs a check, whose flaws are those of a role. */
async function at<Result>(role: string, check: () => Promise<Result>): Promise<Result> {
  try {
    return await check()
  } catch (error) {
    throw error instanceof InvalidMetadata ? unsound(role, { kind: 'invalid', flaw: error.message }, error) : error
  }
}

/** Returns what is wrong; undefined where nothing is. */
async function flawOf(check: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await check()
    return undefined
  } catch (error) {
    if (error instanceof InvalidMetadata) return error.message
    throw error
  }
}

const unsound = (role: string, reason: WhyUnsound, cause?: unknown) =>
  rescueError({ kind: 'trust-import-unsound', role, reason }, { cause })
