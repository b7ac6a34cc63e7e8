/** Reads what a login needs, and records logins and failures. Each function is one round trip to D1. */
import { sql, type SQL } from 'drizzle-orm'
import type { AccessLimit } from '../../access-limit.ts'
import type { AccountName } from '../../names.ts'
import { scopeColumns, scopeOf, type ScopeRow } from './token-scopes.ts'
import { runBatch, type Database } from '../database.ts'
import { shared } from '../in-flight.ts'

/** Selects a row while a directory is configured. */
export type Presence = SQL

export interface LoginAccount {
  readonly id: string
  readonly name: AccountName
  readonly isAdmin: boolean
  /** PHC string; null for an account without a password, such as an organization. */
  readonly passwordHash: string | null
}

/** A password that was sent with a name, and was counted. */
export interface Attempt {
  /** Empty for a name that breaks the grammar of accounts. */
  readonly name: string
  readonly password: string
  /** The same for the same name, address and password, and tells nothing about them: a verdict is remembered under it. */
  readonly key: string
  /** The account that has the name and may log in. */
  readonly account: LoginAccount | undefined
}

export interface CountedFailures {
  readonly key: string
  readonly count: number
  readonly lastAt: number
}

export interface AccountRow {
  id: string
  name: AccountName
  isAdmin: number
  passwordHash: string | null
  knownSince: number | null
}

/** A key that guesses are counted under, and where its count makes them wait (see `auth/throttle.ts`). */
export interface CountRule {
  readonly key: string
  /** The number of guesses that cost no wait. */
  readonly free: number
  /** Everywhere; not at an address where the account is known; or there only if a trial was counted. */
  readonly applies: 'always' | 'unless-known' | 'where-tried'
  /** Counts the guesses at this account from this address or its network. */
  readonly isTrial: boolean
}

/** A password that was sent for an account. */
export interface Guess {
  readonly name: string
  readonly address: string
  readonly rules: readonly CountRule[]
  /** The key of the rule that counts the account from this address. */
  readonly trialKey: string
  /** The key under which this guess counts once: it begins with `trialKey` and a space. */
  readonly key: string
  /** The hash for which the guess is known to be right; null for none. */
  readonly provenHash: string | null
  /** The account for which a directory has just said that the guess is right; null for none. */
  readonly provenId: string | null
  readonly now: number
  /** Forgets counts whose last guess was not later than this. */
  readonly since: number
  readonly longestWaitSeconds: number
}

/**
 * Finds the account of a name, if it may log in, and what was counted so far. Counts the guess in the same transaction,
 * so that concurrent guesses see each other. A guess is not counted when it must wait, was counted before, or is known
 * to be right.
 *
 * @param directory selects a row while there is a directory to ask; undefined where there never is
 * @returns with the time at which the account was last seen at this address, undefined for never
 */
export async function openLogin(
  db: Database,
  guess: Guess,
  directory?: Presence,
): Promise<{
  account: LoginAccount | undefined
  lastSeenAt: number | undefined
  failures: CountedFailures[]
  isCounted: boolean
  hasDirectory: boolean
}> {
  let isOwn = false
  const { account, failures, counted, presence } = await shared(
    db,
    ['login', guess.key, guess.provenHash, guess.provenId],
    () => {
      isOwn = true
      return openLoginOf(db, guess, directory)
    },
  )
  const row = account.first
  return {
    account: row === undefined ? undefined : loginAccount(row),
    lastSeenAt: row?.knownSince ?? undefined,
    failures: failures.rows,
    // Of requests that share a look-up, only one takes the count back.
    isCounted: isOwn && counted.changes > 0,
    hasDirectory: presence !== undefined && presence.rows.length > 0,
  }
}

