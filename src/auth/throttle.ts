/**
 * How long somebody must wait before they may try a password again: a pure function of what failed before.
 *
 * Three counts slow down guessing, each for its own kind of attack:
 *
 * - **account from address**: a few mistakes are free, then each doubles the wait. Whoever guesses one password from one
 *   place is stopped; the owner elsewhere does not notice.
 * - **address**: one place that tries many accounts.
 * - **account**: many places that try one account, slowed down by a minute at most.
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
  account: { free: 100, longestSeconds: 60 },
} as const satisfies Record<string, Limit>

/** After this time without a failure a count begins anew. */
export const forgetSeconds = 3600

/** @returns whole seconds, zero when a password may be tried now; `now` in milliseconds since 1970 */
export function secondsToWait(history: LoginHistory, now: number): number {
  const own = waitFor(history.accountFromAddress, limits.accountFromAddress, now)
  if (history.isKnownAddress) return own
  return Math.max(own, waitFor(history.address, limits.address, now), waitFor(history.account, limits.account, now))
}

function waitFor(failures: Failures | undefined, { free, longestSeconds }: Limit, now: number): number {
  if (failures === undefined || failures.count < free || failures.lastAt <= now - forgetSeconds * 1000) return 0
  const seconds = Math.min(2 ** (failures.count - free), longestSeconds)
  return Math.max(0, Math.ceil((failures.lastAt + seconds * 1000 - now) / 1000))
}

/**
 * The address that failures are counted for. Whoever has one IPv6 address has the 2⁶⁴ of its network, so those count as
 * one.
 *
 * @param text as Cloudflare sends it; undefined where there is no edge in front
 */
export function networkOf(text: string | undefined): string {
  if (text === undefined) return 'local'
  if (!text.includes(':')) return text
  const [head = '', tail] = text.toLowerCase().split('::')
  const before = groupsOf(head)
  const after = tail === undefined ? [] : groupsOf(tail)
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length)
  const groups = [...before, ...Array.from({ length: zeros }, () => '0'), ...after]
  return `${groups.slice(0, 4).map(trimZeros).join(':')}::/64`
}

const groupsOf = (text: string): string[] => (text === '' ? [] : text.split(':'))
const trimZeros = (group: string): string => group.replace(/^0+(?=.)/, '')
