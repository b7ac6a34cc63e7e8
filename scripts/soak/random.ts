/** Random choices that a seed repeats. */

export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** From 0 to 1, 1 excluded (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }

  /** From 0 to `below`, that excluded. */
  below(below: number): number {
    return Math.floor(this.next() * below)
  }

  isLucky(chance: number): boolean {
    return this.next() < chance
  }

  /** @returns undefined of nothing */
  of<Item>(items: readonly Item[]): Item | undefined {
    return items[this.below(items.length)]
  }

  /** Of several, by their weights. */
  weighted<Item>(items: readonly (readonly [Item, number])[]): Item | undefined {
    let left = this.next() * items.reduce((sum, [, weight]) => sum + weight, 0)
    return items.find(([, weight]) => (left -= weight) < 0)?.[0]
  }
}
