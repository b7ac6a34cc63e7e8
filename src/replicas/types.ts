/** The types of replicas: their state, and the calls that they answer. */
import type { Env } from '../env.ts'
import type { ClusterState } from './consensus/cluster-state.ts'
import type { Message, Reply } from './consensus/messages.ts'
import type { Surroundings } from './consensus/emergency-repair.ts'

export type { ClusterState }

/** Under DTR's names, in its order: storage (R2), metadata (D1), authorization, content trust. */
export const subsystems = ['registry', 'rethinkdb', 'garant', 'notary'] as const
export type Subsystem = (typeof subsystems)[number]

export interface Probe {
  readonly subsystem: Subsystem
  /** Undefined: it works. */
  readonly error: string | undefined
  readonly milliseconds: number
}

/** The opinion of a replica about a member of the cluster, itself included. */
export interface Observation {
  /** The id of the replica that was looked at. */
  readonly peer: string
  /** Milliseconds since 1970, here and below. */
  readonly at: number
  /** The time of the peer's last check of its own subsystems, as far as this replica knows; zero for never. */
  readonly probedAt: number
  readonly healthy: boolean
  readonly error: string | undefined
}

/** Sums by their name; what isolates report is added. */
export type Counters = Readonly<Record<string, number>>

export interface ReplicaView {
  readonly id: string
  readonly location: string
  readonly epoch: number
  /** True when it no longer belongs to the cluster: it was removed, or evicted by a newer epoch. */
  readonly retired: boolean
  readonly probes: readonly Probe[]
  /** Zero for never. */
  readonly probedAt: number
  readonly observations: readonly Observation[]
  readonly startedAt: number
  /**
   * The state that it has accepted, which need not be decided; undefined for one that has joined but not learned any.
   */
  readonly state: ClusterState | undefined
  readonly counters: Counters
}

/** The identity that a replica is started with. */
export interface Identity {
  readonly id: string
  readonly location: string
  /** The founding time of its cluster, in milliseconds since 1970, which identifies the cluster. */
  readonly foundedAt: number
  /** The first version of the cluster state, for the founders of a cluster; null for a replica that joins one. */
  readonly founding: ClusterState | null
}

export type RepairResult =
  | { readonly kind: 'repaired'; readonly state: ClusterState; readonly before: ClusterState }
  | { readonly kind: 'nothing-accepted' | 'not-a-member' }

/** The reasons for which a replica refuses a call. */
export type ReplicaRefusal =
  /** A drill: it acts as if it could not be reached. */
  | 'out-of-service'
  | 'never-started'
  /** A newer epoch has begun without it. */
  | 'evicted'
  /** The replica has to ask D1 whether it is still a member, and D1 does not answer. */
  | 'members-unknown'

/** No method throws to refuse: an exception that crosses RPC would count as a crash of the replica. */
export type ReplicaAnswer<Result> =
  { readonly kind: 'answered'; readonly value: Result } | { readonly kind: 'refused'; readonly why: ReplicaRefusal }

/** The calls of a replica, made by `askReplica`. Out of service it refuses all but `drill`. */
export interface ReplicaRpc extends Rpc.DurableObjectBranded {
  /** Begins its life, and its alarm; done again it changes nothing. */
  start(identity: Identity): Promise<ReplicaAnswer<void>>
  /** Answers as an acceptor of the consensus. Its state is durable before the reply leaves. */
  vote(message: Message): Promise<ReplicaAnswer<Reply>>
  view(): Promise<ReplicaAnswer<ReplicaView>>
  /** Probes and observes at once, as its alarm does; also sets the alarm again, should it be lost. */
  check(): Promise<ReplicaAnswer<ReplicaView>>
  /** Adds what an isolate has counted to its own counters. */
  report(counted: Counters): Promise<ReplicaAnswer<void>>
  /** Takes it out of service until a time; zero ends that. */
  drill(until: number): Promise<ReplicaAnswer<void>>
  /** Makes it the one member of a new epoch. */
  repair(around: Surroundings): Promise<ReplicaAnswer<RepairResult>>
  /** Tells it that a newer epoch has begun without it. */
  evict(epoch: number): Promise<ReplicaAnswer<void>>
  /** Retires the replica, as the cluster has decided to continue without it in the same epoch. */
  leave(): Promise<ReplicaAnswer<void>>
}

export interface ReplicaEnv extends Env {
  readonly REPLICAS: DurableObjectNamespace<ReplicaRpc>
}
