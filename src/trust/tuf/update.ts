/**
 * Decides on a publish: whether the uploaded documents make a sound collection with those that are stored, and what is stored
 * then, the snapshot and the timestamp of the registry with them. It follows the reference server (notaryproject/notary,
 * `server/handlers/validation.go`) in what it refuses, in which order and in which words, as clients act on them. It is stricter
 * in two points: a client's snapshot names nothing that is neither uploaded nor stored, and hashes are those of the stored bytes.
 */
import { toHex } from '../../util/hex.ts'
import type { TrustFailure } from '../failures.ts'
import { readSnapshot, readTimestamp, type FileMeta, type Index, type Root } from './documents.ts'
import { readEnvelope, type Envelope } from './envelope.ts'
import { checkHashes, withoutHash } from './hashes.ts'
import { InvalidMetadata } from './invalid-metadata.ts'
import { orRefusal, refused, Refused, refusedWithoutDetail, under } from './refusals.ts'
import { ancestorsOf, compareRoles, isRole, isTargetsRole, type Role, type TargetsRole } from './roles.ts'
import { makeSnapshot, makeTimestamp, newDocument, signingFor, type NewDocument, type ServerKeys } from './sign.ts'
import type { FileReference, StoredDocuments } from './stored.ts'
import type { Uploads } from './uploads.ts'
import {
  verifyDelegation,
  verifyExpiry,
  verifyRoot,
  verifySnapshot,
  verifyTopTargets,
  type VerifiedTargets,
} from './verify.ts'

export interface UpdateRequest {
  readonly gun: string
  readonly stored: StoredDocuments
  readonly uploads: Uploads
  readonly keys: ServerKeys
  /** In milliseconds since 1970. */
  readonly now: number
}

export interface AcceptedUpdate {
  /** To be stored all or none, the timestamp last. */
  readonly documents: readonly NewDocument[]
  /** The documents of type Targets that were verified: those uploaded, and stored ones above them. */
  readonly targets: ReadonlyMap<TargetsRole, VerifiedTargets>
}

/** Decides on a publish. A conflict with another publish is found when it is stored; then it is decided again. */
export const decideUpdate = (request: UpdateRequest): Promise<AcceptedUpdate | { readonly refusal: TrustFailure }> =>
  orRefusal(() => decide(request))

async function decide(request: UpdateRequest): Promise<AcceptedUpdate> {
  const root = await acceptRoot(request)
  const targets = await acceptTargets(request, root.root)
  const files = new Map<Role, Uint8Array<ArrayBuffer>>([['root', root.bytes]])
  for (const [role, { bytes }] of targets) files.set(role, bytes)

  const uploaded = request.uploads.get('snapshot')
  const snapshot = await (uploaded === undefined
    ? generateSnapshot(request, root.root, files)
    : acceptSnapshot(request, root.root, files, uploaded))
  const timestamp = await generateTimestamp(request, root.root, snapshot)
  await refuseOldVersions(request)

  const accepted = Array.from(request.uploads).filter(([role]) => role === 'root' || isTargetsRole(role))
  const documents = await Promise.all(accepted.map(([role, { version, bytes }]) => newDocument(role, version, bytes)))
  return { documents: [...documents, snapshot, timestamp], targets }
}

interface LoadedRoot {
  readonly root: Root
  readonly bytes: Uint8Array<ArrayBuffer>
}

type LoadedTargets = VerifiedTargets & { readonly bytes: Uint8Array<ArrayBuffer> }

/** Returns the root that holds from now on (section 3.3 of the protocol). */
async function acceptRoot({ gun, stored, uploads, now }: UpdateRequest): Promise<LoadedRoot> {
  const bytes = await trusting(() => stored.find('root'))
  // Its certificates have to be current, while it may have expired itself.
  const trusted = bytes && (await trusting(() => verifyRoot(readEnvelope(bytes), undefined, { gun, now })))
  const uploaded = uploads.get('root')
  if (uploaded === undefined) {
    if (bytes !== undefined && trusted !== undefined) return { root: trusted, bytes }
    throw refused('ErrValidation', 'no pre-existing root and no root provided in update.')
  }
  const [current, version] = [trusted?.version ?? 1, uploaded.version]
  if (version !== current && version !== current + 1) {
    throw refused('ErrBadRoot', `Root modifications must increment the version. Current ${current}, new ${version}`)
  }
  return under('ErrBadRoot', async () => {
    const root = await verifyRoot(uploaded, trusted, { gun, now })
    verifyExpiry(uploaded, 'root', now)
    return { root, bytes: uploaded.bytes }
  })
}

