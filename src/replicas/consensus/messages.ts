/**
 * The messages of proposers and acceptors. Every message names an epoch, in its configuration or its value. So replicas
 * that an emergency repair evicted, and those that remained, never count for each other.
 */
import type { Ballot } from './ballot.ts'
import type { ClusterState } from './cluster-state.ts'
import type { Configuration } from './quorum.ts'

/** CASPaxos prepare: asks for a promise to ignore lower ballots, and for the accepted value. */
export interface Prepare {
  readonly kind: 'prepare'
  readonly ballot: Ballot
  /** The configuration that the proposer knows. A replica that it names may enter its epoch. */
  readonly configuration: Configuration
}

/** CASPaxos accept: asks to store this value, unless a higher ballot was promised. */
export interface Accept {
  readonly kind: 'accept'
  readonly ballot: Ballot
  readonly value: ClusterState
}

export type Message = Prepare | Accept

/** The last value that an acceptor has accepted. */
export interface Accepted {
  readonly ballot: Ballot
  readonly value: ClusterState
}

export type Reply =
  | { readonly kind: 'promised'; readonly accepted: Accepted | undefined }
  | { readonly kind: 'accepted' }
  /** A higher ballot was promised: CASPaxos calls it a conflict. */
  | { readonly kind: 'overtaken'; readonly promised: Ballot }
  /** The acceptor is in another epoch, newer or older. Has its configuration there, if it has one. */
  | { readonly kind: 'other-epoch'; readonly epoch: number; readonly configuration: Configuration | undefined }
