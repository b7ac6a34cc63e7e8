/** Hashes some blobs again: all where there are few, and otherwise some from all over the range of digests. */
import type { Digest } from '../../names.ts'
import { hashBlob } from '../../storage/hash-blob.ts'
import { nextBlob, segmentsOfRestored, stillOwned, type RestoredBlob } from './drill-store.ts'
import { withFindings, type Finding } from './findings.ts'
import type { ProofProgress } from './progress.ts'
import type { Proving } from './proving.ts'

/** Hashes the next blob of the sample. */
export async function sampleBlob(proving: Proving, at: ProofProgress): Promise<ProofProgress> {
  const blob = await nextOfSample(proving, at)
  if (blob === undefined) return { ...at, phase: 'copies', done: 0, after: [] }
  const found = await hashRestored(proving, blob.digest)
  const checked = {
    ...at.checked,
    sampledBlobs: at.checked.sampledBlobs + 1,
    sampledBytes: at.checked.sampledBytes + blob.sizeBytes,
  }
  return { ...at, done: at.done + 1, after: [blob.digest], checked, ...withFindings(at, found) }
}

/**
 * Finds the next blob of the sample; undefined after the last. Digests are spread evenly, so the first one at or after a random digest is a random
 * one. Each is looked for in its own share of the range, and behind those that were taken.
 */
export async function nextOfSample(
  { drill, manifest, limits }: Proving,
  at: ProofProgress,
): Promise<RestoredBlob | undefined> {
  const [after = ''] = at.after
  const { sampledBlobs, largestSampled } = limits
  if (at.done >= sampledBlobs) return undefined
  const all = manifest.tables.find(({ name }) => name === 'blobs')?.rows ?? 0
  const random = all <= sampledBlobs ? '' : `sha256:${placeOf(at.seed, at.done, sampledBlobs)}`
  return random > String(after)
    ? nextBlob(drill, random, true, largestSampled)
    : nextBlob(drill, String(after), false, largestSampled)
}

/** Returns hexadecimal digits at a random place of a share of the range. */
export function placeOf(seed: string, share: number, shares: number): string {
  const random = Number.parseInt(seed.slice(share * 2, share * 2 + 2) || '0', 16) / 256
  return Math.floor(((share + random) / shares) * 2 ** 32)
    .toString(16)
    .padStart(8, '0')
}

/** Hashes a blob of the backup. One that garbage collection deleted since is no finding. */
export async function hashRestored({ bucket, db, drill }: Proving, digest: Digest): Promise<readonly Finding[]> {
  const segments = await segmentsOfRestored(drill, digest)
  const [first] = segments
  if (first === undefined) return []
  const owned = await stillOwned(
    db,
    segments.map(({ key }) => key),
  )
  if (owned.size < segments.length) return []
  const reading = await hashBlob(bucket, digest, segments)
  if ('actual' in reading) {
    return reading.actual === digest ? [] : [{ kind: 'blob-content', digest, actual: reading.actual }]
  }
  const isThere = (await stillOwned(db, [reading.broken.key])).size > 0
  return isThere ? [{ kind: 'blob-unreadable', digest, key: reading.broken.key }] : []
}
