/** Reads all stored content and compares it with its digests. */
import * as z from 'zod'
import type { Stores } from '../context.ts'
import { readBlobs } from '../db/content/blobs.ts'
import { manifestsToRead, segmentsOfBlobs, segmentsStillOwned, type ManifestToRead } from './store.ts'
import { RegistryError } from '../errors.ts'
import { algorithmOf, type Digest } from '../names.ts'
import { readManifest } from '../registry/manifest-document.ts'
import { digestBytes } from '../storage/hash.ts'
import { objectSize } from '../storage/objects.ts'
import type { SegmentPlace } from '../storage/segments.ts'
import {
  failingObject,
  missingReference,
  unreadableObject,
  wrongBlobContent,
  wrongManifestContent,
  type Finding,
  type Key,
  type Step,
} from './findings.ts'
import { hashBlob } from '../storage/hash-blob.ts'
import { ownerOf } from './objects.ts'

const digests = z.array(z.string())

/** The bytes after which a page ends; a blob is hashed as a whole, however large. */
const bytesOfPage = 64 * 1024 * 1024

/** The manifests of one page; a row holds 128 KiB of a manifest at most. */
const manifestsOfPage = 50

/** Hashes a page of blobs, from the digest after the key. */
export async function checkBlobContent(stores: Stores, [after = '']: Key, limit: number): Promise<Step> {
  const blobs = await readBlobs(stores.db, String(after), limit)
  // At once: an invocation has a thousand statements for all of its slices.
  const segments = await segmentsOfBlobs(
    stores.db,
    blobs.map(({ digest }) => digest),
  )
  const findings: Finding[] = []
  let bytes = 0
  for (const { digest, sizeBytes } of blobs) {
    findings.push(...(await wrongBlob(stores, digest, segments.get(digest) ?? [])))
    bytes += sizeBytes
    if (bytes >= bytesOfPage) return { findings, checked: { bytes }, last: [digest] }
  }
  const lastBlob = blobs.length === limit ? blobs.at(-1) : undefined
  return { findings, checked: { bytes }, last: lastBlob === undefined ? undefined : [lastBlob.digest] }
}

/** Hashes a blob and returns what is wrong with it. @throws RegistryError `storage-unavailable` */
async function wrongBlob(
  { bucket, db }: Stores,
  digest: Digest,
  segments: readonly SegmentPlace[],
): Promise<Finding[]> {
  const [first] = segments
  if (first === undefined) return []
  const reading = await hashBlob(bucket, digest, segments)
  if ('broken' in reading) return stillUnreadable({ bucket, db }, digest, reading.broken.key, reading.isLost)
  return reading.actual === digest ? [] : [wrongBlobContent(digest, reading.actual, first.key)]
}

/**
 * Finds an object that exists and has an owner but cannot be read. A missing object is `checkObjects`' finding, and
 * that of a blob deleted meanwhile is none.
 */
async function stillUnreadable(
  { bucket, db }: Stores,
  digest: Digest,
  key: string,
  isLost: boolean,
): Promise<Finding[]> {
  if ((await objectSize(bucket, key)) === undefined) return []
  const owned = await segmentsStillOwned(db, [key])
  if (!owned.has(key)) return []
  const owner = ownerOf({ blobDigest: digest, sessionId: null })
  return [isLost ? unreadableObject(key, owner) : failingObject(key, owner)]
}

/** Hashes a page of the manifests that are stored in their rows. The others are blobs, and are hashed with these. */
export async function checkManifestContent({ db }: Stores, [id = 0, after = '']: Key): Promise<Step> {
  const manifests = await manifestsToRead(db, Number(id), String(after), manifestsOfPage)
  const findings: Finding[] = []
  let bytes = 0
  for (const manifest of manifests) {
    if (manifest.body === null) continue
    const body = new TextEncoder().encode(manifest.body)
    bytes += body.length
    const actual = await digestBytes(algorithmOf(manifest.digest), body)
    findings.push(
      ...(actual === manifest.digest
        ? unnamed(manifest, body)
        : [wrongManifestContent(manifest.digest, manifest.repository ?? '', actual)]),
    )
  }
  const last = manifests.length === manifestsOfPage ? manifests.at(-1) : undefined
  return { findings, checked: { bytes }, last: last === undefined ? undefined : [last.repositoryId, last.digest] }
}

/** Finds the references of a manifest that no row records. */
function unnamed({ digest, repository, mediaType, named }: ManifestToRead, body: Uint8Array): Finding[] {
  const known = new Set(digests.parse(JSON.parse(named ?? '[]')))
  const { blobs, children } = readAgain(body, mediaType)
  return [...blobs.map((one) => `blob ${one}`), ...children.map((one) => `manifest ${one}`)]
    .filter((one) => !known.has(one.split(' ')[1] ?? ''))
    .map((one) => missingReference(digest, repository ?? '', one))
}

/** Reads the references of a manifest; none for a manifest that an earlier release took and this one would refuse. */
function readAgain(body: Uint8Array, mediaType: string): { blobs: readonly Digest[]; children: readonly Digest[] } {
  try {
    return readManifest(body, mediaType)
  } catch (error) {
    if (error instanceof RegistryError) return { blobs: [], children: [] }
    throw error
  }
}
