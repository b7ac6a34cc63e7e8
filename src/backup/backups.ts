/** Lists backups by what the bucket has, which also holds when the database is lost. */
import { backupObjects, describeBackupObjects, type BackupBucket } from '../storage/backups.ts'
import { backupOf, backupsPrefix, manifestKey, proofKey } from './keys.ts'
import { summaryIn, type Summary } from './manifest.ts'
import { proofIn, type ProofSummary } from './proof/proof-document.ts'

export interface FoundBackup {
  readonly id: string
  /** Undefined while it has no manifest. */
  readonly summary: Summary | undefined
  /** Undefined before its first proof has ended. One of another manifest, which stood in its place, is none. */
  readonly proof: ProofSummary | undefined
}

/** A backup that has a manifest. */
export type WholeBackup = FoundBackup & { readonly summary: Summary }

export const isWhole = (backup: FoundBackup): backup is WholeBackup => backup.summary !== undefined

/** Lists all backups, the newest first and before them those without a manifest. */
export async function findBackups(backups: BackupBucket): Promise<readonly FoundBackup[]> {
  const found = new Map<string, FoundBackup>()
  const described = []
  for await (const page of backupObjects(backups, backupsPrefix)) {
    for (const { key } of page) found.set(backupOf(key), { id: backupOf(key), summary: undefined, proof: undefined })
    described.push(...page.filter(({ key }) => [manifestKey, proofKey].some((keyOf) => key === keyOf(backupOf(key)))))
  }
  for (const { key, metadata } of await describeBackupObjects(backups, described)) {
    const id = backupOf(key)
    const before = found.get(id) ?? { id, summary: undefined, proof: undefined }
    if (key === manifestKey(id)) found.set(id, { ...before, summary: summaryIn(metadata) })
    else found.set(id, { ...before, proof: proofIn(metadata) })
  }
  const timeOf = ({ summary }: FoundBackup): number => summary?.createdAt ?? Infinity
  return [...found.values()]
    .map(({ id, summary, proof }) => ({
      id,
      summary,
      proof: proof?.manifestSha256 === summary?.sha256 ? proof : undefined,
    }))
    .sort((one, other) => compare(timeOf(other), timeOf(one)))
}

const compare = (one: number, other: number): number => (one === other ? 0 : one < other ? -1 : 1)

/** Returns what is known of a whole backup; `unproven` also while its proof goes on. */
export const stateOf = ({ proof }: WholeBackup): 'proven' | 'failed' | 'unproven' => proof?.state ?? 'unproven'
