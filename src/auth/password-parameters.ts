/**
 * The rules for passwords and the parameters of their hash, without the hash function: scripts outside the Worker use
 * them too.
 */
import type { WhyNoPassword } from '../failures/passwords.ts'

/** Parameters of argon2id; `password.ts` has the reasons. */
export const hashParameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1, hashLength: 32 }

export const shortestPassword = 8

/** A longer text cannot be a password, and hashing megabytes would be an invitation. */
export const longestPassword = 1024

/** Tells why a text cannot be a new password; undefined when it can. */
export function whyNoPassword(text: string): WhyNoPassword | undefined {
  if (text.length < shortestPassword || text.length > longestPassword) {
    return { kind: 'password-length', shortest: shortestPassword, longest: longestPassword }
  }
  if (!text.isWellFormed()) return { kind: 'password-not-unicode' }
  return undefined
}

/** Tells whether a text can be a password. */
export const isPossiblePassword = (text: string): boolean => text.length <= longestPassword && text.isWellFormed()

export const isAscii = (text: string): boolean => /^\p{ASCII}*$/u.test(text)

/**
 * Returns the text that argon2 hashes for a password: the password itself if it is ASCII, else the SHA-256 of its UTF-8
 * in base64. The binding counts UTF-16 units where bytes are meant, so it would hash only the beginning of other texts.
 *
 * The digest is padded beyond the longest password, so it equals no ASCII password.
 *
 * @param password a possible one
 */
export async function textToHash(password: string): Promise<string> {
  if (isAscii(password)) return password
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(password))
  return btoa(String.fromCharCode(...new Uint8Array(digest))).padEnd(longestPassword + 1, '=')
}
