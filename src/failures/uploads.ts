/** Failures about uploads and the bodies that carry them. */
import { phrase, type FailureTypes, type PhraseOf } from './failure.ts'

const whyUploadInvalid = {
  'chunks-too-many': ({ limit }: { limit: number }) => `it already has ${limit} chunks; start again with larger ones`,
  'body-too-long': ({ limitBytes }: { limitBytes: number }) =>
    `a body of unknown length may have at most ${limitBytes} bytes; send it in several chunks`,
  'content-range-malformed': () =>
    'Content-Range must be "<first byte>-<last byte>", like "0-1023"; send the chunk again',
} as const

export const uploadsFailures = {
  'upload-unknown': {
    status: 404,
    ociCode: 'BLOB_UPLOAD_UNKNOWN',
    apiCode: 'NO_SUCH_REF',
    sentence: () => 'there is no such upload: it was finished or canceled, or it expired; start a new one with POST',
  },
  'upload-invalid': {
    status: 400,
    ociCode: 'BLOB_UPLOAD_INVALID',
    apiCode: 'INVALID_PARAMETERS',
    sentence: ({ reason }: { reason: PhraseOf<typeof whyUploadInvalid> }) =>
      `the upload cannot continue: ${phrase(whyUploadInvalid, reason)}`,
  },
  'chunk-out-of-order': {
    status: 416,
    ociCode: 'BLOB_UPLOAD_INVALID',
    apiCode: 'INVALID_PARAMETERS',
    sentence: ({ offsetBytes }: { offsetBytes: number }) =>
      `the next chunk must start at byte ${offsetBytes}: ask for the status of the upload with GET and continue from there`,
  },
  'size-mismatch': {
    status: 400,
    ociCode: 'SIZE_INVALID',
    apiCode: 'INVALID_PARAMETERS',
    sentence: ({ expectedBytes, actualBytes }: { expectedBytes: number; actualBytes: number | undefined }) =>
      `the length does not match: ${expectedBytes} bytes were announced${actualBytes === undefined ? '' : `, ${actualBytes} arrived`}; send the content again`,
  },
  'body-interrupted': {
    status: 400,
    ociCode: 'SIZE_INVALID',
    apiCode: 'INVALID_JSON',
    sentence: () =>
      'the connection closed before the whole body arrived: send it again; to continue a chunked upload, GET its location and send the bytes after the range it reports',
  },
  /** The sender fell silent in the middle of a body. */
  'body-stalled': {
    status: 408,
    ociCode: 'SIZE_INVALID',
    apiCode: 'INVALID_JSON',
    sentence: () =>
      'the body stopped arriving, so the request timed out: send it again; to continue a chunked upload, GET its location and send the bytes after the range it reports',
  },
} as const satisfies FailureTypes
