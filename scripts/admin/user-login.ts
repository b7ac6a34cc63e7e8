/** The login of a user: the name, and a password or a token. */
import { isOpaqueToken } from '../../src/auth/opaque-token.ts'
import { askSecret, isAttended } from './terminal.ts'

/** The user of one run. The password is asked for once, when it is needed. */
export class Login {
  readonly user: string
  readonly #host: string
  #secret: string | undefined
  #password: string | undefined

  /** Makes a login. @param secret a password, an access token or the token of a session; undefined when it is to be asked for */
  constructor(user: string, host: string, secret: string | undefined) {
    this.user = user
    this.#host = host
    this.#secret = secret
  }

  /** Tells whether a person can be asked for the password. */
  get canAsk(): boolean {
    return isAttended()
  }

  /** Returns a password or an access token. */
  async secret(): Promise<string> {
    return (this.#secret ??= await this.password())
  }

  /** Returns the password where it is known or can be asked for: an access token is none. */
  async knownPassword(): Promise<string | undefined> {
    const secret = await this.secret()
    if (!isOpaqueToken('access', secret)) return secret
    return this.canAsk ? this.password() : undefined
  }

  /** Returns the password, from here on for all requests: an access token is not enough for some actions. */
  async password(): Promise<string> {
    if (!this.canAsk) {
      throw new Error(
        'there is no terminal to ask for a password: set BREAKWATER_PASSWORD to it, or to an access token',
      )
    }
    this.#password ??= await askSecret(`Password of ${this.user} at ${this.#host}:`)
    this.#secret = this.#password
    return this.#password
  }
}
