/** A cluster in memory, for tests of the proposer: each replica answers at once, or does what the test says. */
import {
  blankAcceptor,
  foundingAcceptor,
  handle,
  type AcceptorState,
} from '../../../src/replicas/consensus/acceptor.ts'
import { foundingState, type ClusterState } from '../../../src/replicas/consensus/cluster-state.ts'
import type { Message, Reply } from '../../../src/replicas/consensus/messages.ts'
import type { Network, ProposeOptions } from '../../../src/replicas/consensus/proposer.ts'
import type { Member } from '../../../src/replicas/consensus/quorum.ts'

export const member = (index: number): Member => ({ id: `${index}`.padStart(12, '0'), location: 'weur' })
export const members = (count: number): Member[] => Array.from({ length: count }, (_, index) => member(index))

/** A replica that is out of order: it fails, never answers in time, or answers as it likes. */
export type Fault = 'fails' | 'silent' | ((message: Message, usual: () => Reply) => Reply | undefined)

export class Cluster {
  readonly states = new Map<string, AcceptorState>()
  readonly faults = new Map<string, Fault>()
  /** What was sent, to whom. */
  readonly sent: { readonly to: string; readonly message: Message }[] = []
  readonly founding: ClusterState
  readonly pauses: number[] = []
  #proposals = 0

  constructor(founders: number, others = 0) {
    this.founding = foundingState(members(founders))
    for (const { id } of members(founders)) this.states.set(id, foundingAcceptor(id, this.founding))
    for (let index = founders; index < founders + others; index++) {
      this.states.set(member(index).id, blankAcceptor(member(index).id))
    }
  }

  readonly network: Network = async ({ id }, message) => {
    this.sent.push({ to: id, message })
    const fault = this.faults.get(id)
    if (fault === 'fails') throw new Error('the replica is gone')
    if (fault === 'silent') return undefined
    const usual = (): Reply => this.deliver(id, message)
    return fault === undefined ? usual() : fault(message, usual)
  }

  deliver(id: string, message: Message): Reply {
    const { state, reply } = handle(this.state(id), message)
    this.states.set(id, state)
    return reply
  }

  state(id: string): AcceptorState {
    const state = this.states.get(id)
    if (state === undefined) throw new Error(`no replica ${id}`)
    return state
  }

  /** Takes replicas out of service, or brings all back. */
  break(indexes: readonly number[], fault: Fault): void {
    this.faults.clear()
    for (const index of indexes) this.faults.set(member(index).id, fault)
  }

  options(attempts = 4): ProposeOptions {
    this.#proposals++
    return {
      proposerId: `proposal ${this.#proposals}`,
      attempts,
      random: () => 0.5,
      sleep: async (milliseconds) => {
        this.pauses.push(milliseconds)
      },
    }
  }
}
