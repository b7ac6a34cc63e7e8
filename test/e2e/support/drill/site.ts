/** The registry of a drill: always at the same address, which clients and signatures know it by. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import * as z from 'zod'
import { request, send, type Sending } from '../../../../scripts/client/registry.ts'
import { authorityPath } from '../../../../scripts/local/tls.ts'
import { newFolder } from '../folders.ts'
import { freePort } from '../ports.ts'
import { startRegistry, type Registry } from '../registry.ts'
import { start, type Outcome, type Running } from '../run.ts'
import { admin, type User } from '../users.ts'

const script = join(import.meta.dirname, '../../../../scripts/admin/breakwater.mjs')

/** What an operator keeps outside of the registry, for the day on which no administrator is left. */
export const recoverySecret = 'a secret of a drill that is long enough to be one'

const health = z.object({ Error: z.string(), Healthy: z.boolean() })
type Health = z.infer<typeof health> & { readonly status: number }

/** How a command of the operator is authorized. */
type By = User | 'recovery secret'

export class Site {
  readonly host: string
  readonly #port: number
  readonly #profiles: string
  /** Where the certificate lies, which outlives all losses. */
  readonly #authority: string
  #registry: Registry
  /** Those that have not ended. */
  readonly #commands = new Set<Running>()

  private constructor(registry: Registry, profiles: string) {
    this.host = registry.host
    this.#port = registry.port
    this.#registry = registry
    this.#profiles = profiles
    this.#authority = authorityPath(registry.state)
  }

  /** Starts a new registry. */
  static async found(): Promise<Site> {
    const [state, port] = [await newFolder('state'), await freePort()]
    const registry = await startRegistry({ state, port, https: true, password: admin.password })
    setDefaultCACertificates([...getCACertificates(), await readFile(authorityPath(state), 'utf8')])
    return new Site(registry, await newFolder('no-profiles'))
  }

  get registry(): Registry {
    return this.#registry
  }

  /** Starts the registry again at its address. @param state the folder of its data, which may be a copy */
  async start(state = this.#registry.state): Promise<void> {
    const env = { BREAKWATER_RECOVERY_SECRET: recoverySecret }
    this.#registry = await startRegistry({ state, port: this.#port, https: true, env })
  }

  async stop(): Promise<void> {
    await this.#registry.stop()
  }

  /** Kills the registry and its runtime at once, and the commands that talk with it: some would wait until it is back. */
  async kill(): Promise<void> {
    for (const { child } of this.#commands) child.kill('SIGKILL')
    process.kill(-this.#registry.pid, 'SIGKILL')
    await this.#registry.outcome
  }

  /** Sends a request. @returns the answer, whatever it is */
  ask(user: User | undefined, method: string, path: string, sending: Sending = {}): Promise<Response> {
    return send(this.#origin, method, path, { user, ...sending })
  }

  /** Sends a request that must succeed. @returns the body of the answer, undefined when it has none */
  async call(user: User, method: string, path: string, json?: object): Promise<unknown> {
    const answer = await request(this.#origin, method, path, { user, json })
    const text = await answer.text()
    return text === '' ? undefined : JSON.parse(text)
  }

  /** Asks a probe. */
  async probe(path: '/health' | '/_ping' = '/health'): Promise<Health> {
    const answer = await this.ask(undefined, 'GET', path)
    return { status: answer.status, ...health.parse(await answer.json()) }
  }

  /** Runs a command of the operator. */
  async attempt(by: By, ...words: readonly string[]): Promise<Outcome> {
    const credentials =
      by === 'recovery secret'
        ? { BREAKWATER_RECOVERY_SECRET: recoverySecret }
        : { BREAKWATER_USER: by.name, BREAKWATER_PASSWORD: by.password }
    const command = await start(process.execPath, [script, ...words], {
      env: {
        XDG_CONFIG_HOME: this.#profiles,
        NODE_EXTRA_CA_CERTS: this.#authority,
        BREAKWATER_URL: this.#origin,
        ...credentials,
      },
    })
    this.#commands.add(command)
    return command.outcome.finally(() => this.#commands.delete(command))
  }

  /** Runs a command of the operator that must succeed. @returns what it prints */
  async tell(by: By, ...words: readonly string[]): Promise<string> {
    const { exitCode, stdout, output } = await this.attempt(by, ...words)
    assert.equal(exitCode, 0, output)
    return stdout
  }

  get #origin(): string {
    return `https://${this.host}`
  }
}
