/** The two servers of the bench. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { root } from '../local/build.ts'
import { ServerProcesses } from '../local/server-processes.ts'
import { repository, type Account } from './client.ts'
import { runtimeOf, type RuntimePid } from './runtime-process.ts'

export interface Server {
  readonly name: 'floor' | 'registry'
  readonly origin: string
  readonly runtime: RuntimePid | undefined
  readonly account: Account
}

export class Servers {
  readonly #processes = new ServerProcesses()

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
    return this.#processes.stop()
  }

  async #start(name: Server['name'], script: string, account: Account): Promise<Server> {
    const env = { BREAKWATER_ADMIN_PASSWORD: account.password }
    const { origin, pid } = await this.#processes.start(`bench-${name}`, script, env)
    return { name, origin, runtime: runtimeOf(pid), account }
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
