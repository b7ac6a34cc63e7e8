/** Logging in with a browser: what a capability brings as `signOn` beside its `commands`. */
import type { Api } from './api.ts'

export interface SignOnOptions {
  /** The browser is on another machine. */
  readonly device: boolean
  /** Tells the person what to do in the browser. */
  readonly tell: (line: string) => void
}

/** A session that a browser has approved. */
export interface SignedOn {
  readonly user: string
  readonly session: string
}

/** Lets a person log in with a browser. @param api a client without a login */
export type SignOn = (api: Api, options: SignOnOptions) => Promise<SignedOn>
