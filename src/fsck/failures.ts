/** What is refused about fsck. */
import { errorsOf, type FailureTypes } from '../failures/failure.ts'

export const fsckFailures = {
  'fsck-cursor-invalid': {
    status: 400,
    ociCode: 'UNSUPPORTED',
    apiCode: 'INVALID_JSON',
    sentence: () => 'the request body is not valid: cursor: it must be "next" of the previous page',
  },
} as const satisfies FailureTypes

export const fsckError = errorsOf(fsckFailures)
