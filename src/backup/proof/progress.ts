/** How far a proof is: the checkpoint of its job. */
import * as z from 'zod'
import { loadProgress } from '../load/loading.ts'
import { proofSchema } from './proof-document.ts'

const counts = z.record(z.string(), z.int())

export const proofProgress = z.object({
  phase: z.enum([
    'load',
    'rows',
    'counts',
    'manifests',
    'segments',
    'sample',
    'copies',
    'kept-copies',
    'hash-copies',
    'finish',
    'empty',
    'write',
    'done',
  ]),
  /** It only checks hashes, and restores nothing. */
  onlyHashes: z.boolean(),
  startedAt: z.int(),
  /** The manifest that is proven: another one under its name is another backup. */
  manifestSha256: z.string(),
  loading: loadProgress,
  /** How long loading took: the sum of its slices. */
  loadMilliseconds: z.number(),
  /** How many parts were compared, or tables were counted. */
  done: z.int(),
  /** The key of the last manifest, segment or sampled blob that was looked at. */
  after: z.array(z.union([z.string(), z.number()])),
  /** How many rows of the backup were not restored, by table. */
  missing: counts,
  /** Random hexadecimal digits: each proof takes another sample. */
  seed: z.string(),
  checked: proofSchema.shape.checked,
  deletedSegments: z.int(),
  /** How many objects of content the backup lacks that its manifest does not name. */
  unnamedCopies: z.int().default(0),
  /** Objects of content that have other bytes than their names say. */
  damagedCopies: z.array(z.string()).default([]),
  findings: z.array(z.string()),
  findingCount: z.int(),
})
export type ProofProgress = z.infer<typeof proofProgress>
