/** Takes links of accounts to users of a provider away. */
import type { Database } from '../../db/database.ts'
import type { Attribution } from '../../db/events/events.ts'
import type { AccountName } from '../../names.ts'
import { ssoError } from './failures.ts'
import { unlinkIdentity } from './session-store.ts'

/** Unlinks an account. @throws RegistryError `identity-unknown` or `identity-last` */
export async function unlink(
  db: Database,
  account: { readonly id: string; readonly name: AccountName },
  identity: { readonly provider: string; readonly subject: string },
  attribution: Attribution,
): Promise<void> {
  const { name } = account
  switch (await unlinkIdentity(db, account, identity, attribution)) {
    case 'done':
      return
    case 'last':
      throw ssoError({ kind: 'identity-last', name })
    case 'unknown':
      throw ssoError({ kind: 'identity-unknown', name })
  }
}
