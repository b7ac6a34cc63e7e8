/** The ways in which callers of the administrative API prove who they are, and what an access token may not do. */

/**
 * A session counts as the password, or the login at a provider, that it was opened with: no access token leads to one. It is
 * `fresh` for ten minutes.
 */
export type Proof = 'password' | 'fresh session' | 'session' | 'access token'

const freshMilliseconds = 10 * 60_000

/** Returns what a session proves. Its renewal makes it last longer, and not fresh again. */
export const proofOfSession = (openedAt: number, now: number): Proof =>
  now - openedAt < freshMilliseconds ? 'fresh session' : 'session'

/**
 * Tells whether a caller may decide who gets in: make access tokens and users, set passwords, appoint administrators and
 * owners. A leaked access token is deleted, and it must not have left another credential behind.
 */
export const mayDecideWhoGetsIn = (proof: Proof): boolean => proof !== 'access token'

/**
 * Tells whether a caller has shown the password just now. A browser that was left open must not give away the hashes of all
 * passwords, nor replace the registry.
 */
export const hasJustShownPassword = (proof: Proof): boolean => proof === 'password' || proof === 'fresh session'
