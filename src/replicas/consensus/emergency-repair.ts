/**
 * Recovery from a permanently lost majority: one surviving replica becomes the cluster, in a new epoch. Decisions that
 * it has not learned are lost, so only an operator may request it. The other replicas are evicted: their messages, and
 * those of proposers that still use them, name an older epoch.
 */
import type { AcceptorState } from './acceptor.ts'
import { mostMembers, nextToken, type ReadOnly } from './cluster-state.ts'
import { voters } from './quorum.ts'

export type Repaired =
  | { readonly kind: 'repaired'; readonly state: AcceptorState }
  /** The replica never was a member, so it has no state to repair from. */
  | { readonly kind: 'nothing-accepted' }
  /** The replica was removed before: repair from one that was not. */
  | { readonly kind: 'not-a-member' }

/** The knowledge of the caller of the repair. */
export interface Surroundings {
  /** The highest epoch that any replica or the database reports. */
  readonly epoch: number
  /** The last switch in force, from any source. */
  readonly readOnly?: ReadOnly
}

/**
 * Returns the repaired state, which must be made durable in one write. Releases the lock, since its holder may be gone.
 * Keeps the last known position of the read-only switch under a fresh token, even if the survivor missed it.
 */
export function emergencyRepair(survivor: AcceptorState, around: Surroundings = { epoch: 0 }): Repaired {
  const { identity, accepted } = survivor
  if (accepted === undefined) return { kind: 'nothing-accepted' }
  const { leaving: _, ...before } = accepted.value
  const members = voters(accepted.value)
  const place = members.findIndex(({ id }) => id === identity.replica)
  const self = members[place]
  if (self === undefined) return { kind: 'not-a-member' }
  const epoch = epochAfter(Math.max(before.epoch, around.epoch), place)
  const last = around.readOnly === undefined ? before.readOnly : laterOf(before.readOnly, around.readOnly)
  const token = nextToken({ epoch, lastToken: Math.max(before.lastToken, last.token) })
  const value = {
    ...before,
    epoch,
    version: before.version + 1,
    madeBy: `emergency repair of ${identity.replica}`,
    members: [self],
    readOnly: { ...last, token },
    gcLock: null,
    lastToken: token,
  }
  return {
    kind: 'repaired',
    state: { ...survivor, identity: { ...identity, epoch }, accepted: { ballot: accepted.ballot, value } },
  }
}

const laterOf = (one: ReadOnly, other: ReadOnly): ReadOnly => (other.token > one.token ? other : one)

/**
 * Returns the next epoch whose remainder is the place of the survivor. Two operators who repair a cluster from two
 * survivors at once so begin different epochs, and never issue the same fencing token twice.
 */
function epochAfter(epoch: number, place: number): number {
  const next = epoch + 1
  const gap = (place - next) % mostMembers
  return next + (gap < 0 ? gap + mostMembers : gap)
}
