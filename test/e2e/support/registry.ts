/** The registry, started the way its users start it. */
import { join } from 'node:path'
import { request } from '../../../scripts/client/registry.ts'
import { atEnd } from './ending.ts'
import { newFolder } from './folders.ts'
import { freePort } from './ports.ts'
import { childrenNamed } from './proc.ts'
import { endServer, hasEnded, start, type Outcome, type Running } from './run.ts'
import { admin, alice, bob, type User } from './users.ts'
import { until } from './wait.ts'

const root = join(import.meta.dirname, '../../..')
const startSeconds = 120

export interface RegistryOptions {
  readonly state: string
  readonly port: number
  /** The address it listens at; else 127.0.0.1. */
  readonly address?: string
  readonly https?: boolean
  /** The first administrator's; without it the registry makes one up. */
  readonly password?: string
  /** What starts it in place of `scripts/start.ts`. */
  readonly script?: string
  /** More variables of its environment. */
  readonly env?: Readonly<Record<string, string>>
}

export interface Registry {
  /** What stands before the first slash of an image's name. */
  readonly host: string
  readonly port: number
  readonly state: string
  /** The id of its process, which leads a process group. */
  readonly pid: number
  /** The id of the runtime that executes the Worker. */
  readonly runtimePid: number
  readonly outcome: Promise<Outcome>
  /** What it has printed so far. */
  readonly output: () => string
  readonly stop: () => Promise<Outcome>
}

export async function startRegistry(options: RegistryOptions): Promise<Registry> {
  const { port, state, address = '127.0.0.1', https = false, password = '', script = 'scripts/start.ts' } = options
  const args = ['--port', String(port), '--host', address, '--state', state, ...(https ? ['--https'] : [])]
  const server = await start(process.execPath, [script, ...args], {
    cwd: root,
    env: { BREAKWATER_ADMIN_PASSWORD: password, ...options.env },
    server: true,
  })
  const stop = (): Promise<Outcome> => {
    server.child.kill('SIGTERM')
    return server.outcome
  }
  atEnd(() => endServer(server))
  await until('the registry to start', startSeconds, () => isReady(server))
  const [runtimePid] = await childrenNamed(server.pid, 'workerd')
  if (runtimePid === undefined) throw new Error('the registry runs without a runtime')
  return {
    host: `${address}:${port}`,
    port,
    state,
    pid: server.pid,
    runtimePid,
    outcome: server.outcome,
    output: server.output,
    stop,
  }
}

/** A registry of its own, with nothing in it but the accounts of admin, alice and bob. */
export async function newRegistry(options: Pick<RegistryOptions, 'script'> = {}): Promise<Registry> {
  const state = await newFolder('state')
  const registry = await startRegistry({ ...options, state, port: await freePort(), password: admin.password })
  for (const user of [alice, bob]) await createAccount(registry, user)
  return registry
}

function isReady(server: Running): boolean {
  if (hasEnded(server)) throw new Error(`the registry did not start:\n${server.output()}`)
  return server.output().includes('Breakwater serves')
}

async function createAccount({ host }: Registry, { name, password }: User): Promise<void> {
  await request(`http://${host}`, 'POST', '/enzi/v0/accounts', { user: admin, json: { name, password } })
}
