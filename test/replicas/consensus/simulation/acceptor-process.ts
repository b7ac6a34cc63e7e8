/**
 * A replica that crashes: the production acceptor with a memory and a disk. A reply leaves once the state it rests on is
 * on the disk; state that is only in memory by then is lost in a crash, before any reply was sent.
 */
import { emergencyRepair } from '../../../../src/replicas/consensus/emergency-repair.ts'
import { handle, type AcceptorState } from '../../../../src/replicas/consensus/acceptor.ts'
import type { Message, Reply } from '../../../../src/replicas/consensus/messages.ts'
import type { Random } from '../../../support/random.ts'
import type { Timeline } from './timeline.ts'

/** How an acceptor remembers. All but `intact` are bugs, which the checks must find. */
export type Memory = 'intact' | 'forgets-promise' | 'forgets-accepted'

export class AcceptorProcess {
  readonly replica: string
  readonly #timeline: Timeline
  readonly #random: Random
  readonly #memory: Memory
  /** How likely a message is to be followed by a crash. */
  #crashes: number
  #disk: AcceptorState
  #state: AcceptorState
  /** Counts the starts, so that writes of an earlier life are not finished in a later one. */
  #life = 0
  #isUp = true
  #diskIsBusyUntil = 0

  constructor(state: AcceptorState, timeline: Timeline, random: Random, memory: Memory, crashes: number) {
    this.replica = state.identity.replica
    this.#disk = state
    this.#state = state
    this.#timeline = timeline
    this.#random = random
    this.#memory = memory
    this.#crashes = crashes
  }

  receive(message: Message, answer: (reply: Reply) => void): void {
    if (!this.#isUp) return
    const { state, reply } = handle(this.#state, message)
    this.#state = state
    this.#write(state, () => answer(reply))
    if (this.#random.isLucky(this.#crashes)) this.crashFor(this.#random.below(8), 1 + this.#random.below(150))
  }

  crashFor(delay: number, downtime: number): void {
    this.#timeline.after(delay, () => {
      this.#isUp = false
      this.#life++
    })
    this.#timeline.after(delay + downtime, () => this.recover())
  }

  /** Starts again, when it is down, with what is on the disk. */
  recover(): void {
    if (this.#isUp) return
    this.#isUp = true
    this.#disk = remembered(this.#disk, this.#memory)
    this.#state = this.#disk
  }

  /** All is well from here on: it is up, and crashes no more. */
  settle(): void {
    this.#crashes = 0
    this.recover()
  }

  /** What an operator does to the last one that is left. */
  repair(): AcceptorState | undefined {
    const repaired = emergencyRepair(this.#disk)
    if (repaired.kind !== 'repaired') return undefined
    this.#life++
    this.#disk = repaired.state
    this.#state = repaired.state
    this.#isUp = true
    return repaired.state
  }

  /** Writes take a while and finish in order. */
  #write(state: AcceptorState, written: () => void): void {
    const { now } = this.#timeline
    this.#diskIsBusyUntil = Math.max(now + this.#random.below(4), this.#diskIsBusyUntil)
    const life = this.#life
    this.#timeline.after(this.#diskIsBusyUntil - now, () => {
      if (life !== this.#life) return
      this.#disk = state
      written()
    })
  }
}

function remembered(state: AcceptorState, memory: Memory): AcceptorState {
  switch (memory) {
    case 'intact':
      return state
    case 'forgets-promise':
      return { ...state, promised: undefined }
    case 'forgets-accepted':
      return { ...state, accepted: undefined }
  }
}
