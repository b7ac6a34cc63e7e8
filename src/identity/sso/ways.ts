/** The ways to log in with a browser. Commands use the first that is on. */
import type { Context } from '../../context.ts'
import { oidcWay } from '../oidc/way.ts'
import { samlWay } from '../saml/way.ts'
import { ssoError } from './failures.ts'
import type { SignOnWay } from './way.ts'

const ways: readonly SignOnWay[] = [oidcWay, samlWay]

/** Returns the way that commands use. @throws RegistryError `sso-off` */
export async function requireWay(context: Pick<Context, 'db'>): Promise<SignOnWay> {
  for (const way of ways) if (await way.isOn(context)) return way
  throw ssoError({ kind: 'sso-off' })
}

/**
 * Refuses a login whose provider was turned off since, or is another one now.
 *
 * @throws RegistryError `sso-off` or `sso-code-unknown`
 */
export async function requireCurrentProvider(context: Pick<Context, 'db' | 'now'>, provider: string): Promise<void> {
  await requireWay(context)
  for (const way of ways) if (await way.isOf(context, provider)) return
  throw ssoError({ kind: 'sso-code-unknown' })
}
