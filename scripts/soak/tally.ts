/** The counts and the failures of a soak. */

/** Something that must not happen; the soak goes on, and ends badly. */
export class Failure extends Error {
  override readonly name = 'Failure'
}

export class Tally {
  readonly #counts = new Map<string, number>()
  readonly failures: string[] = []

  add(event: string, count = 1): void {
    this.#counts.set(event, this.of(event) + count)
  }

  of(event: string): number {
    return this.#counts.get(event) ?? 0
  }

  fail(what: string): void {
    this.failures.push(what)
    console.error(`soak: FAILURE ${what}`)
  }

  /** Returns the counts in the order of their names. */
  entries(): [string, number][] {
    return [...this.#counts].sort(([one], [other]) => (one < other ? -1 : 1))
  }
}
