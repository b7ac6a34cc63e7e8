/**
 * Trust data comes back with a repository that is restored alone. Its documents are verified and stored as an import does it,
 * with facts and pins, and the keys of the registry are bound to the new row of their collection, so it goes on signing.
 */
import * as z from 'zod'
import type { Context } from '../../context.ts'
import type { Right } from '../../db/access/rights.ts'
import { ExpectedError } from '../../failures/failure.ts'
import { largestTrustDocumentBytes, largestTrustImportBytes } from '../../limits.ts'
import type { BackedUpRows, RepositoryReturn, ReturnedRepository } from '../../registry/repository-return.ts'
import { parseGun } from '../gun.ts'
import { hashIn } from '../notary/current.ts'
import { makeCollection } from '../notary/publication-store.ts'
import { moveKey } from '../notary/server-keys.ts'
import { readSnapshot, readTimestamp, type Index } from '../tuf/documents.ts'
import { readEnvelope, utf8 } from '../tuf/envelope.ts'
import { InvalidMetadata } from '../tuf/invalid-metadata.ts'
import type { SentDocument } from './collection.ts'
import { importCollection } from './import.ts'
import { insertReturnedKeys, raiseVersions } from './return-store.ts'

const collectionRow = z.object({
  id: z.int(),
  repository_id: z.int(),
  gun: z.string(),
  timestamp_version: z.int(),
  snapshot_version: z.int(),
  is_published: z.int(),
})
type CollectionRow = z.infer<typeof collectionRow>

const place = { collection_id: z.int(), role: z.string(), version: z.int() }
const describedRow = z.object({ ...place, sha256: z.string(), size_bytes: z.int() })
type DescribedRow = z.infer<typeof describedRow>
const documentRow = z.object({ ...place, body: z.string().nullable(), segment_key: z.string().nullable() })

const keyRow = z.object({
  collection_id: z.int(),
  key_id: z.string(),
  role: z.enum(['timestamp', 'snapshot']),
  public_key: z.string(),
  sealed_private: z.string(),
  sealed_with: z.string(),
  used_at: z.int().nullable(),
})

export const returnTrustData: RepositoryReturn = async (context, repository, backup) => {
  const { name, before } = repository
  const isOwn = ({ repository_id: id, is_published: isPublished }: CollectionRow): boolean =>
    id === before.id && isPublished === 1
  const lines: string[] = []
  for (const collection of await backup.rowsOf('trust_collections', collectionRow, isOwn)) {
    // What is signed for one name must not count for another.
    const isSame = parseGun(collection.gun)?.repository === name
    const why = isSame ? await returnCollection(context, repository, backup, collection) : 'it has another name now'
    lines.push(
      why === undefined
        ? `${name}: the trust data of ${collection.gun} is back`
        : `the trust data of ${collection.gun} is not restored: ${why}`,
    )
  }
  return lines
}

/** Brings a collection back. @returns why it cannot be; undefined once it is there */
async function returnCollection(
  context: Context,
  { id: repositoryId, name }: ReturnedRepository,
  backup: BackedUpRows,
  row: CollectionRow,
): Promise<string | undefined> {
  const { gun } = row
  const documents = await documentsOf(backup, row.id)
  if (typeof documents === 'string') return documents
  const right: Right = {
    repository: name,
    ground: { repositoryId },
    holder: undefined,
    scope: undefined,
    isRegistry: true,
  }
  const id = await makeCollection(context.db, { right, creates: false }, gun, context.now)
  if (id === undefined) return 'the repository was deleted meanwhile'
  const ours = await returnKeys(context, backup, row.id, id)
  if (ours === undefined) {
    return 'its keys open with neither secret of the registry: restore it with the secret of the time, or publish it again'
  }
  try {
    await importCollection(context, { right, repositoryId, gun }, documents, ours)
  } catch (error) {
    if (isRefusal(error)) return error.message
    throw error
  }
  await raiseVersions(context.db, id, { timestamp: row.timestamp_version, snapshot: row.snapshot_version })
  return undefined
}

