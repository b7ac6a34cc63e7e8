/** The levels of access to a repository or a namespace, as DTR names them: each includes the ones before it. */
export const accessLevels = ['read-only', 'read-write', 'admin'] as const

/** The levels that can be granted to a team. */
export type AccessLevel = (typeof accessLevels)[number]

/** The effective level of a caller. */
export type Level = 'none' | AccessLevel

const ascending: readonly Level[] = ['none', ...accessLevels]

/**
 * Returns the rank of a level as D1 stores it (none is 0, admin 3), so that `max` finds the highest of several grants.
 */
export const rankOf = (level: Level): number => ascending.indexOf(level)

/** Returns the level of a rank in D1; `none` for null, which a query without a grant returns. */
export const levelOfRank = (rank: number | null): Level => ascending[rank ?? 0] ?? 'none'

export const isAtLeast = (level: Level, needed: Level): boolean => rankOf(level) >= rankOf(needed)

/** Returns the highest of several levels: grants add up. */
export const highestOf = (...levels: readonly Level[]): Level => levelOfRank(Math.max(0, ...levels.map(rankOf)))

/** Returns the lower of two levels: what a limit leaves of what was given. */
export const lowerOf = (one: Level, other: Level): Level => (isAtLeast(one, other) ? other : one)

/** The visibility of a repository: any caller sees it, or only callers with a level on it. */
export const visibilities = ['public', 'private'] as const
export type Visibility = (typeof visibilities)[number]
