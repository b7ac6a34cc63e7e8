/** Checks signatures that the registry stores: reads what they need, and writes what they prove. */
import type { Context } from '../../context.ts'
import { findManifestRows, placesOfBlobs, type ManifestRow } from '../../db/content/manifest-details.ts'
import { loggable } from '../../db/database.ts'
import { largestManifestBytes, mostKeysTried } from '../../limits.ts'
import { parseDigest, type Digest } from '../../names.ts'
import type { StoredPush } from '../../registry/content-trust.ts'
import { readManifestTexts } from '../../registry/manifest-details.ts'
import { bytesOfSegments, SegmentLost } from '../../storage/reading.ts'
import type { SegmentPlace } from '../../storage/segments.ts'
import { mapInParallel } from '../../util/parallel.ts'
import { recognizeSignature, type Need, type SignatureArtifact } from './artifact.ts'
import { factsOf } from './facts.ts'
import { findDueOf, findRegistered, storeFacts, type DueSignature, type NewFact, type WaitsFor } from './facts-store.ts'
import { readTrusted } from './trusted.ts'
import type { Contents, Findings, RefusalReason, SignatureFact, SignatureTrust, TrustedKey } from './types.ts'

/** What one signature, or those of one slice, are checked against. */
export interface Trusted {
  readonly trust: SignatureTrust
  readonly revision: number
}

/** Finds what a signature is checked against. */
export async function findTrusted({ db }: Pick<Context, 'db'>, signature: DueSignature): Promise<Trusted> {
  const registered = await findRegistered(db, signature, mostKeysTried)
  return { trust: await readTrusted(registered), revision: registered.revision }
}

/** Checks what is due of the signatures that a pushed manifest carries. */
export async function checkPushed(
  context: Context,
  { repository, digest }: Pick<StoredPush, 'repository' | 'digest'>,
): Promise<void> {
  for (const signature of await findDueOf(context.db, repository, digest)) {
    await checkSignature(context, signature, await findTrusted(context, signature))
  }
}

/** Checks a signature and stores its facts. @returns how many it has */
export async function checkSignature(
  context: Context,
  signature: DueSignature,
  { trust, revision }: Trusted,
): Promise<number> {
  const { facts, refusals } = await findingsOf(context, signature, trust)
  const stored = facts.map((fact) => storedFact(fact, signature.seenAt))
  const waitsFor = whatIsMissing(refusals.map(({ reason }) => reason))
  await storeFacts(context.db, signature, { facts: stored, waitsFor }, revision)
  return facts.length
}

const nothing: Findings = { facts: [], refusals: [] }
const missing: Findings = {
  facts: [],
  refusals: [{ reason: 'content-missing', sentence: 'the manifest cannot be read' }],
}

async function findingsOf(context: Context, signature: DueSignature, trust: SignatureTrust): Promise<Findings> {
  const text = signature.body ?? (await readText(context, signature.repositoryId, signature))
  if (text === undefined) return missing
  const recognized = recognizeSignature(new TextEncoder().encode(text), signature.tag || undefined)
  if (recognized === undefined || 'refusal' in recognized) return nothing
  const { artifact } = recognized
  // A tag may name another image than a bundle or an envelope signs: anyone who may push can put it on any signature.
  if (artifact.subject !== signature.subject) return nothing
  return verify(artifact, await readNeeds(context, signature.repositoryId, artifact.needs), trust, context.now)
}

/**
 * Finds what of a pushed manifest some keys have signed. Reads what it needs from its repository.
 *
 * @param bytes of the manifest, which need not be stored
 */
export async function findingsOfBytes(
  context: Context,
  repositoryId: number,
  bytes: Uint8Array,
  keys: readonly TrustedKey[],
): Promise<Findings> {
  const recognized = recognizeSignature(bytes, undefined)
  if (recognized === undefined || 'refusal' in recognized) return nothing
  const { artifact } = recognized
  return verify(artifact, await readNeeds(context, repositoryId, artifact.needs), { keys }, context.now)
}

