/**
 * What the register holds: the few facts of a cluster that must never be decided twice, and the changes that can be
 * made to them. A change is a pure function of the state before (CASPaxos: the change function); it may be called again
 * with another state when its proposal has to begin anew. The proposer counts the versions.
 *
 * Fencing tokens are `epoch * 2^32 + counter`: each acquisition of the lock and each switch gets one that is higher than
 * all before, also than those of earlier epochs, even ones that an emergency repair has lost.
 */
import type { Configuration, Member } from './quorum.ts'

export interface ReadOnly {
  readonly token: number
  readonly on: boolean
  readonly reason: string
  /** Milliseconds since 1970; null when it ends by hand alone. */
  readonly until: number | null
  readonly by: string
}

export interface GcLock {
  readonly token: number
  readonly holder: string
  /** Milliseconds since 1970. */
  readonly until: number
  /** The token of the switch to read-only that came with it (see `gc-lock.ts`). */
  readonly gate?: number
}

export interface ClusterState extends Configuration {
  /** The proposal that made this version, so that it knows its own when its accept messages got no answer. */
  readonly madeBy: string
  readonly readOnly: ReadOnly
  readonly gcLock: GcLock | null
  readonly lastToken: number
}

export type Refusal =
  | { readonly kind: 'lock-held'; readonly lock: GcLock }
  /** Another proposer has switched or acquired since, or the lock was released. */
  | { readonly kind: 'stale-token'; readonly token: number; readonly current: number | undefined }
  | { readonly kind: 'already-a-member'; readonly id: string }
  | { readonly kind: 'not-a-member'; readonly id: string }
  | { readonly kind: 'last-member'; readonly id: string }
  | { readonly kind: 'too-many-members'; readonly limit: number }
  /** Finish that change first; any proposer may. */
  | { readonly kind: 'change-under-way'; readonly members: readonly Member[]; readonly leaving: readonly Member[] }

export type Change = (state: ClusterState) => Changed | Refused
export interface Changed {
  readonly kind: 'changed'
  /** The same object as before when nothing is to change. */
  readonly state: ClusterState
}
export interface Refused {
  readonly kind: 'refused'
  readonly refusal: Refusal
}

export const mostMembers = 7
const tokensAnEpoch = 2 ** 32

/** The first version of a new cluster: writable, unlocked. */
export function foundingState(members: readonly Member[]): ClusterState {
  const state = { version: 1, epoch: 1, members, madeBy: 'founding', gcLock: null }
  const token = tokensAnEpoch
  return { ...state, readOnly: { token, on: false, reason: '', until: null, by: '' }, lastToken: token }
}

/** Fresh, also in the first change after a new epoch began. */
export function nextToken({ epoch, lastToken }: Pick<ClusterState, 'epoch' | 'lastToken'>): number {
  return Math.max(epoch * tokensAnEpoch, lastToken) + 1
}

const changed = (state: ClusterState): Changed => ({ kind: 'changed', state })
const refused = (refusal: Refusal): Refused => ({ kind: 'refused', refusal })

/** A read is a proposal that changes nothing. */
export const identity: Change = changed

/**
 * Switches read-only mode on or off.
 *
 * @param onlyAfter the token of the switch that this one may follow, so that turning off one's own switch does not undo
 *   a later switch of another caller
 */
export function setReadOnly(wanted: Omit<ReadOnly, 'token'>, onlyAfter?: number): Change {
  return (state) => {
    const current = state.readOnly.token
    if (onlyAfter !== undefined && onlyAfter !== current) {
      return refused({ kind: 'stale-token', token: onlyAfter, current })
    }
    const token = nextToken(state)
    return changed({ ...state, readOnly: { ...wanted, token }, lastToken: token })
  }
}

/** Takes the lock if it is free or expired. The token in the decided state is the holder's proof. */
export function acquireGcLock(holder: string, until: number, now: number): Change {
  return (state) => {
    if (state.gcLock !== null && now < state.gcLock.until) return refused({ kind: 'lock-held', lock: state.gcLock })
    const token = nextToken(state)
    return changed({ ...state, gcLock: { token, holder, until }, lastToken: token })
  }
}

/** Extends the lock, even an expired one, as long as no other holder has taken it: the token tells. */
export function renewGcLock(token: number, until: number): Change {
  return (state) => {
    const lock = state.gcLock
    if (lock?.token !== token) return refused({ kind: 'stale-token', token, current: lock?.token })
    return changed({ ...state, gcLock: { ...lock, until } })
  }
}

export function releaseGcLock(token: number): Change {
  return (state) => {
    const current = state.gcLock?.token
    if (current !== token) return refused({ kind: 'stale-token', token, current })
    return changed({ ...state, gcLock: null })
  }
}

/** The first of two steps, C to joint(C, C'): from here on a majority of both has to agree. */
export function beginJoin(member: Member): Change {
  return (state) => {
    if (state.leaving !== undefined) return refused(underWay(state.members, state.leaving))
    if (isMember(state, member.id)) return refused({ kind: 'already-a-member', id: member.id })
    if (state.members.length >= mostMembers) return refused({ kind: 'too-many-members', limit: mostMembers })
    return changed({ ...state, members: [...state.members, member], leaving: state.members })
  }
}

export function beginRemove(id: string): Change {
  return (state) => {
    if (state.leaving !== undefined) return refused(underWay(state.members, state.leaving))
    if (!isMember(state, id)) return refused({ kind: 'not-a-member', id })
    if (state.members.length === 1) return refused({ kind: 'last-member', id })
    return changed({ ...state, members: state.members.filter((member) => member.id !== id), leaving: state.members })
  }
}

/** The second step, joint(C, C') to C'. Nothing changes when no change is under way. */
export const finishChange: Change = (state) => {
  if (state.leaving === undefined) return changed(state)
  const { leaving: _, ...finished } = state
  return changed(finished)
}

const isMember = ({ members }: ClusterState, id: string): boolean => members.some((member) => member.id === id)
const underWay = (members: readonly Member[], leaving: readonly Member[]): Refusal => ({
  kind: 'change-under-way',
  members,
  leaving,
})
