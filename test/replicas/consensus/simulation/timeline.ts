/** Simulated time: what is to happen, in the order of its time, and of its planning where the times are equal. */

interface Planned {
  readonly at: number
  readonly order: number
  readonly happen: () => void
}

export class Timeline {
  now = 0
  /** How much has happened. */
  steps = 0
  #planned = 0
  /** A binary heap: the earliest is first. */
  readonly #heap: Planned[] = []

  after(delay: number, happen: () => void): void {
    const heap = this.#heap
    const added = { at: this.now + delay, order: this.#planned++, happen }
    let at = heap.length
    while (at > 0) {
      const above = (at - 1) >> 1
      const parent = heap[above]
      if (parent === undefined || isBefore(parent, added)) break
      heap[at] = parent
      at = above
    }
    heap[at] = added
  }

  /** Lets everything happen, and what follows from it, until nothing is planned. */
  run(mostSteps: number): void {
    for (let first = this.#takeFirst(); first !== undefined; first = this.#takeFirst()) {
      if (++this.steps > mostSteps) throw new Error(`the schedule does not end: ${mostSteps} steps`)
      this.now = first.at
      first.happen()
    }
  }

  #takeFirst(): Planned | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first
    let at = 0
    for (;;) {
      const left = heap[2 * at + 1]
      const right = heap[2 * at + 2]
      const isRight = left !== undefined && right !== undefined && isBefore(right, left)
      const child = isRight ? right : left
      if (child === undefined || isBefore(last, child)) break
      heap[at] = child
      at = 2 * at + (isRight ? 2 : 1)
    }
    heap[at] = last
    return first
  }
}

const isBefore = (one: Planned, other: Planned): boolean =>
  one.at === other.at ? one.order < other.order : one.at < other.at
