/** What a password must be, and how it is hashed: apart from the function, as scripts outside of the Worker hash too. */

/** Of argon2id; see `password.ts` for the reasons. */
export const hashParameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1, hashLength: 32 }

export const shortestPassword = 8

/** A longer text cannot be a password, and hashing megabytes would be an invitation. */
export const longestPassword = 1024

/** Tells why a text cannot be a new password; undefined when it can. */
export function whyNoPassword(text: string): string | undefined {
  if (text.length < shortestPassword || text.length > longestPassword) {
    return `a password has ${shortestPassword} to ${longestPassword} characters; choose another one`
  }
  if (!text.isWellFormed()) return 'a password must be valid Unicode, without lone surrogates; choose another one'
  return undefined
}

/** Tells whether a text can be a password. */
export const isPossiblePassword = (text: string): boolean => text.length <= longestPassword && text.isWellFormed()

export const isAscii = (text: string): boolean => /^\p{ASCII}*$/u.test(text)

/**
 * Returns what argon2 gets in the place of a password: the password itself if it is ASCII, as ever, else the SHA-256 of its
 * UTF-8. The binding counts UTF-16 units where bytes are meant, so of any other text it would hash the beginning alone.
 *
 * The digest is filled up beyond the longest password: no password in ASCII is the same text.
 *
 * @param password a possible one
 */
export async function textToHash(password: string): Promise<string> {
  if (isAscii(password)) return password
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(password))
  return btoa(String.fromCharCode(...new Uint8Array(digest))).padEnd(longestPassword + 1, '=')
}
