/** A way to log in with a browser: one protocol, with the one provider that is set for it. */
import type { Context } from '../../context.ts'
import type { Intent } from './login-state.ts'

/** Where a login begins and ends. */
export interface LoginPlace {
  /** Where browsers find the registry. */
  readonly origin: string
  /** Where a login begins. */
  readonly path: string
  /** The name of the cookie that the browser keeps meanwhile. */
  readonly cookieName: string
  /** Whether the provider sends the browser back with a form of its own page, and not with a link. */
  readonly comesByForm: boolean
}

/** A login that begins: what the browser keeps, and where it goes. */
export interface Departure {
  readonly place: LoginPlace
  readonly cookie: string
  readonly url: string
}

export interface SignOnWay {
  /** Where a browser begins. */
  readonly loginPath: string
  /** Tells whether users can log in this way. */
  readonly isOn: (context: Pick<Context, 'db'>) => Promise<boolean>
  /** Tells whether a provider, as `identities` has it, is the one that users log in at this way now. */
  readonly isOf: (context: Pick<Context, 'db' | 'now'>, provider: string) => Promise<boolean>
  /** Begins a login at the provider. */
  readonly begin: (context: Pick<Context, 'db' | 'now' | 'secrets'>, intent: Intent) => Promise<Departure>
}
