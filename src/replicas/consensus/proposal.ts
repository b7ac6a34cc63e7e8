/**
 * One proposal: CASPaxos' proposer from the first prepare to a decided value, restarting after conflicts. Network, clock
 * and randomness are passed in: see `rounds.ts` for why.
 *
 * Two things go beyond the paper:
 *
 * - **The value says who the replicas are.** So a change of the members is only built on a version that is known to be
 *   decided, and is only sent when a quorum of the new configuration has promised. Without the first, two proposals
 *   could follow each their own undecided configuration to quorums that do not meet; without the second, a new replica
 *   that cannot be reached could stop the register.
 * - **A change is made once.** When accept messages got no quorum, another proposer may still have completed them: the
 *   value names the proposal that made it, so that a later attempt recognizes its own work.
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
  /** A fresh name for this proposal, never used before, as its ballots must be its own: `crypto.randomUUID()`. */
  readonly proposerId: string
  /** From 0 up to 1, as `Math.random`. */
  readonly random: () => number
  /** How many ballots at most. */
  readonly attempts: number
}

export type ProposeResult =
  | { readonly kind: 'decided'; readonly value: ClusterState }
  /** The change refused the state `value`, which is decided. */
  | { readonly kind: 'refused'; readonly refusal: Refusal; readonly value: ClusterState }
  | NotDecided

/** `mayBeDecided`: accept messages are on their way, so the change may be or become decided; read again to know. */
export type NotDecided =
  | { readonly kind: 'no-majority' | 'contention'; readonly mayBeDecided: boolean }
  | (Evicted & { readonly mayBeDecided: boolean })
  /** The members that were asked hold no register. */
  | { readonly kind: 'unfounded'; readonly mayBeDecided: boolean }

/** What to send to the acceptors, and what it means when they accept it. */
interface Aim {
  readonly value: ClusterState
  /** Undefined when it only proves what the next attempt builds on. */
  readonly result: ProposeResult | undefined
  /** The configuration that the next attempt is going to propose. */
  readonly invited?: Configuration
}

const firstProposalPauseMilliseconds = 50
const longestProposalPauseMilliseconds = 2000

/** @param known whom to ask first: the configuration that was seen last */
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
    // Another proposer may have built on an earlier message of ours, which can no longer be ruled out.
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
 * CASPaxos: apply the change to the value that the promises told of. Whatever the answer rests on is accepted once more
 * under the new ballot, also for a read and a refusal: it may have been seen before it was decided.
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

/** A random part of a time that doubles, so that proposers which met once do not meet again. */
function pause(failures: number, random: () => number): Rest {
  const longest = Math.min(longestProposalPauseMilliseconds, firstProposalPauseMilliseconds * 2 ** (failures - 1))
  return { kind: 'rest', milliseconds: Math.ceil(random() * longest) }
}
