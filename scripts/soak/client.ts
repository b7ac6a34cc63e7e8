/** A client of the registry, which logs in as Docker does: with one token for all repositories, fetched again in time. */
import * as z from 'zod'
import { basic, type User } from '../client/credentials.ts'
import { readToken, send } from '../client/registry.ts'
import { Failure, type Tally } from './tally.ts'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Buffer
}

export interface Message {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Buffer<ArrayBuffer>
}

const problems = z.object({ errors: z.array(z.object({ code: z.string(), message: z.string() })).min(1) })

const mostAttempts = 20
const patienceMilliseconds = 60_000

export class Client {
  readonly #origin: string
  readonly #user: User
  readonly #scopes: readonly string[]
  readonly #tally: Tally
  #token = ''
  #renewAt = 0

  constructor(origin: string, user: User, repositories: readonly string[], tally: Tally) {
    this.#origin = origin
    this.#user = user
    this.#scopes = repositories.map((name) => `repository:${name}:pull,push,delete`)
    this.#tally = tally
  }

  /**
   * Sends a request with the client's login.
   *
   * @param accepted the statuses that may answer it
   * @throws Failure for any other
   */
  async call(method: string, target: string, accepted: readonly number[], message: Message = {}): Promise<Answer> {
    const path = target.startsWith('/v2/')
    const authorization = path ? `Bearer ${await this.#freshToken()}` : basic(this.#user)
    const answer = await this.#exchange(method, target, { ...message, headers: { authorization, ...message.headers } })
    if (accepted.includes(answer.status)) return answer
    throw new Failure(`${method} ${target}: ${answer.status} ${codeOf(answer)} instead of ${accepted.join(' or ')}`)
  }

  async #freshToken(): Promise<string> {
    if (Date.now() < this.#renewAt) return this.#token
    const query = new URLSearchParams({ service: new URL(this.#origin).host })
    for (const scope of this.#scopes) query.append('scope', scope)
    const answer = await this.#exchange('GET', `/auth/token?${query.toString()}`, {
      headers: { authorization: basic(this.#user) },
    })
    if (answer.status !== 200) throw new Failure(`no token for ${this.#user.name}: ${answer.status} ${codeOf(answer)}`)
    const { token, seconds } = readToken(answer.body.toString())
    this.#token = token
    this.#renewAt = Date.now() + (seconds * 1000) / 2
    return token
  }

  /** Sends a request, and repeats it after 429, by which a busy registry asks for that. */
  async #exchange(method: string, target: string, { headers = {}, body }: Message): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      this.#tally.add('requests')
      const signal = AbortSignal.timeout(patienceMilliseconds)
      const response = await send(this.#origin, method, target, { headers, body, signal }).catch((error: unknown) => {
        throw new Failure(`${method} ${target}: ${reasonOf(error)}`, { cause: error })
      })
      const content = Buffer.from(await response.arrayBuffer())
      if (response.status !== 429 || attempt === mostAttempts) {
        return { status: response.status, headers: response.headers, body: content }
      }
      this.#tally.add('requests repeated after 429')
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
  }
}

/** Reads the code and the sentence of a refusal. */
export function codeOf({ body }: Answer): string {
  try {
    const [problem] = problems.parse(JSON.parse(body.toString())).errors
    return `${problem?.code ?? ''} (${problem?.message ?? ''})`
  } catch {
    return body.subarray(0, 200).toString()
  }
}

/** Returns the reason of an error of `fetch`, which stands in its cause. */
const reasonOf = (error: unknown): string =>
  error instanceof Error
    ? `${error.message} ${error.cause instanceof Error ? error.cause.message : ''}`.trim()
    : String(error)
