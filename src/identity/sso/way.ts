/** A way to log in with a browser: one protocol, with the one provider that is set for it. */
import type { Context } from '../../context.ts'
import type { AppContext } from '../../routes/app-context.ts'
import type { Intent } from './login-state.ts'

export interface SignOnWay {
  /** Where a browser begins. */
  readonly loginPath: string
  /** Tells whether users can log in this way. */
  readonly isOn: (context: Pick<Context, 'db'>) => Promise<boolean>
  /** Tells whether a provider, as `identities` has it, is the one that users log in at this way now. */
  readonly isOf: (context: Pick<Context, 'db' | 'now'>, provider: string) => Promise<boolean>
  /** Sends the browser to the provider. */
  readonly begin: (c: AppContext, intent: Intent) => Promise<Response>
}
