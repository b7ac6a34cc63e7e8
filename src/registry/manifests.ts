/** Manifests: stored exactly as they came, served exactly as they are stored. */
import type { Context } from '../context.ts'
import { confirmManifest } from '../db/content/confirmations.ts'
import {
  isForeignKeyViolation,
  isImmutableTag,
  isNotNullViolation,
  isOtherMediaType,
  isTagLimitReached,
} from '../db/database.ts'
import { deleteManifest, findManifest, indexListing, type StoredManifest } from '../db/content/manifests.ts'
import { missingReferences, storeManifest, type NewManifest, type StoredBody } from '../db/content/manifest-push.ts'
import type { Push } from '../db/repositories/repositories.ts'
import type { DeletionRight, HeldRepository } from '../db/access/rights.ts'
import { findTagLimit } from '../db/content/tag-limit.ts'
import { tagsElsewhere } from '../db/content/tags.ts'
import { claimSegment, type SessionKey } from '../db/content/uploads.ts'
import { RegistryError } from '../errors.ts'
import { largestKeptAnnotationsBytes, mostTagsOfPush, sessionSeconds } from '../limits.ts'
import { algorithmOf, type Digest, type Reference, type RepositoryName, type Tag } from '../names.ts'
import { digestBytes } from '../storage/hash.ts'
import { joinPieces } from '../storage/reading.ts'
import { freshKey, storeBytes } from '../storage/segments.ts'
import type { OfferedManifest, StoredPush } from './content-trust.ts'
import { removeTag, whyKept } from './deletion.ts'
import { lookUpManifest } from './lookups.ts'
import { readPieces, settleDuplicate } from './lost-content.ts'
import { decodeUtf8, readManifest, writeAnnotations, type ManifestDocument } from './manifest-document.ts'
import { textBytes } from './page-budget.ts'
import { indexOfReferrersTag } from './referrers.ts'
import { letGo } from './refused-segments.ts'

export interface PushedManifest {
  readonly bytes: Uint8Array
  readonly contentType: string | undefined
  readonly reference: Reference
  /** OCI end-7b: further tags for a manifest that is pushed by digest. */
  readonly tags: readonly Tag[]
  readonly push: Push
  /** Refuses what a client may not push, before it is stored. */
  readonly admit?: (offered: OfferedManifest) => Promise<void>
}

/** The largest manifest that is stored in D1, where a pull by tag needs nothing else; a row may have 2 MB. */
const inlineBytes = 128 * 1024

/**
 * Stores a manifest with its references and tags in one transaction (OCI end-7), after checking it, what it names and,
 * for a push by digest, that digest.
 *
 * @throws RegistryError `manifest-invalid`, `digest-mismatch`, `manifest-references-unknown`, `too-many-tags`,
 * `manifest-type-fixed`, `tag-immutable`, `tag-limit-reached` or `name-unknown`; what `admit` throws
 */
export async function putManifest(
  context: Context,
  repository: RepositoryName,
  pushed: PushedManifest,
): Promise<StoredPush> {
  const tags = [...new Set('tag' in pushed.reference ? [pushed.reference.tag, ...pushed.tags] : pushed.tags)]
  if (tags.length > mostTagsOfPush) throw new RegistryError({ kind: 'too-many-tags', limit: mostTagsOfPush })
  const digest = await verifiedDigest(pushed)
  const document = readManifest(pushed.bytes, pushed.contentType)
  await pushed.admit?.({ repository, digest, artifactType: document.artifactType, bytes: pushed.bytes })
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
    now: context.now,
  }
  const body = isInline ? undefined : await storeBody(context, manifest, pushed.bytes)
  return { ...manifest, hasReferrers: await store(context, manifest, body) }
}

/**
 * Writes the annotations of a manifest with a subject, so that a list of referrers need not read the manifest;
 * undefined for one without a subject or with too many bytes of them.
 */
function annotationsToKeep({ subject, annotations }: ManifestDocument): string | undefined {
  if (subject === undefined) return undefined
  const text = writeAnnotations(annotations)
  return textBytes(text) <= largestKeptAnnotationsBytes ? text : undefined
}

/** A manifest for an answer. */
export interface ServedManifest extends StoredManifest {
  /** It is a list of referrers that was made for this answer: it is not stored, and reading it is no pull. */
  readonly isMade: boolean
}

/**
 * Returns a manifest for a GET. A missing referrers tag stands for the list of referrers, if there are any.
 *
 * @throws RegistryError `name-unknown` or `manifest-unknown`
 */
export async function getManifest(
  context: Context,
  held: HeldRepository,
  reference: Reference,
): Promise<ServedManifest> {
  const found = await lookUpManifest(context, held, reference)
  if (found === 'no-repository') throw new RegistryError({ kind: 'name-unknown', repository: held.repository })
  if (found !== 'no-manifest') return { ...found, isMade: false }
  const made = 'tag' in reference ? await indexOfReferrersTag(context, held, reference.tag) : undefined
  if (made === undefined) throw unknown(held.repository, reference)
  return { ...made, isMade: true }
}

/**
 * Answers HEAD.
 *
 * @throws RegistryError `name-unknown` or `manifest-unknown`, also when R2 has lost bytes of it
 */
export async function lookForManifest(
  context: Context,
  held: HeldRepository,
  reference: Reference,
): Promise<ServedManifest> {
  const found = await getManifest(context, held, reference)
  if (found.isLost) throw unknown(held.repository, reference)
  return found
}

/**
 * Answers a client that may push. Existing content is then kept for the grace period of garbage collection.
 *
 * @throws RegistryError `name-unknown` or `manifest-unknown`
 */
