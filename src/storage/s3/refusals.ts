/**
 * What an answer of S3 that is no success means: it may pass, it is about the content, or the operator has to do something.
 * The codes are those of the S3 API, which all providers use; their messages are not read, as they may quote a request.
 */
import { RegistryError } from '../../errors.ts'
import type { WhyBackupBucketRefused } from '../../failures/outages.ts'
import { BucketError } from '../transient-errors.ts'

export interface Refusal {
  readonly status: number
  /** Undefined where the answer has none: to HEAD, or from what is no S3. */
  readonly code: string | undefined
}

const meanings: Readonly<Record<string, BucketError['meaning']>> = {
  InvalidRange: 'beyond-end',
  NoSuchUpload: 'unknown-multipart',
  XAmzContentSHA256Mismatch: 'other-content',
  BadDigest: 'other-content',
  SlowDown: 'passing',
  InternalError: 'passing',
  ServiceUnavailable: 'passing',
  RequestTimeout: 'passing',
  IncompleteBody: 'passing',
  OperationAborted: 'passing',
}

const [keyUnknown, notAllowed, otherRegion] = [
  { kind: 'key-unknown' },
  { kind: 'not-allowed' },
  { kind: 'other-region' },
] as const

const reasons: Readonly<Record<string, WhyBackupBucketRefused>> = {
  InvalidAccessKeyId: keyUnknown,
  Unauthorized: keyUnknown,
  SignatureDoesNotMatch: { kind: 'signature-wrong' },
  AccessDenied: notAllowed,
  NoSuchBucket: { kind: 'bucket-missing' },
  PermanentRedirect: otherRegion,
  TemporaryRedirect: otherRegion,
  AuthorizationHeaderMalformed: otherRegion,
  RequestTimeTooSkewed: { kind: 'clock-wrong' },
}

/** For answers without a code, as all to HEAD are. */
const reasonsByStatus: Readonly<Record<number, WhyBackupBucketRefused>> = {
  301: otherRegion,
  307: otherRegion,
  401: keyUnknown,
  403: notAllowed,
}

const isBusy = (status: number): boolean => status === 408 || status === 429 || (status >= 500 && status !== 501)

/** Makes the error of a refusal. @param method of the request, for the log */
export function refusalError({ status, code }: Refusal, method: string): Error {
  const said = `the bucket answered ${method} with ${status} ${code ?? ''}`
  const meaning = meanings[code ?? ''] ?? (isBusy(status) ? 'passing' : undefined)
  if (meaning !== undefined) return new BucketError(meaning, said)
  return new RegistryError(
    { kind: 'backup-bucket-refused', reason: reasonOf({ status, code }) },
    { cause: new Error(said) },
  )
}

function reasonOf({ status, code }: Refusal): WhyBackupBucketRefused {
  if (code === undefined) return reasonsByStatus[status] ?? { kind: 'no-s3', status }
  return reasons[code] ?? { kind: 'other', status, code }
}

/** Makes the error of an answer that S3 does not give. */
export const notS3 = (status: number): RegistryError =>
  new RegistryError({ kind: 'backup-bucket-refused', reason: { kind: 'no-s3', status } })
