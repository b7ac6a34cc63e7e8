/** Keeps a job for its worker while a slice runs, however long that takes, so that no other worker takes it up. */
import { RegistryError } from '../errors.ts'
import { beatMilliseconds, longestSliceMilliseconds } from './decisions.ts'

/** Waits, and ends early when the signal aborts. */
export type Sleep = (milliseconds: number, signal: AbortSignal) => Promise<void>

export interface Holding {
  readonly sleep: Sleep
  readonly clock: () => number
  /** Renews what the worker holds. @returns whether it still has the job */
  readonly renew: () => Promise<boolean>
}

/**
 * Waits for work and renews what the worker holds meanwhile. No renewal is under way any more when this ends, so what is
 * saved then is not changed by an older one.
 *
 * @returns undefined when another worker has the job; the work may go on, and its result is dropped
 * @throws RegistryError `slice-too-long`
 */
export async function whileHeld<Result>(work: Promise<Result>, holding: Holding): Promise<Result | undefined> {
  const ending = new AbortController()
  const beating = beat(ending.signal, holding)
  try {
    return await Promise.race([work, beating])
  } finally {
    ending.abort()
    await Promise.allSettled([beating])
    // Work that is dropped may still fail, which must not look like a failure that has no handler.
    work.catch(() => undefined)
  }
}

/** Renews until the signal aborts or another worker has the job. */
async function beat(signal: AbortSignal, { sleep, clock, renew }: Holding): Promise<undefined> {
  const begun = clock()
  for (;;) {
    await sleep(beatMilliseconds, signal)
    if (signal.aborted) return
    if (clock() - begun >= longestSliceMilliseconds) {
      throw new RegistryError({ kind: 'slice-too-long', minutes: longestSliceMilliseconds / 60_000 })
    }
    if (!(await renew())) return
  }
}
