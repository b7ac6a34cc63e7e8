/**
 * The limit of a login: the most that its credentials may do, whatever the account may. An access token has one that was
 * made with it, and every decision of `auth/` takes the lower of the account and the limit.
 */
import * as z from 'zod'
import type { Level } from './access-levels.ts'
import { isAccountName, isRepositoryName, namespaceOf, type AccountName, type RepositoryName } from './names.ts'

/** The levels of access tokens, lowest first; `all` is what the account may do. */
export const limitLevels = ['read-only', 'read-write', 'all'] as const
export type LimitLevel = (typeof limitLevels)[number]

/** The repositories and namespaces that a limit names: nothing else is there for its caller. */
export interface LimitedPlaces {
  readonly repositories: readonly RepositoryName[]
  /** Of which all repositories count, present and future. */
  readonly namespaces: readonly AccountName[]
}

/** Any limit, also of the level `all`, leaves out what administers accounts, organizations or the registry. */
export interface AccessLimit {
  readonly level: LimitLevel
  /** Undefined: everywhere. Without a name in it: nowhere. */
  readonly within?: LimitedPlaces | undefined
}

const named = <Name extends string>(isName: (text: string) => text is Name) =>
  z.custom<Name>((value) => typeof value === 'string' && isName(value))

/** Reads what was stored as JSON. */
export const limitedPlaces = z.object({
  repositories: z.array(named(isRepositoryName)),
  namespaces: z.array(named(isAccountName)),
})
export const accessLimit = z.object({ level: z.enum(limitLevels), within: limitedPlaces.optional() })

/** Makes the limit of a level and of places; undefined for all there is everywhere, which limits nothing. */
export const limitOf = (level: LimitLevel, within: LimitedPlaces | undefined): AccessLimit | undefined =>
  level === 'all' && within === undefined ? undefined : { level, within }

/** Returns the most that a limit leaves on a repository. @param limit undefined limits nothing */
export function ceilingOn(limit: AccessLimit | undefined, repository: RepositoryName): Level {
  if (limit?.within === undefined) return highestWithin(limit)
  const { repositories, namespaces } = limit.within
  const isWithin = repositories.includes(repository) || namespaces.includes(namespaceOf(repository))
  return isWithin ? highestWithin(limit) : 'none'
}

/** Returns the most that a limit leaves on every repository of a namespace. */
export function ceilingOnNamespace(limit: AccessLimit | undefined, namespace: AccountName): Level {
  if (limit?.within === undefined || limit.within.namespaces.includes(namespace)) return highestWithin(limit)
  return 'none'
}

const highestWithin = (limit: AccessLimit | undefined): Level =>
  limit === undefined || limit.level === 'all' ? 'admin' : limit.level

/** Keeps of a limit the names that matter for these repositories, so that what carries it stays small. */
export function limitAround(limit: AccessLimit, names: readonly RepositoryName[]): AccessLimit {
  if (limit.within === undefined) return limit
  const repositories = new Set<string>(names)
  const namespaces = new Set<string>(names.map(namespaceOf))
  return {
    level: limit.level,
    within: {
      repositories: limit.within.repositories.filter((name) => repositories.has(name)),
      namespaces: limit.within.namespaces.filter((name) => namespaces.has(name)),
    },
  }
}
