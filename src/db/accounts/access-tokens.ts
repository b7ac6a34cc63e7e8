/** Personal access tokens, by their hashes. Each function is one round trip to D1. */
import { sql, type SQL } from 'drizzle-orm'
import type { AccessLimit } from '../../access-limit.ts'
import { isoTime } from '../../util/iso-time.ts'
import type { AccountName } from '../../names.ts'
import { runBatch, type Database } from '../database.ts'
import { recordEvents, type Attribution } from '../events/events.ts'
import { scopeColumns, scopeOf, valuesOf, type ScopeRow, type TokenScope } from './token-scopes.ts'

export interface AccessTokenRecord extends TokenScope {
  readonly hash: string
  readonly label: string
  readonly isActive: boolean
  /** The User-Agent of the client that asked for it. */
  readonly creatorAgent: string
  readonly createdAt: number
  /** The name of its creator at the time. */
  readonly createdBy: string
  /** Undefined if it was never used. */
  readonly lastUsedAt: number | undefined
}

/** A token and its required owner; undefined for any owner. */
export interface TokenKey {
  readonly hash: string
  readonly ownerId: string | undefined
}

/** A place in the order in which tokens are listed. */
export interface TokenPlace {
  readonly createdAt: number
  readonly hash: string
}

interface Row extends ScopeRow {
  hash: string
  label: string
  isActive: number
  creatorAgent: string
  createdAt: number
  createdBy: string
  lastUsedAt: number | null
}

const columns = sql`
  access_tokens.hash, access_tokens.label, access_tokens.is_active AS isActive,
  access_tokens.creator_agent AS creatorAgent, access_tokens.created_at AS createdAt,
  access_tokens.created_by AS createdBy, access_tokens.last_used_at AS lastUsedAt, ${scopeColumns}`

function recordOf(row: Row): AccessTokenRecord {
  const { hash, label, creatorAgent, createdAt, createdBy, lastUsedAt } = row
  return {
    hash,
    label,
    creatorAgent,
    createdAt,
    createdBy,
    isActive: row.isActive === 1,
    lastUsedAt: lastUsedAt ?? undefined,
    ...scopeOf(row),
  }
}

const isToken = ({ hash, ownerId }: TokenKey): SQL =>
  ownerId === undefined
    ? sql`access_tokens.hash = ${hash}`
    : sql`access_tokens.hash = ${hash} AND access_tokens.account_id = ${ownerId}`

/**
 * Records an event for each token. Its name says whose token it was, which a deletion would make untraceable.
 * Index: access_tokens_by_account. Key: access_tokens, accounts.
 */
const recordTokens = (
  type: 'CREATE' | 'UPDATE' | 'DELETE',
  which: SQL,
  { by, now }: Attribution,
  content?: Readonly<Record<string, unknown>>,
): SQL =>
  recordEvents(
    { actor: by, type, objectType: 'token', content, now },
    {
      objectId: sql`access_tokens.hash`,
      objectName: sql`owner.name || '/' || access_tokens.label`,
      from: sql`access_tokens JOIN accounts AS owner ON owner.id = access_tokens.account_id WHERE ${which}`,
    },
  )

export interface NewToken {
  readonly hash: string
  readonly accountId: string
  readonly label: string
  readonly creatorAgent: string
  readonly expiresAt: number
  readonly limit: AccessLimit | undefined
}

/**
 * Inserts an access token.
 * Index: access_tokens_by_account. Key: access_tokens.
 *
 * @param most how many an account may have
 * @returns undefined when the account has that many already
 * @throws a foreign key violation when the account is gone
 */
export async function insertAccessToken(
  db: Database,
  token: NewToken,
  most: number,
  attribution: Attribution,
): Promise<AccessTokenRecord | undefined> {
  const { hash, accountId, label, creatorAgent, expiresAt, limit } = token
  const { level, places } = valuesOf(limit)
  const content = { expiresAt: isoTime(expiresAt), level, ...limit?.within }
  const { made } = await runBatch(db, {
    inserted: sql`
      INSERT INTO access_tokens (
        hash, account_id, label, created_by, creator_agent, created_at, expires_at, level, places)
      SELECT ${hash}, ${accountId}, ${label}, ${attribution.by}, ${creatorAgent}, ${attribution.now}, ${expiresAt},
        ${level}, ${places}
      WHERE (SELECT count(*) FROM access_tokens WHERE account_id = ${accountId}) < ${most}`,
    event: recordTokens('CREATE', sql`access_tokens.hash = ${hash}`, attribution, content),
    made: sql<Row>`SELECT ${columns} FROM access_tokens WHERE hash = ${hash}`,
  })
  return made.first === undefined ? undefined : recordOf(made.first)
}

/**
 * Lists the access tokens of an account, the oldest first.
 * Index: access_tokens_by_account.
 *
 * @param page `from` is the first token, undefined for the oldest; `most` bounds the count
 */
export async function listAccessTokens(
  db: Database,
  accountId: string,
  page: { readonly from: TokenPlace | undefined; readonly limit: number; readonly most: number },
): Promise<{ tokens: AccessTokenRecord[]; total: number }> {
  const { from = { createdAt: 0, hash: '' }, limit, most } = page
  const { tokens, count } = await runBatch(db, {
    tokens: sql<Row>`
      SELECT ${columns} FROM access_tokens
      WHERE account_id = ${accountId} AND (created_at, hash) >= (${from.createdAt}, ${from.hash})
      ORDER BY created_at, hash LIMIT ${limit}`,
    count: sql<{ total: number }>`
      SELECT count(*) AS total FROM (SELECT 1 FROM access_tokens WHERE account_id = ${accountId} LIMIT ${most})`,
  })
  return { tokens: tokens.rows.map(recordOf), total: count.first?.total ?? 0 }
}

