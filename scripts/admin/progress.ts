/** Shows how far a long task is: a bar at a terminal, plain lines elsewhere. Both go to stderr. */
import ora from 'ora'
import { printable } from './output.ts'
import { barOf, PlainLines, type Step } from './progress-text.ts'

export type { Step } from './progress-text.ts'

/** Shows how far the task is: a step, or a text where there is nothing to count. */
export type Show = (step: Step | string) => void

/** Where progress is written: stderr, as stdout has the answer of the command alone. */
export interface Screen {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

/** The spinner before the bar, with a space. */
const spinnerColumns = 2
const usualColumns = 80

/** Prints a line that stays, on stdout. */
export type Say = (line: string) => void

export type Work<Result> = (show: Show, say: Say) => Promise<Result>

/**
 * Runs a task and shows how far it is, until it ends.
 *
 * @param work calls `show` as often as it likes, and prints with `say` alone
 */
export const withProgress = <Result>(work: Work<Result>): Promise<Result> =>
  process.stderr.isTTY ? withBar(work) : withLines(work, process.stderr)

async function withBar<Result>(work: Work<Result>): Promise<Result> {
  const spinner = ora({ stream: process.stderr, discardStdin: false }).start()
  let what: string | undefined
  let since = Date.now()
  try {
    const show: Show = (shown) => {
      const step = typeof shown === 'string' ? { what: shown } : shown
      if (step.what !== what) since = Date.now()
      what = step.what
      const columns = (process.stderr.columns ?? usualColumns) - spinnerColumns
      spinner.text = printable(barOf(step, Date.now() - since, columns))
    }
    return await work(show, (line) => {
      // The next frame draws the bar below the line.
      spinner.clear()
      console.log(line)
    })
  } finally {
    spinner.stop()
  }
}

/** Writes plain lines, as for a log. */
export function withLines<Result>(work: Work<Result>, screen: Screen, clock: () => number = Date.now): Promise<Result> {
  const lines = new PlainLines(clock())
  const show: Show = (step) => {
    const line = lines.lineFor(step, clock())
    if (line !== undefined) screen.write(`${printable(line)}\n`)
  }
  return work(show, console.log)
}
