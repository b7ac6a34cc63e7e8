/**
 * Gives an account that is there to a user of the directory, by the order of an administrator: a user of the registry who
 * logs in with the directory from now on, or one whose entry was deleted and created again there. A name alone never does that.
 */
import { refuseServiceAccount } from '../../accounts/service-accounts.ts'
import type { Context } from '../../context.ts'
import type { AccountRecord } from '../../db/accounts/accounts.ts'
import { isUniqueViolation } from '../../db/database.ts'
import type { Attribution } from '../../db/events/events.ts'
import { RegistryError } from '../../errors.ts'
import { firstAdministrator } from '../../names.ts'
import { ldapProvider, type Identity } from '../links/identity-store.ts'
import { adoptAccount } from './adoption-store.ts'
import { directoryError, type WhyNotLinked } from './failures.ts'
import { isUser, userNamed } from './named-user.ts'
import { openServer } from './open.ts'
import { DirectorySession, type Open } from './session.ts'
import { readConfiguration } from './settings.ts'

type Account = Pick<AccountRecord, 'id' | 'name' | 'isOrganization'>

/**
 * Links an account to the user of a name in the directory. The account has no other password from then on.
 *
 * @throws RegistryError `directory-user-not-linked`, `directory-not-asked`, `service-account-limited` or `account-unknown`
 */
export async function adopt(
  context: Context,
  account: Account,
  { user, by }: { readonly user: string; readonly by: Attribution['by'] },
  open: Open = openServer,
): Promise<Identity> {
  const { db, now } = context
  const { id, name } = account
  if (account.isOrganization) throw notLinked(user, { kind: 'organization', account: name })
  if (name === firstAdministrator) throw notLinked(user, { kind: 'recovery', account: name })
  await refuseServiceAccount(db, name)
  const identity = await identityNamed(context, user, open)
  try {
    if (await adoptAccount(db, identity, id, { by, now })) return identity
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    throw notLinked(user, { kind: 'taken' }, error)
  }
  throw new RegistryError({ kind: 'account-unknown', name })
}

async function identityNamed(context: Context, user: string, open: Open): Promise<Identity> {
  const configuration = await readConfiguration(context)
  if (configuration === undefined) throw notLinked(user, { kind: 'no-directory' })
  const session = new DirectorySession(configuration, open)
  try {
    const found = await userNamed(session, user)
    if (!isUser(found)) throw notLinked(user, found)
    const { subject, name, dn, dnKey } = found
    return { provider: ldapProvider, subject, name, dn, dnKey }
  } finally {
    session.close()
  }
}

const notLinked = (name: string, reason: WhyNotLinked, cause?: unknown) =>
  directoryError({ kind: 'directory-user-not-linked', name, reason }, { cause })
