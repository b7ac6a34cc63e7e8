/** Runs wrangler, which knows the account and speaks to Cloudflare. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { root } from '../local/build.ts'

export interface Said {
  readonly exitCode: number
  readonly stdout: string
  /** Both streams, in the order of their arrival. */
  readonly output: string
}

/**
 * Runs a command of wrangler.
 *
 * @param environment what it is told besides
 * @returns what it said; a command that fails is no error here
 */
export async function wrangler(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Said> {
  const program = join(root, 'node_modules/wrangler/bin/wrangler.js')
  const child = spawn(process.execPath, [program, ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    // CI: it must not ask what this command decides.
    env: { ...process.env, CI: 'true', WRANGLER_SEND_METRICS: 'false', ...environment },
  })
  let stdout = ''
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    output += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ exitCode: code ?? 1, stdout, output }))
  })
}

/** Runs a command that has to succeed. @throws Error with everything that wrangler said */
export async function must(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Said> {
  const said = await wrangler(args, environment)
  if (said.exitCode !== 0) throw new Error(`wrangler ${args.slice(0, 3).join(' ')} failed:\n\n${said.output.trim()}`)
  return said
}

/** Returns the JSON that a command printed, after the lines that wrangler puts before it. */
export function jsonIn(text: string): unknown {
  const begin = text.search(/^[[{]/m)
  if (begin < 0) throw new Error(`wrangler printed no JSON:\n\n${text.trim()}`)
  return JSON.parse(text.slice(begin))
}
