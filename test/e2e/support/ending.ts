/** Whatever is started or made says here how it ends, and ends in the opposite order, however the run went. */
import { after } from 'node:test'

type Task = () => Promise<unknown>

const tasks: Task[] = []
let ending: Promise<void> | undefined

after(endAll)
endAtSignal('SIGINT', 2)
endAtSignal('SIGTERM', 15)

/** @throws Error when the run is ending already: what starts now would stay behind */
export function atEnd(task: Task): void {
  if (ending !== undefined) throw new Error('the run is ending')
  tasks.push(task)
}

function endAll(): Promise<void> {
  ending ??= endEach()
  return ending
}

async function endEach(): Promise<void> {
  for (const task of tasks.toReversed()) {
    await task().catch((error: unknown) => console.error('could not clean up:', error))
  }
}

/** Exits as a shell expects it of a program that a signal has ended. */
function endAtSignal(signal: NodeJS.Signals, number: number): void {
  process.once(signal, () => {
    void endAll().then(() => process.exit(128 + number))
  })
}
