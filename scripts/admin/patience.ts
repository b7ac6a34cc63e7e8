/** Asks a registry again that is too busy, starts, or misses its database or its storage for a while. */
import { setTimeout as sleep } from 'node:timers/promises'
import { NoAnswer, Refusal } from './api.ts'

export interface Patience {
  /** Tells whether an error may pass; by default as `mayPass`. */
  readonly passes: (error: unknown) => boolean
  /** Tells of each error before the next try. */
  readonly waits: (error: unknown) => void
  readonly clock: () => number
  readonly pause: (milliseconds: number) => Promise<unknown>
}

/** A registry that starts again needs a while. */
const patienceMilliseconds = 120_000
const longestPauseMilliseconds = 8000

const passingStatuses: ReadonlySet<number> = new Set([429, 502, 503, 504])

/** Tells whether the registry said that it may answer later. */
export const isLater = (error: unknown): boolean => error instanceof Refusal && passingStatuses.has(error.status)

/** Tells whether the registry did not answer, or said that it may do so later. */
export const mayPass = (error: unknown): boolean => error instanceof NoAnswer || isLater(error)

/** Asks again, with longer and longer pauses, for two minutes. Only for what may be done twice. @throws the last error */
export async function patiently<Result>(
  ask: () => Promise<Result>,
  { passes = mayPass, waits, clock = Date.now, pause = sleep }: Partial<Patience> = {},
): Promise<Result> {
  const begun = clock()
  for (let milliseconds = 1000; ; milliseconds = Math.min(longestPauseMilliseconds, milliseconds * 2)) {
    try {
      return await ask()
    } catch (error) {
      if (!passes(error) || clock() - begun > patienceMilliseconds) throw error
      waits?.(error)
    }
    await pause(milliseconds)
  }
}
