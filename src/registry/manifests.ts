/** Manifests: stored exactly as they came, served exactly as they are stored. */
import { confirmManifest } from '../db/content/confirmations.ts'
import {
  isForeignKeyViolation,
  isImmutableTag,
  isNotNullViolation,
  isOtherMediaType,
  isTagLimitReached,
} from '../db/database.ts'
import {
  deleteManifest,
  findManifest,
  indexListing,
  missingReferences,
  storeManifest,
  type NewManifest,
  type StoredBody,
  type StoredManifest,
} from '../db/content/manifests.ts'
import type { Push } from '../db/repositories/repositories.ts'
import type { DeletionRight, HeldRepository } from '../db/access/rights.ts'
import { findTagLimit } from '../db/content/tag-limit.ts'
import { tagsElsewhere } from '../db/content/tags.ts'
import { claimSegment, releaseSegment, type SessionKey } from '../db/content/uploads.ts'
import { RegistryError } from '../errors.ts'
import { largestKeptAnnotationsBytes, mostTagsOfPush } from '../limits.ts'
import { algorithmOf, type Digest, type Reference, type RepositoryName, type Tag } from '../names.ts'
import { digestBytes } from '../storage/hash.ts'
import { joinPieces } from '../storage/reading.ts'
import { freshKey, storeBytes } from '../storage/segments.ts'
import { immutableDeletion, removeTag } from './deletion.ts'
import { lookUpManifest } from './lookups.ts'
import { readPieces, settleDuplicate } from './lost-content.ts'
import { decodeUtf8, readManifest, writeAnnotations, type ManifestDocument } from './manifest-document.ts'
import { textBytes } from './page-budget.ts'
import type { Stores } from './stores.ts'
import { sessionSeconds } from './upload-session.ts'

export interface PushedManifest {
  readonly bytes: Uint8Array
  readonly contentType: string | undefined
  readonly reference: Reference
  /** OCI end-7b: further tags for a manifest that is pushed by digest. */
  readonly tags: readonly Tag[]
  readonly push: Push
}

/** Up to this size a manifest lives in D1, and a pull by tag needs nothing else; a row may have 2 MB. */
const inlineBytes = 128 * 1024

/**
 * OCI end-7: checks a manifest, what it names and, for a push by digest, that it is what it is called; then stores it
 * with its references and tags in one transaction.
 *
 * @throws RegistryError `manifest-invalid`, `digest-mismatch`, `manifest-references-unknown`, `too-many-tags`,
 *   `manifest-type-fixed`, `tag-immutable`, `tag-limit-reached` or `name-unknown`
 */
export async function putManifest(
  stores: Stores,
  repository: RepositoryName,
  pushed: PushedManifest,
): Promise<{ digest: Digest; subject: Digest | undefined }> {
  const tags = [...new Set('tag' in pushed.reference ? [pushed.reference.tag, ...pushed.tags] : pushed.tags)]
  if (tags.length > mostTagsOfPush) throw new RegistryError({ kind: 'too-many-tags', limit: mostTagsOfPush })
  const digest = await verifiedDigest(pushed)
  const document = readManifest(pushed.bytes, pushed.contentType)
  const isInline = pushed.bytes.length <= inlineBytes
  const manifest: NewManifest = {
    ...document,
    keptAnnotations: annotationsToKeep(document),
    repository,
    digest,
    sizeBytes: pushed.bytes.length,
    body: isInline ? decodeUtf8(pushed.bytes) : undefined,
    tags,
    push: pushed.push,
    now: stores.now,
  }
  await store(stores, manifest, isInline ? undefined : await storeBody(stores, manifest, pushed.bytes))
  return { digest, subject: document.subject }
}

/** Of what has a subject, so that a list of referrers need not read their manifests. */
function annotationsToKeep({ subject, annotations }: ManifestDocument): string | undefined {
  if (subject === undefined) return undefined
  const text = writeAnnotations(annotations)
  return textBytes(text) <= largestKeptAnnotationsBytes ? text : undefined
}

/** @throws RegistryError `name-unknown` or `manifest-unknown` */
export async function getManifest(stores: Stores, held: HeldRepository, reference: Reference): Promise<StoredManifest> {
  const found = await lookUpManifest(stores, held, reference)
  if (found === 'no-repository') throw new RegistryError({ kind: 'name-unknown', repository: held.repository })
  if (found === 'no-manifest') throw unknown(held.repository, reference)
  return found
}

/**
 * The question of a client that wants no bytes.
 *
 * @throws RegistryError `name-unknown` or `manifest-unknown`, also when R2 has lost bytes of it
 */
export async function lookForManifest(
  stores: Stores,
  held: HeldRepository,
  reference: Reference,
): Promise<StoredManifest> {
  const found = await getManifest(stores, held, reference)
  if (found.isLost) throw unknown(held.repository, reference)
  return found
}

/**
 * The question of a client that may push: what it is told of stays for the grace of the garbage collection.
 *
 * @throws RegistryError `name-unknown` or `manifest-unknown`
 */
export async function askForManifest(
  stores: Stores,
  held: HeldRepository,
  digest: Digest,
): Promise<Omit<StoredManifest, 'content' | 'isLost'> & { readonly content?: undefined }> {
  const found = await confirmManifest(stores.db, held, digest, stores.now)
  if (found === 'no-repository') throw new RegistryError({ kind: 'name-unknown', repository: held.repository })
  if (found === 'no-manifest') throw unknown(held.repository, { digest })
  return { digest, ...found }
}

