/** The command line of the soak. */
import { parseArgs } from 'node:util'
import { parseDuration } from '../../src/util/duration.ts'

export interface Options {
  readonly seconds: number
  readonly clients: number
  readonly seed: number
  /** The grace in the form of the setting. */
  readonly grace: string
  readonly graceMilliseconds: number
}

const usage = 'npm run soak -- [--seconds 60] [--clients 8] [--seed 1] [--grace 5s]'

/** Reads the options. @throws Error that says how to call the soak */
export function readOptions(args: readonly string[]): Options {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        seconds: { type: 'string', default: '60' },
        clients: { type: 'string', default: '8' },
        seed: { type: 'string', default: '1' },
        grace: { type: 'string', default: '5s' },
      },
    })
    const graceMilliseconds = parseDuration(values.grace)
    if (graceMilliseconds === undefined) throw new Error(`--grace ${values.grace} is no duration like "5s"`)
    return {
      seconds: wholeNumber('seconds', values.seconds),
      clients: wholeNumber('clients', values.clients),
      seed: wholeNumber('seed', values.seed),
      grace: values.grace,
      graceMilliseconds,
    }
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\nusage: ${usage}`, { cause: error })
  }
}

function wholeNumber(name: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`--${name} ${text} is not a whole number above zero`)
  return Number(text)
}
