/**
 * The two rounds of a proposer, CASPaxos prepare and accept. From the answers it learns the replicas and the highest
 * ballot.
 *
 * Rounds are generators: they yield messages and are resumed with the answers. So the same code runs over a network
 * (`proposer.ts`) and in a simulation that decides the fate of every message.
 */
import { ballotAfter, compareBallots, foundingBallot, higherBallot, type Ballot } from './ballot.ts'
import type { ClusterState } from './cluster-state.ts'
import type { Accepted, Message, Reply } from './messages.ts'
import { isQuorum, voters, type Configuration, type Member } from './quorum.ts'

export interface Answer {
  readonly from: string
  readonly reply: Reply
}

/** A message to send to all of these members. Resume with the answers once they are enough, or no more will come. */
export interface Ask {
  readonly kind: 'ask'
  readonly to: readonly Member[]
  readonly message: Message
  /** The value is decided once each of these has a quorum of `accepted`; empty for a prepare. */
  readonly decidedBy: readonly Configuration[]
  readonly enough: (answers: readonly Answer[]) => boolean
}

export type Asking<Result> = Generator<Ask, Result, readonly Answer[]>

/** A newer epoch exists: the proposer's replicas are not the cluster any more. */
export interface Evicted {
  readonly kind: 'evicted'
  readonly epoch: number
  readonly configuration: Configuration | undefined
}

export interface Failed {
  readonly kind: 'failed'
  /** The reason: another proposer was faster, or too few replicas answered. */
  readonly why: 'contention' | 'no-majority'
}

export type Prepared =
  | { readonly kind: 'prepared'; readonly base: ClusterState; readonly promised: ReadonlySet<string> }
  /** The answers name members that were not asked: start again with them. */
  | { readonly kind: 'learned' }
  /** A quorum of the presumed members has never accepted a value. */
  | { readonly kind: 'unfounded' }
  | Evicted
  | Failed

export class Rounds {
  readonly #proposer: string
  readonly #members = new Map<string, Member>()
  #configuration: Configuration
  #invited: Configuration | undefined
  /** The ballot of the current attempt. */
  #ballot: Ballot
  /** The highest ballot seen from any proposer; the next attempt must exceed it. */
  #highestSeen: Ballot

  constructor(known: Configuration, proposer: string) {
    this.#configuration = known
    this.#proposer = proposer
    this.#ballot = ballotAfter(foundingBallot, proposer)
    this.#highestSeen = foundingBallot
    this.#meet(known)
  }

  /** Makes prepare require a quorum of this configuration too, although it is not decided yet. */
  invite(configuration: Configuration): void {
    this.#invited = configuration
    this.#meet(configuration)
  }

  /**
   * Prepares a ballot (CASPaxos). The proposer builds on the accepted value with the highest ballot among the promises,
   * once they are a quorum of the configuration _of that value_; the one known before only names the replicas to ask.
   */
  *prepare(): Asking<Prepared> {
    const ballot = ballotAfter(this.#highestSeen, this.#proposer)
    this.#ballot = ballot
    this.#highestSeen = ballot
    const message = { kind: 'prepare', ballot, configuration: this.#invited ?? this.#configuration } as const
    const asked = this.#allMembers()
    const enough = (given: readonly Answer[]): boolean => {
      const base = highest(given)?.value
      const needed = [base ?? this.#configuration, ...(this.#invited === undefined ? [] : [this.#invited])]
      return (base !== undefined && isAgreed(needed, given, 'promised')) || this.#isHopeless(needed, given)
    }
    const answers = yield { kind: 'ask', to: asked, message, decidedBy: [], enough }
    const evicted = this.#learn(answers)
    if (evicted !== undefined) return evicted
    const base = highest(answers)?.value
    const promised = agreeing(answers, 'promised')
    if (base === undefined) return isQuorum(this.#configuration, promised) ? { kind: 'unfounded' } : failed(answers)
    this.#meet(base)
    if (base.version > this.#configuration.version) this.#configuration = base
    if (isQuorum(base, promised)) return { kind: 'prepared', base, promised }
    return this.#members.size > asked.length ? { kind: 'learned' } : failed(answers)
  }

  /** Asks to accept a value (CASPaxos): it needs a quorum of its configuration, and one of that of its base. */
  *accept(base: ClusterState, value: ClusterState): Asking<{ readonly kind: 'decided' } | Evicted | Failed> {
    const decidedBy = base === value ? [value] : [base, value]
    this.#meet(value)
    const enough = (given: readonly Answer[]): boolean =>
      isAgreed(decidedBy, given, 'accepted') || this.#isHopeless(decidedBy, given)
    const message = { kind: 'accept', ballot: this.#ballot, value } as const
    const answers = yield { kind: 'ask', to: this.#allMembers(), message, decidedBy, enough }
    // First of all: the decisions of an evicted majority do not count.
    const evicted = this.#learn(answers)
    if (evicted !== undefined) return evicted
    return isAgreed(decidedBy, answers, 'accepted') ? { kind: 'decided' } : failed(answers)
  }

  #allMembers(): Member[] {
    return [...this.#members.values()]
  }

  #meet(configuration: Configuration): void {
    for (const member of voters(configuration)) this.#members.set(member.id, member)
  }

  /** Learns from refusals how high the next ballot must be, or that a newer epoch exists. */
  #learn(answers: readonly Answer[]): Evicted | undefined {
    for (const { reply } of answers) {
      if (reply.kind === 'overtaken') this.#highestSeen = higherBallot(this.#highestSeen, reply.promised)
      const evicted = this.#evictedBy(reply)
      if (evicted !== undefined) return evicted
    }
    return undefined
  }

  #evictedBy(reply: Reply): Evicted | undefined {
    if (reply.kind !== 'other-epoch' || reply.epoch <= this.#configuration.epoch) return undefined
    return { kind: 'evicted', epoch: reply.epoch, configuration: reply.configuration }
  }

  /** Tells whether no further answer can make a quorum, so that waiting is useless. */
  #isHopeless(needed: readonly Configuration[], answers: readonly Answer[]): boolean {
    if (answers.some(({ reply }) => this.#evictedBy(reply) !== undefined)) return true
    const refusing = answers.filter(({ reply }) => reply.kind === 'overtaken' || reply.kind === 'other-epoch')
    if (refusing.length === 0) return false
    const possible = new Set(needed.flatMap(voters).map(({ id }) => id))
    for (const { from } of refusing) possible.delete(from)
    return !needed.every((configuration) => isQuorum(configuration, possible))
  }
}

/** Returns the accepted value with the highest ballot (CASPaxos prepare). */
function highest(answers: readonly Answer[]): Accepted | undefined {
  let found: Accepted | undefined
  for (const { reply } of answers) {
    if (reply.kind !== 'promised' || reply.accepted === undefined) continue
    if (found === undefined || compareBallots(found.ballot, reply.accepted.ballot) < 0) found = reply.accepted
  }
  return found
}

const agreeing = (answers: readonly Answer[], kind: 'promised' | 'accepted'): Set<string> =>
  new Set(answers.filter(({ reply }) => reply.kind === kind).map(({ from }) => from))

function isAgreed(
  needed: readonly Configuration[],
  answers: readonly Answer[],
  kind: 'promised' | 'accepted',
): boolean {
  const ids = agreeing(answers, kind)
  return needed.every((configuration) => isQuorum(configuration, ids))
}

function failed(answers: readonly Answer[]): Failed {
  const wasOvertaken = answers.some(({ reply }) => reply.kind === 'overtaken')
  return { kind: 'failed', why: wasOvertaken ? 'contention' : 'no-majority' }
}
