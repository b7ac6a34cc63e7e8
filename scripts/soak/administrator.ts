/** What an administrator does around a soak: accounts, settings, runs of the collector, the audit. */
import { randomBytes } from 'node:crypto'
import * as z from 'zod'
import { Api } from '../admin/api.ts'
import { readLog } from '../admin/jobs.ts'
import { fsckPage, newToken } from '../admin/schemas.ts'
import type { User } from './client.ts'

const job = z.looseObject({ id: z.string(), status: z.string() })
const anything = z.unknown()

/** How a job may end. */
const ended = new Set(['done', 'canceled', 'errored', 'worker_dead'])
const pollMilliseconds = 100

export interface Run {
  readonly status: string
  readonly lines: readonly string[]
}

export interface Audit {
  /** A line for each. */
  readonly findings: readonly string[]
  readonly checked: Readonly<Record<string, number>>
}

export class Administrator {
  readonly #api: Api
  /** For what an access token may not do. */
  readonly #byPassword: Api

  /** Logs in with a token from here on: looking at a password costs the machine that is under test something. */
  static async logIn(origin: string, user: User): Promise<Administrator> {
    const byPassword = new Api(origin, { user: user.name, password: user.password })
    const { token } = await byPassword.send('POST', '/api/v0/api_tokens', { tokenLabel: 'soak' }, newToken)
    return new Administrator(new Api(origin, { user: user.name, password: token }), byPassword)
  }

  private constructor(api: Api, byPassword: Api) {
    this.#api = api
    this.#byPassword = byPassword
  }

  /** Users who may do everything in a namespace. */
  async makeUsers(namespace: string, names: readonly string[]): Promise<User[]> {
    await this.#api.send('POST', '/enzi/v0/accounts', { name: namespace, isOrg: true }, anything)
    const users: User[] = []
    for (const name of names) {
      const user = { name, password: randomBytes(15).toString('base64url') }
      await this.#byPassword.send('POST', '/enzi/v0/accounts', user, anything)
      await this.#byPassword.send('PUT', `/enzi/v0/accounts/${namespace}/members/${name}`, { isAdmin: true }, anything)
      users.push(user)
    }
    return users
  }

  async set(settings: Readonly<Record<string, string | number | boolean>>): Promise<void> {
    await this.#api.send('POST', '/api/v0/meta/settings', settings, anything)
  }

  /** Runs a job to its end. @throws Refusal when one of its kind is running already */
  async run(action: string, parameters: object = {}): Promise<Run> {
    const { id } = await this.#api.send('POST', '/api/v0/jobs', { action, parameters }, job)
    for (;;) {
      const { status } = await this.#api.get(`/api/v0/jobs/${id}`, job)
      if (ended.has(status)) return { status, lines: await readLog(this.#api, id) }
      await new Promise((resolve) => setTimeout(resolve, pollMilliseconds))
    }
  }

  async audit(): Promise<Audit> {
    const findings: string[] = []
    const checked: Record<string, number> = {}
    let cursor: string | undefined
    do {
      const body = { content: true, ...(cursor === undefined ? {} : { cursor }) }
      const page = await this.#api.sendPatiently('POST', '/api/v0/admin/fsck', body, fsckPage)
      findings.push(
        ...page.findings.map(({ kind, subject, repository, why }) => `${kind} ${repository} ${subject}: ${why}`),
      )
      for (const [thing, count] of Object.entries(page.checked)) checked[thing] = (checked[thing] ?? 0) + count
      cursor = page.next
    } while (cursor !== undefined)
    return { findings, checked }
  }

  /** The digests of all manifests of a repository. */
  async manifestsOf(repository: string): Promise<string[]> {
    const [namespace = '', name = ''] = repository.split('/')
    const target = `/api/v0/repositories/${namespace}/${name}/manifests`
    const manifests = z.array(z.looseObject({ digest: z.string() }))
    return (await this.#api.list(target, manifests, (page) => page)).map(({ digest }) => digest)
  }
}
