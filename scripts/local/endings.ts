/** The endings of a start: what was started is ended in the opposite order, once, however far the start had come. */

type Task = () => void | Promise<void>

/** Whatever still runs then ends with this process, unfinished. */
const patienceMilliseconds = 20_000
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

export class Endings {
  readonly #tasks: Task[] = []
  #isEnding = false

  add(task: Task): void {
    this.#tasks.push(task)
  }

  /** Ends at a signal. Takes it away from others: Miniflare's own handler would exit before anything is written back. */
  takeSignals(): void {
    for (const signal of signals) {
      process.removeAllListeners(signal)
      process.on(signal, () => void this.end(0))
    }
  }

  /** Tells whether the endings have begun, which explains failures from then on. */
  get haveBegun(): boolean {
    return this.#isEnding
  }

  /** Ends this process, once. */
  async end(code: number): Promise<void> {
    if (this.#isEnding) return
    this.#isEnding = true
    setTimeout(() => {
      console.error('the registry did not stop in time: what it was doing is broken off')
      process.exit(1)
    }, patienceMilliseconds).unref()
    try {
      for (const task of this.#tasks.toReversed()) await task()
      process.exit(code)
    } catch (error) {
      console.error('the registry did not stop cleanly:', error)
      process.exit(1)
    }
  }
}
