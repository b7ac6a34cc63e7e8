/**
 * Logs users of the directory in, by a bind: their passwords are never stored. Login (`auth/login.ts`) has counted the
 * attempt, and asks for every password that is not a local one.
 */
import type { Context, DirectoryLogin } from '../../context.ts'
import type { Attempt, LoginAccount } from '../../db/accounts/logins.ts'
import { longestDirectoryLoginMilliseconds } from '../../limits.ts'
import { lazily } from '../../util/lazy.ts'
import { selectDirectory } from '../documents/document-store.ts'
import {
  ldapProvider,
  findIdentity,
  findLoginOf,
  noteIdentity,
  type Identity,
  type LinkedIdentity,
} from '../links/identity-store.ts'
import { provision, type NewIdentity } from '../links/provision.ts'
import { directoryError } from './failures.ts'
import { DirectoryFault } from './faults.ts'
import { provenUser, type FoundUser } from './find-user.ts'
import { openServer } from './open.ts'
import { mayBeOfDirectory } from './passwords.ts'
import { RestingServers, type OpenTelling } from './resting.ts'
import { DirectorySession } from './session.ts'
import { readConfiguration } from './settings.ts'
import { within } from './within.ts'

const loadImport = lazily(() => import('./import-user.ts'))
const loadNewcomer = lazily(() => import('../sync/newcomer.ts'))

/** When a user was last seen is written down again after so long. */
const noteAgainMilliseconds = 24 * 3600_000

/** Makes the login of a directory. @param open connects to a server */
export function directoryLoginBy(open: OpenTelling): DirectoryLogin {
  const resting = new RestingServers()
  return {
    presence: selectDirectory,
    async check(context, attempt) {
      if (!mayBeOfDirectory(attempt.password)) return undefined
      const configuration = await readConfiguration(context)
      if (configuration === undefined) return undefined
      const sessionOf = (): DirectorySession =>
        new DirectorySession(configuration, (server) => resting.open(server, context.clock, open))
      const user = await askDirectory(sessionOf(), attempt)
      return user === undefined ? undefined : accountOf(context, sessionOf, user)
    },
    async importUser(context, name, by) {
      const { importUser } = await loadImport()
      return importUser(context, name, by, (server) => open(server, () => undefined))
    },
  }
}

export const directoryLogin = directoryLoginBy(openServer)

/** Returns the user of the name and the password. @throws directoryError `directory-unavailable` */
async function askDirectory(session: DirectorySession, attempt: Attempt): Promise<FoundUser | undefined> {
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
  sessionOf: () => DirectorySession,
  { subject, fullName, ...user }: FoundUser,
): Promise<LoginAccount | 'inactive'> {
  // The reader sees no id that stays: who has the name tomorrow may be another person.
  if (subject === undefined) throw directoryError({ kind: 'directory-unavailable' })
  const identity = { provider: ldapProvider, subject, ...user }
  const linked = sessionOf().configuration.jitUserProvisioning
    ? await provisioned(context, sessionOf, { ...identity, fullName })
    : await findIdentity(context.db, ldapProvider, subject)
  if (linked === undefined) throw directoryError({ kind: 'directory-user-waits' })
  noteSeen(context, identity, linked)
  return (await findLoginOf(context.db, linked.account.id)) ?? 'inactive'
}

/** Finds the account, or makes it: then the user is at once where the directory has it. */
async function provisioned(
  context: Context,
  sessionOf: () => DirectorySession,
  identity: NewIdentity,
): Promise<LinkedIdentity> {
  const made = await provision(context.db, identity, { by: '', now: context.now })
  if (made.outcome === 'refused') {
    throw directoryError({ kind: 'directory-name-refused', name: identity.name, refusal: made.refusal })
  }
  if (made.outcome === 'made') await place(context, sessionOf(), made.identity)
  return made.identity
}

async function place(context: Context, session: DirectorySession, newcomer: LinkedIdentity): Promise<void> {
  try {
    const { placeNewcomer } = await loadNewcomer()
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
