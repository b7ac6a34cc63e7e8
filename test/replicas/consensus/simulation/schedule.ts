/**
 * One schedule: a cluster, its clients and its weather, all from one seed. The same seed is the same schedule, to the
 * last message.
 */
import { blankAcceptor, foundingAcceptor } from '../../../../src/replicas/consensus/acceptor.ts'
import { foundingState } from '../../../../src/replicas/consensus/cluster-state.ts'
import type { Configuration, Member } from '../../../../src/replicas/consensus/quorum.ts'
import { AcceptorProcess, type Memory } from './acceptor-process.ts'
import { ClientProcess, type ClientWorld } from './client-process.ts'
import { History } from './history.ts'
import { Random } from '../../../support/random.ts'
import { Timeline } from './timeline.ts'
import { calm, UnreliableNetwork } from './unreliable-network.ts'

export interface ScheduleResult {
  readonly steps: number
  readonly violations: readonly string[]
}

/** More than any schedule needs: one that goes on for longer hangs. */
const mostSteps = 50_000

export function runSchedule(seed: number, memory: Memory): ScheduleResult {
  const random = new Random(seed)
  const timeline = new Timeline()
  const history = new History()
  const founders = Array.from({ length: random.pick([3, 3, 5, 7]) }, (_, index) => memberOf(index))
  const replicas = [...founders, memberOf(founders.length), memberOf(founders.length + 1)]
  const founding = foundingState(founders)
  history.decided(founding)

  const crashes = random.pick([0, 0.01, 0.05])
  const acceptors = new Map(
    replicas.map(({ id }) => {
      const state = founders.some((founder) => founder.id === id) ? foundingAcceptor(id, founding) : blankAcceptor(id)
      return [id, new AcceptorProcess(state, timeline, random, memory, crashes)]
    }),
  )
  const weather = {
    lost: random.pick([0, 0.05, 0.2]),
    duplicated: random.pick([0, 0.1]),
    late: random.pick([0, 0.1, 0.3]),
    acceptLost: random.pick([0, 0, 0.6]),
  }
  const network = new UnreliableNetwork(timeline, random, acceptors, weather)
  const isRepaired = random.isLucky(0.15)
  const temper = {
    crashes: random.pick([0, 0.02]),
    // After a repair it is the evicted replicas that join.
    churn: isRepaired ? 70 : random.pick([5, 15, 70]),
    forgets: random.pick([0, 0.3]),
  }
  const world = { timeline, random, network, history, founding, replicas, ...temper }
  const clients = Array.from(
    { length: temper.churn > 50 ? 2 : 2 + random.below(3) },
    (_, index) => new ClientProcess(`client${index}`, world),
  )

  for (const client of clients) client.work(temper.churn > 50 ? 5 : 2 + random.below(3))
  for (const acceptor of acceptors.values()) {
    if (random.isLucky(0.3)) acceptor.crashFor(random.below(1500), random.below(1500))
  }
  if (random.isLucky(0.4)) planSplits(world, [...acceptors.keys(), ...clients.map(({ name }) => name)])
  if (isRepaired) planRepair({ timeline, random, history, acceptors, clients })
  timeline.run(mostSteps)
  readInTheEnd(world, acceptors, clients)
  history.judge()
  return { steps: timeline.steps, violations: history.violations }
}

function memberOf(index: number): Member {
  return { id: `${index}`.padStart(12, '0'), location: 'weur' }
}

/** Some can talk to some for a while, others to others. */
function planSplits({ timeline, random, network }: ClientWorld, names: readonly string[]): void {
  for (let at = random.below(300); at < 1500; at += random.below(1000)) {
    timeline.after(at, () => network.split(names.filter(() => random.isLucky(0.5))))
    if (random.isLucky(0.3)) timeline.after(at + random.below(600), () => network.join())
  }
}

/** An operator gives up all replicas but one; the others live on and know nothing of it, and so do most clients. */
function planRepair(world: {
  timeline: Timeline
  random: Random
  history: History
  acceptors: ReadonlyMap<string, AcceptorProcess>
  clients: readonly ClientProcess[]
}): void {
  const { timeline, random, history, acceptors, clients } = world
  timeline.after(random.below(600), () => {
    const state = random.pick([...acceptors.values()]).repair()?.accepted?.value
    if (state === undefined) return
    history.decided(state)
    random.pick(clients).known = state
  })
}

/** When all is well again, the register must be readable, whatever was left half-way. */
function readInTheEnd(
  { timeline, network, history, founding, ...world }: ClientWorld,
  acceptors: ReadonlyMap<string, AcceptorProcess>,
  clients: readonly ClientProcess[],
): void {
  network.weather = calm
  network.join()
  for (const acceptor of acceptors.values()) acceptor.settle()
  const reader = new ClientProcess('reader', { ...world, timeline, network, history, founding, crashes: 0, forgets: 0 })
  reader.known = clients.map(({ known }) => known).reduce(newerOf, history.newest() ?? founding)
  reader.read((result) => {
    if (result?.kind !== 'decided') history.violations.push(`the last read is not decided: ${JSON.stringify(result)}`)
  })
  timeline.run(mostSteps)
}

function newerOf(one: Configuration, other: Configuration): Configuration {
  if (one.epoch !== other.epoch) return one.epoch > other.epoch ? one : other
  return one.version >= other.version ? one : other
}
