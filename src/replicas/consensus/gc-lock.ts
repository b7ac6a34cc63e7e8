/**
 * Changes the garbage collection lock and read-only mode at once: so a crash cannot separate the two, and no holder
 * takes another caller's switch for its own.
 *
 * A change here never refuses. Its proposer reads the outcome from the decided state.
 */
import { acquireGcLock, nextToken, releaseGcLock, renewGcLock, setReadOnly } from './cluster-state.ts'
import type { Change, Changed, ClusterState, GcLock, ReadOnly } from './cluster-state.ts'

export interface Taking {
  /** The id of the job, which identifies the holder also after a crash. */
  readonly holder: string
  readonly until: number
  readonly now: number
  /** The reason for read-only mode; undefined leaves the mode as it is. */
  readonly closing: string | undefined
}

const asItWas = (state: ClusterState): Changed => ({ kind: 'changed', state })

/** Applies a change to the state. A refused change leaves the state as it is. */
const applied = (state: ClusterState, change: Change): ClusterState => {
  const outcome = change(state)
  return outcome.kind === 'refused' ? state : outcome.state
}

/**
 * Takes the lock with a fresh token if it is free, expired, or held for the same job, whose earlier worker may not know
 * yet that it has lost the lock. Closes the registry, unless it is already closed or another caller has opened it since
 * this holder closed it.
 */
export function takeGcLock({ holder, until, now, closing }: Taking): Change {
  return (state) => {
    const before = state.gcLock
    const goesOn = before?.holder === holder
    const free = goesOn ? { ...state, gcLock: null } : state
    const taken = applied(free, acquireGcLock(holder, until, now))
    if (taken === free) return asItWas(state)
    if (before !== null && isGateOf(before, state)) {
      // The switch of this holder, or of one that crashed.
      return asItWas(closing === undefined ? opened(taken) : closed(taken, closing, until))
    }
    if (goesOn || closing === undefined || isOn(state.readOnly, now)) return asItWas(taken)
    return asItWas(closed(taken, closing, until))
  }
}

/** Extends the lock, and the closure of the registry with it. */
export function keepGcLock(token: number, until: number): Change {
  return (state) => {
    const kept = applied(state, renewGcLock(token, until))
    if (kept === state || kept.gcLock === null || !isGateOf(kept.gcLock, kept)) return asItWas(kept)
    return asItWas(closed(kept, kept.readOnly.reason, until))
  }
}

/** Releases the lock, and opens the registry with it. @param isTheirs recognizes the lock, by token or holder */
export function leaveGcLock(isTheirs: (lock: GcLock) => boolean): Change {
  return (state) => {
    const lock = state.gcLock
    if (lock === null || !isTheirs(lock)) return asItWas(state)
    const left = applied(state, releaseGcLock(lock.token))
    return asItWas(isGateOf(lock, state) ? opened(left) : left)
  }
}

/** Tells whether the switch in force is the one that was made with the lock. */
export const isGateOf = (lock: GcLock, { readOnly }: Pick<ClusterState, 'readOnly'>): boolean =>
  lock.gate === readOnly.token

const isOn = ({ on, until }: ReadOnly, now: number): boolean => on && (until === null || until > now)

function closed(state: ClusterState, reason: string, until: number): ClusterState {
  const gate = nextToken(state)
  const switched = applied(state, setReadOnly({ on: true, reason, until, by: '' }))
  return switched.gcLock === null ? switched : { ...switched, gcLock: { ...switched.gcLock, gate } }
}

const opened = (state: ClusterState): ClusterState =>
  applied(state, setReadOnly({ on: false, reason: '', until: null, by: '' }))
