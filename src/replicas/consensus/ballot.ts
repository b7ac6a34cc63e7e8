/**
 * Ballots order the attempts to change the register. CASPaxos needs them in a total order and never used twice, so a
 * ballot is a counter with the name of the proposal that uses it: the counter alone would tie.
 */

export interface Ballot {
  readonly counter: number
  /** The one proposal that counts with it: a name that was never used before, as two proposals must not share a ballot. */
  readonly proposer: string
}

/** @returns negative when `one` is lower than `other`, zero when they are the same ballot */
export function compareBallots(one: Ballot, other: Ballot): number {
  if (one.counter !== other.counter) return one.counter - other.counter
  if (one.proposer === other.proposer) return 0
  return one.proposer < other.proposer ? -1 : 1
}

/** The ballot that founders have accepted the first version with; every proposal has a higher one. */
export const foundingBallot: Ballot = { counter: 0, proposer: '' }

/** CASPaxos, after a conflict: the proposer's own next ballot, higher than all it has used and was refused for. */
export function ballotAfter(seen: Ballot, proposer: string): Ballot {
  return { counter: seen.counter + 1, proposer }
}

export function higherBallot(one: Ballot, other: Ballot): Ballot {
  return compareBallots(one, other) < 0 ? other : one
}