/** The exact bytes that were pushed. */
export async function manifestBody(stores: Stores, manifest: StoredManifest): Promise<string | ReadableStream> {
  if (typeof manifest.content === 'string') return manifest.content
  const { digest, content: segments, sizeBytes } = manifest
  const pieces = readPieces(stores, { digest, segments }, { start: 0, end: sizeBytes })
  return joinPieces(pieces, sizeBytes, stores.background)
}

/**
 * OCI end-9: by tag only the tag goes; by digest the manifest with all its tags.
 *
 * @throws RegistryError `manifest-unknown`, `manifest-in-use` for a manifest that an index lists, or `denied` for an
 *   immutable tag
 */
export async function removeManifest(stores: Stores, right: DeletionRight, reference: Reference): Promise<void> {
  const removed =
    'tag' in reference
      ? await removeTag(stores, right, reference.tag)
      : await removeByDigest(stores, right, reference.digest)
  if (!removed) throw unknown(right.repository, reference)
}

async function removeByDigest(stores: Stores, right: DeletionRight, digest: Digest): Promise<boolean> {
  try {
    return await deleteManifest(stores.db, right, digest, stores.now)
  } catch (error) {
    if (isImmutableTag(error)) throw await immutableDeletion(stores, right, { digest }, error)
    if (!isForeignKeyViolation(error)) throw error
    const index = (await indexListing(stores.db, right.repository, digest)) ?? 'that was just pushed'
    throw new RegistryError({ kind: 'manifest-in-use', digest, by: index }, { cause: error })
  }
}

/** A push by tag is addressed by sha256; a push by digest must have the digest it names. */
async function verifiedDigest({ bytes, reference }: PushedManifest): Promise<Digest> {
  if ('tag' in reference) return digestBytes('sha256', bytes)
  const actual = await digestBytes(algorithmOf(reference.digest), bytes)
  if (actual !== reference.digest) {
    throw new RegistryError({ kind: 'digest-mismatch', expected: reference.digest, actual })
  }
  return actual
}

async function store(stores: Stores, manifest: NewManifest, body: StoredBody | undefined): Promise<void> {
  try {
    await storeManifest(stores.db, manifest, body)
    // Another repository may have had the same bytes.
    if (body !== undefined) stores.background(settleDuplicate(stores, body.session.id, manifest.digest))
  } catch (error) {
    if (body !== undefined) await releaseSegment(stores.db, body.chunk, stores.now)
    throw await refusalOf(stores, manifest, error)
  }
}

/** Says in the words of the domain what D1 refused; anything else comes back as it is. */
async function refusalOf(stores: Stores, manifest: NewManifest, error: unknown): Promise<unknown> {
  const { repository, tags, digest } = manifest
  const options = { cause: error }
  if (isNotNullViolation(error)) return new RegistryError({ kind: 'name-unknown', repository }, options)
  if (isOtherMediaType(error)) {
    const stored = await findManifest(stores.db, manifest.push.right, { digest })
    const mediaType = typeof stored === 'string' ? 'another type' : stored.mediaType
    return new RegistryError({ kind: 'manifest-type-fixed', repository, digest, mediaType }, options)
  }
  if (isImmutableTag(error)) {
    const others = await tagsElsewhere(stores.db, repository, tags, digest)
    return new RegistryError({ kind: 'tag-immutable', repository, tags: others }, options)
  }
  if (isTagLimitReached(error)) {
    const limit = await findTagLimit(stores.db, repository)
    return new RegistryError({ kind: 'tag-limit-reached', repository, limit }, options)
  }
  if (!isForeignKeyViolation(error)) return error
  const digests = await missingReferences(stores.db, manifest)
  return new RegistryError({ kind: 'manifest-references-unknown', repository, digests }, options)
}

/**
 * A manifest too large for a row is stored as a blob, by the same steps as an upload: row, object, row.
 *
 * @returns undefined when the repository has the manifest already, bytes and all
 */
async function storeBody(stores: Stores, manifest: NewManifest, bytes: Uint8Array): Promise<StoredBody | undefined> {
  const { digest } = manifest
  // Its grace begins anew, so that it is there still when it is stored again.
  if (typeof (await confirmManifest(stores.db, manifest.push.right, digest, stores.now)) !== 'string') return undefined
  const session: SessionKey = {
    id: crypto.randomUUID(),
    repository: manifest.repository,
    expiresAt: stores.now + sessionSeconds * 1000,
  }
  const key = freshKey()
  await claimSegment(stores.db, {
    session,
    key,
    multipartId: undefined,
    offsetBytes: 0,
    chunkLimit: 1,
    right: manifest.push.right,
    now: stores.now,
  })
  await storeBytes(stores.bucket, key, bytes, manifest.digest)
  return { session, chunk: { key, offsetBytes: 0, sizeBytes: bytes.length, digest: manifest.digest } }
}

const unknown = (repository: RepositoryName, reference: Reference): RegistryError =>
  new RegistryError({
    kind: 'manifest-unknown',
    repository,
    reference: 'tag' in reference ? reference.tag : reference.digest,
  })
