/**
 * Decides whether the documents of the registry are signed again when they are read, as they would expire soon (section 4.3 of
 * the protocol). It is done a day ahead, so that no cache hands out an expired one.
 */
import { toHex } from '../../util/hex.ts'
import { readTimestamp, type Index, type Root } from './documents.ts'
import { readEnvelope, type Envelope } from './envelope.ts'
import { InvalidMetadata } from './invalid-metadata.ts'
import { sha256Hex } from './keys.ts'
import type { ServerRole } from './roles.ts'
import { makeSnapshot, makeTimestamp, signingFor, type NewDocument, type ServerKeys } from './sign.ts'
import type { StoredDocuments } from './stored.ts'
import { isExpired, verifyExpiry, verifyRoot, verifySnapshot } from './verify.ts'

export interface RenewalRequest {
  readonly gun: string
  /** The newest root and timestamp, and the snapshot that the timestamp names, byte by byte. */
  readonly current: Readonly<Record<'root' | 'snapshot' | 'timestamp', Uint8Array<ArrayBuffer>>>
  readonly stored: Pick<StoredDocuments, 'highestVersion'>
  readonly keys: ServerKeys
  /** In milliseconds since 1970. */
  readonly now: number
}

const aheadMilliseconds = 86_400_000

/**
 * Decides which documents are stored before an answer, all or none.
 *
 * @returns none where what is stored is to be served: because it is current, or because the registry cannot make it so, like a
 * snapshot of a client or anything below an expired root. Clients then tell what has expired.
 */
export async function decideRenewal(request: RenewalRequest): Promise<readonly NewDocument[]> {
  const { current, now } = request
  try {
    const [timestamp, snapshot] = [readEnvelope(current.timestamp), readEnvelope(current.snapshot)]
    if (!isDue(timestamp, now) && !isDue(snapshot, now)) return []
    await verifyPointer(timestamp, snapshot)
    const envelope = readEnvelope(current.root)
    const root = await verifyRoot(envelope, undefined, request)
    verifyExpiry(envelope, 'root', now)
    const index = await verifySnapshot(snapshot, root)
    return await renew(request, root, index, { timestamp, snapshot })
  } catch (error) {
    if (error instanceof InvalidMetadata) return []
    throw error
  }
}

async function renew(
  request: RenewalRequest,
  root: Root,
  index: Index,
  { timestamp, snapshot }: Readonly<Record<ServerRole, Envelope>>,
): Promise<readonly NewDocument[]> {
  const { current, now } = request
  const files = new Map([['root', current.root]] as const)
  const newSnapshot = isDue(snapshot, now)
    ? await makeSnapshot(index.meta, files, await signingFor('snapshot', root, index.version, request))
    : undefined
  if (newSnapshot === undefined) {
    if (isExpired(snapshot.expires.milliseconds, now) || !isDue(timestamp, now)) return []
  }
  const signing = await signingFor('timestamp', root, timestamp.version, request)
  const newTimestamp = await makeTimestamp(newSnapshot?.bytes ?? current.snapshot, signing)
  if (newTimestamp === undefined) return []
  return newSnapshot === undefined ? [newTimestamp] : [newSnapshot, newTimestamp]
}

const isDue = ({ expires }: Envelope, now: number): boolean => isExpired(expires.milliseconds, now + aheadMilliseconds)

/** Refuses to sign for a snapshot that was not signed for before. */
async function verifyPointer(timestamp: Envelope, snapshot: Envelope): Promise<void> {
  const hash = readTimestamp(timestamp).meta.get('snapshot')?.hashes.get('sha256')
  if (hash === undefined || toHex(hash) !== (await sha256Hex(snapshot.bytes))) {
    throw new InvalidMetadata('the timestamp does not name the snapshot')
  }
}
