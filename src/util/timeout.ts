/** Waits for others, but not forever. */

/**
 * Rejects if the work takes longer. The work itself continues, and its outcome is ignored.
 *
 * @param late makes the error of work that takes too long
 */
export async function withinTime<Result>(
  work: Promise<Result>,
  milliseconds: number,
  late: () => Error = () => new Error(`no answer within ${milliseconds} ms`),
): Promise<Result> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), milliseconds)
  })
  try {
    return await Promise.race([work, limit])
  } finally {
    clearTimeout(timer)
    // A loser of the race may still fail, which must not look like a failure that has no handler.
    work.catch(() => undefined)
  }
}

const firstRetryPauseMilliseconds = 100

/**
 * Waits before another attempt, longer each time and of random length, so that requests that failed together spread
 * out.
 */
export const pauseAfter = (attempt: number): Promise<void> =>
  scheduler.wait(firstRetryPauseMilliseconds * 3 ** (attempt - 1) * (0.5 + Math.random()))
