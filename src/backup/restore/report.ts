/**
 * The report of a restoration, in the bucket of backups, where it outlives the database.
 *
 *   restores/<id>/report.json     what was restored, and what was not
 *   restores/<id>/lost/<number>   images that lost content, until the report has them; `revoked` the same
 */
import * as z from 'zod'
import { putBackupObject, headBackupObject, readBackupText, type BackupBucket } from '../../storage/backups.ts'
import { isId } from '../keys.ts'

/** A manifest that lost content: its own, or that of what it lists. */
const lostImage = z.object({ repository: z.string(), digest: z.string() })
export type LostImage = z.infer<typeof lostImage>

/** What was taken away after the backup. */
const revoked = z.object({
  kind: z.string(),
  owner: z.string(),
  label: z.string(),
  at: z.int(),
  /** It is inactive. Only tokens are held back. */
  isHeld: z.boolean(),
})
export type Revoked = z.infer<typeof revoked>

export const reportSchema = z.object({
  id: z.string(),
  backup: z.string(),
  /** The account that began it; empty for the holder of the recovery secret. */
  begunBy: z.string(),
  /** Milliseconds since 1970. */
  begunAt: z.int(),
  finishedAt: z.int().nullable(),
  /** The time of the backup: what changed since is not restored. */
  backupMadeAt: z.int().nullable(),
  /** Rows by table. */
  rows: z.record(z.string(), z.int()),
  /** Rows by table that named what the registry had deleted while it was backed up. */
  dropped: z.record(z.string(), z.int()),
  revoked: z.array(revoked),
  /** Why some of what was taken away is not known. */
  unknownRevocations: z.array(z.string()),
  /** Objects that were put back from the backup. */
  segmentsPutBack: z.int(),
  /** Objects that R2 lacks, or has with another size. */
  missingSegments: z.int(),
  lostImages: z.array(lostImage),
  /** The epoch of the replicas. */
  epoch: z.int().nullable(),
  /** Why nothing was restored; null where it was. */
  failure: z.string().nullable(),
})
export type Report = z.infer<typeof reportSchema>

const reportKey = (id: string): string => `restores/${id}/report.json`
/** What is found in slices, and kept in lists. */
export type Found = 'lost' | 'revoked'

const listKey = (id: string, found: Found, number: number): string =>
  `restores/${id}/${found}/${String(number).padStart(6, '0')}`

/** Stores a report. @param tokenHash of the token that reads it when the row of the restoration is gone */
export async function storeReport(backups: BackupBucket, report: Report, tokenHash: string): Promise<void> {
  await putBackupObject(backups, reportKey(report.id), JSON.stringify(report), { 'token-sha256': tokenHash })
}

/** Reads a report; undefined for a restoration that has none. */
export async function readReport(backups: BackupBucket, id: string): Promise<Report | undefined> {
  const text = isId(id) ? await readBackupText(backups, reportKey(id)) : undefined
  return text === undefined ? undefined : reportSchema.parse(JSON.parse(text))
}

/** Reads the hash of the token that may read the report. */
export const tokenHashOfReport = async (backups: BackupBucket, id: string): Promise<string | undefined> =>
  isId(id) ? (await headBackupObject(backups, reportKey(id)))?.metadata['token-sha256'] : undefined

/** Stores a list of what a slice found. */
export async function storeList(
  backups: BackupBucket,
  id: string,
  found: Found,
  number: number,
  some: readonly (LostImage | Revoked)[],
): Promise<void> {
  await putBackupObject(backups, listKey(id, found, number), JSON.stringify(some))
}

/** Reads what is in all lists. @param item the schema of what they list */
async function readLists<Item>(
  backups: BackupBucket,
  id: string,
  lists: { readonly found: Found; readonly count: number; readonly item: z.ZodType<Item> },
): Promise<Item[]> {
  const all: Item[] = []
  for (let number = 0; number < lists.count; number++) {
    const text = await readBackupText(backups, listKey(id, lists.found, number))
    if (text === undefined) throw new Error(`a list of the restore ${id} is gone: begin the restore again`)
    all.push(...z.array(lists.item).parse(JSON.parse(text)))
  }
  return all
}

export const readLostImages = (backups: BackupBucket, id: string, count: number): Promise<LostImage[]> =>
  readLists(backups, id, { found: 'lost', count, item: lostImage })

export const readRevoked = (backups: BackupBucket, id: string, count: number): Promise<Revoked[]> =>
  readLists(backups, id, { found: 'revoked', count, item: revoked })

/** Returns the keys of the lists, which are deleted when the report has them. */
export const keysOfLists = (id: string, found: Found, lists: number): readonly string[] =>
  Array.from({ length: lists }, (_, number) => listKey(id, found, number))
