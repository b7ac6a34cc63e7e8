/** Starts the floor and the registry, each in a process and a folder of its own, and leaves nothing of them behind. */
import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { root } from '../local/build.ts'
import { watchOver } from '../local/children.ts'
import { repository, type Account } from './client.ts'
import { runtimeOf, type RuntimePid } from './runtime-process.ts'

export interface Server {
  readonly name: 'floor' | 'registry'
  readonly origin: string
  readonly runtime: RuntimePid | undefined
  readonly account: Account
}

const patienceMilliseconds = 15_000

export class Servers {
  readonly #processes: ChildProcess[] = []
  readonly #folders: string[] = []
  #stopped: Promise<void> | undefined

  /** The floor asks for no account. */
  startFloor(): Promise<Server> {
    return this.#start('floor', join(import.meta.dirname, 'floor/serve.ts'), { username: '', password: '' })
  }

  async startRegistry(): Promise<Server> {
    const account = { username: 'admin', password: randomBytes(15).toString('base64url') }
    const server = await this.#start('registry', join(root, 'scripts/start.ts'), account)
    await makeNamespace(server)
    return server
  }

  /** Asking twice waits for the same end. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stopAll()
    return this.#stopped
  }

  async #start(name: Server['name'], script: string, account: Account): Promise<Server> {
    const port = await freePort()
    // From here to the end of the spawning nothing waits, so that `stop` knows of all there is.
    if (this.#stopped !== undefined) throw new Error('the bench was stopped')
    const folder = mkdtempSync(join(tmpdir(), `breakwater-bench-${name}-`))
    this.#folders.push(folder)
    const started = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', script, '--port', String(port), '--state', folder],
      {
        cwd: root,
        env: { ...process.env, BREAKWATER_ADMIN_PASSWORD: account.password },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    this.#processes.push(started)
    const { pid } = started
    if (pid === undefined) throw new Error(`${script} does not start`)
    // Ends it even if this process is killed and cannot.
    watchOver([pid])
    const origin = `http://127.0.0.1:${port}`
    await announced(started, origin)
    return { name, origin, runtime: runtimeOf(pid), account }
  }

  async #stopAll(): Promise<void> {
    await Promise.all(this.#processes.map(end))
    await Promise.all(this.#folders.map((folder) => rm(folder, { recursive: true, force: true, maxRetries: 5 })))
  }
}

/** A push makes its repository, but not the namespace that it lies in. */
async function makeNamespace({ origin, account }: Server): Promise<void> {
  const [name] = repository.split('/')
  const credentials = Buffer.from(`${account.username}:${account.password}`).toString('base64')
  const response = await fetch(`${origin}/enzi/v0/accounts`, {
    method: 'POST',
    headers: { authorization: `Basic ${credentials}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name, isOrg: true }),
  })
  if (!response.ok) throw new Error(`no namespace for the bench: ${response.status} ${await response.text()}`)
}

/** A server is ready when it prints its address. */
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

/** Free a moment ago, at least: the servers want to be told their port. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('there is no free port')
  return address.port
}
