/**
 * Ballots order the attempts to change the register. CASPaxos needs a total order and unique ballots, so a ballot is a
 * counter and the name of its proposal: counters alone could be equal.
 */

export interface Ballot {
  readonly counter: number
  /** The unique name of the proposal that uses it: two proposals must never share a ballot. */
  readonly proposer: string
}

/** Compares ballots. @returns a negative number when `one` is lower than `other`, zero when they are equal */
export function compareBallots(one: Ballot, other: Ballot): number {
  if (one.counter !== other.counter) return one.counter - other.counter
  if (one.proposer === other.proposer) return 0
  return one.proposer < other.proposer ? -1 : 1
}

/** The ballot of the first version, which the founders have accepted. Every proposal has a higher one. */
export const foundingBallot: Ballot = { counter: 0, proposer: '' }

/** Returns the proposer's next ballot after a conflict (CASPaxos): higher than all that it has used or seen. */
export function ballotAfter(seen: Ballot, proposer: string): Ballot {
  return { counter: seen.counter + 1, proposer }
}

export function higherBallot(one: Ballot, other: Ballot): Ballot {
  return compareBallots(one, other) < 0 ? other : one
}
