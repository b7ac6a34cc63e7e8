/** How the doors of accounts ask whether the caller may come in (see `api/doors.ts`). */
import { mayWithAccount, type AccountOperation } from '../../accounts/access.ts'
import type { Account } from '../../auth/access.ts'
import { findAccountFacts, type AccountDetails } from '../../db/account-details.ts'
import { RegistryError } from '../../errors.ts'
import { requireAccount } from '../api/router.ts'
import type { AppContext } from '../context.ts'

export interface SeenAccount {
  /** Who is calling. */
  readonly account: Account
  /** Whom the call is about. */
  readonly target: AccountDetails
}

/**
 * @param what for the sentence of a refusal: "change alice"
 * @throws RegistryError `unauthorized`, `account-unknown` or `denied`
 */
export async function requireAccountFor(
  c: AppContext,
  nameOrId: string,
  operation: AccountOperation,
  what: string,
): Promise<SeenAccount> {
  const account = requireAccount(c)
  const facts = await findAccountFacts(c.get('stores').db, account.id, nameOrId)
  if (facts === undefined || !mayWithAccount(account, facts, 'view')) {
    throw new RegistryError({ kind: 'account-unknown', name: nameOrId })
  }
  if (!mayWithAccount(account, facts, operation)) {
    throw new RegistryError({ kind: 'denied', who: account.name, what, scope: undefined })
  }
  return { account, target: facts.account }
}
