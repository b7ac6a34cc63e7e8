/**
 * Decides how long a login waits after failed guesses: pure functions of the counts.
 *
 * Three kinds of counts slow down guessing, each for its own kind of attack:
 *
 * - **account from network**: a few mistakes are free, then each doubles the wait. Guessing one password from one place is
 *   stopped; the owner elsewhere does not notice.
 * - **network**: one place that tries many accounts.
 * - **account**: many places that try one account. It counts only where that account was tried in vain before, so each
 *   place is left one guess, and the owner gets in with the password from anywhere.
 *
 * At an address from which the account has logged in before, only the first kind counts, and only that address: what
 * strangers try, there or elsewhere, does not lock a user out of where they work. An IPv6 address counts by its /64, and
 * with more free guesses by its /56 and /48. Access tokens are never slowed down: 256 random bits cannot be guessed.
 *
 * A guess is counted before the password is looked at (`openLogin` in `db/accounts/logins.ts`), so guesses that come at the same
 * time are heard up to the limit and no further; it is taken back when the password is right. The same guess again counts
 * once: a CI job that keeps sending an old password does not lock out its owner at the same address.
 */
import type { CountedFailures, CountRule } from '../db/accounts/logins.ts'
import type { Networks } from './network.ts'

const freeGuesses = { accountFromNetwork: 5, network: 50, account: 100 }

/** A wait doubles up to this. */
export const longestWaitSeconds = 900

/** After this time without a failure a count begins again. */
export const forgetSeconds = 3600

/**
 * Returns the key that counts failed logins of an account from a network. Names that break the grammar count as one.
 */
export const trialKey = (name: string, network: string): string => `account ${name} from ${network}`

/** Returns the rules that count a failed login, the one of the address itself first. */
export function rulesFor(name: string, networks: Networks): CountRule[] {
  const [{ name: address }] = networks
  return [
    ...networks.map(({ name: network, factor }) => ({
      key: trialKey(name, network),
      free: freeGuesses.accountFromNetwork * factor,
      applies: network === address ? ('always' as const) : ('unless-known' as const),
      isTrial: true,
    })),
    ...networks.map(({ name: network, factor }) => ({
      key: `address ${network}`,
      free: freeGuesses.network * factor,
      applies: 'unless-known' as const,
      isTrial: false,
    })),
    { key: `account ${name}`, free: freeGuesses.account, applies: 'where-tried', isTrial: false },
  ]
}

/** What opens nothing, and is counted for each network by itself. */
export type TokenKind =
  | 'access tokens'
  | 'tokens of jobs'
  /** What a browser or a provider sends, which costs a request to the provider or a signature. */
  | 'single sign-on'

/**
 * Returns the rules that count wrong tokens. These cannot be guessed, so others at the address may still log in.
 * But each failure writes a row, so the networks of an IPv6 address count too.
 */
export const tokenRules = (networks: Networks, kind: TokenKind): CountRule[] =>
  networks.map(({ name: network, factor }) => ({
    key: `${kind} from ${network}`,
    free: freeGuesses.network * factor,
    applies: 'always',
    isTrial: false,
  }))

/**
 * Returns the whole seconds until a password may be tried, zero for now. `openLogin` asks the same in SQL.
 *
 * @param failures what was counted under the keys of the rules, at most
 * @param isKnown the account has logged in from this address before
 * @param now in milliseconds since 1970
 */
export function secondsToWait(
  rules: readonly CountRule[],
  failures: readonly CountedFailures[],
  isKnown: boolean,
  now: number,
): number {
  const counted = rules.flatMap((rule) => {
    const found = failures.find(({ key }) => key === rule.key)
    return found !== undefined && isFresh(found, now) ? [{ rule, ...found }] : []
  })
  const wasTried = counted.some(({ rule }) => rule.isTrial)
  const applying = counted.filter(
    ({ rule: { applies } }) => applies === 'always' || (!isKnown && (applies === 'unless-known' || wasTried)),
  )
  return Math.max(0, ...applying.map(({ rule: { free }, count, lastAt }) => waitFor(count - free, lastAt, now)))
}

/**
 * Returns the whole seconds to wait after a number of guesses.
 *
 * @param beyond the guesses beyond the free ones; a negative number costs nothing
 */
function waitFor(beyond: number, lastAt: number, now: number): number {
  if (beyond < 0) return 0
  const seconds = Math.min(2 ** beyond, longestWaitSeconds)
  return Math.max(0, Math.ceil((lastAt + seconds * 1000 - now) / 1000))
}

export const isFresh = ({ lastAt }: CountedFailures, now: number): boolean => lastAt > now - forgetSeconds * 1000
