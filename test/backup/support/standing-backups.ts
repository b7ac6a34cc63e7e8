/** Backups of which only manifest, proof and parts stand in the bucket, so that a test has many at no cost. */
import { env } from 'cloudflare:workers'
import { manifestKey, partKey, proofKey } from '../../../src/backup/keys.ts'
import { metadataOf, type Manifest } from '../../../src/backup/manifest.ts'
import { proofMetadata, type Proof } from '../../../src/backup/proof/proof-document.ts'

export interface StandingBackup {
  readonly id: string
  readonly createdAt: number
  readonly state?: 'proven' | 'failed'
  /** The names of its parts: hashes that need not be true. */
  readonly parts?: readonly string[]
  readonly findings?: readonly string[]
}

/** Puts a backup into the bucket. */
export async function standingBackup({
  id,
  createdAt,
  state,
  parts = [],
  findings = [],
}: StandingBackup): Promise<void> {
  const manifest: Manifest = {
    format: 1,
    id,
    createdAt,
    completedAt: createdAt + 1000,
    schema: '0001_first.sql',
    marks: { epoch: 1, gateToken: 1, lockToken: 1, sequences: {} },
    encryption: null,
    content: null,
    tables: [],
    ddl: [],
    parts: parts.map((name) => ({
      table: 'tags',
      first: ['1', 'a'],
      last: ['1', 'b'],
      rows: { tags: 1 },
      sha256: '0'.repeat(64),
      bytes: 1,
      object: partKey(name),
      storedSha256: '0'.repeat(64),
      storedBytes: 1,
      isNew: true,
    })),
    sha256: '0'.repeat(64),
  }
  await env.BACKUPS.put(manifestKey(id), JSON.stringify(manifest), { customMetadata: metadataOf(manifest, id) })
  for (const name of parts) await env.BACKUPS.put(partKey(name), name)
  if (state === undefined) return
  const proof: Proof = {
    format: 1,
    backup: id,
    manifestSha256: id,
    state,
    startedAt: createdAt + 2000,
    endedAt: createdAt + 5000,
    rtoSeconds: 2,
    rpoSeconds: state === 'proven' ? 5 : null,
    checked: {
      parts: 0,
      bytes: 0,
      rows: 0,
      manifests: 0,
      segments: 0,
      sampledBlobs: 0,
      sampledBytes: 0,
      copies: 0,
      hashedCopies: 0,
    },
    droppedRows: 0,
    deletedSegments: 0,
    findings: [...findings],
    findingCount: findings.length,
  }
  await env.BACKUPS.put(proofKey(id), JSON.stringify(proof), { customMetadata: { ...proofMetadata(proof) } })
}
