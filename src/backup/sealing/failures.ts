/** Failures of encrypted backups. */
import { errorsOf, ExpectedError, phrase, type FailureTypes, type PhraseOf } from '../../failures/failure.ts'
import * as z from 'zod'
import { quote } from '../../failures/text.ts'

const whySealed = {
  'no-key': () =>
    'this registry has no key for it: give an identity of one of its recipients with --identity FILE, or its data key as "dataKey"',
  'wrong-key': () => 'the data key is that of another backup: open key.age of this one',
  changed: () => 'its manifest was changed after it was written: use another backup',
} as const
export type WhySealed = PhraseOf<typeof whySealed>

export const sealingFailures = {
  'backup-sealed': {
    status: 409,
    ociCode: 'DENIED',
    apiCode: 'BACKUP_SEALED',
    sentence: ({ backup, reason }: { backup: string; reason: WhySealed }) =>
      `the backup ${quote(backup)} is encrypted, and ${phrase(whySealed, reason)}`,
  },
} as const satisfies FailureTypes

export const sealingError = errorsOf(sealingFailures)

/** Tells whether an error says that the keys and the seal of a backup do not belong together, and not that a key is missing. */
export const isForged = (error: unknown): error is Error =>
  error instanceof ExpectedError && error.failure.kind === 'backup-sealed' && forged.safeParse(error.failure).success

const forged = z.object({ reason: z.object({ kind: z.enum(['wrong-key', 'changed']) }) })
