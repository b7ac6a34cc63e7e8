/** Reads the command line. */
import { parseArgs } from 'node:util'
import type { Command, Input, OptionSpec } from './command.ts'
import { commands } from './commands/index.ts'
import { UsageError } from './errors.ts'
import { closestTo } from './suggestion.ts'
import { globalOptions } from './usage.ts'

/** What was typed, of which only the words are understood. */
export interface Call {
  readonly args: readonly string[]
  /** What stands before the first option is a command, and maybe arguments of it. */
  readonly words: readonly string[]
  readonly wantsHelp: boolean
}

export interface ParsedCall {
  readonly input: Input<string, string>
  readonly url: string | undefined
  readonly user: string | undefined
  readonly insecure: boolean
  readonly json: boolean
}

/** Finds the words among options of whatever command. */
export function readCall(args: readonly string[]): Call {
  const options = Object.assign({}, globalOptions, ...commands.map((command) => command.options ?? {}))
  const { positionals, values } = parseArgs({
    args: [...args],
    options: { ...specsOf(options), help: { type: 'boolean', short: 'h' } },
    strict: false,
    allowPositionals: true,
  })
  return { args, words: positionals, wantsHelp: values['help'] === true }
}

/** @throws UsageError when there is no such command */
export function findCommand(words: readonly string[]): Command {
  const found = commands.find(({ words: own }) => {
    const parts = own.split(' ')
    return parts.every((part, index) => part === words[index])
  })
  if (found !== undefined) return found
  const typed = words.slice(0, 2).join(' ')
  const meant = closestTo(
    typed,
    commands.map((command) => command.words),
  )
  const hint = meant === undefined ? '' : `did you mean "${meant}"? `
  throw new UsageError(`there is no command "${typed}": ${hint}see "npm run admin -- help"`)
}

/** @throws UsageError */
export function parseCall({ args }: Call, command: Command): ParsedCall {
  const { positionals, values } = strictly(args, { ...globalOptions, ...command.options })
  const given = positionals.slice(command.words.split(' ').length)
  const wanted = command.arguments ?? []
  const [missing] = wanted.slice(given.length)
  if (missing !== undefined) throw new UsageError(`${missing} is missing`)
  const most = wanted.length + (command.optionalArgument === undefined ? 0 : 1)
  const surplus = given[most]
  if (surplus !== undefined) throw new UsageError(`"${surplus}" is too much`)
  const text = (name: string): string | undefined => {
    const found = values[name]
    return typeof found === 'string' ? found : undefined
  }
  return {
    url: text('url'),
    user: text('user'),
    insecure: values['insecure'] === true,
    json: values['json'] === true,
    input: {
      argument(name) {
        const found = given[wanted.indexOf(name)]
        if (found === undefined) throw new Error(`"${command.words}" has no argument ${name}`)
        return found
      },
      optionalArgument: () => given[wanted.length],
      flag: (name) => values[name] === true,
      text,
      number: (name) => numberOf(name, text(name)),
    },
  }
}

function strictly(
  args: readonly string[],
  options: Readonly<Record<string, OptionSpec | undefined>>,
): { positionals: string[]; values: Readonly<Record<string, unknown>> } {
  try {
    return parseArgs({ args: [...args], options: specsOf(options), allowPositionals: true })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error })
  }
}

const specsOf = (options: Readonly<Record<string, OptionSpec | undefined>>): Record<string, Pick<OptionSpec, 'type'>> =>
  Object.fromEntries(
    Object.entries(options).flatMap(([name, spec]) => (spec === undefined ? [] : [[name, { type: spec.type }]])),
  )

function numberOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`--${name} ${text} is not a whole number`)
  return Number(text)
}
