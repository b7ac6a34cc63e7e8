/**
 * A registry or trust server of another kind, of which a command reads: it logs in as the server asks, with Basic or with
 * a token for a scope (the distribution token specification), and follows redirects to where content lies.
 */
import * as z from 'zod'
import { basic, type User } from './credentials.ts'
import { readToken } from './registry.ts'

/** A server takes long to find a large manifest, and no longer. */
const patienceMilliseconds = 300_000

export class OtherServer {
  readonly origin: string
  readonly #user: User | undefined
  /** Authorization headers by scope. */
  readonly #logins = new Map<string, string>()

  /** Makes a client of a server. @param user undefined for what anyone may read */
  constructor(origin: string, user: User | undefined) {
    this.origin = origin
    this.#user = user
  }

  /** Reads a path. @param scope what a token is asked for, as `repository:acme/app:pull` */
  async get(path: string, scope: string, accept = '*/*'): Promise<Response> {
    const first = await this.#send(path, accept, this.#logins.get(scope))
    if (first.status !== 401) return first
    await first.body?.cancel()
    const login = await this.#logIn(first.headers.get('www-authenticate') ?? '', scope)
    if (login === undefined) throw this.#loginNeeded()
    this.#logins.set(scope, login)
    return this.#send(path, accept, login)
  }

  /**
   * Reads a whole body.
   *
   * @returns undefined when there is nothing at the path
   * @throws Error for any other refusal, and for a body that is larger than anything sensible
   */
  async read(
    path: string,
    scope: string,
    mostBytes: number,
    accept?: string,
  ): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const response = await this.get(path, scope, accept)
    if (response.status === 404) return undefined
    // Servers give tokens to anyone, and look at them later.
    if (response.status === 401 || response.status === 403) throw this.#notAllowed(path)
    if (!response.ok) throw new Error(`${this.origin}${path} answered with ${response.status}`)
    if (Number(response.headers.get('content-length') ?? 0) > mostBytes) throw tooLarge(path, mostBytes)
    const pieces: Uint8Array[] = []
    let size = 0
    for await (const piece of response.body ?? []) {
      size += piece.length
      if (size > mostBytes) throw tooLarge(path, mostBytes)
      pieces.push(piece)
    }
    return Uint8Array.from(Buffer.concat(pieces))
  }

  #loginNeeded(): Error {
    return new Error(`${this.origin} asks for a login: name a user with --from-user`)
  }

  #notAllowed(path: string): Error {
    if (this.#user === undefined) return this.#loginNeeded()
    return new Error(`${this.origin} has nothing at ${path} that ${this.#user.name} may read: name another user`)
  }

  async #send(path: string, accept: string, login: string | undefined): Promise<Response> {
    const headers = { accept, ...(login === undefined ? {} : { authorization: login }) }
    const signal = AbortSignal.timeout(patienceMilliseconds)
    // `fetch` does not take credentials along to another origin.
    return fetch(new URL(path, this.origin), { headers, signal })
  }

  async #logIn(challenge: string, scope: string): Promise<string | undefined> {
    const login = this.#user && basic(this.#user)
    if (/^basic\b/i.test(challenge)) return login
    const realm = /realm="([^"]+)"/i.exec(challenge)?.[1]
    if (realm === undefined) return undefined
    const url = new URL(realm, this.origin)
    if (url.protocol !== 'https:' && url.protocol !== new URL(this.origin).protocol) {
      throw new Error(`${this.origin} sends clients to ${url.origin} without encryption: no credentials were sent`)
    }
    const service = /service="([^"]*)"/i.exec(challenge)?.[1]
    if (service !== undefined) url.searchParams.set('service', service)
    url.searchParams.set('scope', scope)
    const response = await fetch(url, { headers: login === undefined ? {} : { authorization: login } })
    if (!response.ok) throw new Error(`${url.origin} gives no token for ${scope}: ${response.status}`)
    return `Bearer ${tokenIn(await response.text())}`
  }
}

/** Azure and others write `access_token`. */
const oauthAnswer = z.object({ access_token: z.string() })

function tokenIn(body: string): string {
  const oauth = oauthAnswer.safeParse(JSON.parse(body))
  return oauth.success ? oauth.data.access_token : readToken(body).token
}

const tooLarge = (path: string, mostBytes: number): Error =>
  new Error(`${path} has more than ${mostBytes} bytes, which no document has`)
