/** Failures of downloads. */
import { errorsOf, type FailureTypes } from '../../failures/failure.ts'
import { quote } from '../../failures/text.ts'

export const downloadFailures = {
  'download-refused': {
    status: 401,
    ociCode: 'UNAUTHORIZED',
    apiCode: 'DOWNLOAD_REFUSED',
    sentence: () =>
      'the ticket of the download is missing, of another backup or too old: "POST /api/v0/backups/{backupID}/downloads" gives one',
  },
  'download-object-unknown': {
    status: 404,
    ociCode: 'UNKNOWN',
    apiCode: 'NO_SUCH_OBJECT',
    sentence: ({ key }: { key: string }) =>
      `the backup has no object ${quote(key)}: it may have been deleted by retention meanwhile, so list the backups`,
  },
} as const satisfies FailureTypes

export const downloadError = errorsOf(downloadFailures)