/** Tells whether trying again would fail in the same way. */
const isRefusal = (error: unknown): error is ExpectedError =>
  error instanceof ExpectedError && error.type.isOutage !== true && error.retryAfterSeconds(0) === undefined

/** Reads the roots and the current document of each other role. @returns why it cannot */
async function documentsOf(backup: BackedUpRows, collectionId: number): Promise<readonly SentDocument[] | string> {
  const isOwn = ({ collection_id: id }: { readonly collection_id: number }): boolean => id === collectionId
  const all = await backup.rowsOf('trust_metadata', describedRow, isOwn, collectionId)
  try {
    const timestamp = newest(all, 'timestamp')
    const timestampBytes = await bytesOf(backup, timestamp)
    const snapshot = named(all, 'snapshot', readTimestamp(readEnvelope(timestampBytes)))
    const index = readSnapshot(readEnvelope(await bytesOf(backup, snapshot)))
    const current = [...index.meta.keys()].map((role) => named(all, role, index))
    // The export read the timestamp first, so there may be a newer root than those that it leads to.
    const root = current.find(({ role }) => role === 'root')?.version ?? 0
    const others = current.filter(({ role }) => role !== 'root')
    const roots = all.filter(({ role, version }) => role === 'root' && version <= root)
    const wanted = [...roots, ...others, snapshot, timestamp]
    const size = wanted.reduce((sum, { size_bytes: bytes }) => sum + bytes, 0)
    if (size > largestTrustImportBytes) throw new Unrestorable(`it has more than ${largestTrustImportBytes} bytes`)
    return await Promise.all(wanted.map(async (one) => ({ role: one.role, bytes: await bytesOf(backup, one) })))
  } catch (error) {
    if (error instanceof InvalidMetadata || error instanceof Unrestorable) return error.message
    throw error
  }
}

/** The backup lacks a document, or has too much. */
class Unrestorable extends Error {
  override readonly name = 'Unrestorable'
}

function newest(all: readonly DescribedRow[], wanted: string): DescribedRow {
  const own = all.filter(({ role }) => role === wanted)
  const highest = Math.max(...own.map(({ version }) => version))
  return own.find(({ version }) => version === highest) ?? lacks(wanted)
}

const named = (all: readonly DescribedRow[], wanted: string, index: Index): DescribedRow =>
  all.find(({ role, sha256 }) => role === wanted && sha256 === hashIn(index, wanted)) ?? lacks(wanted)

function lacks(role: string): never {
  throw new Unrestorable(`the backup lacks its current document of the role ${role}`)
}

async function bytesOf(
  backup: BackedUpRows,
  { collection_id: id, role, version }: DescribedRow,
): Promise<Uint8Array<ArrayBuffer>> {
  const isIt = (row: z.infer<typeof documentRow>): boolean =>
    row.collection_id === id && row.role === role && row.version === version
  const [row] = await backup.rowsOf('trust_metadata', documentRow, isIt, id)
  if (row?.body !== undefined && row.body !== null) return utf8(row.body)
  const kept = await backup.documentIn(row?.segment_key ?? '', largestTrustDocumentBytes)
  return kept ?? lacks(role)
}

/** Brings the keys of a collection back, bound to its new row. @returns the roles that they sign; undefined if one does not open */
async function returnKeys(
  { db, secrets, now }: Context,
  backup: BackedUpRows,
  before: number,
  id: number,
): Promise<ReadonlySet<string> | undefined> {
  const rows = await backup.rowsOf(
    'trust_keys',
    keyRow,
    (row) => row.collection_id === before && row.used_at !== null,
    before,
  )
  const moved = []
  for (const row of rows) {
    const key = { keyId: row.key_id, role: row.role, publicKey: row.public_key, usedAt: row.used_at }
    const sealed = { sealedPrivate: row.sealed_private, sealedWith: row.sealed_with }
    const fresh = await moveKey(secrets, { from: before, to: id }, { ...key, ...sealed })
    if (fresh === undefined) return undefined
    moved.push({ ...key, ...fresh })
  }
  await insertReturnedKeys(db, id, moved, now)
  return new Set(moved.map(({ role }) => role))
}