/** Reads the account and the counts, and counts the guess. Key: login_addresses. */
function openLoginOf(db: Database, guess: Guess, directory?: Presence) {
  const keys = [...guess.rules.map(({ key }) => key), guess.key]
  return runBatch(
    db,
    {
      account: sql<AccountRow>`
      SELECT id, name, is_admin AS isAdmin, password_hash AS passwordHash,
        (SELECT last_at FROM login_addresses WHERE account_id = accounts.id AND address = ${guess.address}) AS knownSince
      FROM ${accountOf(guess)}`,
      failures: selectFailures(keys),
      counted: countGuess(guess, keys),
      presence: directory,
    },
    // The same guess counts once. After a lost answer a right one is not taken back, which errs on the safe side.
    'repeatable',
  )
}

/** Returns the account of a guess: the one that a directory has just named, whose user may have another name there. */
const accountOf = ({ name, provenId }: Guess): SQL => (provenId === null ? accountNamed(name) : accountProven(provenId))

/** Selects, after FROM, the account of a name, if it may log in. Index: accounts_name_unique. */
const accountNamed = (name: string): SQL => sql`accounts WHERE name = ${name} AND is_active = 1 AND is_organization = 0`

/** Selects, after FROM, the account that a directory has named, if it may log in. Key: accounts. */
const accountProven = (id: string): SQL => sql`accounts WHERE id = ${id} AND is_organization = 0 AND is_active = 1`

/**
 * Counts a guess on the condition of `secondsToWait` in `auth/throttle.ts`, which says how long to wait; a test
 * compares the two.
 * Key: login_addresses, login_failures.
 */
function countGuess(guess: Guess, keys: readonly string[]): SQL {
  const { rules, key, provenHash, provenId, address, now, since } = guess
  const isKnown = sql`EXISTS (
    SELECT 1 FROM login_addresses WHERE address = ${address} AND account_id IN (SELECT id FROM ${accountOf(guess)}))`
  return sql`
    WITH counted AS (
      SELECT rule.value ->> 'applies' AS applies, rule.value ->> 'isTrial' AS is_trial, rule.value ->> 'free' AS free,
        login_failures.count AS count, login_failures.last_at AS last_at
      FROM json_each(${JSON.stringify(rules)}) AS rule
      CROSS JOIN login_failures ON login_failures.key = rule.value ->> 'key'
      WHERE login_failures.last_at > ${since})
    INSERT INTO login_failures (key, count, last_at)
    SELECT value, 1, ${now} FROM json_each(${JSON.stringify(keys)})
    WHERE NOT EXISTS (SELECT 1 FROM ${accountOf(guess)} AND (password_hash = ${provenHash} OR id = ${provenId}))
      AND NOT EXISTS (SELECT 1 FROM login_failures WHERE key = ${key} AND last_at > ${since})
      AND NOT EXISTS (
        SELECT 1 FROM counted
        WHERE count >= free
          AND last_at + 1000 * min(1 << min(count - free, 30), ${guess.longestWaitSeconds}) > ${now}
          AND (applies = 'always' OR NOT ${isKnown})
          AND (applies <> 'where-tried' OR EXISTS (SELECT 1 FROM counted WHERE is_trial)))
    ${countAgain(since)}`
}

/** Ends an insertion of first failures: a count goes on, or begins again when it is older than `since`. */
const countAgain = (since: number): SQL => sql`
  ON CONFLICT (key) DO UPDATE
  SET count = CASE WHEN last_at <= ${since} THEN 1 ELSE count + 1 END, last_at = excluded.last_at`

export interface AccessTokenLogin {
  readonly account: LoginAccount
  readonly limit: AccessLimit | undefined
  /** Undefined for a token without an end. */
  readonly expiresAt: number | undefined
  readonly lastUsedAt: number | undefined
}

/**
 * Finds the account of an access token, if both are active. Concurrent requests with one token share a look-up.
 * Key: access_tokens, accounts.
 */
