/** Failures of restorations. */
import { phrase, type ExpectedError, type FailureTypes, type PhraseOf } from '../../failures/failure.ts'
import { quote } from '../../failures/text.ts'

const whyNoRecovery = {
  'not-set': () =>
    'this registry has no recovery secret: set BREAKWATER_RECOVERY_SECRET with "npx wrangler secret put BREAKWATER_RECOVERY_SECRET", or in the environment of "npm start"',
  wrong: () =>
    'the recovery secret is wrong: send the one that BREAKWATER_RECOVERY_SECRET of the registry has, or set another one there',
  'token-wrong': () =>
    'the token of this restore is wrong or of an earlier one: begin the restore of the same backup again, which goes on where it is',
} as const
export type WhyNoRecovery = PhraseOf<typeof whyNoRecovery>

/** The sentence with which the backup was refused, as `load/failures.ts` and others declare it. */
type Refusal = ExpectedError['message']

export const restoreFailures = {
  'recovery-refused': {
    status: 401,
    ociCode: 'UNAUTHORIZED',
    apiCode: 'RECOVERY_REFUSED',
    sentence: ({ reason }: { reason: WhyNoRecovery }) => phrase(whyNoRecovery, reason),
  },
  'recovery-throttled': {
    status: 429,
    ociCode: 'TOOMANYREQUESTS',
    apiCode: 'TOO_MANY_REQUESTS',
    sentence: ({ seconds }: { seconds: number }) =>
      `too many wrong recovery secrets came from your network: wait ${seconds} seconds and try again`,
    retryAfterSeconds: ({ seconds }: { seconds: number }) => seconds,
  },
  'backup-unknown': {
    status: 404,
    ociCode: 'UNKNOWN',
    apiCode: 'NO_SUCH_BACKUP',
    sentence: ({ id }: { id: string }) =>
      `there is no backup ${quote(id)} in the bucket of backups: "breakwater backup list" shows those that there are`,
  },
  'backup-unfinished': {
    status: 409,
    ociCode: 'DENIED',
    apiCode: 'BACKUP_UNFINISHED',
    sentence: ({ id }: { id: string }) =>
      `the backup ${id} was begun and is not whole, so it cannot be restored: wait until its job is done, or take another one of "breakwater backup list"`,
  },
  'restore-overwrites': {
    status: 409,
    ociCode: 'DENIED',
    apiCode: 'RESTORE_OVERWRITES',
    sentence: () =>
      'this registry has accounts, and a restore replaces them and all repositories with those of the backup: say "overwrite": true in the request, or --yes, if that is meant',
  },
  'restore-under-way': {
    status: 409,
    ociCode: 'DENIED',
    apiCode: 'RESTORE_UNDER_WAY',
    sentence: ({ backup }: { backup: string }) =>
      `the backup ${backup} is being restored already: wait until that is done, or say "instead": true in the request, or --instead, to give it up`,
  },
  'restore-unknown': {
    status: 404,
    ociCode: 'UNKNOWN',
    apiCode: 'NO_SUCH_RESTORE',
    sentence: ({ id }: { id: string }) =>
      `there is no restore ${quote(id)}: "breakwater backup restore" begins one, and says its id`,
  },
  /** It ended before anything was changed. */
  'restore-failed': {
    status: 409,
    ociCode: 'UNKNOWN',
    apiCode: 'RESTORE_FAILED',
    sentence: ({ why }: { why: Refusal }) => `nothing was changed, as the backup cannot be restored: ${why}`,
  },
  /** The tables are away. */
  'restore-stuck': {
    status: 409,
    ociCode: 'UNKNOWN',
    apiCode: 'RESTORE_STUCK',
    sentence: ({ why }: { why: Refusal }) =>
      `the restore cannot go on, and the registry serves nothing until one is done (${why}): put the object back and begin it again, or restore another backup with --instead`,
  },
} as const satisfies FailureTypes
