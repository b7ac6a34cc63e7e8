/** Chance that can be repeated: the same seed gives the same numbers (mulberry32). */
export class Random {
  #state: number

  constructor(seed: number) {
    // Neighboring seeds must not give neighboring numbers.
    this.#state = Math.imul(seed ^ (seed / 2 ** 32), 0x9e3779b1) ^ 0x5bf03635
  }

  /** From 0 up to 1, as `Math.random`. */
  readonly next = (): number => {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number from 0 up to `end`, without it. */
  below(end: number): number {
    return Math.floor(this.next() * end)
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  /** @throws RangeError when there is nothing to pick from */
  pick<Item>(items: readonly Item[]): Item {
    const index = this.below(items.length)
    for (const item of items.slice(index, index + 1)) return item
    throw new RangeError('nothing to pick from')
  }
}
