import { expect, it } from 'vitest'
import { isQuorum, isVoter, majorityOf, voters, type Configuration } from '../../../src/replicas/consensus/quorum.ts'
import { members, member } from './cluster.ts'

const configuration = (count: number): Configuration => ({ epoch: 1, version: 1, members: members(count) })
const ids = (...indexes: number[]): Set<string> => new Set(indexes.map((index) => member(index).id))

it("needs DTR's majority", () => {
  expect([1, 2, 3, 4, 5, 6, 7].map(majorityOf)).toEqual([1, 2, 2, 3, 3, 4, 4])
  expect(isQuorum(configuration(3), ids(0, 2))).toBe(true)
  expect(isQuorum(configuration(3), ids(2))).toBe(false)
  expect(isQuorum(configuration(5), ids(0, 1, 2))).toBe(true)
  expect(isQuorum(configuration(5), ids(0, 1))).toBe(false)
})

it('does not count replicas that are not members', () => {
  expect(isQuorum(configuration(3), ids(0, 7, 8, 9))).toBe(false)
})

it('needs a majority of the old and one of the new members during a change', () => {
  const joining = { ...configuration(4), leaving: members(3) }
  expect(isQuorum(joining, ids(0, 1, 3))).toBe(true)
  expect(isQuorum(joining, ids(0, 1))).toBe(false)
  expect(isQuorum(joining, ids(0, 3))).toBe(false)
  // A majority of after alone, with one of before missing.
  expect(isQuorum({ ...configuration(3), leaving: members(2) }, ids(0, 2))).toBe(false)
  expect(isQuorum({ ...configuration(3), leaving: members(4) }, ids(0, 1))).toBe(false)
  const removing = { ...configuration(2), leaving: members(3) }
  expect(isQuorum(removing, ids(0, 2))).toBe(false)
  expect(isQuorum(removing, ids(0, 1))).toBe(true)
})

it('makes any two quorums intersect, also across a change of one replica', () => {
  const subsets = (count: number): Set<string>[] =>
    Array.from({ length: 2 ** count }, (_, bits) =>
      ids(...Array.from({ length: count }, (__, index) => index).filter((index) => (bits >> index) % 2 === 1)),
    )
  for (let count = 1; count < 6; count++) {
    const before = configuration(count)
    const after = configuration(count + 1)
    const joint = { ...after, leaving: before.members }
    const all = subsets(count + 1)
    for (const [one, other] of [
      [before, joint],
      [joint, after],
      [joint, joint],
    ] as const) {
      const others = all.filter((set) => isQuorum(other, set))
      for (const set of all.filter((candidate) => isQuorum(one, candidate))) {
        expect(others.every((candidate) => [...set].some((id) => candidate.has(id)))).toBe(true)
      }
    }
  }
})

it('asks each voter once', () => {
  const joint = { ...configuration(2), leaving: members(3) }
  expect(voters(joint)).toEqual(members(3))
  expect(isVoter(joint, member(2).id)).toBe(true)
  expect(isVoter(joint, member(3).id)).toBe(false)
})
