/**
 * The content of the register: the few facts of a cluster that must never be decided twice, and the changes to them. A
 * change is a pure function of the state before it (CASPaxos: the change function). It is called again with another
 * state if its proposal starts again. The proposer counts the versions.
 *
 * Fencing tokens are `epoch * 2^32 + counter`. Each acquisition of the lock and each switch gets a token that is higher
 * than all before, including those of earlier epochs, even if an emergency repair has lost them.
 */
import type { Configuration, Member } from './quorum.ts'

export interface ReadOnly {
  readonly token: number
  readonly on: boolean
  readonly reason: string
  /** Milliseconds since 1970; null if an administrator must end it. */
  readonly until: number | null
  readonly by: string
}

export interface GcLock {
  readonly token: number
  readonly holder: string
  /** Milliseconds since 1970. */
  readonly until: number
  /** The token of the read-only switch that was made with the lock (see `gc-lock.ts`). */
  readonly gate?: number
}

export interface ClusterState extends Configuration {
  /** The proposal that made this version, which so recognizes it after its accept messages got no answer. */
  readonly madeBy: string
  readonly readOnly: ReadOnly
  readonly gcLock: GcLock | null
  readonly lastToken: number
}

export type Refusal =
  | { readonly kind: 'lock-held'; readonly lock: GcLock }
  /** Another proposer has switched read-only mode or taken the lock since, or the lock was released. */
  | { readonly kind: 'stale-token'; readonly token: number; readonly current: number | undefined }
  | { readonly kind: 'already-a-member'; readonly id: string }
  | { readonly kind: 'not-a-member'; readonly id: string }
  | { readonly kind: 'last-member'; readonly id: string }
  | { readonly kind: 'too-many-members'; readonly limit: number }
  /** Another change is unfinished. Any proposer may finish it, and must do so first. */
  | { readonly kind: 'change-under-way'; readonly members: readonly Member[]; readonly leaving: readonly Member[] }

export type Change = (state: ClusterState) => Changed | Refused
export interface Changed {
  readonly kind: 'changed'
  /** The same object as before if nothing changes. */
  readonly state: ClusterState
}
export interface Refused {
  readonly kind: 'refused'
  readonly refusal: Refusal
}

export const mostMembers = 7
export const tokensAnEpoch = 2 ** 32

/** Returns the first version of a new cluster: writable, unlocked. */
export function foundingState(members: readonly Member[]): ClusterState {
  const state = { version: 1, epoch: 1, members, madeBy: 'founding', gcLock: null }
  const token = tokensAnEpoch
  return { ...state, readOnly: { token, on: false, reason: '', until: null, by: '' }, lastToken: token }
}

/** Returns a fresh token, also for the first change of a new epoch. */
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
 * @param onlyAfter the token of the switch that this one may follow: so a caller that ends its own switch does not undo
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

/** Extends the lock, even an expired one, unless another holder has taken it, which the token tells. */
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

/** Makes the first of two steps, C to joint(C, C'): from then on, a majority of both must agree. */
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

/** Makes the second step, joint(C, C') to C'. Changes nothing if no change is in progress. */
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
