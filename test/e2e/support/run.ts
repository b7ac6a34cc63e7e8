/** Programs, run as a person would run them: with arguments, and judged by exit code and output. */
import { spawn, type ChildProcess } from 'node:child_process'
import { workspace } from './folders.ts'

export interface RunOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** What the program reads from its standard input. */
  readonly input?: string
  /**
   * Runs until it is told to end, in a process group of its own, which Ctrl-C does not reach and which can be killed as
   * a whole. Any other program must end within the limit.
   */
  readonly server?: boolean
}

export interface Outcome {
  /** Null when a signal ended the program. */
  readonly exitCode: number | null
  readonly stdout: string
  /** Both streams, in the order of their arrival. */
  readonly output: string
}

export interface Running {
  readonly child: ChildProcess
  readonly pid: number
  /** What it has said until now. */
  readonly output: () => string
  readonly outcome: Promise<Outcome>
}

/** No client needs this long for anything it is asked to do here. */
const limitMilliseconds = 180_000

/** A server that was told to stop has this long to do so. */
const graceMilliseconds = 20_000

const running = new Set<ChildProcess>()

/** The last resort, for programs that a run which broke off has left. */
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

export async function start(command: string, args: readonly string[], options: RunOptions = {}): Promise<Running> {
  const child = spawn(command, args, {
    cwd: options.cwd,
    // Programs leave temporary files behind when they are killed, and some tests kill them.
    env: { ...process.env, TMPDIR: workspace, ...options.env },
    stdio: 'pipe',
    ...(options.server === true ? { detached: true } : { timeout: limitMilliseconds, killSignal: 'SIGKILL' }),
  })
  const outcome = outcomeOf(child)
  const pid = await started(child)
  child.stdin.on('error', () => undefined) // Programs may end without reading it all.
  child.stdin.end(options.input ?? '')
  return { child, pid, ...outcome }
}

export async function attempt(command: string, args: readonly string[], options?: RunOptions): Promise<Outcome> {
  const { outcome } = await start(command, args, options)
  return outcome
}

/**
 * @returns its standard output
 * @throws Error with all it said, when it fails
 */
export async function run(command: string, args: readonly string[], options?: RunOptions): Promise<string> {
  const { exitCode, stdout, output } = await attempt(command, args, options)
  if (exitCode !== 0) throw new Error(`${command} ${args.join(' ')}\nended with ${exitCode}:\n${output}`)
  return stdout
}

/** Stops a server, unless it has stopped already, with all that it has started. */
export async function endServer(server: Running): Promise<void> {
  if (hasEnded(server)) return
  const timer = setTimeout(() => killGroup(server.pid), graceMilliseconds)
  server.child.kill('SIGTERM')
  await server.outcome
  clearTimeout(timer)
  // One that stops while it is still starting may leave a child at work.
  killGroup(server.pid)
}

export const hasEnded = ({ child }: Running): boolean => child.exitCode !== null || child.signalCode !== null

function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL')
  } catch {
    // No process of the group is left.
  }
}

function outcomeOf(child: ChildProcess): Pick<Running, 'output' | 'outcome'> {
  let [stdout, output] = ['', '']
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    output += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const outcome = new Promise<Outcome>((resolve) => {
    child.once('close', (exitCode) => {
      running.delete(child)
      resolve({ exitCode, stdout, output })
    })
  })
  return { output: () => output, outcome }
}

function started(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('spawn', () => {
      running.add(child)
      if (child.pid === undefined) reject(new Error('a process without an id'))
      else resolve(child.pid)
    })
  })
}
