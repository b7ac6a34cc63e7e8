/** The end and the limit of an access token, as its row has them. */
import { sql, type SQL } from 'drizzle-orm'
import { limitedPlaces, limitOf, type AccessLimit, type LimitLevel } from '../../access-limit.ts'

export interface TokenScope {
  readonly limit: AccessLimit | undefined
  /** Undefined for a token without an end, which was made before tokens had one. */
  readonly expiresAt: number | undefined
}

export interface ScopeRow {
  expiresAt: number | null
  level: LimitLevel
  places: string | null
}

/** Selects the columns of a `ScopeRow` from `access_tokens`. */
export const scopeColumns: SQL = sql`
  access_tokens.expires_at AS expiresAt, access_tokens.level, access_tokens.places`

export const scopeOf = ({ expiresAt, level, places }: ScopeRow): TokenScope => ({
  limit: limitOf(level, places === null ? undefined : limitedPlaces.parse(JSON.parse(places))),
  expiresAt: expiresAt ?? undefined,
})

/** Returns the values that a row has for a limit. */
export const valuesOf = (limit: AccessLimit | undefined): Pick<ScopeRow, 'level' | 'places'> => ({
  level: limit?.level ?? 'all',
  places: limit?.within === undefined ? null : JSON.stringify(limit.within),
})
