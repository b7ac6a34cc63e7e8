/**
 * Tells R2's transient errors from those about the content. A transient error is retried where the bytes are in memory,
 * and is reported as the registry's fault, never the client's.
 */
import { RegistryError } from '../errors.ts'
import { ExpectedError } from '../failures/failure.ts'
import { pauseAfter, withinTime } from '../util/timeout.ts'

/** Transient by R2's documentation: an internal error, an unavailable service, too many requests for a key. */
const passingCodes = new Set([0, 10_001, 10_043, 10_058])

/** The first try and two more. */
const tries = 3

/** Three tries and their pauses together. */
export const longestCallMilliseconds = 30_000

/** A bucket does not have the bytes that it must have: asking again does not help. */
export class ContentLost extends Error {}

/** What a bucket that is not R2's says of a call, in the place of a number of R2. */
export class BucketError extends Error {
  override readonly name = 'BucketError'

  constructor(
    readonly meaning: 'passing' | 'beyond-end' | 'unknown-multipart' | 'other-content',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

const means = (error: unknown, meaning: BucketError['meaning']): boolean =>
  error instanceof BucketError && error.meaning === meaning

/** Recognizes R2's error 10039: the object ends before the range begins. */
export const isBeyondEnd = (error: unknown): boolean => codeOf(error) === 10_039 || means(error, 'beyond-end')

/** Recognizes R2's error 10024: the multipart upload was completed or aborted, or never was. */
export const isUnknownMultipart = (error: unknown): boolean =>
  codeOf(error) === 10_024 || means(error, 'unknown-multipart')

/** Recognizes R2's error 10037: the bytes have another hash than the call says. */
export const isOtherContent = (error: unknown): boolean => codeOf(error) === 10_037 || means(error, 'other-content')

/**
 * Tells whether an error may pass. A lost connection has no number; a TypeError without one is a defect of the caller.
 */
export function isPassing(error: unknown): boolean {
  if (error instanceof BucketError) return error.meaning === 'passing'
  const code = codeOf(error)
  if (code !== undefined) return passingCodes.has(code)
  return error instanceof Error && !(error instanceof TypeError || error instanceof ContentLost)
}

/** Turns a transient error into `storage-unavailable`, with the error of R2 as its cause. */
export function asFailure(error: unknown): unknown {
  if (error instanceof ExpectedError || !isPassing(error)) return error
  return new RegistryError({ kind: 'storage-unavailable' }, { cause: error })
}

/** Recognizes what a transient error is turned into. */
export const isUnavailable = (error: unknown): error is RegistryError =>
  error instanceof RegistryError && error.failure.kind === 'storage-unavailable'

/**
 * Sends R2 a call that may be repeated: a read, or a write of bytes that stay in memory until it is done.
 *
 * @throws RegistryError `storage-unavailable` when R2 fails three times, or does not answer. A call that does not
 *   answer is not repeated, and its buffer must not be used again: R2 may still be reading it.
 */
export async function askStorage<Result>(
  ask: () => Promise<Result>,
  longestMilliseconds = longestCallMilliseconds,
): Promise<Result> {
  const deadline = Date.now() + longestMilliseconds
  return readThrough(() => withinTime(ask(), deadline - Date.now(), () => noAnswer(longestMilliseconds)))
}

/**
 * Reads streams of R2 to their ends, however long that takes. One may break off in the middle, so all of the reading is
 * repeated.
 *
 * @throws RegistryError `storage-unavailable` when R2 fails as often as it is tried
 */
export async function readThrough<Result>(read: () => Promise<Result>, mostTries = tries): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await read()
    } catch (error) {
      if (attempt === mostTries || error instanceof ExpectedError || !isPassing(error)) throw asFailure(error)
      await pauseAfter(attempt)
    }
  }
}

/** Sends bytes of a stream, which cannot be sent again: one try. */
export async function sendToStorage<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await withinTime(work, longestCallMilliseconds, () => noAnswer(longestCallMilliseconds))
  } catch (error) {
    throw asFailure(error)
  }
}

const noAnswer = (milliseconds: number): RegistryError =>
  new RegistryError(
    { kind: 'storage-unavailable' },
    { cause: new Error(`the bucket did not answer within ${milliseconds} ms`) },
  )

/** Reads the number of R2's error, which stands in parentheses at the end of the message. */
function codeOf(error: unknown): number | undefined {
  const [, code] = /\((0|\d{5})\)\s*$/.exec(error instanceof Error ? error.message : '') ?? []
  return code === undefined ? undefined : Number(code)
}
