/** The ways in which callers of the administrative API prove who they are, and what an access token may not do. */

/** A session counts as the password that it was opened with: no other way leads to one. */
export type Proof = 'password' | 'session' | 'access token'

/**
 * Tells whether a caller may decide who gets in: make access tokens and users, set passwords, appoint administrators and
 * owners. A leaked access token is deleted, and it must not have left another credential behind.
 */
export const mayDecideWhoGetsIn = (proof: Proof): boolean => proof === 'password' || proof === 'session'
