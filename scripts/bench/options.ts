/** The command line of the bench. */
import { parseArgs } from 'node:util'

export interface Options {
  /** The measured rounds of each scenario, without the one that warms up. */
  readonly rounds: number
  /** Words, of which a scenario that is measured has one in its name; the empty word is in every name. */
  readonly only: readonly string[]
  readonly short: boolean
  readonly json: boolean
  readonly enforce: boolean
  /** Targets are multiplied by this before they are enforced: less than 1 for machines that have other things to do. */
  readonly tolerance: number
}

const usage = 'npm run bench -- [--rounds 3] [--only push,pull] [--short] [--json] [--enforce [--tolerance 1]]'

/** Reads the options. @throws Error that says how to call the bench */
export function readOptions(args: readonly string[]): Options {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        rounds: { type: 'string' },
        only: { type: 'string', default: '' },
        short: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        enforce: { type: 'boolean', default: false },
        tolerance: { type: 'string', default: '1' },
      },
    })
    const { short, json, enforce } = values
    const rounds = positive('rounds', values.rounds ?? (short ? '2' : '3'))
    if (!Number.isInteger(rounds)) throw new Error('--rounds must be a whole number')
    return {
      rounds,
      only: values.only.split(','),
      short,
      json,
      enforce,
      tolerance: positive('tolerance', values.tolerance),
    }
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\nusage: ${usage}`, { cause: error })
  }
}

function positive(name: string, text: string): number {
  const value = Number(text)
  if (!(value > 0)) throw new Error(`--${name} ${text} is not a number above zero`)
  return value
}