export async function askForManifest(
  context: Context,
  held: HeldRepository,
  digest: Digest,
): Promise<Omit<ServedManifest, 'content' | 'isLost'> & { readonly content?: undefined }> {
  const found = await confirmManifest(context.db, held, digest, context.now)
  if (found === 'no-repository') throw new RegistryError({ kind: 'name-unknown', repository: held.repository })
  if (found === 'no-manifest') throw unknown(held.repository, { digest })
  return { digest, ...found, isMade: false }
}

/** Returns the exact bytes that were pushed. */
export async function manifestBody(context: Context, manifest: StoredManifest): Promise<string | ReadableStream> {
  if (typeof manifest.content === 'string') return manifest.content
  const { digest, content: segments, sizeBytes } = manifest
  const pieces = readPieces(context, { digest, segments }, { start: 0, end: sizeBytes })
  return joinPieces(pieces, sizeBytes, context.background)
}

/**
 * Deletes a tag, or by digest a manifest with all its tags (OCI end-9).
 *
 * @throws RegistryError `manifest-unknown`, `manifest-in-use` for a manifest that an index lists, `denied` for an
 * immutable tag, or `content-pinned`
 */
export async function removeManifest(context: Context, right: DeletionRight, reference: Reference): Promise<void> {
  const removed =
    'tag' in reference
      ? await removeTag(context, right, reference.tag)
      : await removeByDigest(context, right, reference.digest)
  if (!removed) throw unknown(right.repository, reference)
}

async function removeByDigest(context: Context, right: DeletionRight, digest: Digest): Promise<boolean> {
  try {
    return await deleteManifest(context.db, right, digest, context.now)
  } catch (error) {
    if (!isForeignKeyViolation(error)) throw await whyKept(context, right, { digest }, error)
    const index = (await indexListing(context.db, right.repository, digest)) ?? 'that was just pushed'
    throw new RegistryError({ kind: 'manifest-in-use', digest, by: index }, { cause: error })
  }
}

/**
 * Returns the sha256 of a manifest that is pushed by tag, or the digest of a push by digest once its bytes match it.
 *
 * @throws RegistryError `digest-mismatch`
 */
async function verifiedDigest({ bytes, reference }: PushedManifest): Promise<Digest> {
  if ('tag' in reference) return digestBytes('sha256', bytes)
  const actual = await digestBytes(algorithmOf(reference.digest), bytes)
  if (actual !== reference.digest) {
    throw new RegistryError({ kind: 'digest-mismatch', expected: reference.digest, actual })
  }
  return actual
}

async function store(context: Context, manifest: NewManifest, body: StoredBody | undefined): Promise<boolean> {
  try {
    const hasReferrers = await storeManifest(context.db, manifest, body)
    // Another repository may have had the same bytes.
    if (body !== undefined) context.background(settleDuplicate(context, body.session.id, manifest.digest))
    return hasReferrers
  } catch (error) {
    if (body !== undefined) await letGo(context, body.chunk)
    throw await refusalOf(context, manifest, error)
  }
}

/** Translates a refusal of D1 into the registry's; any other error is returned as it is. */
async function refusalOf(context: Context, manifest: NewManifest, error: unknown): Promise<unknown> {
  const { repository, tags, digest } = manifest
  const options = { cause: error }
  if (isNotNullViolation(error)) return new RegistryError({ kind: 'name-unknown', repository }, options)
  if (isOtherMediaType(error)) {
    const stored = await findManifest(context.db, manifest.push.right, { digest })
    const mediaType = typeof stored === 'string' ? 'another type' : stored.mediaType
    return new RegistryError({ kind: 'manifest-type-fixed', repository, digest, mediaType }, options)
  }
  if (isImmutableTag(error)) {
    const others = await tagsElsewhere(context.db, repository, tags, digest)
    return new RegistryError({ kind: 'tag-immutable', repository, tags: others }, options)
  }
  if (isTagLimitReached(error)) {
    const limit = await findTagLimit(context.db, repository)
    return new RegistryError({ kind: 'tag-limit-reached', repository, limit }, options)
  }
  if (!isForeignKeyViolation(error)) return error
  const digests = await missingReferences(context.db, manifest)
  return new RegistryError({ kind: 'manifest-references-unknown', repository, digests }, options)
}

/**
 * Stores a manifest that is too large for a row as a blob, by the same steps as an upload: row, object, row.
 *
 * @returns undefined when the repository has the manifest already, bytes and all
 */
async function storeBody(context: Context, manifest: NewManifest, bytes: Uint8Array): Promise<StoredBody | undefined> {
  const { digest } = manifest
  // Its grace begins again, so that it is there still when it is stored again.
  const confirmed = await confirmManifest(context.db, manifest.push.right, digest, context.now)
  if (typeof confirmed !== 'string') return undefined
  const session: SessionKey = {
    id: crypto.randomUUID(),
    repository: manifest.repository,
    expiresAt: context.now + sessionSeconds * 1000,
  }
  const key = freshKey()
  await claimSegment(context.db, {
    session,
    key,
    multipartId: undefined,
    offsetBytes: 0,
    chunkLimit: 1,
    right: manifest.push.right,
    now: context.now,
  })
  await storeBytes(context.bucket, key, bytes, manifest.digest)
  return { session, chunk: { key, offsetBytes: 0, sizeBytes: bytes.length, digest: manifest.digest } }
}

const unknown = (repository: RepositoryName, reference: Reference): RegistryError =>
  new RegistryError({
    kind: 'manifest-unknown',
    repository,
    reference: 'tag' in reference ? reference.tag : reference.digest,
  })
