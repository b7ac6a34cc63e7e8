/**
 * Proves a backup, slice by slice: restores it into the database of the drill, compares all of it with the backup and with
 * the registry's bucket, writes down what was found, and empties that database. A slice may be done again.
 */
import { deleteBackupObjects, putBackupObject } from '../../storage/backups.ts'
import { proofKey } from '../keys.ts'
import { isDamage } from '../load/failures.ts'
import { beginLoad, finishLoad, loadSlice } from '../load/loader.ts'
import type { Loading } from '../load/loading.ts'
import { dropTables } from '../load/schema-store.ts'
import type { Manifest } from '../manifest.ts'
import { checkCopies, checkKeptCopies, hashNextCopy } from './copies.ts'
import { isAnyTableAway } from './drill-store.ts'
import { withFindings } from './findings.ts'
import { walkManifests } from './manifests.ts'
import type { ProofProgress } from './progress.ts'
import { proofMetadata, type Proof } from './proof-document.ts'
import type { Proving } from './proving.ts'
import { compareCounts, compareParts } from './rows.ts'
import { sampleBlob } from './sample.ts'
import { checkSegments } from './segments.ts'

const nothingChecked = {
  parts: 0,
  bytes: 0,
  rows: 0,
  manifests: 0,
  segments: 0,
  sampledBlobs: 0,
  sampledBytes: 0,
  copies: 0,
  hashedCopies: 0,
}

/** Returns the progress of a proof that has not begun. */
export function beginProof(
  manifest: Manifest,
  manifestSha256: string,
  now: number,
  onlyHashes: boolean,
): ProofProgress {
  return {
    phase: 'load',
    onlyHashes,
    startedAt: now,
    manifestSha256,
    loading: beginLoad({ manifest }),
    loadMilliseconds: 0,
    done: 0,
    after: [],
    missing: {},
    seed: Array.from(crypto.getRandomValues(new Uint8Array(32)), (byte) => byte.toString(16).padStart(2, '0')).join(''),
    checked: nothingChecked,
    deletedSegments: 0,
    unnamedCopies: 0,
    damagedCopies: [],
    findings: [],
    findingCount: 0,
  }
}

/** Does the next slice, until the phase is `done`. */
export async function proofSlice(proving: Proving, at: ProofProgress): Promise<ProofProgress> {
  switch (at.phase) {
    case 'load':
      return timed(proving, at, loadNext)
    case 'rows':
      return compareParts(proving, at)
    case 'counts':
      return compareCounts(proving, at)
    case 'manifests':
      return walkManifests(proving, at)
    case 'segments':
      return checkSegments(proving, at)
    case 'sample':
      return sampleBlob(proving, at)
    case 'copies':
      return checkCopies(proving, at)
    case 'kept-copies':
      return checkKeptCopies(proving, at)
    case 'hash-copies':
      return hashNextCopy(proving, at)
    case 'finish':
      return timed(proving, at, finish)
    case 'empty':
      await dropTables(proving.drill)
      return { ...at, phase: 'write' }
    case 'write':
      if (!at.onlyHashes || at.findingCount > 0) await writeProof(proving, proofOf(proving, at))
      // After it is written down. No reader takes such bytes, and the next backup copies what the bucket lacks.
      await deleteBackupObjects(proving.backups, at.damagedCopies)
      return { ...at, phase: 'done' }
    case 'done':
      return at
  }
}

/** Adds the time of a slice to that of loading. */
async function timed(
  proving: Proving,
  at: ProofProgress,
  slice: (proving: Proving, at: ProofProgress) => Promise<ProofProgress>,
): Promise<ProofProgress> {
  const began = proving.clock()
  const progress = await slice(proving, at)
  return { ...progress, loadMilliseconds: at.loadMilliseconds + proving.clock() - began }
}

async function loadNext(proving: Proving, at: ProofProgress): Promise<ProofProgress> {
  try {
    const loading = await loadSlice(loadingOf(proving), at.loading)
    if (at.onlyHashes && loading.phase !== 'verify') return { ...at, loading, phase: 'write' }
    return { ...at, loading, phase: loading.phase === 'loaded' ? 'rows' : 'load' }
  } catch (error) {
    // All else may pass, and says nothing of the backup.
    if (!isDamage(error)) throw error
    const found = withFindings(at, [{ kind: 'not-loaded', sentence: error.message }])
    return { ...at, ...found, phase: at.onlyHashes ? 'write' : 'empty' }
  }
}

const loadingOf = ({ backups, drill, manifest, sealing, limits }: Proving): Loading => ({
  backups,
  db: drill,
  manifest,
  sealing,
  limits: limits.load,
  // The drill is no one else's, and no one asks it.
  guard: {},
  away: {},
})

/** Gives the tables their names, their triggers and today's schema, as the end of a restore does. */
async function finish(proving: Proving, at: ProofProgress): Promise<ProofProgress> {
  // A slice that died may have done it.
  if (await isAnyTableAway(proving.drill)) await finishLoad(loadingOf(proving), at.loading, {})
  return { ...at, phase: 'empty' }
}

function proofOf({ manifest, clock }: Proving, at: ProofProgress): Proof {
  const endedAt = clock()
  const isProven = at.findingCount === 0
  const seconds = (milliseconds: number): number => Math.max(0, Math.round(milliseconds) / 1000)
  const dropped = Object.values(at.loading.dropped ?? {})
  return {
    format: 1,
    backup: manifest.id,
    manifestSha256: at.manifestSha256,
    state: isProven ? 'proven' : 'failed',
    startedAt: at.startedAt,
    endedAt,
    rtoSeconds: isProven ? seconds(at.loadMilliseconds) : null,
    rpoSeconds: isProven ? seconds(endedAt - manifest.createdAt) : null,
    checked: at.checked,
    droppedRows: dropped.reduce((sum, rows) => sum + rows, 0),
    deletedSegments: at.deletedSegments,
    findings: [...at.findings],
    findingCount: at.findingCount,
  }
}

/** Returns what is known of a backup of which nothing could be read. */
export const failedUnread = (backup: string, manifestSha256: string, now: number, finding: string): Proof => ({
  format: 1,
  backup,
  manifestSha256,
  state: 'failed',
  startedAt: now,
  endedAt: now,
  rtoSeconds: null,
  rpoSeconds: null,
  checked: nothingChecked,
  droppedRows: 0,
  deletedSegments: 0,
  findings: [finding],
  findingCount: 1,
})

/** Writes what a proof found beside the manifest. */
export async function writeProof({ backups }: Pick<Proving, 'backups'>, proof: Proof): Promise<void> {
  await putBackupObject(backups, proofKey(proof.backup), JSON.stringify(proof), proofMetadata(proof))
}
