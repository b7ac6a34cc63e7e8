/** The administrator of a soak: accounts, settings, runs of the collector, fsck. */
import { randomBytes } from 'node:crypto'
import { check } from '../../src/fsck/commands.ts'
import { answer, createApi, listAll, type Api, type Schemas } from '../admin/api.ts'
import { Login } from '../admin/user-login.ts'
import { getJob, isOver, readLog, startJob } from '../admin/jobs.ts'
import type { User } from '../client/credentials.ts'

const pollMilliseconds = 100

export interface Run {
  readonly status: string
  readonly lines: readonly string[]
}

export interface FsckReport {
  /** A line for each. */
  readonly findings: readonly string[]
  readonly checked: Readonly<Record<string, number>>
}

export class Administrator {
  readonly #api: Api
  /** The API by password, for calls that refuse an access token. */
  readonly #byPassword: Api

  /** Logs in with a token from here on: looking at a password costs the machine that is under test something. */
  static async logIn(origin: string, user: User): Promise<Administrator> {
    const apiWith = (secret: string): Api => createApi(origin, new Login(user.name, new URL(origin).host, secret))
    const byPassword = apiWith(user.password)
    const { token } = await answer(byPassword.POST('/api/v0/api_tokens', { body: { tokenLabel: 'soak' } }))
    return new Administrator(apiWith(token), byPassword)
  }

  private constructor(api: Api, byPassword: Api) {
    this.#api = api
    this.#byPassword = byPassword
  }

  /** Creates users who may do everything in a namespace. */
  async makeUsers(namespace: string, names: readonly string[]): Promise<User[]> {
    await this.#api.POST('/enzi/v0/accounts', { body: { name: namespace, isOrg: true } })
    const users: User[] = []
    for (const name of names) {
      const user = { name, password: randomBytes(15).toString('base64url') }
      await this.#byPassword.POST('/enzi/v0/accounts', { body: user })
      const params = { path: { orgname: namespace, membername: name } }
      const where = '/enzi/v0/accounts/{orgname}/members/{membername}'
      await this.#byPassword.PUT(where, { params, body: { isAdmin: true } })
      users.push(user)
    }
    return users
  }

  async set(settings: Schemas['ChangedSettings']): Promise<void> {
    await this.#api.POST('/api/v0/meta/settings', { body: settings })
  }

  /** Runs a job to its end. @throws Refusal when one of its kind is running already */
  async run(action: string, parameters: Schemas['WantedJob']['parameters'] = {}): Promise<Run> {
    const { id } = await startJob(this.#api, { action, parameters })
    for (;;) {
      const job = await getJob(this.#api, id)
      if (isOver(job)) return { status: job.status, lines: await readLog(this.#api, id) }
      await new Promise((resolve) => setTimeout(resolve, pollMilliseconds))
    }
  }

  async fsck(): Promise<FsckReport> {
    const { findings, checked } = await check(this.#api, true, () => undefined)
    return {
      findings: findings.map(({ kind, subject, repository, why }) => `${kind} ${repository} ${subject}: ${why}`),
      checked,
    }
  }

  /** Lists the digests of all manifests of a repository. */
  async manifestsOf(repository: string): Promise<string[]> {
    const [namespace = '', reponame = ''] = repository.split('/')
    const path = { namespace, reponame }
    const manifests = await listAll(
      (query) => this.#api.GET('/api/v0/repositories/{namespace}/{reponame}/manifests', { params: { path, query } }),
      (page) => page,
    )
    return manifests.map(({ digest }) => digest)
  }
}
