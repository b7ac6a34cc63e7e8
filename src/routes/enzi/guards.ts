/** Permission checks of the routes of accounts (see `shared/guards.ts`). */
import {
  decidesWhoGetsIn,
  mayWithAccount,
  type AccountOperation,
  type DeclaredAccountOperation,
} from '../../auth/account-access.ts'
import type { Account } from '../../auth/authorization.ts'
import { findAccountFacts, type AccountDetails, type AccountStanding } from '../../db/accounts/account-details.ts'
import { denied, RegistryError } from '../../errors.ts'
import type { Deed } from '../../failures/deeds.ts'
import { requireAccount, requirePassword } from '../shared/router.ts'
import type { AppContext } from '../app-context.ts'

export interface SeenAccount {
  /** The caller. */
  readonly account: Account
  /** The account that the call is about. */
  readonly target: AccountDetails
  /** The relation of the caller to the target. */
  readonly standing: AccountStanding
}

/**
 * Requires that the caller may do an operation with an account.
 *
 * @throws RegistryError `unauthorized`, `account-unknown`, `denied` or `password-needed`
 */
export async function requireAccountFor(
  c: AppContext,
  nameOrId: string,
  operation: AccountOperation | DeclaredAccountOperation,
): Promise<SeenAccount> {
  const account = requireAccount(c)
  const facts = await findAccountFacts(c.get('context').db, account.id, nameOrId)
  if (facts === undefined || !mayWithAccount(account, facts.standing, 'view')) {
    throw new RegistryError({ kind: 'account-unknown', name: nameOrId })
  }
  const deed = deedWith(nameOrId, operation)
  if (!mayWithAccount(account, facts.standing, operation)) throw denied(account.name, deed)
  if (decidesWhoGetsIn(operation)) requirePassword(c, deed)
  return { account, target: facts.account, standing: facts.standing }
}

const deedWith = (account: string, operation: AccountOperation | DeclaredAccountOperation): Deed =>
  typeof operation === 'string'
    ? { kind: 'with-account', account, operation }
    : { kind: 'declared-with-account', account, words: operation.words }
