/** Users whose passwords the registry itself keeps, as hashes beside their accounts. */
import { updatePasswordHash } from '../db/accounts/accounts.ts'
import type { LoginAccount } from '../db/accounts/logins.ts'
import { shared } from '../db/in-flight.ts'
import { isRefuted, provenHash, rememberProven, rememberRefuted } from './guess.ts'
import type { Attempt, IdentityProvider } from './identity-provider.ts'
import { hashPassword, needsRehash, verifyPassword } from './password.ts'

type ManagedUser = LoginAccount & { readonly passwordHash: string }

export const managedPassword: IdentityProvider<ManagedUser> = {
  // The count of the attempt has read the account in the same round trip.
  async find(_context, { account }) {
    if (account === undefined || account.passwordHash === null) return undefined
    return { ...account, passwordHash: account.passwordHash }
  },

  async verify({ db }, attempt, user) {
    const passwordHash = user?.passwordHash ?? null
    // Hashes one of many identical guesses that come at once.
    return shared(db, ['guess', attempt.key, passwordHash], () => isRightPassword(attempt, passwordHash))
  },

  /** Hashes the password again where its hash was made with older parameters. */
  async linked({ db }, { key, password }, user) {
    if (!needsRehash(user.passwordHash)) return user
    const passwordHash = await hashPassword(password)
    await updatePasswordHash(db, user.id, passwordHash, user.passwordHash)
    rememberProven(key, passwordHash)
    return { ...user, passwordHash }
  },
}

/**
 * Tells whether a password is right. Hashes it only if this isolate does not remember the same guess.
 *
 * @param passwordHash null for an unknown user
 */
async function isRightPassword({ key, password }: Attempt, passwordHash: string | null): Promise<boolean> {
  if (isRefuted(key, passwordHash)) return false
  if (passwordHash !== null && passwordHash === provenHash(key)) return true
  const isRight = await verifyPassword(passwordHash ?? undefined, password)
  if (passwordHash !== null && isRight) rememberProven(key, passwordHash)
  else rememberRefuted(key, passwordHash)
  return isRight
}
