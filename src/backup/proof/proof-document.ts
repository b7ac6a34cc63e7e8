/** What a proof of a backup found: `proof.json` beside the manifest, and in short its metadata. */
import * as z from 'zod'
import type { BackupMetadata } from '../../storage/backups.ts'
import { fieldsIn } from '../metadata.ts'

const count = z.int().nonnegative()

export const proofSchema = z.object({
  format: z.literal(1),
  /** The id of the backup, and the SHA-256 of its manifest. */
  backup: z.string(),
  manifestSha256: z.string(),
  state: z.enum(['proven', 'failed']),
  startedAt: z.int(),
  /** When it ended, in milliseconds since 1970. */
  endedAt: z.int(),
  /** The seconds that it took to read, check and load the backup; null when it could not be loaded. */
  rtoSeconds: z.number().nullable(),
  /** The seconds from the beginning of the backup to the end of its proof; null for one that failed. */
  rpoSeconds: z.number().nullable(),
  /** What was looked at. */
  checked: z.object({
    parts: count,
    bytes: count,
    rows: count,
    manifests: count,
    segments: count,
    sampledBlobs: count,
    sampledBytes: count,
    /** Objects of the content of the backup, and those of them that were hashed. */
    copies: count.default(0),
    hashedCopies: count.default(0),
  }),
  /** Rows that a restore leaves out, as what they name was deleted while the backup was made. */
  droppedRows: count,
  /** Segments that garbage collection deleted after the backup. */
  deletedSegments: count,
  /** A sentence for each of the first findings, and how many there are. */
  findings: z.array(z.string()),
  findingCount: count,
})
export type Proof = z.infer<typeof proofSchema>

/** A finding is longer in no list. */
const longestShown = 500

const summary = z.object({
  manifestSha256: z.string(),
  state: z.enum(['proven', 'failed']),
  endedAt: z.coerce.number(),
  // S3 keeps no empty text.
  rtoSeconds: z.string().default(''),
  rpoSeconds: z.string().default(''),
  finding: z.string().default(''),
})

/** What a list shows of a proof. */
export interface ProofSummary {
  readonly manifestSha256: string
  readonly state: 'proven' | 'failed'
  readonly endedAt: number
  readonly rtoSeconds: number | null
  readonly rpoSeconds: number | null
  /** The first finding; empty for a proven backup. */
  readonly finding: string
}

/** Returns what a list shows of a proof, as metadata of its object. */
export function proofMetadata(proof: Proof): Readonly<Record<string, string>> {
  const { manifestSha256, state, endedAt, rtoSeconds, rpoSeconds, findings } = proof
  // Metadata are headers.
  const finding = (findings[0] ?? '').slice(0, longestShown).replaceAll(/[^ -~]/g, '?')
  return {
    manifestSha256,
    state,
    endedAt: String(endedAt),
    rtoSeconds: String(rtoSeconds ?? ''),
    rpoSeconds: String(rpoSeconds ?? ''),
    finding,
  }
}

/** Reads what a list shows of a proof; undefined for an object that another program wrote. */
export function proofIn(metadata: BackupMetadata): ProofSummary | undefined {
  const { data } = summary.safeParse(fieldsIn(metadata, Object.keys(summary.shape)))
  if (data === undefined) return undefined
  return { ...data, rtoSeconds: secondsOf(data.rtoSeconds), rpoSeconds: secondsOf(data.rpoSeconds) }
}

const secondsOf = (text: string): number | null => (text === '' ? null : Number(text))
