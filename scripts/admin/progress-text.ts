/** The words and the bar that show how far a long task is. Pure: the terminal and the clock are in `progress.ts`. */
import { sizeOf } from '../../src/util/size.ts'

/** A part of a task that a command waits for. */
export interface Step {
  /** What goes on, which stays the same during a step: "Load rows". */
  readonly what: string
  readonly done?: number
  /** How much there is to do, as far as it is known now. */
  readonly total?: number
  /** The things that are counted: "rows". "bytes" are written in KiB, MiB and so on. */
  readonly unit?: string
}

const barCells = 24
/** A guess of the time that is left jumps about before this. */
const earliestGuessMilliseconds = 3000

/** Returns the share that is done, 0 to 1; undefined where the end is not known. */
function shareOf({ done = 0, total }: Step): number | undefined {
  if (total === undefined || total <= 0) return undefined
  return Math.min(1, Math.max(0, done / total))
}

/** Returns a step in one line of text: `Load rows: 43 %, 1,200 of 2,800 rows`. */
export function sentenceOf(step: Step): string {
  const share = shareOf(step)
  const details = [...(share === undefined ? [] : [percent(share)]), ...countOf(step)]
  return details.length === 0 ? step.what : `${step.what}: ${details.join(', ')}`
}

/**
 * Returns a step as it stands at a terminal: with a bar where the end is known.
 *
 * @param elapsed milliseconds since the step began
 * @param columns the width of the line
 */
export function barOf(step: Step, elapsed: number, columns: number): string {
  const share = shareOf(step)
  if (share === undefined) return cut(sentenceOf(step), columns)
  const full = Math.floor(share * barCells)
  const bar = `${'█'.repeat(full)}${'░'.repeat(barCells - full)}`
  const left = timeLeft(share, elapsed)
  const details = [percent(share), ...countOf(step), ...(left === undefined ? [] : [left])].join(', ')
  return cut(`${step.what} ${bar} ${details}`, columns)
}

// A whole is shown as such only when it is one.
const percent = (share: number): string => `${Math.floor(share * 100)} %`

function countOf({ done, total, unit = '' }: Step): string[] {
  if (done === undefined) return []
  const numbers = [done, ...(total === undefined ? [] : [total])]
  if (unit === 'bytes') return [numbers.map(sizeOf).join(' of ')]
  const counted = numbers.map((number) => number.toLocaleString('en-US')).join(' of ')
  return [unit === '' ? counted : `${counted} ${unit}`]
}

/** Guesses from the time that was needed until now; undefined while that says little. */
function timeLeft(share: number, elapsed: number): string | undefined {
  if (share === 0 || share === 1 || elapsed < earliestGuessMilliseconds) return undefined
  return `${durationOf((elapsed / share) * (1 - share))} left`
}

/** Returns a length of time in its largest unit: `40 s`, `12 min`, `3 h`. */
export function durationOf(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000)
  if (seconds < 120) return `${seconds} s`
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`
  return `${Math.round(seconds / 3600)} h`
}

/** Returns the step that a line of a log tells of, like "exports: 3 of 60 tables"; undefined for other lines. */
export function stepIn(line: string): Step | undefined {
  const [, what, done = '', total = '', unit = ''] = /^([^:]+): ([\d,]+) of ([\d,]+) ([a-z ]+)$/.exec(line) ?? []
  const [some, all] = [done, total].map((number) => Number(number.replaceAll(',', '')))
  return what === undefined || some === undefined || all === undefined
    ? undefined
    : { what, done: some, total: all, unit }
}

const cut = (text: string, columns: number): string =>
  text.length <= columns ? text : `${text.slice(0, Math.max(0, columns - 1))}…`

/** Where there is no terminal, so often at most a step is written again. */
const pauseMilliseconds = 10_000

/** Chooses what is written where there is no terminal: each step as it begins, and every ten seconds how far it is. */
export class PlainLines {
  #what: string | undefined
  #written: string | undefined
  #since: number

  /** Begins. @param now milliseconds of a clock */
  constructor(now: number) {
    this.#since = now
  }

  /**
   * Returns the line to write now; undefined for none.
   *
   * @param step a text alone has no beginning, so it is written only after a while
   */
  lineFor(step: Step | string, now: number): string | undefined {
    const begins = typeof step !== 'string' && step.what !== this.#what
    const text = typeof step === 'string' ? step : sentenceOf(step)
    if (typeof step !== 'string') this.#what = step.what
    if (!begins && (now - this.#since < pauseMilliseconds || text === this.#written)) return undefined
    this.#since = now
    this.#written = text
    return text
  }
}
