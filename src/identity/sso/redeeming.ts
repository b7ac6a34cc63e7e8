/**
 * Redeems the codes of commands: for a session, or for a link to an account. Only the command that began can use a code, as it
 * alone knows the verifier (RFC 7636).
 */
import { refuseServiceAccount } from '../../accounts/service-accounts.ts'
import { hashOpaqueToken } from '../../auth/opaque-token.ts'
import type { Context } from '../../context.ts'
import { isUniqueViolation } from '../../db/database.ts'
import type { Attribution } from '../../db/events/events.ts'
import type { AccountName } from '../../names.ts'
import { linkIdentity } from '../links/identity-store.ts'
import { ssoError } from './failures.ts'
import { challengeOf } from './login-state.ts'
import { takeApproved, type Approved, type Purpose } from './login-store.ts'
import { openSsoSession } from './sign-in.ts'
import { requireCurrentProvider } from './ways.ts'

type LoginContext = Pick<Context, 'db' | 'now'>

/** What a command sends for its login. */
export interface Redemption {
  readonly code: string
  readonly verifier: string
}

/**
 * Opens the session of a command whose login a browser has approved.
 *
 * @throws RegistryError `sso-code-unknown`, `sso-code-pending`, `sso-no-account`, or as `requireCurrentProvider`
 */
export async function redeemLogin(
  context: LoginContext,
  redemption: Redemption,
): Promise<{ readonly secret: string; readonly username: string }> {
  const { accountId, ...approved } = await take(context, redemption, 'login')
  if (accountId === undefined) throw ssoError({ kind: 'sso-code-unknown' })
  return openSsoSession(context, accountId, approved)
}

/**
 * Links the user of the provider to an account that is logged in here.
 *
 * @throws RegistryError `sso-code-unknown`, `sso-code-pending`, `identity-taken` or `service-account-limited`
 */
export async function redeemLink(
  context: LoginContext,
  redemption: Redemption,
  account: { readonly id: string; readonly name: AccountName },
  by: Attribution['by'],
): Promise<{ readonly provider: string; readonly subject: string; readonly name: string }> {
  await refuseServiceAccount(context.db, account.name)
  const { issuer: provider, subject, name } = await take(context, redemption, 'link')
  try {
    await linkIdentity(context.db, { provider, subject, name, dn: '', dnKey: '' }, account, { by, now: context.now })
  } catch (error) {
    if (isUniqueViolation(error)) throw ssoError({ kind: 'identity-taken' }, { cause: error })
    throw error
  }
  return { provider, subject, name }
}

async function take(context: LoginContext, { code, verifier }: Redemption, purpose: Purpose): Promise<Approved> {
  const sent = { hash: await hashOpaqueToken(code), challenge: await challengeOf(verifier), purpose }
  const taken = await takeApproved(context.db, sent, context.now)
  if (taken === 'waiting') throw ssoError({ kind: 'sso-code-pending' })
  if (taken === undefined) throw ssoError({ kind: 'sso-code-unknown' })
  await requireCurrentProvider(context, taken.issuer)
  return taken
}
