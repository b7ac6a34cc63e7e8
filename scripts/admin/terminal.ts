/** Asks the person at the terminal. Questions go to stderr, so that stdout has the answer of the command alone. */
import input from '@inquirer/input'
import password from '@inquirer/password'
import { UsageError } from './errors.ts'

const onStderr = { output: process.stderr }

export const isAttended = (): boolean => process.stdin.isTTY && process.stderr.isTTY

export const askSecret = (message: string): Promise<string> => password({ message, mask: false }, onStderr)

export const ask = (message: string): Promise<string> => input({ message }, onStderr)

/**
 * Asks before something is lost for good.
 *
 * @param yes the person has said so with `--yes`
 * @throws UsageError without a terminal; Error when the answer is another one
 */
export async function confirm(name: string, what: string, yes: boolean): Promise<void> {
  if (yes) return
  if (!isAttended()) throw new UsageError(`${what} cannot be undone: say --yes if you are sure`)
  const answer = await ask(`${what} cannot be undone. Type ${name} to confirm:`)
  if (answer.trim() !== name) throw new Error('the name does not match: nothing was deleted')
}

/** Returns the whole of the standard input, without the end of its line. */
export async function readStandardInput(): Promise<string> {
  let text = ''
  process.stdin.setEncoding('utf8')
  for await (const chunk of process.stdin) text += String(chunk)
  return text.replace(/\r?\n$/, '')
}
