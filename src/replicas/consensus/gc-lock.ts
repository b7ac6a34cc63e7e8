/**
 * The garbage collection lock together with the switch to read-only mode, in one change: so a crash cannot separate the
 * two, and no holder mistakes another caller's switch for its own.
 *
 * A change here never refuses. Its proposer reads the outcome from the decided state.
 */
import { acquireGcLock, nextToken, releaseGcLock, renewGcLock, setReadOnly } from './cluster-state.ts'
import type { Change, Changed, ClusterState, GcLock, ReadOnly } from './cluster-state.ts'

export interface Taking {
  /** Who they are, also after a crash: the id of the job. */
  readonly holder: string
  readonly until: number
  readonly now: number
  /** Why the registry is to be read-only; undefined: it stays as it is. */
  readonly closing: string | undefined
}

const asItWas = (state: ClusterState): Changed => ({ kind: 'changed', state })

/** Does to the state what a change makes of it; what refuses it leaves it as it was. */
const applied = (state: ClusterState, change: Change): ClusterState => {
  const outcome = change(state)
  return outcome.kind === 'refused' ? state : outcome.state
}

/**
 * Takes the lock, with a fresh token, if it is free, expired, or held for the same job: an earlier worker of that job may
 * not know yet that it has lost it. Closes the registry unless it is already closed, or another caller has opened it
 * since this holder closed it.
 */
export function takeGcLock({ holder, until, now, closing }: Taking): Change {
  return (state) => {
    const before = state.gcLock
    const goesOn = before?.holder === holder
    const free = goesOn ? { ...state, gcLock: null } : state
    const taken = applied(free, acquireGcLock(holder, until, now))
    if (taken === free) return asItWas(state)
    if (before !== null && isGateOf(before, state)) {
      // Of this holder, or of one that died.
      return asItWas(closing === undefined ? opened(taken) : closed(taken, closing, until))
    }
    if (goesOn || closing === undefined || isOn(state.readOnly, now)) return asItWas(taken)
    return asItWas(closed(taken, closing, until))
  }
}

/** Holds the lock for longer, and the registry closed with it. */
export function keepGcLock(token: number, until: number): Change {
  return (state) => {
    const kept = applied(state, renewGcLock(token, until))
    if (kept === state || kept.gcLock === null || !isGateOf(kept.gcLock, kept)) return asItWas(kept)
    return asItWas(closed(kept, kept.readOnly.reason, until))
  }
}

/** Gives the lock back, and opens the registry with it. @param isTheirs by the token, or by the holder */
export function leaveGcLock(isTheirs: (lock: GcLock) => boolean): Change {
  return (state) => {
    const lock = state.gcLock
    if (lock === null || !isTheirs(lock)) return asItWas(state)
    const left = applied(state, releaseGcLock(lock.token))
    return asItWas(isGateOf(lock, state) ? opened(left) : left)
  }
}

/** Whether the switch that is in force is the one that came with the lock. */
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
