/** Random choices that can be repeated: the same seed makes the same ones (mulberry32). */
export class Random {
  #state: number

  constructor(seed: number) {
    // Neighboring seeds must not give neighboring numbers.
    this.#state = Math.imul(seed ^ (seed / 2 ** 32), 0x9e3779b1) ^ 0x5bf03635
  }

  /** Returns a number from 0 up to 1, without it, as `Math.random`. */
  readonly next = (): number => {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** Returns a whole number from 0 up to `end`, without it. */
  below(end: number): number {
    return Math.floor(this.next() * end)
  }

  isLucky(chance: number): boolean {
    return this.next() < chance
  }

  /** Returns one of the items; undefined when there are none. */
  of<Item>(items: readonly Item[]): Item | undefined {
    return items[this.below(items.length)]
  }

  /** Returns one of the items. @throws RangeError when there are none */
  pick<Item>(items: readonly Item[]): Item {
    const item = this.of(items)
    if (item === undefined) throw new RangeError('nothing to pick from')
    return item
  }

  /** Returns one of several, by their weights. */
  weighted<Item>(items: readonly (readonly [Item, number])[]): Item | undefined {
    let left = this.next() * items.reduce((sum, [, weight]) => sum + weight, 0)
    return items.find(([, weight]) => (left -= weight) < 0)?.[0]
  }
}
