/** Lists backups by what the bucket has, which also holds when the database is lost. */
import { backupObjects, type BackupBucket } from '../storage/backups.ts'
import { backupOf, backupsPrefix, manifestKey } from './keys.ts'
import { summaryIn, type Summary } from './manifest.ts'

export interface FoundBackup {
  readonly id: string
  /** Undefined while it has no manifest. */
  readonly summary: Summary | undefined
}

/** Lists all backups, the newest first and before them those without a manifest. */
export async function findBackups(backups: BackupBucket): Promise<readonly FoundBackup[]> {
  const found = new Map<string, Summary | undefined>()
  for await (const page of backupObjects(backups, backupsPrefix)) {
    for (const { key, metadata } of page) {
      const id = backupOf(key)
      if (key === manifestKey(id)) found.set(id, summaryIn(metadata))
      else if (!found.has(id)) found.set(id, undefined)
    }
  }
  const timeOf = ({ summary }: FoundBackup): number => summary?.createdAt ?? Infinity
  return Array.from(found, ([id, summary]) => ({ id, summary })).sort((one, other) =>
    compare(timeOf(other), timeOf(one)),
  )
}

const compare = (one: number, other: number): number => (one === other ? 0 : one < other ? -1 : 1)
