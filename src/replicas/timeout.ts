/** Waiting for others, but not for ever. */

/** Rejects when the work takes longer; what it still does then, and how it ends, concerns nobody any more. */
export async function withinTime<Result>(work: Promise<Result>, milliseconds: number): Promise<Result> {
  const timer = new AbortController()
  const limit = scheduler.wait(milliseconds, { signal: timer.signal }).then((): never => {
    throw new Error(`no answer within ${milliseconds} ms`)
  })
  try {
    return await Promise.race([work, limit])
  } finally {
    // A loser of the race may still fail, which must not look like a failure that nobody handles.
    work.catch(() => undefined)
    limit.catch(() => undefined)
    timer.abort()
  }
}