export async function findAccessToken(db: Database, key: TokenKey): Promise<AccessTokenRecord | undefined> {
  const [row] = await db.all<Row>(selectToken(key))
  return row === undefined ? undefined : recordOf(row)
}

/** Selects an access token. Key: access_tokens. */
const selectToken = (key: TokenKey): SQL<Row> => sql`SELECT ${columns} FROM access_tokens WHERE ${isToken(key)}`

/**
 * Changes an access token; undefined leaves a value as it is.
 * Key: access_tokens.
 *
 * @returns the token as it is then, undefined when there is none
 */
export async function updateAccessToken(
  db: Database,
  key: TokenKey,
  change: { readonly label: string | undefined; readonly isActive: boolean | undefined },
  attribution: Attribution,
): Promise<AccessTokenRecord | undefined> {
  const label = sql`coalesce(${change.label ?? null}, access_tokens.label)`
  const isActive = sql`coalesce(${change.isActive === undefined ? null : Number(change.isActive)}, access_tokens.is_active)`
  const isOtherwise = sql`${isToken(key)} AND (access_tokens.label <> ${label} OR access_tokens.is_active <> ${isActive})`
  const { token } = await runBatch(db, {
    event: recordTokens('UPDATE', isOtherwise, attribution, { ...change }),
    updated: sql`UPDATE access_tokens SET label = ${label}, is_active = ${isActive} WHERE ${isToken(key)}`,
    token: selectToken(key),
  })
  return token.first === undefined ? undefined : recordOf(token.first)
}

/**
 * Builds the statements that delete tokens, each with its event.
 * Index: access_tokens_by_account. Key: access_tokens.
 */
const deleteTokens = (which: SQL, attribution: Attribution) => ({
  event: recordTokens('DELETE', which, attribution),
  deleted: sql`DELETE FROM access_tokens WHERE ${which}`,
})

/** Deletes an access token. @returns whether it was there */
export async function deleteAccessToken(db: Database, key: TokenKey, attribution: Attribution): Promise<boolean> {
  const { deleted } = await runBatch(db, deleteTokens(isToken(key), attribution))
  return deleted.changes > 0
}

/** Builds the statements that delete all access tokens of an account, each with its event. */
export function deletionOfAccessTokens(accountId: string, attribution: Attribution): SQL[] {
  return Object.values(deleteTokens(sql`access_tokens.account_id = ${accountId}`, attribution))
}

/** Deletes the tokens of an account that were last used before a time, or were made before it and never used. */
export async function deleteUnusedAccessTokens(
  db: Database,
  accountId: string,
  before: number,
  attribution: Attribution,
): Promise<void> {
  const isUnused = sql`
    access_tokens.account_id = ${accountId}
    AND coalesce(access_tokens.last_used_at, access_tokens.created_at) < ${before}`
  await runBatch(db, deleteTokens(isUnused, attribution))
}

/** A token that administrators are told of. */
export interface EndingToken {
  readonly owner: AccountName
  readonly label: string
  readonly expiresAt: number
}

/**
 * Finds what administrators should know of tokens: those that are in use and end soon, the first of them, and how many
 * have no end or one after the latest, up to the bound.
 * Index: access_tokens_by_end. Key: accounts.
 */
export async function findEndingTokens(
  db: Database,
  times: { readonly now: number; readonly until: number; readonly usedSince: number; readonly latest: number },
  most: number,
): Promise<{ ending: readonly EndingToken[]; endless: number; late: number }> {
  const { ending, endless, late } = await runBatch(db, {
    ending: sql<EndingToken>`
      SELECT owner.name AS owner, access_tokens.label, access_tokens.expires_at AS expiresAt
      FROM access_tokens INDEXED BY access_tokens_by_end
      CROSS JOIN accounts AS owner ON owner.id = access_tokens.account_id
      WHERE access_tokens.expires_at > ${times.now} AND access_tokens.expires_at <= ${times.until}
        AND access_tokens.is_active = 1 AND access_tokens.last_used_at >= ${times.usedSince} AND owner.is_active = 1
      ORDER BY access_tokens.expires_at LIMIT ${most}`,
    endless: sql<{ count: number }>`
      SELECT count(*) AS count FROM (SELECT 1 FROM access_tokens WHERE expires_at IS NULL LIMIT ${most})`,
    late: sql<{ count: number }>`
      SELECT count(*) AS count FROM (SELECT 1 FROM access_tokens WHERE expires_at > ${times.latest} LIMIT ${most})`,
  })
  return { ending: ending.rows, endless: endless.first?.count ?? 0, late: late.first?.count ?? 0 }
}

/**
 * Deletes tokens that ended before a time, the first of them. @returns how many
 * Index: access_tokens_by_end.
 */
export async function deleteEndedTokens(db: Database, before: number, most: number, now: number): Promise<number> {
  const isEnded = sql`access_tokens.hash IN (
    SELECT hash FROM access_tokens WHERE expires_at < ${before} ORDER BY expires_at LIMIT ${most})`
  const { deleted } = await runBatch(db, deleteTokens(isEnded, { by: '', now }))
  return deleted.changes
}
