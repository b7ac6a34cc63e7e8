/** The storage of a replica, each value under its name. All reads and writes are synchronous. */
import { blankAcceptor, foundingAcceptor, type AcceptorState } from './consensus/acceptor.ts'
import type { Counters, Identity, Observation, Probe, ReplicaView } from './types.ts'

export type Memory = ReturnType<typeof memoryOf>

interface Probed {
  readonly probes: readonly Probe[]
  readonly at: number
}

export function memoryOf({ kv }: DurableObjectStorage) {
  const identity = (): Identity | undefined => kv.get<Identity>('identity')
  const acceptor = (): AcceptorState => {
    const kept = kv.get<AcceptorState>('acceptor')
    if (kept === undefined) throw new Error('this replica was never started')
    return kept
  }
  const timeOf = (name: string): number => kv.get<number>(name) ?? 0

  return {
    identity,
    acceptor,
    /** Begins the life of a replica, only once: a replica that forgets what it promised breaks the register. */
    begin(who: Identity, now: number): void {
      kv.put('identity', who)
      kv.put('startedAt', now)
      kv.put<AcceptorState>(
        'acceptor',
        who.founding === null ? blankAcceptor(who.id) : foundingAcceptor(who.id, who.founding),
      )
    },
    keepAcceptor: (state: AcceptorState): void => kv.put('acceptor', state),
    /** Returns the end of the drill, in milliseconds since 1970; zero for a replica in service. */
    drillUntil: (): number => timeOf('drillUntil'),
    drill: (until: number): void => kv.put('drillUntil', until),
    /** Returns the time of the emergency repair by which it became the cluster; zero for never. */
    repairedAt: (): number => timeOf('repairedAt'),
    keepRepair: (at: number): void => kv.put('repairedAt', at),
    retired: (): boolean => kv.get<boolean>('retired') ?? false,
    retire: (): void => kv.put('retired', true),
    keepProbes: (probes: readonly Probe[], at: number): void => kv.put<Probed>('probed', { probes, at }),
    keepObservations: (observations: readonly Observation[]): void => kv.put('observations', observations),
    bucketWrittenAt: (): number => timeOf('bucketWrittenAt'),
    keepBucketWrite: (at: number): void => kv.put('bucketWrittenAt', at),
    databaseWrittenAt: (): number => timeOf('databaseWrittenAt'),
    keepDatabaseWrite: (at: number): void => kv.put('databaseWrittenAt', at),
    count(counted: Counters): void {
      const sums = { ...kv.get<Counters>('counters') }
      for (const [name, value] of Object.entries(counted)) sums[name] = (sums[name] ?? 0) + value
      kv.put('counters', sums)
    },
    view(): Omit<ReplicaView, 'retired'> {
      const who = identity()
      if (who === undefined) throw new Error('this replica was never started')
      const { probes, at } = kv.get<Probed>('probed') ?? { probes: [], at: 0 }
      const { identity: own, accepted } = acceptor()
      return {
        id: who.id,
        location: who.location,
        epoch: own.epoch,
        probes,
        probedAt: at,
        observations: kv.get<readonly Observation[]>('observations') ?? [],
        startedAt: timeOf('startedAt'),
        state: accepted?.value,
        counters: kv.get<Counters>('counters') ?? {},
      }
    },
  }
}
