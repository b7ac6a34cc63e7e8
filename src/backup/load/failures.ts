/** The failures of backups that cannot be loaded. */
import { errorsOf, ExpectedError, phrase, type FailureTypes, type PhraseOf } from '../../failures/failure.ts'

/** What is wrong with an object of a backup. */
const damages = {
  missing: () => 'it is missing',
  size: ({ found, wanted }: { readonly found: number; readonly wanted: number }) =>
    `it has ${found} bytes in place of ${wanted}`,
  hash: () => 'its bytes are not those that were written',
  unreadable: () => 'it cannot be read',
  lines: () => 'its lines are not those that were written',
  rows: ({ table }: { readonly table: string }) => `it has another number of rows of ${table} than the backup says`,
}
export type Damage = PhraseOf<typeof damages>

export const loadFailures = {
  'backup-object-damaged': {
    status: 409,
    ociCode: 'UNKNOWN',
    apiCode: 'BACKUP_DAMAGED',
    sentence: ({
      backup,
      object,
      damage,
    }: {
      readonly backup: string
      readonly object: string
      readonly damage: Damage
    }) => `the backup ${backup} is damaged: ${object}: ${phrase(damages, damage)}; take another backup`,
  },
  'backup-manifest-damaged': {
    status: 409,
    ociCode: 'UNKNOWN',
    apiCode: 'BACKUP_DAMAGED',
    sentence: ({ backup }: { readonly backup: string }) =>
      `the manifest of the backup ${backup} is damaged: its hashes and counts do not fit together; take another backup`,
  },
  'backup-newer': {
    status: 409,
    ociCode: 'UNKNOWN',
    apiCode: 'BACKUP_NEWER',
    sentence: ({
      backup,
      schema,
      newest,
    }: {
      readonly backup: string
      readonly schema: string
      readonly newest: string
    }) =>
      `the backup ${backup} has the schema ${schema}, and this release knows ${newest} as the newest one: upgrade the registry, then restore the backup`,
  },
} satisfies FailureTypes

/** Tells whether an error says that a backup is damaged. */
export const isDamage = (error: unknown): error is Error =>
  error instanceof ExpectedError && ['backup-object-damaged', 'backup-manifest-damaged'].includes(error.failure.kind)

/** Makes the error of a backup that cannot be loaded. */
export const loadFailed = errorsOf(loadFailures)
