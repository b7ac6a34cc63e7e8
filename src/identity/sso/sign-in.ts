/**
 * Gives a user of the provider the account and the session. An account is found by provider and subject alone: neither a name
 * nor an e-mail address leads to one.
 */
import { countWrongToken } from '../../auth/wrong-tokens.ts'
import { openSessionOf } from '../../accounts/sessions.ts'
import type { Context } from '../../context.ts'
import { updateAccount } from '../../db/accounts/accounts.ts'
import { firstAdministrator } from '../../names.ts'
import { findIdentity, noteIdentity, type Identity, type LinkedIdentity } from '../links/identity-store.ts'
import { lineOf, provision } from '../links/provision.ts'
import { ssoError, type WhyNoAccount } from './failures.ts'
import type { SsoSession } from './login-store.ts'
import { findUser, noteSession } from './session-store.ts'
import { followGroups } from './teams.ts'
import type { Attested, SsoUser } from './user.ts'

type SignInContext = Pick<Context, 'db' | 'now' | 'address'>

/** A user of the provider who has an account here. */
export interface SignedIn extends SsoSession {
  readonly name: string
  readonly account: LinkedIdentity['account']
}

/** What is kept of a login that `noteIdentity` finds unchanged. */
const staleMilliseconds = 24 * 3600 * 1000

/**
 * Returns the account of a user of the provider as the provider describes it: with its name, its teams and its rights.
 *
 * @throws RegistryError `sso-no-account`
 */
export async function signIn(context: SignInContext, attested: Attested): Promise<SignedIn> {
  const { provider: issuer } = attested
  const user = await requireUser(context, attested)
  const identity = await requireIdentity(context, attested, user)
  const { db, now } = context
  await noteIdentity(db, identityOf(issuer, user), { now, staleBefore: now - staleMilliseconds })
  const { account } = identity
  if (!account.isActive) throw await refused(context, attested, user.name, { kind: 'inactive' })
  await follow(context, account, user)
  return { issuer, subject: user.subject, sid: user.sid, name: user.name, account }
}

/** Returns a user of the provider who wants to link an account. @throws RegistryError `sso-no-account` */
export async function userToLink(
  context: SignInContext,
  attested: Attested,
): Promise<SsoSession & { readonly name: string }> {
  const { subject, sid, name } = await requireUser(context, attested)
  return { issuer: attested.provider, subject, sid, name }
}

/**
 * Opens the session of a user who has signed in.
 *
 * @throws RegistryError `sso-no-account` for an account that is gone, inactive or unlinked meanwhile
 */
export async function openSsoSession(
  context: Pick<Context, 'db' | 'now'>,
  accountId: string,
  session: SsoSession,
): Promise<{ readonly secret: string; readonly username: string }> {
  const account = await findUser(context.db, accountId, session)
  const opened = account && (await openSessionOf(context, account))
  if (account === undefined || opened === undefined) {
    throw ssoError({ kind: 'sso-no-account', reason: { kind: 'inactive' } })
  }
  // The secret is given out only when the provider can end the session.
  await noteSession(context.db, opened.hash, session)
  return { secret: opened.secret, username: account.name }
}

async function requireUser(context: SignInContext, attested: Attested): Promise<SsoUser> {
  const { read } = attested
  if ('refusal' in read) throw await refused(context, attested, '', read.refusal)
  return read.user
}

async function requireIdentity(context: SignInContext, attested: Attested, user: SsoUser): Promise<LinkedIdentity> {
  const { db, now } = context
  const identity = identityOf(attested.provider, user)
  if (!attested.makesAccounts) {
    const known = await findIdentity(db, identity.provider, identity.subject)
    if (known === undefined) throw await refused(context, attested, user.name, { kind: 'unknown' })
    return known
  }
  // As it came: without what no person sees, it could be the name of another user.
  const provisioned = await provision(db, { ...identity, name: user.name, fullName: user.fullName }, { by: '', now })
  if (provisioned.outcome !== 'refused') return provisioned.identity
  const { refusal } = provisioned
  throw await refused(context, attested, user.name, { kind: 'name-refused', name: user.name, refusal })
}

const identityOf = (issuer: string, { subject, name }: SsoUser): Identity => ({
  provider: issuer,
  subject,
  name: lineOf(name),
  dn: '',
  dnKey: '',
})

/** Lets the account follow what the provider says. The recovery administrator, and the last one, stay what they are. */
async function follow(
  context: SignInContext,
  { id, name, fullName: before, isAdmin: was }: LinkedIdentity['account'],
  { fullName, isAdmin, groups }: SsoUser,
): Promise<void> {
  const { db, now } = context
  const mayFollow = isAdmin !== undefined && isAdmin !== was && name !== firstAdministrator
  const next = lineOf(fullName)
  const changes = {
    fullName: next === '' || next === before ? undefined : next,
    isAdmin: mayFollow ? isAdmin : undefined,
  }
  if (changes.fullName !== undefined) await updateAccount(db, id, { fullName: changes.fullName }, { by: '', now })
  // The last administrator stays one: the change is refused, and the login is not.
  if (changes.isAdmin !== undefined) await updateAccount(db, id, { isAdmin: changes.isAdmin }, { by: '', now })
  if (groups !== undefined) await followGroups(context, id, groups)
}

/** Makes the refusal of a user of the provider, and counts and records it as a failed login. */
async function refused(context: SignInContext, { provider }: Attested, name: string, reason: WhyNoAccount) {
  await countWrongToken(context, 'single sign-on', lineOf(name), { provider, reason: reason.kind })
  return ssoError({ kind: 'sso-no-account', reason })
}
