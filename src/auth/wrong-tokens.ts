/**
 * Counts what opens nothing and is no password: wrong access tokens, tokens of jobs that open nothing, what single sign-on does not take.
 * Each kind has a count of its own for each network, so none slows down another, nor the logins of other addresses.
 */
import type { Context } from '../context.ts'
import { countLoginFailure, findFailures } from '../db/accounts/logins.ts'
import { recordEvent } from '../db/events/events.ts'
import { RegistryError } from '../errors.ts'
import { networksOf } from './network.ts'
import { forgetSeconds, secondsToWait, tokenRules, type TokenKind } from './throttle.ts'

type Sender = Pick<Context, 'db' | 'now' | 'address'>

/**
 * Refuses a sender whose last ones of a kind opened nothing, before any work.
 *
 * @throws RegistryError `too-many-logins`
 */
export async function refuseIfWaiting({ db, now, address }: Sender, kind: TokenKind): Promise<void> {
  const rules = tokenRules(networksOf(address), kind)
  const keys = rules.map(({ key }) => key)
  refuseTooEarly(secondsToWait(rules, await findFailures(db, keys), false, now))
}

/**
 * Counts a token that opens nothing, whose sender may have to wait.
 *
 * @param name that was sent with it; empty for none that an account could have
 * @param details what its event says beside the address
 * @throws RegistryError `too-many-logins`
 */
export async function countWrongToken(
  context: Sender,
  kind: TokenKind,
  name: string,
  details: Readonly<Record<string, string>> = {},
): Promise<void> {
  await refuseIfWaiting(context, kind)
  const keys = tokenRules(networksOf(context.address), kind).map(({ key }) => key)
  await writeDown(context, name, keys, details)
}

/** Refuses a login that comes too early. @throws RegistryError `too-many-logins` */
export function refuseTooEarly(retryAfterSeconds: number): void {
  if (retryAfterSeconds > 0) throw new RegistryError({ kind: 'too-many-logins', retryAfterSeconds })
}

/**
 * Records a failed login.
 *
 * @param name empty for a name that breaks the grammar
 * @param keys under which it is still to be counted
 */
export async function writeDown(
  context: Sender,
  name: string,
  keys: readonly string[],
  details: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { db, now } = context
  const [{ name: address }] = networksOf(context.address)
  await countLoginFailure(db, keys, {
    now,
    since: now - forgetSeconds * 1000,
    event: recordEvent({
      actor: '',
      type: 'FAIL',
      objectType: 'login',
      objectId: '',
      objectName: name,
      content: { address, ...details },
      now,
    }),
  })
}
