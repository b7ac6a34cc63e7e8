/** What replicas know, tell and are asked. */
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

/** What a replica says of a member of the cluster, itself included. */
export interface Observation {
  /** The id of the replica that was looked at. */
  readonly peer: string
  /** Milliseconds since 1970, here and below. */
  readonly at: number
  /** When the peer had last looked at its own subsystems, as far as this replica ever heard; zero for never. */
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
  /** It belongs to the cluster no more: it was removed, or evicted by a newer epoch. */
  readonly retired: boolean
  readonly probes: readonly Probe[]
  /** Zero for never. */
  readonly probedAt: number
  readonly observations: readonly Observation[]
  readonly startedAt: number
  /** What it has accepted, which need not be decided; undefined for one that has joined but not learned anything. */
  readonly state: ClusterState | undefined
  readonly counters: Counters
}

/** Who a replica is. */
export interface Identity {
  readonly id: string
  readonly location: string
  /** When the cluster began that it is started for, in milliseconds since 1970: the mark of that cluster. */
  readonly foundedAt: number
  /** The first version of the cluster state, for the founders of a cluster; null for a replica that joins one. */
  readonly founding: ClusterState | null
}

export type RepairResult =
  | { readonly kind: 'repaired'; readonly state: ClusterState; readonly before: ClusterState }
  | { readonly kind: 'nothing-accepted' | 'not-a-member' }

/** Why a replica does not do what it was asked. */
export type ReplicaRefusal =
  /** A drill: it acts as if it could not be reached. */
  | 'out-of-service'
  | 'never-started'
  /** A newer epoch has begun without it. */
  | 'evicted'
  /** It has to ask D1 whether it is still a member, and D1 does not answer. */
  | 'members-unknown'

/** No method throws to refuse: an exception that crosses RPC would count as a crash of the replica. */
export type ReplicaAnswer<Result> =
  { readonly kind: 'answered'; readonly value: Result } | { readonly kind: 'refused'; readonly why: ReplicaRefusal }

/** What may be asked of a replica, by `askReplica`. Out of service it refuses everything but `drill`. */
export interface ReplicaRpc extends Rpc.DurableObjectBranded {
  /** Begins its life, and its alarm; done again it changes nothing. */
  start(identity: Identity): Promise<ReplicaAnswer<void>>
  /** The acceptor of the consensus. Its state is durable before the reply leaves. */
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
  /** The cluster has decided to continue without it, in the same epoch. */
  leave(): Promise<ReplicaAnswer<void>>
}

export interface ReplicaEnv extends Env {
  readonly REPLICAS: DurableObjectNamespace<ReplicaRpc>
}
