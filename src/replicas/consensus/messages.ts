/**
 * What proposers and acceptors say to each other. Every message names an epoch, in its configuration or its value, so
 * that replicas which were evicted by an emergency repair and those which remained never count for each other.
 */
import type { Ballot } from './ballot.ts'
import type { ClusterState } from './cluster-state.ts'
import type { Configuration } from './quorum.ts'

/** CASPaxos prepare: promise not to take part in lower ballots, and say what you have accepted. */
export interface Prepare {
  readonly kind: 'prepare'
  readonly ballot: Ballot
  /** The configuration that the proposer knows of; a replica that it names may enter its epoch. */
  readonly configuration: Configuration
}

/** CASPaxos accept: keep this value, unless you have promised a higher ballot. */
export interface Accept {
  readonly kind: 'accept'
  readonly ballot: Ballot
  readonly value: ClusterState
}

export type Message = Prepare | Accept

/** What an acceptor has accepted last. */
export interface Accepted {
  readonly ballot: Ballot
  readonly value: ClusterState
}

export type Reply =
  | { readonly kind: 'promised'; readonly accepted: Accepted | undefined }
  | { readonly kind: 'accepted' }
  /** A higher ballot was promised: CASPaxos calls it a conflict. */
  | { readonly kind: 'overtaken'; readonly promised: Ballot }
  /** The acceptor is in another epoch, newer or older; with its configuration there, if it has one. */
  | { readonly kind: 'other-epoch'; readonly epoch: number; readonly configuration: Configuration | undefined }
