/**
 * What alerts and metrics tell of backups. A job of backups writes it to one small object at its end, so a monitoring
 * system that asks every few seconds costs one read and no list of the bucket, and it outlives the database.
 */
import * as z from 'zod'
import { RegistryError } from '../../errors.ts'
import { putBackupObject, readBackupText, type BackupBucket } from '../../storage/backups.ts'
import { findBackups, isWhole, stateOf, type FoundBackup } from '../backups.ts'
import { standingKey } from '../keys.ts'

const time = z.int()

const standing = z.object({
  /** How many backups have a manifest. */
  count: z.int(),
  newest: z.object({ id: z.string(), createdAt: time, isEncrypted: z.boolean() }).nullable(),
  newestProven: z
    .object({
      id: z.string(),
      createdAt: time,
      provenAt: time,
      rtoSeconds: z.number(),
      rpoSeconds: z.number(),
    })
    .nullable(),
  /** The newest backup whose last proof failed. */
  failed: z.object({ id: z.string(), createdAt: time, finding: z.string() }).nullable(),
})
export type Standing = z.infer<typeof standing>

export const noBackups: Standing = { count: 0, newest: null, newestProven: null, failed: null }

/** Sums up a list of backups, the newest first. */
export function standingOf(found: readonly FoundBackup[]): Standing {
  const whole = found.filter(isWhole)
  const inState = (state: 'proven' | 'failed') => whole.find((backup) => stateOf(backup) === state)
  const [newest] = whole
  const proven = inState('proven')
  const failed = inState('failed')
  return {
    count: whole.length,
    newest: newest === undefined ? null : { ...dated(newest), isEncrypted: newest.summary.encrypted === 'true' },
    newestProven:
      proven?.proof === undefined
        ? null
        : {
            ...dated(proven),
            provenAt: proven.proof.endedAt,
            rtoSeconds: proven.proof.rtoSeconds ?? 0,
            rpoSeconds: proven.proof.rpoSeconds ?? 0,
          },
    failed: failed?.proof === undefined ? null : { ...dated(failed), finding: failed.proof.finding },
  }
}

const dated = ({ id, summary }: { readonly id: string; readonly summary: { readonly createdAt: number } }) => ({
  id,
  createdAt: summary.createdAt,
})

/** Writes how things stand after a change of the backups. */
export async function writeStanding(backups: BackupBucket): Promise<void> {
  await putBackupObject(backups, standingKey, JSON.stringify(standingOf(await findBackups(backups))))
}

/** Reads how things stood after the last change; as without backups before the first one. @throws RegistryError `storage-unavailable` */
export async function readStanding(backups: BackupBucket): Promise<Standing> {
  const text = await readBackupText(backups, standingKey)
  if (text === undefined) return noBackups
  return standing.safeParse(jsonIn(text)).data ?? noBackups
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Reads how things stood, or tells why the bucket of backups cannot be read. */
export async function standingOrOutage(backups: BackupBucket): Promise<Standing | RegistryError> {
  try {
    return await readStanding(backups)
  } catch (error) {
    if (error instanceof RegistryError && error.type.isOutage === true) return error
    throw error
  }
}
