/** The two servers of the bench. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { root } from '../local/build.ts'
import { ServerProcesses } from '../local/server-processes.ts'
import type { User } from '../client/credentials.ts'
import { request } from '../client/registry.ts'
import { repository } from './client.ts'
import { runtimeOf, type RuntimePid } from './runtime-process.ts'

export interface Server {
  readonly name: 'floor' | 'registry'
  readonly origin: string
  readonly runtime: RuntimePid | undefined
  readonly user: User
}

export class Servers {
  readonly #processes = new ServerProcesses()

  /** Starts the floor, which asks for no account. */
  startFloor(): Promise<Server> {
    return this.#start('floor', join(import.meta.dirname, 'floor/serve.ts'), { name: '', password: '' })
  }

  async startRegistry(): Promise<Server> {
    const user = { name: 'admin', password: randomBytes(15).toString('base64url') }
    const server = await this.#start('registry', join(root, 'scripts/start.ts'), user)
    await makeNamespace(server)
    return server
  }

  /** Stops all servers; a second call waits for the same end. */
  stop(): Promise<void> {
    return this.#processes.stop()
  }

  async #start(name: Server['name'], script: string, user: User): Promise<Server> {
    const env = { BREAKWATER_ADMIN_PASSWORD: user.password }
    const { origin, pid } = await this.#processes.start(`bench-${name}`, script, env)
    return { name, origin, runtime: runtimeOf(pid), user }
  }
}

/** Creates the namespace of the repository, which a push does not create. */
async function makeNamespace({ origin, user }: Server): Promise<void> {
  const [name] = repository.split('/')
  await request(origin, 'POST', '/enzi/v0/accounts', { user, json: { name, isOrg: true } })
}
