/** Takes links of accounts to users of a provider away. */
import { mayInRegistry, type Account } from '../../auth/authorization.ts'
import type { Database } from '../../db/database.ts'
import type { AccountName } from '../../names.ts'
import { ldapProvider } from '../links/identity-store.ts'
import { ssoError } from './failures.ts'
import { unlinkIdentity } from './session-store.ts'

/**
 * Unlinks an account. What a directory decides about it ends with an administrator alone: else users could keep their access
 * tokens when a sync no longer finds them.
 *
 * @param caller who asks for it
 * @throws RegistryError `identity-of-directory`, `identity-unknown` or `identity-last`
 */
export async function unlink(
  db: Database,
  account: { readonly id: string; readonly name: AccountName },
  identity: { readonly provider: string; readonly subject: string },
  caller: Account,
  now: number,
): Promise<void> {
  const { name } = account
  if (identity.provider === ldapProvider && !mayInRegistry(caller, 'administer')) {
    throw ssoError({ kind: 'identity-of-directory', name })
  }
  switch (await unlinkIdentity(db, account, identity, { by: caller.name, now })) {
    case 'done':
      return
    case 'last':
      throw ssoError({ kind: 'identity-last', name })
    case 'unknown':
      throw ssoError({ kind: 'identity-unknown', name })
  }
}
