/** Makes the account of a user of the directory before the first login, as an administrator asks (DTR's `searchLDAP`). */
import type { Context } from '../../context.ts'
import type { AccountRecord } from '../../db/accounts/accounts.ts'
import type { Attribution } from '../../db/events/events.ts'
import type { AccountName } from '../../names.ts'
import { ldapProvider, type LinkedIdentity } from '../links/identity-store.ts'
import { provision } from '../links/provision.ts'
import { placeNewcomer } from '../sync/newcomer.ts'
import { directoryError, type WhyNotImported } from './failures.ts'
import { isUser, userNamed, type KnownUser } from './named-user.ts'
import { DirectorySession, type Open } from './session.ts'
import { readConfiguration } from './settings.ts'

type By = Attribution['by']

/**
 * Finds a user by the name, and makes the account: at once where the directory has it, as at the first login.
 *
 * @returns undefined where no directory is configured
 * @throws directoryError `directory-user-not-imported` or `directory-not-asked`
 */
export async function importUser(
  context: Context,
  name: AccountName,
  by: By,
  open: Open,
): Promise<AccountRecord | undefined> {
  const configuration = await readConfiguration(context)
  if (configuration === undefined) return undefined
  const session = new DirectorySession(configuration, open)
  try {
    const user = await userNamed(session, name)
    if (!isUser(user)) throw notImported(name, user)
    const { identity, isNew } = await provisioned(context, user, by)
    if (!isNew) throw notImported(name, { kind: 'known', account: identity.account.name })
    await placeNewcomer(context, session, identity)
    return { ...identity.account, isOrganization: false, isImported: true }
  } finally {
    session.close()
  }
}

async function provisioned(
  { db, now }: Context,
  user: KnownUser,
  by: By,
): Promise<{ readonly identity: LinkedIdentity; readonly isNew: boolean }> {
  const made = await provision(db, { provider: ldapProvider, ...user }, { by, now })
  if (made.outcome === 'refused') throw notImported(user.name, { kind: 'name', refusal: made.refusal })
  return { identity: made.identity, isNew: made.outcome === 'made' }
}

const notImported = (name: string, reason: WhyNotImported) =>
  directoryError({ kind: 'directory-user-not-imported', name, reason })
