/** Asks the person at the terminal. Questions go to stderr, so that stdout has the answer of the command alone. */
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { Interrupted, UsageError } from './errors.ts'

export const isAttended = (): boolean => process.stdin.isTTY && process.stderr.isTTY

/** @throws Interrupted */
export async function askSecret(question: string): Promise<string> {
  const answer = await ask(question, new Writable({ write: (_chunk, _encoding, next) => next() }))
  process.stderr.write('\n')
  return answer
}

/**
 * Before something is gone for good.
 *
 * @param yes the person has said so with `--yes`
 * @throws UsageError where nobody can be asked; Error when the answer is another one
 */
export async function confirm(name: string, what: string, yes: boolean): Promise<void> {
  if (yes) return
  if (!isAttended()) throw new UsageError(`${what} cannot be undone: say --yes if you are sure`)
  const answer = await ask(`${what} cannot be undone. Type ${name} to confirm: `, process.stderr)
  if (answer.trim() !== name) throw new Error('that is not its name: nothing was done')
}

/** @returns the whole of the standard input, without the end of its line */
export async function readStandardInput(): Promise<string> {
  let text = ''
  process.stdin.setEncoding('utf8')
  for await (const chunk of process.stdin) text += String(chunk)
  return text.replace(/\r?\n$/, '')
}

/** @param echo where what is typed appears */
async function ask(question: string, echo: Writable): Promise<string> {
  // The question itself is written here, as an interface without an echo would swallow it.
  if (echo !== process.stderr) process.stderr.write(question)
  const lines = createInterface({ input: process.stdin, output: echo, terminal: true, historySize: 0 })
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.once('SIGINT', () => reject(new Interrupted()))
      lines.once('close', () => reject(new Interrupted()))
      lines.question(echo === process.stderr ? question : '', resolve)
    })
  } finally {
    lines.close()
  }
}
