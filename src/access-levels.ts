/** The levels of access to a repository or a namespace, as DTR names them: each includes the ones before it. */
export const accessLevels = ['read-only', 'read-write', 'admin'] as const

/** What a team can be given. */
export type AccessLevel = (typeof accessLevels)[number]

/** The effective level of a caller. */
export type Level = 'none' | AccessLevel

const ascending: readonly Level[] = ['none', ...accessLevels]

/** D1 keeps a level as its rank (none is 0, admin 3), so that `max` finds the highest of several grants. */
export const rankOf = (level: Level): number => ascending.indexOf(level)

/** The level that a rank of D1 stands for; a rank that nothing was found for is null. */
export const levelOfRank = (rank: number | null): Level => ascending[rank ?? 0] ?? 'none'

export const isAtLeast = (level: Level, needed: Level): boolean => rankOf(level) >= rankOf(needed)

/** Rights from several sources add up: the highest counts. */
export const highestOf = (...levels: readonly Level[]): Level => levelOfRank(Math.max(0, ...levels.map(rankOf)))

/** Who may see a repository: any caller, or only callers with a level on it. */
export const visibilities = ['public', 'private'] as const
export type Visibility = (typeof visibilities)[number]