/** Returns the uploaded documents of type Targets, and the stored ones above them (section 3.4). */
async function acceptTargets(
  { stored, uploads, now }: UpdateRequest,
  root: Root,
): Promise<ReadonlyMap<TargetsRole, LoadedTargets>> {
  const loaded = new Map<TargetsRole, LoadedTargets>()
  const load = async (role: TargetsRole, envelope: Envelope): Promise<void> => {
    const verified = await (role === 'targets'
      ? verifyTopTargets(envelope, root)
      : verifyDelegation(envelope, role, loaded))
    loaded.set(role, { ...verified, bytes: envelope.bytes })
  }
  const uploaded = Array.from(uploads.keys()).filter(isTargetsRole).sort(compareRoles)
  for (const role of uploaded) {
    for (const ancestor of ancestorsOf(role).filter((above) => !loaded.has(above))) {
      const bytes = await trusting(() => stored.find(ancestor))
      if (bytes !== undefined) await trusting(() => load(ancestor, readEnvelope(bytes)))
    }
    const envelope = uploads.get(role)
    if (envelope === undefined) continue
    await under('ErrBadTargets', async () => {
      await load(role, envelope)
      verifyExpiry(envelope, role, now)
    })
  }
  return loaded
}

type Files = ReadonlyMap<Role, Uint8Array<ArrayBuffer>>

/** Verifies a snapshot that the client has signed (section 3.5). */
async function acceptSnapshot(
  { stored, now }: UpdateRequest,
  root: Root,
  files: Files,
  envelope: Envelope,
): Promise<NewDocument> {
  await under('ErrBadSnapshot', async () => {
    const { meta } = await verifySnapshot(envelope, root)
    verifyExpiry(envelope, 'snapshot', now)
    for (const [role, bytes] of files) await checkHashes(role, bytes, meta.get(role))
    const others = Array.from(meta).filter(([role]) => !isRole(role) || !files.has(role))
    const [missing] = await stored.findMissing(others.map(([role, file]) => referenceTo(role, file)))
    if (missing !== undefined) throw missingFile(missing.role, missing.sha256)
  })
  return newDocument('snapshot', envelope.version, envelope.bytes)
}

function referenceTo(role: string, { hashes }: FileMeta): FileReference {
  const hash = hashes.get('sha256')
  if (hash === undefined) throw withoutHash(role)
  if (!isRole(role)) throw missingFile(role, toHex(hash))
  return { role, sha256: toHex(hash) }
}

const missingFile = (role: string, sha256: string): InvalidMetadata =>
  new InvalidMetadata(`${role} with the sha256 checksum ${sha256} is neither in this update nor stored`)

/** Makes the snapshot where the client has left it to the registry (section 3.6). */
async function generateSnapshot(request: UpdateRequest, root: Root, files: Files): Promise<NewDocument> {
  const bytes = await trusting(() => request.stored.find('snapshot'))
  if (bytes === undefined && !files.has('targets')) throw refused('ErrValidation', 'targets must be loaded first')
  const previous = bytes && (await readPrevious(bytes, readSnapshot))
  const signing = await signingFor('snapshot', root, previous?.version, request)
  const snapshot = await makeSnapshot(previous?.meta ?? new Map(), files, signing)
  if (snapshot !== undefined) return snapshot
  const message = 'no snapshot was included in update and server does not hold current snapshot key for repository'
  const detail = { Name: 'ErrBadHierarchy', Error: { Missing: 'snapshot', Msg: message } } as const
  throw new Refused({ kind: 'trust-update-invalid', detail })
}

/** Makes the timestamp of every publish (section 3.7). */
async function generateTimestamp(request: UpdateRequest, root: Root, snapshot: NewDocument): Promise<NewDocument> {
  const bytes = await trusting(() => request.stored.find('timestamp'))
  const previous = bytes && (await readPrevious(bytes, readTimestamp))
  const signing = await signingFor('timestamp', root, previous?.version, request)
  const timestamp = await makeTimestamp(snapshot.bytes, signing)
  if (timestamp === undefined) throw refused('ErrBadRoot', 'no timestamp keys exist on the server')
  return timestamp
}

/** Reads a document that a new one follows, by whichever key it is signed. */
async function readPrevious(bytes: Uint8Array<ArrayBuffer>, read: (envelope: Envelope) => Index): Promise<Index> {
  const envelope = await trusting(() => readEnvelope(bytes))
  return under('ErrValidation', () => read(envelope))
}

async function refuseOldVersions({ stored, uploads }: UpdateRequest): Promise<void> {
  for (const [role, { version }] of uploads) {
    // An uploaded timestamp counts for nothing.
    if (role === 'timestamp' || (await stored.currentVersion(role)) < version) continue
    throw new Refused({ kind: 'trust-version-old', detail: {} })
  }
}

/** Runs a step on what is stored, whose flaws are not those of the update. */
async function trusting<Result>(step: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await step()
  } catch (error) {
    throw error instanceof InvalidMetadata ? refusedWithoutDetail(error) : error
  }
}
