import { expect, it } from 'vitest'
import { blankAcceptor, foundingAcceptor } from '../../../src/replicas/consensus/acceptor.ts'
import { acquireGcLock, foundingState, identity, setReadOnly } from '../../../src/replicas/consensus/cluster-state.ts'
import { emergencyRepair } from '../../../src/replicas/consensus/emergency-repair.ts'
import { changeMembership } from '../../../src/replicas/consensus/membership-change.ts'
import { propose } from '../../../src/replicas/consensus/proposer.ts'
import { Cluster, member, members } from './cluster.ts'

const on = setReadOnly({ on: true, reason: 'an upgrade', until: null, by: 'alice' })

/** Three replicas with a switch and a lock; the last two are lost, and the first is repaired. */
async function repaired(): Promise<Cluster> {
  const cluster = new Cluster(3)
  for (const change of [on, acquireGcLock('gc', 1000, 0)]) {
    await propose(cluster.network, cluster.founding, change, cluster.options())
  }
  const result = emergencyRepair(cluster.state(member(0).id))
  if (result.kind !== 'repaired') throw new Error(result.kind)
  cluster.states.set(member(0).id, result.state)
  return cluster
}

const valueAt = (cluster: Cluster, index: number) => {
  const value = cluster.state(member(index).id).accepted?.value
  if (value === undefined) throw new Error('nothing accepted')
  return value
}

it('makes the survivor the cluster, with its value, without a lock, and with a higher token', async () => {
  const cluster = await repaired()
  const before = valueAt(cluster, 1)
  const after = valueAt(cluster, 0)
  expect(after).toMatchObject({ members: [member(0)], gcLock: null, readOnly: { on: true, reason: 'an upgrade' } })
  expect(after.epoch).toBeGreaterThan(before.epoch)
  expect(after.readOnly.token).toBe(after.lastToken)
  expect(after.lastToken).toBeGreaterThan(after.epoch * 2 ** 32)
  const read = await propose(cluster.network, after, identity, cluster.options())
  expect(read).toEqual({ kind: 'decided', value: after })
})

it('evicts the others: they are refused, and do not count', async () => {
  const cluster = await repaired()
  const after = valueAt(cluster, 0)
  const evicted = { kind: 'evicted', epoch: after.epoch, configuration: after, mayBeDecided: false }
  expect(await propose(cluster.network, cluster.founding, on, cluster.options())).toEqual(evicted)
  cluster.break([0], 'silent')
  expect((await propose(cluster.network, after, on, cluster.options())).kind).toBe('no-majority')
  expect(
    cluster.deliver(member(1).id, { kind: 'accept', ballot: { counter: 99, proposer: 'x' }, value: after }),
  ).toEqual({
    kind: 'other-epoch',
    epoch: 1,
    configuration: valueAt(cluster, 1),
  })
})

it('lets an evicted replica join again, without its state', async () => {
  const cluster = await repaired()
  const joined = await changeMembership(
    cluster.network,
    valueAt(cluster, 0),
    { kind: 'join', member: member(1) },
    cluster.options(8),
  )
  expect(joined).toMatchObject({ kind: 'decided', value: { members: members(2) } })
  expect(cluster.state(member(1).id).identity.epoch).toBe(valueAt(cluster, 0).epoch)
})

it('begins another epoch for each survivor and for each repair', () => {
  const founding = foundingState(members(7))
  const repairOf = (index: number) => emergencyRepair(foundingAcceptor(member(index).id, founding))
  const epochs = members(7).map((_, index) => {
    const result = repairOf(index)
    return result.kind === 'repaired' ? result.state.identity.epoch : 0
  })
  expect(epochs.toSorted((one, other) => one - other)).toEqual([2, 3, 4, 5, 6, 7, 8])
  const once = repairOf(3)
  const twice = once.kind === 'repaired' ? emergencyRepair(once.state) : once
  expect(twice.kind === 'repaired' && once.kind === 'repaired').toBe(true)
  if (twice.kind === 'repaired' && once.kind === 'repaired') {
    expect(twice.state.identity.epoch).toBeGreaterThan(once.state.identity.epoch)
  }
})

it('ends a change that was in progress', async () => {
  const cluster = new Cluster(3)
  const value = { ...cluster.founding, members: members(2), leaving: members(3) }
  const survivor = foundingAcceptor(member(2).id, value)
  const result = emergencyRepair(survivor)
  if (result.kind !== 'repaired') throw new Error(result.kind)
  expect(result.state.accepted?.value.members).toEqual([member(2)])
  expect(result.state.accepted?.value.leaving).toBeUndefined()
})

it('refuses a replica without state, and one that was removed', () => {
  expect(emergencyRepair(blankAcceptor(member(0).id))).toEqual({ kind: 'nothing-accepted' })
  const removed = foundingAcceptor(member(5).id, foundingState(members(3)))
  expect(emergencyRepair(removed)).toEqual({ kind: 'not-a-member' })
})
