/** What stops a sync of the directory. */
import { errorsOf, type FailureTypes } from '../../failures/failure.ts'

export const syncFailures = {
  'directory-sync-held': {
    status: 409,
    ociCode: 'DENIED',
    apiCode: 'DIRECTORY_SYNC_HELD',
    sentence: ({ reasons }: { reasons: readonly string[] }) =>
      `the sync changed nothing, as the directory shows far less than before (${reasons.join('; ')}): check the searches and what the reader may see, or run "identity sync --force" if this is right`,
  },
  'directory-search-endless': {
    status: 409,
    ociCode: 'UNKNOWN',
    apiCode: 'DIRECTORY_SEARCH_ENDLESS',
    sentence: ({ search }: { search: string }) =>
      `the search ${search} did not end in three turns of a worker: split it into smaller searches`,
  },
} as const satisfies FailureTypes

export const syncError = errorsOf(syncFailures)
