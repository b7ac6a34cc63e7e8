/**
 * Personal access tokens: they stand in the place of their owner's password until they end, and carry the rights that the
 * owner has at that moment, within the limit of the token. The secret is shown once, when it is made.
 */
import type { AccessLimit } from '../access-limit.ts'
import { mayActFor } from '../auth/account-access.ts'
import { mayInRegistry, type Account } from '../auth/authorization.ts'
import { makeOpaqueToken } from '../auth/opaque-token.ts'
import {
  deleteAccessToken,
  deleteUnusedAccessTokens,
  findAccessToken,
  insertAccessToken,
  updateAccessToken,
  type AccessTokenRecord,
  type TokenKey,
} from '../db/accounts/access-tokens.ts'
import type { Attribution } from '../db/events/events.ts'
import { findAccount, type AccountRecord } from '../db/accounts/accounts.ts'
import { isForeignKeyViolation, type Database } from '../db/database.ts'
import { RegistryError } from '../errors.ts'
import { longestAgent, mostAccessTokens } from '../limits.ts'
import type { AccountName } from '../names.ts'
import { limitForOwner } from './service-accounts.ts'
import type { Settings } from '../settings/fields.ts'
import { currentSettings } from '../settings/settings.ts'
import { plainLineOf } from '../util/plain-text.ts'

/** The user whose access tokens are managed. */
export type TokenOwner = Pick<AccountRecord, 'id' | 'name'>

/**
 * Returns the user whose tokens the caller may manage: the caller, or for an administrator any user.
 *
 * @param name undefined for one's own
 * @throws RegistryError `account-unknown`, also for a user that is not the caller's business; `parameter-invalid` for an
 *   organization
 */
export async function tokenOwner(db: Database, caller: Account, name: AccountName | undefined): Promise<TokenOwner> {
  const wanted = name ?? caller.name
  if (!mayActFor(caller, wanted)) throw new RegistryError({ kind: 'account-unknown', name: wanted })
  if (wanted === caller.name) return caller
  const found = await findAccount(db, wanted)
  if (found === undefined) throw new RegistryError({ kind: 'account-unknown', name: wanted })
  if (found.isOrganization) {
    const reason = { kind: 'not-a-user', name: found.name } as const
    throw new RegistryError({ kind: 'parameter-invalid', place: 'query', parameter: 'username', reason })
  }
  return found
}

/**
 * Builds the key of a token. Callers find only their own tokens, administrators any, and a limited login finds none.
 *
 * @throws RegistryError `access-token-unknown`
 */
function keyFor(caller: Account, hash: string): TokenKey {
  if (!mayActFor(caller, caller.name)) throw new RegistryError({ kind: 'access-token-unknown' })
  return { hash, ownerId: mayInRegistry(caller, 'administer') ? undefined : caller.id }
}

export interface WantedToken {
  readonly label: string
  /** The User-Agent of the client that asks; a long one is cut. */
  readonly agent: string
  /** Undefined for the default of the settings. */
  readonly expiresAt: number | undefined
  readonly limit: AccessLimit | undefined
}

/**
 * Creates an access token for a user.
 *
 * @returns the secret, which is not stored, and the record of the token
 * @throws RegistryError `body-invalid`, `too-many-access-tokens` or `account-unknown`
 */
export async function createAccessToken(
  db: Database,
  owner: TokenOwner,
  { label, agent, expiresAt, limit }: WantedToken,
  attribution: Attribution,
): Promise<{ secret: string; token: AccessTokenRecord }> {
  const end = endOf(expiresAt, await currentSettings(db, attribution.now), attribution.now)
  const { secret, hash } = await makeOpaqueToken('access')
  const creatorAgent = plainLineOf(agent.slice(0, longestAgent))
  const within = await limitForOwner(db, owner.name, limit)
  const wanted = { hash, accountId: owner.id, label, creatorAgent, expiresAt: end, limit: within }
  try {
    const token = await insertAccessToken(db, wanted, mostAccessTokens, attribution)
    if (token !== undefined) return { secret, token }
  } catch (error) {
    if (!isForeignKeyViolation(error)) throw error
    throw new RegistryError({ kind: 'account-unknown', name: owner.name }, { cause: error })
  }
  throw new RegistryError({ kind: 'too-many-access-tokens', limit: mostAccessTokens })
}