export async function findAccessTokenLogin(db: Database, hash: string): Promise<AccessTokenLogin | undefined> {
  const [row] = await shared(db, ['access token', hash], () =>
    db.all<AccountRow & ScopeRow & { lastUsedAt: number | null }>(sql`
      SELECT accounts.id, accounts.name, accounts.is_admin AS isAdmin, NULL AS passwordHash,
        access_tokens.last_used_at AS lastUsedAt, ${scopeColumns}
      FROM access_tokens JOIN accounts ON accounts.id = access_tokens.account_id
      WHERE access_tokens.hash = ${hash} AND access_tokens.is_active = 1 AND accounts.is_active = 1`),
  )
  if (row === undefined) return undefined
  return { account: loginAccount(row), ...scopeOf(row), lastUsedAt: row.lastUsedAt ?? undefined }
}

/** Reads the counts of the keys. */
export const findFailures = (db: Database, keys: readonly string[]): Promise<CountedFailures[]> =>
  db.all<CountedFailures>(selectFailures(keys))

export const loginAccount = ({ id, name, isAdmin, passwordHash }: AccountRow): LoginAccount => ({
  id,
  name,
  isAdmin: isAdmin === 1,
  passwordHash,
})

/** Selects the counted failures of keys. Key: login_failures. */
const selectFailures = (keys: readonly string[]): SQL<CountedFailures> => sql`
  SELECT key, count, last_at AS lastAt FROM login_failures
  WHERE key IN (SELECT value FROM json_each(${JSON.stringify(keys)}))`

/**
 * Counts a failed login under each key; a count that is older than `since` begins again.
 *
 * @param event the statement that records it
 */
export async function countLoginFailure(
  db: Database,
  keys: readonly string[],
  { now, since, event }: { readonly now: number; readonly since: number; readonly event: SQL },
): Promise<void> {
  await runBatch(db, {
    counted: sql`
      INSERT INTO login_failures (key, count, last_at)
      SELECT value, 1, ${now} FROM json_each(${JSON.stringify(keys)}) WHERE true
      ${countAgain(since)}`,
    event,
  })
}

/**
 * Remembers a login from an address and forgives what failed before for the account from there.
 * Key: accounts, login_failures.
 *
 * @param login `isCounted` takes its guess back from the other counts; `staleBefore` is how old the memory of the address
 *   must be for a new time to be worth a row
 */
export async function rememberLogin(
  db: Database,
  login: {
    readonly accountId: string
    readonly address: string
    readonly guess: Guess
    readonly isCounted: boolean
    readonly staleBefore: number
    readonly now: number
  },
): Promise<void> {
  const { accountId, address, guess, isCounted, staleBefore, now } = login
  const keysWhere = (isTrial: boolean): string =>
    JSON.stringify(guess.rules.filter((rule) => rule.isTrial === isTrial).map(({ key }) => key))
  const others = sql`key IN (SELECT value FROM json_each(${keysWhere(false)}))`
  const statements = {
    address: sql`
      INSERT INTO login_addresses (account_id, address, last_at)
      SELECT id, ${address}, ${now} FROM accounts WHERE id = ${accountId}
      ON CONFLICT (account_id, address) DO UPDATE SET last_at = excluded.last_at WHERE last_at < ${staleBefore}`,
    // Includes the keys of guesses from here, which continue with a space; "!" comes after it.
    forgiven: sql`
      DELETE FROM login_failures
      WHERE key IN (SELECT value FROM json_each(${keysWhere(true)})) OR key >= ${guess.trialKey} AND key < ${`${guess.trialKey}!`}`,
    takenBack: isCounted
      ? [
          sql`UPDATE login_failures SET count = count - 1 WHERE ${others}`,
          sql`DELETE FROM login_failures WHERE ${others} AND count <= 0`,
        ]
      : undefined,
  }
  await shared(db, ['remember login', guess.key, isCounted], () => runBatch(db, statements))
}

/** Notes the use of an access token. Key: access_tokens. */
export async function touchAccessToken(db: Database, hash: string, now: number): Promise<void> {
  await shared(db, ['touch', hash], () =>
    db.run(sql`UPDATE access_tokens SET last_used_at = ${now} WHERE hash = ${hash}`),
  )
}
