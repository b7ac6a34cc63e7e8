/** Starts servers for a measurement or a trial, each in a process and a folder of its own, and leaves nothing of them behind. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { root } from './build.ts'
import { freePort } from './free-port.ts'
import { watchOver } from './watch.ts'

export interface ServerProcess {
  readonly origin: string
  readonly pid: number
}

const patienceMilliseconds = 15_000

export class ServerProcesses {
  readonly #processes: ChildProcess[] = []
  readonly #folders: string[] = []
  #stopped: Promise<void> | undefined

  /**
   * Starts a server with a folder of its own, and waits until it is ready.
   *
   * @param name of its folder
   * @param script is given `--port` and `--state`, and prints its address when it is ready
   */
  async start(name: string, script: string, env: Readonly<Record<string, string>>): Promise<ServerProcess> {
    const port = await freePort()
    // From here to the end of the spawning nothing waits, so that `stop` knows of all there is.
    if (this.#stopped !== undefined) throw new Error('it was stopped')
    const folder = mkdtempSync(join(tmpdir(), `breakwater-${name}-`))
    this.#folders.push(folder)
    const started = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', script, '--port', String(port), '--state', folder],
      { cwd: root, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] },
    )
    this.#processes.push(started)
    const { pid } = started
    if (pid === undefined) throw new Error(`${script} does not start`)
    // Ends it even if this process is killed and cannot.
    const endWatch = watchOver(pid)
    started.once('exit', endWatch)
    const origin = `http://127.0.0.1:${port}`
    await announced(started, origin)
    return { origin, pid }
  }

  /** Stops all servers; a second call waits for the same end. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stopAll()
    return this.#stopped
  }

  async #stopAll(): Promise<void> {
    await Promise.all(this.#processes.map(end))
    await Promise.all(this.#folders.map((folder) => rm(folder, { recursive: true, force: true, maxRetries: 5 })))
  }
}

/** Waits until a server prints its address, by which it says that it is ready. */
async function announced(started: ChildProcess, origin: string): Promise<void> {
  if (started.stdout === null) throw new Error('the server has no output')
  const lines = createInterface(started.stdout)
  await new Promise<void>((resolve, reject) => {
    lines.on('line', (line) => {
      if (line.includes(origin)) resolve()
    })
    started.once('error', reject)
    started.once('exit', (code) => reject(new Error(`the server at ${origin} ended with ${code ?? 'a signal'}`)))
  })
}

async function end(started: ChildProcess): Promise<void> {
  if (started.exitCode !== null || started.signalCode !== null || started.pid === undefined) return
  const gone = once(started, 'exit')
  started.kill('SIGTERM')
  const timer = setTimeout(() => started.kill('SIGKILL'), patienceMilliseconds)
  await gone
  clearTimeout(timer)
}
