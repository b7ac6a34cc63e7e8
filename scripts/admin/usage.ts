/** What `help` prints. */
import { flag, value, type Command, type OptionSpec } from './command.ts'

/** Of every command. */
export const globalOptions = {
  url: value('URL', 'the registry; else BREAKWATER_URL, else http://127.0.0.1:5000'),
  user: value('NAME', 'who logs in; else BREAKWATER_USER, else admin'),
  insecure: flag('sends the password even to another machine without encryption'),
  json: flag('prints JSON, for programs'),
} as const satisfies Record<string, OptionSpec>

const invocation = 'npm run admin --'

/** All commands, a line for each. */
export function overview(commands: readonly Command[]): string {
  return [
    `usage: ${invocation} COMMAND [OPTIONS]`,
    '',
    ...columns(commands.map((command) => [signature(command), command.summary])),
    '',
    'Options of every command:',
    ...columns(optionRows(globalOptions)),
    '',
    'The password is that of BREAKWATER_PASSWORD (an access token does as well), else it is asked for.',
    `"${invocation} help COMMAND" tells more of a command.`,
  ].join('\n')
}

/** Everything about some commands. */
export const manual = (commands: readonly Command[]): string => commands.map(page).join('\n\n')

/** How to call a command, in a line. */
export const usageOf = (command: Command): string =>
  `usage: ${invocation} ${[signature(command), ...optionWords(command)].join(' ')}`

function page(command: Command): string {
  const options = optionRows(command.options ?? {})
  return [usageOf(command), `  ${command.summary}`, ...(options.length === 0 ? [] : ['', ...columns(options)])].join(
    '\n',
  )
}

function signature({ words, arguments: names = [], optionalArgument }: Command): string {
  return [words, ...names, ...(optionalArgument === undefined ? [] : [`[${optionalArgument}]`])].join(' ')
}

const optionWords = ({ options = {} }: Command): string[] => optionRows(options).map(([option]) => `[${option}]`)

const optionRows = (options: Readonly<Record<string, OptionSpec | undefined>>): [string, string][] =>
  Object.entries(options).flatMap(([name, spec]) =>
    spec === undefined ? [] : [[`--${name} ${spec.placeholder}`.trimEnd(), spec.summary]],
  )

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)
}
