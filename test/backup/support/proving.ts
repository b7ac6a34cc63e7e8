/** Proves slice by slice, as the job does, with a checkpoint that is JSON. */
import { env } from 'cloudflare:workers'
import { openDatabase } from '../../../src/db/database.ts'
import { testContext } from '../../support/context.ts'
import { tables } from '../../../src/installed.ts'
import { usualLoadLimits } from '../../../src/backup/load/loading.ts'
import { openBackup } from '../../../src/backup/sealing/open.ts'
import { proofKey } from '../../../src/backup/keys.ts'
import { proofSchema, type Proof } from '../../../src/backup/proof/proof-document.ts'
import { proofProgress, type ProofProgress } from '../../../src/backup/proof/progress.ts'
import { beginProof, proofSlice } from '../../../src/backup/proof/prover.ts'
import type { Proving } from '../../../src/backup/proof/proving.ts'

/** A test has one part or page of most things, and more slices than the job. */
export const smallProofLimits: Proving['limits'] = {
  load: { ...usualLoadLimits, partsOfSlice: 4 },
  partsOfSlice: 4,
  bytesOfSlice: 100_000,
  tablesOfSlice: 20,
  manifestsOfSlice: 1,
  segmentsOfSlice: 2,
  sampledBlobs: 16,
  largestSampled: 1_000_000,
}

export async function provingOf(id: string, changes: Partial<Proving> = {}): Promise<Proving> {
  const opened = await openBackup({ backups: env.BACKUPS, secrets: testContext().secrets, id })
  if (opened === undefined) throw new Error(`there is no backup ${id}`)
  return {
    backups: env.BACKUPS,
    bucket: env.BUCKET,
    db: openDatabase(env.DB),
    drill: openDatabase(env.DRILL),
    clock: Date.now,
    ...opened,
    tables,
    limits: smallProofLimits,
    ...changes,
  }
}

/** @param between what happens before the slices of a phase */
export async function proveAll(
  proving: Proving,
  between: (phase: ProofProgress['phase']) => Promise<void> = async () => {},
): Promise<Proof> {
  let at = beginProof(proving.manifest, 'of the manifest', Date.now(), false)
  let seen = ''
  while (at.phase !== 'done') {
    if (at.phase !== seen) await between(at.phase)
    seen = at.phase
    at = proofProgress.parse(JSON.parse(JSON.stringify(await proofSlice(proving, at))))
  }
  return writtenProof(proving.manifest.id)
}

export async function writtenProof(id: string): Promise<Proof> {
  const object = await env.BACKUPS.get(proofKey(id))
  return proofSchema.parse(await object?.json())
}

export async function drillTables(): Promise<string[]> {
  const { results } = await env.DRILL.prepare(
    String.raw`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE '\_cf%' ESCAPE '\'`,
  ).all<{ name: string }>()
  return results.map(({ name }) => name)
}
