import { describe, expect, it } from 'vitest'
import { beginJoin, beginRemove, identity, setReadOnly } from '../../../src/replicas/consensus/cluster-state.ts'
import { changeMembership, type MembershipChange } from '../../../src/replicas/consensus/membership-change.ts'
import { propose } from '../../../src/replicas/consensus/proposer.ts'
import type { ProposeResult } from '../../../src/replicas/consensus/proposal.ts'
import { Cluster, member, members } from './cluster.ts'

const join = (index: number): MembershipChange => ({ kind: 'join', member: member(index) })
const remove = (index: number): MembershipChange => ({ kind: 'remove', id: member(index).id })
const change = (cluster: Cluster, wanted: MembershipChange): Promise<ProposeResult> =>
  changeMembership(cluster.network, cluster.founding, wanted, cluster.options(8))

function valueOf(result: ProposeResult) {
  if (result.kind !== 'decided') throw new Error(JSON.stringify(result))
  return result.value
}

it('lets a replica join, and then counts it', async () => {
  const cluster = new Cluster(3, 1)
  const value = valueOf(await change(cluster, join(3)))
  expect(value).toMatchObject({ version: 3, members: members(4) })
  expect(value.leaving).toBeUndefined()
  cluster.break([0], 'silent')
  expect((await propose(cluster.network, value, identity, cluster.options())).kind).toBe('decided')
  cluster.break([0, 1], 'silent')
  expect((await propose(cluster.network, value, identity, cluster.options())).kind).toBe('no-majority')
})

it('removes a replica, also one that is out of service', async () => {
  const cluster = new Cluster(3)
  cluster.break([2], 'fails')
  expect(valueOf(await change(cluster, remove(2)))).toMatchObject({ version: 3, members: members(2) })
})

it('grows from one to seven and shrinks to one, while proposers know only the first configuration', async () => {
  const cluster = new Cluster(1, 6)
  for (let index = 1; index < 7; index++) await change(cluster, join(index))
  expect(valueOf(await propose(cluster.network, cluster.founding, identity, cluster.options())).members).toHaveLength(7)
  for (let index = 0; index < 6; index++) await change(cluster, remove(index))
  const last = valueOf(await propose(cluster.network, cluster.founding, identity, cluster.options(20)))
  expect(last.members).toEqual([member(6)])
})

it('does not add an unreachable replica that the majority would need', async () => {
  const cluster = new Cluster(1, 1)
  cluster.break([1], 'fails')
  expect(await change(cluster, join(1))).toEqual({ kind: 'no-majority', mayBeDecided: false })
  const on = setReadOnly({ on: true, reason: '', until: null, by: 'alice' })
  expect(valueOf(await propose(cluster.network, cluster.founding, on, cluster.options())).members).toEqual(members(1))
})

describe('after an interrupted change', () => {
  const half = async (): Promise<Cluster> => {
    const cluster = new Cluster(3, 2)
    valueOf(await propose(cluster.network, cluster.founding, beginJoin(member(3)), cluster.options()))
    return cluster
  }

  it('is completed when it is requested again', async () => {
    expect(valueOf(await change(await half(), join(3))).members).toEqual(members(4))
  })

  it('is completed before another change', async () => {
    expect(valueOf(await change(await half(), join(4))).members).toEqual(members(5))
    const value = valueOf(await change(await half(), remove(3)))
    expect(value).toMatchObject({ version: 5, members: members(3) })
  })

  it('works in the joint state, under both majorities', async () => {
    const cluster = await half()
    cluster.break([0, 3], 'silent')
    const on = setReadOnly({ on: true, reason: '', until: null, by: 'alice' })
    expect((await propose(cluster.network, cluster.founding, on, cluster.options())).kind).toBe('no-majority')
    cluster.break([0], 'silent')
    expect(valueOf(await propose(cluster.network, cluster.founding, on, cluster.options())).leaving).toEqual(members(3))
  })
})

it('builds a change of the members only on a decided version', async () => {
  const cluster = new Cluster(3)
  cluster.break([1, 2], (message, usual) => (message.kind === 'accept' ? undefined : usual()))
  const on = setReadOnly({ on: true, reason: '', until: null, by: 'alice' })
  await propose(cluster.network, cluster.founding, on, cluster.options())
  cluster.break([], 'silent')
  cluster.sent.length = 0
  valueOf(await propose(cluster.network, cluster.founding, beginRemove(member(2).id), cluster.options()))
  const accepted = cluster.sent.flatMap(({ message }) => (message.kind === 'accept' ? [message.value.version] : []))
  expect(accepted).toEqual([2, 2, 2, 3, 3, 3])
})

it('refuses to let a member join again', async () => {
  expect(await change(new Cluster(3), join(2))).toMatchObject({
    kind: 'refused',
    refusal: { kind: 'already-a-member' },
  })
})
