/** Bounds what strangers can let the registry do for single sign-on: an exchange at the provider, the check of a signature. */
import type { Context } from '../../context.ts'
import { countWrongToken, refuseIfWaiting } from '../../auth/wrong-tokens.ts'
import { ExpectedError } from '../../failures/failure.ts'
import type { oidcFailures } from '../oidc/failures.ts'
import type { samlFailures } from '../saml/failures.ts'
import type { ssoFailures } from './failures.ts'

/** What the sender is to blame for. A provider that cannot be asked is not their fault. */
const blamed: ReadonlySet<string> = new Set<
  keyof typeof ssoFailures | keyof typeof oidcFailures | keyof typeof samlFailures
>([
  'sso-provider-refused',
  'sso-exchange-refused',
  'sso-answer-invalid',
  'sso-token-refused',
  'saml-response-refused',
  'sso-user-code-unknown',
])

/**
 * Does work for a sender, unless what came from there before was refused too often.
 *
 * @throws RegistryError `too-many-logins`, or what the work throws
 */
export async function boundingRefusals<Result>(
  context: Pick<Context, 'db' | 'now' | 'address'>,
  work: () => Promise<Result>,
): Promise<Result> {
  await refuseIfWaiting(context, 'single sign-on')
  try {
    return await work()
  } catch (error) {
    if (error instanceof ExpectedError && blamed.has(error.failure.kind)) {
      await countWrongToken(context, 'single sign-on', '', { reason: error.failure.kind })
    }
    throw error
  }
}