/** Verifies without I/O, so what fails here would fail again: it proves nothing, and stops neither a push nor a job. */
async function verify(
  artifact: SignatureArtifact,
  contents: Contents,
  trust: SignatureTrust,
  now: number,
): Promise<Findings> {
  try {
    return await factsOf(artifact, contents, trust, now)
  } catch (error) {
    console.error(`a signature of ${artifact.subject} cannot be verified, so it proves nothing:`, loggable(error))
    return nothing
  }
}

type StoredText = Pick<ManifestRow, 'digest' | 'bodyDigest' | 'sizeBytes'>

const readText = async (context: Context, repositoryId: number, row: StoredText): Promise<string | undefined> =>
  (await readManifestTexts(context, repositoryId, [row], largestManifestBytes, 'fails')).get(row.digest)

/** A Worker has six connections at once. */
const mostAtOnce = 6

/** Reads what a signature needs, as far as it is here and within its bound. */
async function readNeeds(context: Context, repositoryId: number, needs: readonly Need[]): Promise<Contents> {
  const [blobs, manifests] = await Promise.all([
    readBlobs(
      context,
      repositoryId,
      needs.filter(({ from }) => from === 'blobs'),
    ),
    readManifests(context, repositoryId, digestsOf(needs.filter(({ from }) => from === 'manifests'))),
  ])
  return new Map([...blobs, ...manifests].filter(([, bytes]) => bytes.length > 0))
}

const digestsOf = (needs: readonly Need[]): Digest[] => needs.map(({ digest }) => parseDigest(digest))

type Read = readonly (readonly [digest: string, bytes: Uint8Array<ArrayBuffer>])[]

async function readBlobs(context: Context, repositoryId: number, needs: readonly Need[]): Promise<Read> {
  const places = await placesOfBlobs(context.db, repositoryId, digestsOf(needs))
  return mapInParallel(needs, mostAtOnce, async ({ digest, largestBytes }) => [
    digest,
    await readBlob(context, places.get(parseDigest(digest)) ?? [], largestBytes),
  ])
}

/** Reads a blob; nothing of one that is too large, or of which R2 has lost bytes. */
async function readBlob(
  { bucket }: Context,
  segments: readonly SegmentPlace[],
  largestBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const sizeBytes = segments.reduce((sum, segment) => sum + segment.sizeBytes, 0)
  if (sizeBytes === 0 || sizeBytes > largestBytes) return new Uint8Array()
  try {
    return await bytesOfSegments(bucket, segments)
  } catch (error) {
    if (error instanceof SegmentLost) return new Uint8Array()
    throw error
  }
}

async function readManifests(context: Context, repositoryId: number, digests: readonly Digest[]): Promise<Read> {
  if (digests.length === 0) return []
  const rows = await findManifestRows(context.db, repositoryId, digests)
  const texts = await readManifestTexts(context, repositoryId, rows, largestManifestBytes, 'fails')
  return Array.from(texts, ([digest, text]) => [digest, new Uint8Array(new TextEncoder().encode(text))])
}

/** Makes a row of a fact. A signature that does not prove its time is of the time at which the registry saw it first. */
function storedFact({ kind, signer, signedAt, timeSource, expiresAt }: SignatureFact, seenAt: number): NewFact {
  const fact = {
    kind,
    fingerprint: signer.form === 'identity' ? '' : signer.fingerprint,
    signedAt: timeSource === 'check' ? Math.min(signedAt, seenAt) : signedAt,
    expiresAt: expiresAt ?? null,
  }
  switch (signer.form) {
    case 'key':
      return { ...fact, issuer: '', subject: '' }
    case 'identity':
      return { ...fact, issuer: signer.issuer, subject: signer.subject }
    case 'certificate':
      return { ...fact, issuer: `x509:${signer.store}`, subject: signer.subject }
  }
}

/** The refusals that another key or root can turn into facts. All others stay, whatever is registered. */
const trustIsMissing: ReadonlySet<RefusalReason> = new Set([
  'key-unknown',
  'identity-unknown',
  'root-missing',
  'root-unusable',
  'proof-invalid',
  'chain-untrusted',
  'too-many',
])

function whatIsMissing(reasons: readonly RefusalReason[]): WaitsFor {
  if (reasons.includes('content-missing')) return 'content'
  return reasons.some((reason) => trustIsMissing.has(reason)) ? 'trust' : null
}
