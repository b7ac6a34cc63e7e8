/**
 * The acceptor of CASPaxos (Rystsov 2018, "CASPaxos: Replicated State Machines without logs"), as pure functions of its
 * state. The caller makes the new state durable _before_ it sends the reply: if a restart forgot a promise, the
 * register could decide twice.
 */
import { compareBallots, foundingBallot, type Ballot } from './ballot.ts'
import type { ClusterState } from './cluster-state.ts'
import type { Accept, Accepted, Message, Prepare, Reply } from './messages.ts'
import { isVoter, type Configuration } from './quorum.ts'

export interface AcceptorState {
  readonly identity: { readonly replica: string; readonly epoch: number }
  readonly promised: Ballot | undefined
  readonly accepted: Accepted | undefined
}

export interface Outcome {
  readonly state: AcceptorState
  readonly reply: Reply
}

/** Returns a replica that is not a member yet. It enters the epoch of the first configuration that names it. */
export function blankAcceptor(replica: string): AcceptorState {
  return { identity: { replica, epoch: 0 }, promised: undefined, accepted: undefined }
}

/**
 * Returns a replica of a new cluster. All founders begin with the first version accepted, so it is decided without a
 * message. Only for a replica without state: a replica that forgets a promise breaks the register.
 */
export function foundingAcceptor(replica: string, founding: ClusterState): AcceptorState {
  return {
    identity: { replica, epoch: founding.epoch },
    promised: undefined,
    accepted: { ballot: foundingBallot, value: founding },
  }
}

export function handle(state: AcceptorState, message: Message): Outcome {
  return message.kind === 'prepare' ? prepare(state, message) : accept(state, message)
}

/** Answers a prepare of CASPaxos. A duplicate gets the same answer again. */
export function prepare(state: AcceptorState, { ballot, configuration }: Prepare): Outcome {
  const own = enter(state, configuration)
  if (own === undefined) return { state, reply: otherEpoch(state) }
  if (isOvertaken(own, ballot)) return { state, reply: { kind: 'overtaken', promised: own.promised } }
  return { state: { ...own, promised: ballot }, reply: { kind: 'promised', accepted: own.accepted } }
}

/**
 * Answers an accept of CASPaxos, and promises its ballot too: otherwise the acceptor could promise a lower one later.
 */
export function accept(state: AcceptorState, { ballot, value }: Accept): Outcome {
  const own = enter(state, value)
  if (own === undefined) return { state, reply: otherEpoch(state) }
  if (isOvertaken(own, ballot)) return { state, reply: { kind: 'overtaken', promised: own.promised } }
  return { state: { ...own, promised: ballot, accepted: { ballot, value } }, reply: { kind: 'accepted' } }
}

/** Tells whether a higher ballot was promised. The same one is a duplicate, or the accept after its own prepare. */
function isOvertaken(state: AcceptorState, ballot: Ballot): state is AcceptorState & { readonly promised: Ballot } {
  return state.promised !== undefined && compareBallots(ballot, state.promised) < 0
}

/**
 * Returns the acceptor in the epoch of a message; undefined if it does not belong there. It enters a newer epoch only
 * if the configuration names it, and without its promises and accepted value: those belong to a cluster that an
 * emergency repair ended. It never goes back to an older epoch.
 */
function enter(state: AcceptorState, configuration: Configuration): AcceptorState | undefined {
  const { replica, epoch } = state.identity
  if (configuration.epoch === epoch) return state
  if (configuration.epoch < epoch || !isVoter(configuration, replica)) return undefined
  return { identity: { replica, epoch: configuration.epoch }, promised: undefined, accepted: undefined }
}

function otherEpoch({ identity, accepted }: AcceptorState): Reply {
  return { kind: 'other-epoch', epoch: identity.epoch, configuration: accepted?.value }
}
