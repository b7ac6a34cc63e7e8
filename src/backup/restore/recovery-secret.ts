/**
 * Checks the secret that authorizes a restoration where no administrator is left. It is read and counted without the
 * database, which may be lost: each isolate counts by itself, and that is enough, as no one guesses 32 random characters.
 */
import { networksOf } from '../../auth/network.ts'
import { secondsToWait } from '../../auth/throttle.ts'
import type { Context } from '../../context.ts'
import type { CountedFailures } from '../../db/accounts/logins.ts'
import { errorsOf } from '../../failures/failure.ts'
import { requireLongRecoverySecret } from '../../variables.ts'
import { restoreFailures } from './failures.ts'

const refusal = errorsOf(restoreFailures)

/** The wrong secrets of one network that cost no wait. */
const freeGuesses = 5
/** The networks that an isolate counts; at the bound it forgets all. */
const mostCounted = 1000
const counted = new Map<string, CountedFailures>()

/**
 * Requires the recovery secret of the registry.
 *
 * @throws ExpectedError `recovery-refused` or `recovery-throttled`
 * @throws RegistryError `variable-invalid` for a secret of the registry that is too short
 */
export async function requireRecoverySecret(
  { recoverySecret, address, now }: Pick<Context, 'recoverySecret' | 'address' | 'now'>,
  given: string,
): Promise<void> {
  if (recoverySecret === undefined) throw refusal({ kind: 'recovery-refused', reason: { kind: 'not-set' } })
  requireLongRecoverySecret(recoverySecret)
  const [{ name: network }] = networksOf(address)
  const failures = counted.get(network)
  const rule = { key: network, free: freeGuesses, applies: 'always', isTrial: false } as const
  const seconds = secondsToWait([rule], failures === undefined ? [] : [failures], false, now)
  if (seconds > 0) throw refusal({ kind: 'recovery-throttled', seconds })
  if (await areEqual(given, recoverySecret)) {
    counted.delete(network)
    return
  }
  if (counted.size >= mostCounted) counted.clear()
  counted.set(network, { key: network, count: (failures?.count ?? 0) + 1, lastAt: now })
  throw refusal({ kind: 'recovery-refused', reason: { kind: 'wrong' } })
}

/** Compares two secrets in a time that tells nothing about them. */
async function areEqual(one: string, other: string): Promise<boolean> {
  const [first, second] = await Promise.all([hashOf(one), hashOf(other)])
  return crypto.subtle.timingSafeEqual(first, second)
}

const hashOf = (text: string): Promise<ArrayBuffer> => crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
