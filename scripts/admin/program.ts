/** Makes commander's program of the declared commands. */
import { Argument, Command as Program, Option } from 'commander'
import { isGroup, type Command, type Declaration, type Options } from './command.ts'

export const programName = 'breakwater'

/** The typed command, without the options that every command has. */
export interface Call {
  readonly command: Command
  /** Arguments by their place, options by their names. */
  readonly args: readonly (string | undefined)[]
  readonly options: Readonly<Record<string, unknown>>
}

export interface GlobalOptions {
  readonly url?: string
  readonly user?: string
  readonly insecure?: boolean
  readonly json?: boolean
}

/** Ends a wrong call: it prints the reason with the help of the command. */
export type Refuse = (reason: string) => never

export type Run = (call: Call, globals: GlobalOptions, refuse: Refuse) => Promise<void>

const globalOptions = [
  new Option('--url <URL>', 'registry to use; else BREAKWATER_URL, the current profile, http://127.0.0.1:5000'),
  new Option('--user <NAME>', 'user to log in as; else BREAKWATER_USER, the user of the profile, admin'),
  new Option('--insecure', 'send credentials to another machine without encryption'),
  new Option('--json', 'print JSON, for programs'),
]

/** The flags of these options that take a value. */
export const valuedGlobalFlags: readonly string[] = globalOptions.flatMap(({ long, required }) =>
  required && typeof long === 'string' ? [long] : [],
)

/** The options of every command, for the completion. */
export const globalFlags: readonly string[] = [...globalOptions.flatMap(({ long }) => long ?? []), '--help']

export function programOf(declarations: readonly Declaration[], version: string, run: Run): Program {
  const program = new Program(programName)
    .description('Administer a Breakwater registry.')
    .version(version)
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .addHelpText('after', `\n"${programName} help COMMAND" shows the options of a command and an example.`)
  for (const option of globalOptions) program.addOption(option)
  for (const declaration of declarations) {
    if (!isGroup(declaration)) {
      add(program, '', declaration, run)
      continue
    }
    const group = program
      .command(declaration.name)
      .aliases(declaration.aliases ?? [])
      .description(declaration.summary)
    for (const command of declaration.commands) add(group, `${declaration.name} `, command, run)
    showUsageAfterError(group, `${programName} help ${declaration.name}`)
  }
  showUsageAfterError(program, `${programName} help`)
  return program
}

/**
 * Adds a command to the program or to a group.
 *
 * @param prefix the words typed before the name of the command: the name of its group and a space, or nothing
 */
function add(parent: Program, prefix: string, command: Command, run: Run): void {
  const added = parent
    .command(command.name)
    .aliases(command.aliases ?? [])
    .description(command.summary)
  for (const { placeholder, isOptional, choices } of Object.values(command.arguments ?? {})) {
    const argument = new Argument(isOptional ? `[${placeholder}]` : `<${placeholder}>`)
    added.addArgument(choices.length === 0 ? argument : argument.choices(choices))
  }
  for (const option of optionsOf(command.options ?? {})) added.addOption(option)
  added.addHelpText('after', `\nExample:\n  ${programName} ${command.example}`)
  showUsageAfterError(added, `${programName} help ${prefix}${command.name}`)
  added.action(async () => {
    const args = added.processedArgs.map((value: unknown) => (typeof value === 'string' ? value : undefined))
    await run({ command, args, options: added.opts() }, added.optsWithGlobals(), (reason) =>
      added.error(`error: ${reason}`),
    )
  })
}

/** Shows one line of usage: the whole help would push the reason out of sight. */
function showUsageAfterError(program: Program, help: string): void {
  program.showHelpAfterError(`Usage: ${program.createHelp().commandUsage(program)}\nRun "${help}" for details.`)
}

const optionsOf = (options: Options): Option[] =>
  Object.entries(options).flatMap(([name, { placeholder, summary, opposite, choices, isRepeatable }]) => {
    const flag = flagOf(name)
    const own = new Option(placeholder === '' ? flag : `${flag} <${placeholder}>`, summary)
    if (choices !== undefined) own.choices(choices)
    if (isRepeatable === true) own.argParser(withOneMore)
    return opposite === undefined ? [own] : [own, new Option(flag.replace('--', '--no-'), opposite)]
  })

const withOneMore = (value: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  value,
]

/** Returns the flag of an option: `--full-name` for `fullName`. */
export const flagOf = (name: string): string => `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
