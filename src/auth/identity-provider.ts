/**
 * Says who a user is. Login (`login.ts`) asks one provider for each password that is sent, and keeps to itself what must
 * hold for all of them: the throttle, which counts an attempt before a provider hears of it, the events, the sessions, and
 * the rule that an unknown name costs as much work as a known one.
 */
import type { Context } from '../context.ts'
import type { Attempt, LoginAccount } from '../db/accounts/logins.ts'

export type { Attempt } from '../db/accounts/logins.ts'

export interface IdentityProvider<Identity> {
  /** Finds the user of the name; undefined for a name that the provider does not know. */
  find(context: Context, attempt: Attempt): Promise<Identity | undefined>
  /**
   * Tells whether the password is the user's. For an unknown user it does the same work: login asks it then too.
   *
   * @throws RegistryError for a fault, which says nothing about the password
   */
  verify(context: Context, attempt: Attempt, identity: Identity | undefined): Promise<boolean>
  /** Returns the account of a user whose password was right, as it is from now on. */
  linked(context: Context, attempt: Attempt, identity: Identity): Promise<LoginAccount>
}
