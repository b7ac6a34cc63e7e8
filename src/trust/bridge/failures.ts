/** The failures of the bridge between Notary and other signatures. */
import { errorsOf, type FailureTypes } from '../../failures/failure.ts'
import type { RepositoryName } from '../../names.ts'

export const bridgeFailures = {
  'signature-copied': {
    status: 403,
    ociCode: 'DENIED',
    apiCode: 'SIGNATURE_COPIED',
    sentence: ({ repository }: { repository: RepositoryName }) =>
      `the registry has not made this signature for ${repository}, and its signatures hold where it makes them: sign the image with Docker there, and the registry restates that`,
  },
} as const satisfies FailureTypes

export const bridgeError = errorsOf(bridgeFailures)