const dayMilliseconds = 24 * 3600 * 1000

/** Returns the end of a new token. @throws RegistryError `body-invalid` for one that is past or too far away */
export function endOf(
  wanted: number | undefined,
  { accessTokenDefaultDays, accessTokenMaxDays }: Pick<Settings, 'accessTokenDefaultDays' | 'accessTokenMaxDays'>,
  now: number,
): number {
  if (wanted === undefined) return now + Math.min(accessTokenDefaultDays, accessTokenMaxDays) * dayMilliseconds
  if (wanted <= now) throw new RegistryError({ kind: 'body-invalid', reason: { kind: 'end-past' } })
  // A client may count its days from a moment ago, by a clock of its own.
  if (wanted > now + accessTokenMaxDays * dayMilliseconds + clockMilliseconds) {
    throw new RegistryError({ kind: 'body-invalid', reason: { kind: 'end-too-late', days: accessTokenMaxDays } })
  }
  return wanted
}

/** How much later than the maximum a token may end. */
export const clockMilliseconds = 3600 * 1000

/** Returns a token that the caller may manage. @throws RegistryError `access-token-unknown` */
export async function getAccessToken(db: Database, caller: Account, hash: string): Promise<AccessTokenRecord> {
  return known(await findAccessToken(db, keyFor(caller, hash)))
}

/**
 * Changes the label of a token and whether it is active.
 *
 * @param change undefined leaves a value as it is
 * @returns the token as it is now
 * @throws RegistryError `access-token-unknown`
 */
export async function changeAccessToken(
  db: Database,
  caller: Account,
  hash: string,
  change: { readonly label: string | undefined; readonly isActive: boolean | undefined },
  now: number,
): Promise<AccessTokenRecord> {
  return known(await updateAccessToken(db, keyFor(caller, hash), change, { by: caller.name, now }))
}

/** Deletes a token that the caller may manage. @throws RegistryError `access-token-unknown` */
export async function removeAccessToken(db: Database, caller: Account, hash: string, now: number): Promise<void> {
  await removeAccessTokenOf(db, keyFor(caller, hash), { by: caller.name, now })
}

/** Deletes a token. @throws RegistryError `access-token-unknown` */
export async function removeAccessTokenOf(db: Database, key: TokenKey, attribution: Attribution): Promise<void> {
  if (!(await deleteAccessToken(db, key, attribution))) throw new RegistryError({ kind: 'access-token-unknown' })
}

/** DTR's origins of tokens: made by the registry (`auto`, none here), by a user (`manual`), or either (`any`). */
export const tokenOrigins = ['auto', 'manual', 'any'] as const
export type TokenOrigin = (typeof tokenOrigins)[number]

/**
 * Deletes unused tokens of a user.
 *
 * @param usedBefore tokens last used before this time, in milliseconds since 1970
 * @throws RegistryError `parameter-invalid` without `usedBefore`, which would delete every token
 */
export async function removeUnusedAccessTokens(
  db: Database,
  owner: TokenOwner,
  { origin, usedBefore }: { readonly origin: TokenOrigin; readonly usedBefore: number | undefined },
  attribution: Attribution,
): Promise<void> {
  if (origin === 'auto') return
  if (usedBefore === undefined) {
    const reason = { kind: 'time-missing' } as const
    throw new RegistryError({ kind: 'parameter-invalid', place: 'query', parameter: 'usedbefore', reason })
  }
  await deleteUnusedAccessTokens(db, owner.id, usedBefore, attribution)
}

/** Returns the token. @throws RegistryError `access-token-unknown` if it is undefined */
function known(token: AccessTokenRecord | undefined): AccessTokenRecord {
  if (token === undefined) throw new RegistryError({ kind: 'access-token-unknown' })
  return token
}
