/**
 * Administers a registry from the command line: `breakwater help`.
 *
 * It speaks the registry's HTTP API as one user. Only `recover` goes to the database itself, as a lost password keeps
 * everyone out of the API.
 *
 * Ends with 0; with 1 when the registry refuses or something fails; with 2 when it was called in a wrong way; with 130
 * when Ctrl-C ends a question.
 */
import { CommanderError } from 'commander'
import packageJson from '../../package.json' with { type: 'json' }
import { Refusal, type Api } from './api.ts'
import { isGroup, namesOf, type Context } from './command.ts'
import { connect, type Connection } from './connection.ts'
import { isInterrupt, UsageError } from './errors.ts'
import { groups } from './groups.ts'
import { print, printable } from './output.ts'
import { flagOf, programOf, type Call, type GlobalOptions, type Refuse } from './program.ts'

// `breakwater events | head` closes the pipe before all is written.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
}

process.exitCode = await main(process.argv.slice(2))

async function main(words: readonly string[]): Promise<number> {
  let isBad = false
  const program = programOf(groups, packageJson.version, async (call, globals, refuse) => {
    isBad = await run(call, globals, refuse)
  })
  try {
    await program.parseAsync(withHelpOption(words), { from: 'user' })
    if (isBad) return 1
    return 0
  } catch (error) {
    return report(error)
  }
}

/** Turns `help user create` into `user create --help`. Help about an unknown command stays an unknown command. */
function withHelpOption(words: readonly string[]): string[] {
  const [first, ...about] = words
  if (first !== 'help') return [...words]
  return isKnown(about.filter((word) => !word.startsWith('-'))) ? [...about, '--help'] : about
}

function isKnown([name, child]: readonly string[]): boolean {
  if (name === undefined) return true
  const declaration = groups.find((one) => namesOf(one).includes(name))
  if (declaration === undefined || child === undefined) return declaration !== undefined
  return isGroup(declaration) && declaration.commands.some((one) => namesOf(one).includes(child))
}

/** Runs a command and prints its output. @returns whether the command found something that must not be */
async function run({ command, args, options }: Call, globals: GlobalOptions, refuse: Refuse): Promise<boolean> {
  try {
    const output = await command.run(
      mapValues(command.arguments ?? {}, (argument, _name, index) => argument.read(args[index])),
      mapValues(command.options ?? {}, (option, name) => option.read(options[name], flagOf(name))),
      contextOf(globals),
    )
    print(output, globals.json === true)
    return output.isBad === true
  } catch (error) {
    if (error instanceof UsageError) return refuse(error.message)
    throw error
  }
}

/** Connects when a command first asks for the registry: some need none. */
function contextOf(globals: GlobalOptions): Context {
  let connection: Connection | undefined
  const connected = (): Connection => (connection ??= connect(globals))
  return {
    get api(): Api {
      return connected().api
    },
    get login() {
      return connected().login
    },
    destination: globals,
    say(line, write = console.log) {
      if (globals.json !== true) write(printable(line))
    },
    declarations: groups,
  }
}

function mapValues<Value, Mapped>(
  record: Readonly<Record<string, Value>>,
  map: (value: Value, name: string, index: number) => Mapped,
): Record<string, Mapped> {
  return Object.fromEntries(Object.entries(record).map(([name, value], index) => [name, map(value, name, index)]))
}

/** Prints an error. @returns the exit code */
function report(error: unknown): number {
  // Commander has printed the help that was asked for, or what is wrong with the call.
  if (error instanceof CommanderError && error.exitCode === 0) return 0
  if (error instanceof CommanderError) return 2
  if (isInterrupt(error)) return 130
  const code = error instanceof Refusal ? ` (${error.code})` : ''
  console.error(printable(`${error instanceof Error ? error.message : String(error)}${code}`))
  return 1
}
