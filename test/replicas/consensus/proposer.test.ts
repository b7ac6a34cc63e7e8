import { describe, expect, it } from 'vitest'
import {
  acquireGcLock,
  identity,
  releaseGcLock,
  setReadOnly,
  type Change,
} from '../../../src/replicas/consensus/cluster-state.ts'
import type { Message, Reply } from '../../../src/replicas/consensus/messages.ts'
import { propose } from '../../../src/replicas/consensus/proposer.ts'
import type { ProposeResult } from '../../../src/replicas/consensus/proposal.ts'
import { Cluster, member } from './cluster.ts'

const on = setReadOnly({ on: true, reason: 'a test', until: null, by: 'alice' })
const decide = (cluster: Cluster, change: Change, attempts?: number): Promise<ProposeResult> =>
  propose(cluster.network, cluster.founding, change, cluster.options(attempts))

function valueOf(result: ProposeResult) {
  if (result.kind !== 'decided') throw new Error(JSON.stringify(result))
  return result.value
}

it('reads the founding state', async () => {
  const cluster = new Cluster(3)
  expect(await decide(cluster, identity)).toEqual({ kind: 'decided', value: cluster.founding })
})

it('decides a change, which a later read sees', async () => {
  const cluster = new Cluster(3)
  const value = valueOf(await decide(cluster, on))
  expect(value).toMatchObject({ version: 2, readOnly: { on: true, by: 'alice' } })
  expect(valueOf(await decide(cluster, identity))).toEqual(value)
})

it('returns why a change was refused, and the state that refused it', async () => {
  const cluster = new Cluster(3)
  const held = valueOf(await decide(cluster, acquireGcLock('one', 1000, 0)))
  const refusal = { kind: 'lock-held', lock: held.gcLock }
  expect(await decide(cluster, acquireGcLock('two', 1000, 0))).toEqual({ kind: 'refused', refusal, value: held })
  expect(await decide(cluster, releaseGcLock(1))).toMatchObject({ kind: 'refused', refusal: { kind: 'stale-token' } })
})

describe.each([3, 5, 7])('with %i replicas', (count) => {
  const most = Array.from({ length: (count - 1) / 2 }, (_, index) => index)

  it.each(['fails', 'silent'] as const)('goes on while a minority %s', async (fault) => {
    const cluster = new Cluster(count)
    cluster.break(most, fault)
    expect(valueOf(await decide(cluster, on)).version).toBe(2)
  })

  it('decides nothing without a majority, and continues when one more replica is back', async () => {
    const cluster = new Cluster(count)
    cluster.break([...most, count - 1], 'silent')
    expect(await decide(cluster, on)).toEqual({ kind: 'no-majority', mayBeDecided: false })
    cluster.break(most, 'silent')
    expect(valueOf(await decide(cluster, on)).version).toBe(2)
  })
})

it('does not wait for a replica that hangs', async () => {
  const cluster = new Cluster(3)
  const hanging: typeof cluster.network = (to, message) =>
    to.id === member(0).id ? new Promise<undefined>(() => {}) : cluster.network(to, message)
  expect(valueOf(await propose(hanging, cluster.founding, on, cluster.options())).version).toBe(2)
})

it('overtakes an abandoned ballot with the next one, after a pause', async () => {
  const cluster = new Cluster(3)
  const ballot = { counter: 7, proposer: 'crashed' }
  const prepare = { kind: 'prepare', ballot, configuration: cluster.founding } as const
  for (const id of cluster.states.keys()) cluster.deliver(id, prepare)
  expect(valueOf(await decide(cluster, on)).version).toBe(2)
  expect(cluster.sent.at(-1)?.message.ballot.counter).toBe(8)
  expect(cluster.pauses).toEqual([25])
})

it('gives up after the most ballots, with growing pauses', async () => {
  const cluster = new Cluster(3)
  const overtaken = ({ ballot }: Message): Reply => ({
    kind: 'overtaken',
    promised: { counter: ballot.counter + 1, proposer: 'faster' },
  })
  cluster.break([0, 1, 2], overtaken)
  expect(await decide(cluster, on, 9)).toEqual({ kind: 'contention', mayBeDecided: false })
  expect(cluster.pauses).toEqual([25, 50, 100, 200, 400, 800, 1000, 1000])
})

it('never accepts under the ballot of another proposer', async () => {
  const cluster = new Cluster(3)
  const ballot = { counter: 1, proposer: 'somebody faster' }
  cluster.deliver(member(0).id, { kind: 'prepare', ballot, configuration: cluster.founding })
  await decide(cluster, on)
  expect(cluster.sent.map(({ message }) => message.ballot.proposer)).not.toContain('somebody faster')
})

describe('when accept messages go out and too few answer', () => {
  const deaf = (message: Message, usual: () => Reply): Reply | undefined =>
    message.kind === 'accept' ? undefined : usual()

  it('says that the change may be decided', async () => {
    const cluster = new Cluster(3)
    cluster.break([1, 2], deaf)
    expect(await decide(cluster, on)).toEqual({ kind: 'no-majority', mayBeDecided: true })
    // Only the first has it. A later proposer that finds it there completes it.
    cluster.break([1], 'silent')
    expect(valueOf(await decide(cluster, identity))).toMatchObject({ version: 2, madeBy: 'proposal 1' })
  })

  it('makes a change once, also when it meets its own value again', async () => {
    const cluster = new Cluster(3)
    let lost = 0
    const loses = (message: Message, usual: () => Reply): Reply | undefined => {
      const reply = usual()
      return message.kind === 'accept' && lost++ < 3 ? undefined : reply
    }
    cluster.break([0, 1, 2], loses)
    const value = valueOf(await decide(cluster, acquireGcLock('gc', 1000, 0)))
    expect(value).toMatchObject({ version: 2, gcLock: { holder: 'gc', token: 2 ** 32 + 1 } })
  })

  it('does not say so for a read, which changes nothing', async () => {
    const cluster = new Cluster(3)
    cluster.break([1, 2], deaf)
    expect(await decide(cluster, identity)).toEqual({ kind: 'no-majority', mayBeDecided: false })
  })
})

it('says so when the replicas hold no register', async () => {
  const cluster = new Cluster(0, 3)
  const known = { ...cluster.founding, members: [member(0), member(1), member(2)] }
  expect(await propose(cluster.network, known, on, cluster.options())).toEqual({
    kind: 'unfounded',
    mayBeDecided: false,
  })
})

it('decides all of many concurrent changes, each in its own version', async () => {
  const cluster = new Cluster(5)
  const patient = (): Promise<ProposeResult> => {
    let chance = 0.1
    const random = (): number => (chance = (chance * 7.13) % 1)
    return propose(cluster.network, cluster.founding, on, { ...cluster.options(200), random })
  }
  const results = await Promise.all(Array.from({ length: 8 }, patient))
  const versions = results.flatMap((result) => (result.kind === 'decided' ? [result.value.version] : []))
  expect(versions.length).toBeGreaterThan(0)
  expect(new Set(versions).size).toBe(versions.length)
  expect(valueOf(await decide(cluster, identity)).version).toBeGreaterThanOrEqual(Math.max(...versions))
})
