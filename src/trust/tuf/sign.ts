/** Makes the documents that the registry signs itself: each timestamp, and the snapshot where the client leaves it to us. */
import { toBase64 } from './base64.ts'
import { canonicalJson } from './canonical-json.ts'
import type { FileMeta, Root } from './documents.ts'
import { utf8, writeEnvelope } from './envelope.ts'
import { keyIdOf, sha256Hex, signingMethods } from './keys.ts'
import { isRole, type Role, type ServerRole } from './roles.ts'
import { writeTime } from './times.ts'
import type { StoredDocuments } from './stored.ts'
import { authorityOf, type Authority } from './verify.ts'

/** The private keys that the registry holds for a collection. */
export interface ServerKeys {
  /** Signs a message, or answers undefined for a key that is not held. ECDSA signatures are r and s, 32 bytes each. */
  readonly sign: (keyId: string, message: Uint8Array<ArrayBuffer>) => Promise<Uint8Array<ArrayBuffer> | undefined>
}

/** A document to store. */
export interface NewDocument {
  readonly role: Role
  readonly version: number
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Of the bytes, in hexadecimal digits. */
  readonly sha256: string
}

interface SigningContext {
  readonly stored: Pick<StoredDocuments, 'highestVersion'>
  readonly keys: ServerKeys
  /** In milliseconds since 1970. */
  readonly now: number
}

interface Signing extends Omit<SigningContext, 'stored'> {
  /** Who signs, as the root says. */
  readonly authority: Authority
  readonly version: number
}

const dayMilliseconds = 86_400_000

/** Those of the Go server. */
const lifetimeDays: Readonly<Record<ServerRole, number>> = { snapshot: 3 * 365, timestamp: 14 }

export const newDocument = async (
  role: Role,
  version: number,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<NewDocument> => ({ role, version, bytes, sha256: await sha256Hex(bytes) })

/** Continues the numbers of before a deletion: clients take a document below one that they know for an old one. */
export async function signingFor(
  role: ServerRole,
  root: Root,
  current: number | undefined,
  { stored, keys, now }: SigningContext,
): Promise<Signing> {
  const version = Math.max(current ?? 0, await stored.highestVersion(role)) + 1
  return { authority: authorityOf(root, role), keys, version, now }
}

/**
 * Makes a snapshot of files, some of them known by their hashes alone.
 *
 * @returns undefined when the registry does not hold the keys
 */
export async function makeSnapshot(
  known: ReadonlyMap<string, FileMeta>,
  files: ReadonlyMap<Role, Uint8Array<ArrayBuffer>>,
  signing: Signing,
): Promise<NewDocument | undefined> {
  const meta = new Map<string, object>()
  // What else a client has named is no role, and nothing that may stand in a document of ours.
  for (const [role, file] of known) if (isRole(role)) meta.set(role, writeMeta(file))
  for (const [role, bytes] of files) meta.set(role, await describeFile(bytes))
  return makeDocument('snapshot', 'Snapshot', meta, signing)
}

/** Makes a timestamp, which names a snapshot; undefined when the registry does not hold the keys. */
export async function makeTimestamp(
  snapshot: Uint8Array<ArrayBuffer>,
  signing: Signing,
): Promise<NewDocument | undefined> {
  return makeDocument('timestamp', 'Timestamp', new Map([['snapshot', await describeFile(snapshot)]]), signing)
}

async function makeDocument(
  role: ServerRole,
  type: string,
  meta: ReadonlyMap<string, object>,
  { authority, keys, version, now }: Signing,
): Promise<NewDocument | undefined> {
  const expires = writeTime(now + lifetimeDays[role] * dayMilliseconds)
  const signed = canonicalJson({ _type: type, expires, meta: Object.fromEntries(meta), version })
  const signatures = await signAs(authority, utf8(signed), keys)
  if (signatures.length < authority.threshold) return undefined
  return newDocument(role, version, writeEnvelope(signed, signatures))
}

/** Signs with every key of a role that is held, as the threshold may be more than one. */
async function signAs(
  authority: Authority,
  message: Uint8Array<ArrayBuffer>,
  keys: ServerKeys,
): Promise<readonly object[]> {
  const signatures: object[] = []
  for (const [keyId, key] of authority.keys) {
    const method = signingMethods.get(key.type)
    // No client counts a signature by a key under another one's ID.
    if (method === undefined || (await keyIdOf(key)) !== keyId) continue
    const signature = await keys.sign(keyId, message)
    if (signature !== undefined) signatures.push({ keyid: keyId, method, sig: toBase64(signature) })
  }
  return signatures
}

/** Describes a file by what is stored and served, byte by byte. */
async function describeFile(bytes: Uint8Array<ArrayBuffer>): Promise<object> {
  const digest = async (algorithm: string): Promise<string> =>
    toBase64(new Uint8Array(await crypto.subtle.digest(algorithm, bytes)))
  return { hashes: { sha256: await digest('SHA-256'), sha512: await digest('SHA-512') }, length: bytes.length }
}

function writeMeta({ length, hashes }: FileMeta): object {
  const known = ['sha256', 'sha512'].flatMap((algorithm) => {
    const hash = hashes.get(algorithm)
    return hash === undefined ? [] : [[algorithm, toBase64(hash)] as const]
  })
  return { hashes: Object.fromEntries(known), length }
}
