/**
 * The client that measures. It logs in as Docker does: with one token for its repository, used until it grows old. Its
 * exchanges are bare `node:http`, since the `fetch` of `scripts/client/registry.ts` costs time that is not the registry's.
 */
import { basic, type User } from '../client/credentials.ts'
import { readToken } from '../client/registry.ts'
import { Connection, type Answer, type Message } from './http.ts'

export const repository = 'bench/image'
const scope = `repository:${repository}:pull,push`

export class Client {
  readonly #connection: Connection
  readonly #user: User
  #authorization: { readonly authorization?: string } = {}
  #renewAt = 0

  constructor(origin: string, user: User) {
    this.#connection = new Connection(origin)
    this.#user = user
  }

  /** Renews the login and the connection before a measurement. */
  async freshen(): Promise<void> {
    this.#connection.renew()
    if (Date.now() < this.#renewAt) return
    const ping = await this.#connection.exchange('GET', '/v2/')
    const lifetime = ping.status === 401 ? await this.#fetchToken(ping) : Infinity
    this.#renewAt = Date.now() + (lifetime * 1000) / 2
  }

  /** Sends a request with the client's token. @throws Error when the answer has a status that is not accepted */
  async call(method: string, target: string, accepted: readonly number[], message: Message = {}): Promise<Answer> {
    const headers = { ...this.#authorization, ...message.headers }
    const answer = await this.#connection.exchange(method, target, { ...message, headers })
    if (accepted.includes(answer.status)) return answer
    const said = answer.body.subarray(0, 300).toString()
    throw new Error(`${method} ${target}: ${answer.status} instead of ${accepted.join(' or ')} ${said}`)
  }

  /** Fetches a token for the challenge of an answer. @returns how many seconds the token lives */
  async #fetchToken(challenged: Answer): Promise<number> {
    const fields = challengeFields(challenged.headers['www-authenticate'] ?? '')
    const realm = new URL(fields.get('realm') ?? '')
    realm.searchParams.set('service', fields.get('service') ?? '')
    realm.searchParams.set('scope', scope)
    const headers = { authorization: basic(this.#user) }
    const answer = await this.#connection.exchange('GET', realm.href, { headers })
    if (answer.status !== 200) throw new Error(`no token: ${answer.status} ${answer.body.toString()}`)
    const { token, seconds } = readToken(answer.body.toString())
    this.#authorization = { authorization: `Bearer ${token}` }
    return seconds
  }
}

/** Parses the `name="value"` pairs of a Bearer challenge. */
function challengeFields(header: string): Map<string, string> {
  return new Map([...header.matchAll(/([a-z]+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]))
}
