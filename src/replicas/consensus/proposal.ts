/**
 * One proposal: CASPaxos' proposer, from the first prepare to a decided value, with restarts after conflicts. Network,
 * clock and randomness are passed in, for the reason in `rounds.ts`.
 *
 * Two things go beyond the paper:
 *
 * - **The value names the replicas.** So a change of the members is built only on a version that is known to be
 *   decided, and is sent only after a quorum of the new configuration has promised. Without the first rule, two
 *   proposals could follow their own undecided configurations to quorums that do not intersect. Without the second, an
 *   unreachable new replica could stop the register.
 * - **A change is made once.** If its accept messages got no quorum, another proposer may still complete them. The
 *   value names the proposal that made it, so a later attempt recognizes its own work.
 */
import type { Change, ClusterState, Refusal } from './cluster-state.ts'
import { isQuorum, type Configuration } from './quorum.ts'
import { Rounds, type Answer, type Ask, type Evicted, type Failed } from './rounds.ts'

export interface Rest {
  readonly kind: 'rest'
  readonly milliseconds: number
}

export type Proposing<Result> = Generator<Ask | Rest, Result, readonly Answer[]>

export interface ProposalOptions {
  /** A unique name for this proposal, since no other may use its ballots: `crypto.randomUUID()`. */
  readonly proposerId: string
  /** Returns a number from 0 up to 1, as `Math.random` does. */
  readonly random: () => number
  /** The most ballots to try. */
  readonly attempts: number
}

export type ProposeResult =
  | { readonly kind: 'decided'; readonly value: ClusterState }
  /** The change refused the state `value`, which is decided. */
  | { readonly kind: 'refused'; readonly refusal: Refusal; readonly value: ClusterState }
  | NotDecided

/** `mayBeDecided`: accept messages were sent, so the change may be or become decided. A read tells. */
export type NotDecided =
  | { readonly kind: 'no-majority' | 'contention'; readonly mayBeDecided: boolean }
  | (Evicted & { readonly mayBeDecided: boolean })
  /** The members hold no register. */
  | { readonly kind: 'unfounded'; readonly mayBeDecided: boolean }

/** The value to send to the acceptors, and the result once they accept it. */
interface Aim {
  readonly value: ClusterState
  /** Undefined if the value only proves the version that the next attempt builds on. */
  readonly result: ProposeResult | undefined
  /** The configuration that the next attempt will propose. */
  readonly invited?: Configuration
}

const firstProposalPauseMilliseconds = 50
const longestProposalPauseMilliseconds = 2000

/** Runs one proposal. @param known the configuration that was seen last, whose members are asked first */
export function* proposal(
  known: Configuration,
  change: Change,
  { proposerId, random, attempts }: ProposalOptions,
): Proposing<ProposeResult> {
  const rounds = new Rounds(known, proposerId)
  let lowestSent = Infinity
  let provenVersion: number | undefined
  let failure: Failed = { kind: 'failed', why: 'no-majority' }
  let failures = 0
  const mayBeDecided = (): boolean => lowestSent < Infinity

  for (let attempt = 0; attempt < attempts; attempt++) {
    if (failures > 0) yield pause(failures, random)
    const prepared = yield* rounds.prepare()
    if (prepared.kind === 'learned') continue
    if (prepared.kind === 'failed') {
      failure = prepared
      failures++
      continue
    }
    if (prepared.kind !== 'prepared') return { ...prepared, mayBeDecided: mayBeDecided() }

    const { base, promised } = prepared
    // Another proposer may have built on an earlier message of this proposal: no answer can rule that out.
    if (base.madeBy !== proposerId && base.version > lowestSent) return { kind: 'contention', mayBeDecided: true }
    const aim = aimAt(base, change, proposerId, base.version === provenVersion)
    if (aim.invited !== undefined) rounds.invite(aim.invited)
    if (!isQuorum(aim.value, promised)) {
      failure = { kind: 'failed', why: 'no-majority' }
      failures++
      continue
    }
    if (aim.value !== base) lowestSent = Math.min(lowestSent, aim.value.version)

    const accepted = yield* rounds.accept(base, aim.value)
    if (accepted.kind === 'evicted') return { ...accepted, mayBeDecided: mayBeDecided() }
    if (accepted.kind === 'decided') {
      if (aim.result !== undefined) return aim.result
      provenVersion = base.version
    } else {
      failure = accepted
      failures++
    }
  }
  return { kind: failure.why, mayBeDecided: mayBeDecided() }
}

/**
 * Applies the change to the value from the promises (CASPaxos). A read or a refusal proposes that value again under the
 * new ballot, since it may not be decided yet.
 */
function aimAt(base: ClusterState, change: Change, proposerId: string, isProven: boolean): Aim {
  if (base.madeBy === proposerId) return { value: base, result: { kind: 'decided', value: base } }
  const outcome = change(base)
  if (outcome.kind === 'refused') return { value: base, result: { ...outcome, value: base } }
  if (outcome.state === base) return { value: base, result: { kind: 'decided', value: base } }
  const value = { ...outcome.state, version: base.version + 1, madeBy: proposerId }
  const isNewConfiguration = value.members !== base.members || value.leaving !== base.leaving
  if (isNewConfiguration && !isProven) return { value: base, result: undefined, invited: value }
  return { value, result: { kind: 'decided', value } }
}

/** Returns a random part of a time that doubles with each failure, so that two proposers do not collide again. */
function pause(failures: number, random: () => number): Rest {
  const longest = Math.min(longestProposalPauseMilliseconds, firstProposalPauseMilliseconds * 2 ** (failures - 1))
  return { kind: 'rest', milliseconds: Math.ceil(random() * longest) }
}
