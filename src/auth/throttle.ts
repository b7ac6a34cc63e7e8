/**
 * How long somebody must wait before they may try a password again: a pure function of what failed before.
 *
 * Three counts slow down guessing, each for its own kind of attack:
 *
 * - **account from address**: a few mistakes are free, then each doubles the wait. Whoever guesses one password from one
 *   place is stopped; the owner elsewhere does not notice.
 * - **address**: one place that tries many accounts.
 * - **account**: many places that try one account. It counts only where that account was tried in vain before, so each
 *   place is left one guess, and whoever knows the password gets in with it from anywhere.
 *
 * The last two do not count for an account at an address from which it has logged in before: whatever strangers try,
 * there or elsewhere, they cannot lock a user out of where they work. Access tokens are never slowed down: 256 random bits cannot be guessed.
 */

export interface Failures {
  readonly count: number
  /** Milliseconds since 1970. */
  readonly lastAt: number
}

/** What failed before, each undefined when nothing did. */
export interface LoginHistory {
  readonly accountFromAddress: Failures | undefined
  readonly address: Failures | undefined
  readonly account: Failures | undefined
  /** The account has logged in from this address before. */
  readonly isKnownAddress: boolean
}

interface Limit {
  /** So many failures cost no wait. */
  readonly free: number
  readonly longestSeconds: number
}

const limits = {
  accountFromAddress: { free: 5, longestSeconds: 900 },
  address: { free: 50, longestSeconds: 900 },
  account: { free: 100, longestSeconds: 900 },
} as const satisfies Record<string, Limit>

/** After this time without a failure a count begins anew. */
export const forgetSeconds = 3600

/** @returns whole seconds, zero when a password may be tried now; `now` in milliseconds since 1970 */
export function secondsToWait(history: LoginHistory, now: number): number {
  return Math.max(0, ...limitsThatCount(history, now).map((name) => waitFor(history[name], limits[name], now)))
}

/**
 * The counts that have reached their limit. When the wait is over, one guess is due for all of them together: whoever
 * takes it must say so first, or others that came at the same time would take it too (see `claimGuess`).
 */
export function exhausted(history: LoginHistory, now: number): CountName[] {
  return limitsThatCount(history, now).filter(
    (name) => isFresh(history[name], now) && reaches(history[name], limits[name]),
  )
}

export type CountName = keyof typeof limits

function limitsThatCount({ isKnownAddress, accountFromAddress }: LoginHistory, now: number): CountName[] {
  if (isKnownAddress) return ['accountFromAddress']
  return isFresh(accountFromAddress, now)
    ? ['accountFromAddress', 'address', 'account']
    : ['accountFromAddress', 'address']
}

const isFresh = (failures: Failures | undefined, now: number): failures is Failures =>
  failures !== undefined && failures.lastAt > now - forgetSeconds * 1000

const reaches = (failures: Failures, { free }: Limit): boolean => failures.count >= free

function waitFor(failures: Failures | undefined, { free, longestSeconds }: Limit, now: number): number {
  if (!isFresh(failures, now) || failures.count < free) return 0
  const seconds = Math.min(2 ** (failures.count - free), longestSeconds)
  return Math.max(0, Math.ceil((failures.lastAt + seconds * 1000 - now) / 1000))
}

/**
 * The address that failures are counted for. Whoever has one IPv6 address has the 2⁶⁴ of its network, so those count as
 * one.
 *
 * @param text as Cloudflare sends it; undefined where there is no edge in front, where it may also be anything at all
 */
export function networkOf(text: string | undefined): string {
  const address = text?.toLowerCase() ?? ''
  const version4 = /^(?:::ffff:)?((?:\d{1,3}\.){3}\d{1,3})$/.exec(address)?.[1]
  if (version4 !== undefined) return version4
  if (address.length > 39 || !/^[0-9a-f:]+$/.test(address) || !address.includes(':')) return 'local'
  const [head = '', tail] = address.split('::')
  const before = groupsOf(head)
  const after = tail === undefined ? [] : groupsOf(tail)
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length)
  const groups = [...before, ...Array.from({ length: zeros }, () => '0'), ...after]
  return `${groups.slice(0, 4).map(trimZeros).join(':')}::/64`
}

const groupsOf = (text: string): string[] => (text === '' ? [] : text.split(':'))
const trimZeros = (group: string): string => group.replace(/^0+(?=.)/, '')
