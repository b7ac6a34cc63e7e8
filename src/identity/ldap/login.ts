/**
 * Logs users of the directory in, by a bind: their passwords are never stored. Login (`auth/login.ts`) has counted the
 * attempt, and asks for every password that is not a local one.
 */
import type { Context, DirectoryLogin } from '../../context.ts'
import type { Attempt, LoginAccount } from '../../db/accounts/logins.ts'
import { longestDirectoryLoginMilliseconds } from '../../limits.ts'
import { lazily } from '../../util/lazy.ts'
import {
  ldapProvider,
  findIdentity,
  findLoginOf,
  noteIdentity,
  type Identity,
  type LinkedIdentity,
} from '../links/identity-store.ts'
import { provision, type NewIdentity } from '../links/provision.ts'
import type { DirectoryConfiguration } from './configuration.ts'
import { directoryError } from './failures.ts'
import { DirectoryFault } from './faults.ts'
import { provenUser, type FoundUser } from './find-user.ts'
import { openServer } from './open.ts'
import { RestingServers } from './resting.ts'
import { DirectorySession } from './session.ts'
import { readConfiguration } from './settings.ts'
import { within } from './within.ts'

const loadNewcomer = lazily(() => import('../sync/newcomer.ts'))

/** When a user was last seen is written down again after so long. */
const noteAgainMilliseconds = 24 * 3600_000

const resting = new RestingServers()

export const directoryLogin: DirectoryLogin = {
  async check(context, attempt) {
    // Without a password a bind succeeds, and proves nothing (RFC 4513 section 5.1.2).
    if (attempt.password === '') return undefined
    const configuration = await readConfiguration(context)
    if (configuration === undefined) return undefined
    const user = await askDirectory(context, configuration, attempt)
    return user === undefined ? undefined : accountOf(context, configuration, user)
  },
}

/** Returns the user of the name and the password. @throws directoryError `directory-unavailable` */
async function askDirectory(
  { clock }: Context,
  configuration: DirectoryConfiguration,
  attempt: Attempt,
): Promise<FoundUser | undefined> {
  const session = new DirectorySession(configuration, (server) => resting.open(server, clock, openServer))
  try {
    return await within(longestDirectoryLoginMilliseconds, 'search', provenUser(session, attempt))
  } catch (error) {
    if (!(error instanceof DirectoryFault)) throw error
    throw directoryError({ kind: 'directory-unavailable' }, { cause: error })
  } finally {
    session.close()
  }
}

/**
 * Returns the account of a user whose password was right; `inactive` for one that an administrator has deactivated.
 *
 * @throws directoryError `directory-user-waits`, `directory-name-refused` or `directory-unavailable`
 */
async function accountOf(
  context: Context,
  configuration: DirectoryConfiguration,
  { subject, fullName, ...user }: FoundUser,
): Promise<LoginAccount | 'inactive'> {
  // The reader sees no id that stays: who has the name tomorrow may be another person.
  if (subject === undefined) throw directoryError({ kind: 'directory-unavailable' })
  const identity = { provider: ldapProvider, subject, ...user }
  const linked = configuration.jitUserProvisioning
    ? await provisioned(context, configuration, { ...identity, fullName })
    : await findIdentity(context.db, ldapProvider, subject)
  if (linked === undefined) throw directoryError({ kind: 'directory-user-waits' })
  noteSeen(context, identity, linked)
  return (await findLoginOf(context.db, linked.account.id)) ?? 'inactive'
}

/** Finds the account, or makes it: then the user is at once where the directory has it. */
async function provisioned(
  context: Context,
  configuration: DirectoryConfiguration,
  identity: NewIdentity,
): Promise<LinkedIdentity> {
  const made = await provision(context.db, identity, { by: '', now: context.now })
  if (made.outcome === 'refused') {
    throw directoryError({ kind: 'directory-name-refused', name: identity.name, refusal: made.refusal })
  }
  if (made.outcome === 'made') await place(context, configuration, made.identity)
  return made.identity
}

async function place(context: Context, configuration: DirectoryConfiguration, newcomer: LinkedIdentity): Promise<void> {
  const { placeNewcomer } = await loadNewcomer()
  const session = new DirectorySession(configuration, openServer)
  try {
    await placeNewcomer(context, session, newcomer)
  } finally {
    session.close()
  }
}

/** Writes down where the directory has the user now, if that is news. */
function noteSeen({ db, now, background }: Context, identity: Identity, linked: LinkedIdentity): void {
  const staleBefore = now - noteAgainMilliseconds
  const isNews = linked.name !== identity.name || linked.dn !== identity.dn || linked.lastSeenAt < staleBefore
  if (isNews) background(noteIdentity(db, identity, { now, staleBefore }))
}
