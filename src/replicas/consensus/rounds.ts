/**
 * The two rounds of a proposer, CASPaxos prepare and CASPaxos accept, and what it learns in them: who the replicas are,
 * and how high the ballots have become.
 *
 * They are generators, which yield what to send and are resumed with the answers, so that the same code runs over a
 * network (`proposer.ts`) and in a simulation that decides about every message.
 */
import { ballotAfter, compareBallots, foundingBallot, higherBallot, type Ballot } from './ballot.ts'
import type { ClusterState } from './cluster-state.ts'
import type { Accepted, Message, Reply } from './messages.ts'
import { isQuorum, voters, type Configuration, type Member } from './quorum.ts'

export interface Answer {
  readonly from: string
  readonly reply: Reply
}

/** Send the message to all of these, and come back with the answers as soon as they are enough or no more will come. */
export interface Ask {
  readonly kind: 'ask'
  readonly to: readonly Member[]
  readonly message: Message
  /** When each of these has a quorum of `accepted`, the value is decided; empty for a prepare. */
  readonly decidedBy: readonly Configuration[]
  readonly enough: (answers: readonly Answer[]) => boolean
}

export type Asking<Result> = Generator<Ask, Result, readonly Answer[]>

/** A newer epoch exists: the proposer counts on replicas that are no longer the cluster. */
export interface Evicted {
  readonly kind: 'evicted'
  readonly epoch: number
  readonly configuration: Configuration | undefined
}

export interface Failed {
  readonly kind: 'failed'
  /** Whether another proposer was faster or too few replicas answered. */
  readonly why: 'contention' | 'no-majority'
}

export type Prepared =
  | { readonly kind: 'prepared'; readonly base: ClusterState; readonly promised: ReadonlySet<string> }
  /** Members turned up that were not asked: begin anew, with them. */
  | { readonly kind: 'learned' }
  /** A quorum of what was taken for the members has accepted nothing at all. */
  | { readonly kind: 'unfounded' }
  | Evicted
  | Failed

export class Rounds {
  readonly #proposer: string
  readonly #people = new Map<string, Member>()
  #configuration: Configuration
  #invited: Configuration | undefined
  /** That of the attempt under way. */
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

  /** From now on, prepare wants a quorum of this configuration as well, which is not decided yet. */
  invite(configuration: Configuration): void {
    this.#invited = configuration
    this.#meet(configuration)
  }

  /**
   * CASPaxos prepare: the value of the highest ballot that a promise tells of is the one to build on, once the promises
   * are a quorum of the configuration _of that value_. What the proposer knew before only says whom to ask.
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
    return this.#people.size > asked.length ? { kind: 'learned' } : failed(answers)
  }

  /** CASPaxos accept: decided by a quorum of the configuration of the new value and of the one it was built on. */
  *accept(base: ClusterState, value: ClusterState): Asking<{ readonly kind: 'decided' } | Evicted | Failed> {
    const decidedBy = base === value ? [value] : [base, value]
    this.#meet(value)
    const enough = (given: readonly Answer[]): boolean =>
      isAgreed(decidedBy, given, 'accepted') || this.#isHopeless(decidedBy, given)
    const message = { kind: 'accept', ballot: this.#ballot, value } as const
    const answers = yield { kind: 'ask', to: this.#allMembers(), message, decidedBy, enough }
    // First, as nothing that an evicted majority decides counts any more.
    const evicted = this.#learn(answers)
    if (evicted !== undefined) return evicted
    return isAgreed(decidedBy, answers, 'accepted') ? { kind: 'decided' } : failed(answers)
  }

  #allMembers(): Member[] {
    return [...this.#people.values()]
  }

  #meet(configuration: Configuration): void {
    for (const member of voters(configuration)) this.#people.set(member.id, member)
  }

  /** Refusals tell how high the next ballot must be, or that all is in vain. */
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

  /** No answer that may still come can make a quorum, so there is nothing to wait for. */
  #isHopeless(needed: readonly Configuration[], answers: readonly Answer[]): boolean {
    if (answers.some(({ reply }) => this.#evictedBy(reply) !== undefined)) return true
    const refusing = answers.filter(({ reply }) => reply.kind === 'overtaken' || reply.kind === 'other-epoch')
    if (refusing.length === 0) return false
    const possible = new Set(needed.flatMap(voters).map(({ id }) => id))
    for (const { from } of refusing) possible.delete(from)
    return !needed.every((configuration) => isQuorum(configuration, possible))
  }
}

/** CASPaxos prepare: the accepted value of the highest ballot. */
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
