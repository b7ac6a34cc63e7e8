/**
 * Administers a registry from the command line: `npm run admin -- help`.
 *
 * It speaks the registry's HTTP API as somebody who logs in. Only `recover` goes to the database itself, as nobody can
 * log in any more when the last password is lost.
 *
 * Ends with 0; with 1 when the registry refuses or something fails; with 2 when it was called in a wrong way; with 130
 * when Ctrl-C ends a question.
 */
import { firstAdministrator } from '../../src/names.ts'
import { Refusal, type Api } from './api.ts'
import { findCommand, parseCall, readCall, type Call } from './arguments.ts'
import type { Command } from './command.ts'
import { commands } from './commands/index.ts'
import { connect, setting, type Destination } from './connection.ts'
import { Interrupted, UsageError } from './errors.ts'
import { print, printable } from './output.ts'
import { manual, overview, usageOf } from './usage.ts'

process.exitCode = await main(readCall(process.argv.slice(2)))

async function main(call: Call): Promise<number> {
  const [first, ...others] = call.words
  let command: Command | undefined
  try {
    if (first === 'help' || call.wantsHelp) {
      console.log(helpOn(first === 'help' ? others : call.words))
      return 0
    }
    if (first === undefined) throw new UsageError(overview(commands))
    command = findCommand(call.words)
    if (await run(command, call)) return 0
    return 1
  } catch (error) {
    return report(error, command)
  }
}

/** @returns whether all is well */
async function run(command: Command, call: Call): Promise<boolean> {
  const { input, json, url, user: given, insecure } = parseCall(call, command)
  const user = given ?? setting('BREAKWATER_USER') ?? firstAdministrator
  const output = await command.run(input, { user, api: once({ url, user, insecure }) })
  print(output, json)
  return output.isBad !== true
}

function once(destination: Destination): () => Promise<Api> {
  let api: Promise<Api> | undefined
  return () => (api ??= connect(destination))
}

/**
 * @param words of a command, or the first of several; none means all commands
 * @throws UsageError when there is no such command
 */
function helpOn(words: readonly string[]): string {
  if (words.length === 0) return overview(commands)
  const wanted = `${words.slice(0, 2).join(' ')} `
  const found = commands.filter((command) => `${command.words} `.startsWith(wanted))
  return manual(found.length > 0 ? found : [findCommand(words)])
}

/** @returns the exit code */
function report(error: unknown, command: Command | undefined): number {
  if (error instanceof Interrupted) return 130
  if (error instanceof UsageError) {
    console.error(error.message)
    if (command !== undefined) console.error(usageOf(command))
    return 2
  }
  const code = error instanceof Refusal ? ` (${error.code})` : ''
  console.error(printable(`${error instanceof Error ? error.message : String(error)}${code}`))
  return 1
}
