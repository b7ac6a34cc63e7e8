/** A network that loses, delays, duplicates and reorders what it carries, in both directions, and that splits. */
import type { Message, Reply } from '../../../../src/replicas/consensus/messages.ts'
import type { AcceptorProcess } from './acceptor-process.ts'
import type { Random } from '../../../support/random.ts'
import type { Timeline } from './timeline.ts'

/** Probabilities. */
export interface Weather {
  readonly lost: number
  readonly duplicated: number
  /** Longer than any timeout, so that the message arrives in the middle of something else. */
  readonly late: number
  /** Of accept messages alone, on top: so values are left with one acceptor, for others to find or not. */
  readonly acceptLost: number
}

export const calm: Weather = { lost: 0, duplicated: 0, late: 0, acceptLost: 0 }

/** A round trip in time takes less than what a proposer waits. */
export const waitMilliseconds = 60
const usualMilliseconds = 25
const lateMilliseconds = 600

export class UnreliableNetwork {
  weather: Weather
  /** Who is on the far side of a split. Nothing passes between the sides. */
  readonly #far = new Set<string>()
  readonly #timeline: Timeline
  readonly #random: Random
  readonly #acceptors: ReadonlyMap<string, AcceptorProcess>

  constructor(timeline: Timeline, random: Random, acceptors: ReadonlyMap<string, AcceptorProcess>, weather: Weather) {
    this.#timeline = timeline
    this.#random = random
    this.#acceptors = acceptors
    this.weather = weather
  }

  split(far: readonly string[]): void {
    this.join()
    for (const name of far) this.#far.add(name)
  }

  join(): void {
    this.#far.clear()
  }

  /**
   * @param witness is told what the acceptor did, whatever becomes of the reply
   * @param answer is told each reply that arrives
   */
  send(
    [from, to]: readonly [from: string, to: string],
    message: Message,
    witness: (reply: Reply) => void,
    answer: (reply: Reply) => void,
  ): void {
    const carry = (deliver: () => void): void => {
      this.#carry(() => {
        if (this.#far.has(from) === this.#far.has(to)) deliver()
      })
    }
    if (message.kind === 'accept' && this.#random.isLucky(this.weather.acceptLost)) return
    carry(() => {
      this.#acceptors.get(to)?.receive(message, (reply) => {
        witness(reply)
        carry(() => answer(reply))
      })
    })
  }

  #carry(deliver: () => void): void {
    if (this.#random.isLucky(this.weather.lost)) return
    this.#timeline.after(this.#delay(), deliver)
    if (this.#random.isLucky(this.weather.duplicated)) this.#timeline.after(this.#delay(), deliver)
  }

  #delay(): number {
    const isLate = this.#random.isLucky(this.weather.late)
    return 1 + this.#random.below(isLate ? lateMilliseconds : usualMilliseconds)
  }
}
