import { expect, it } from 'vitest'
import { ballotAfter, compareBallots, foundingBallot, higherBallot } from '../../../src/replicas/consensus/ballot.ts'

const ballots = [
  foundingBallot,
  { counter: 1, proposer: 'a' },
  { counter: 1, proposer: 'b' },
  { counter: 2, proposer: 'a' },
  { counter: 10, proposer: 'B' },
]

it('orders ballots by counter, and then by proposer', () => {
  ballots.forEach((one, at) => {
    ballots.forEach((other, place) => {
      expect(Math.sign(compareBallots(one, other))).toBe(Math.sign(at - place))
      expect(higherBallot(one, other)).toEqual(ballots[Math.max(at, place)])
    })
  })
})

it('exceeds every ballot seen from any proposer', () => {
  for (const seen of ballots) expect(compareBallots(ballotAfter(seen, ''), seen)).toBeGreaterThan(0)
})
