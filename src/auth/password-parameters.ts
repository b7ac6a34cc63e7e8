/** What a password must be, and how it is hashed: apart from the function, as scripts outside of the Worker hash too. */

/** Of argon2id; see `password.ts` for the reasons. */
export const hashParameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1, hashLength: 32 }

export const shortestPassword = 8

/** A longer text cannot be a password, and hashing megabytes would be an invitation. */
export const longestPassword = 1024
