/** Logging in: with a password, which is slowed down when it fails too often, with an access token, or with a session. */
import type { Context } from '../context.ts'
import {
  findAccessTokenLogin,
  openLogin,
  rememberLogin,
  touchAccessToken,
  type AccessTokenLogin,
  type CountedFailures,
  type CountRule,
  type Guess,
  type LoginAccount,
} from '../db/accounts/logins.ts'
import { findSessionLogin, touchSession } from '../db/accounts/sessions.ts'
import { unauthorized } from '../errors.ts'
import { isAccountName, type AccountName } from '../names.ts'
import type { Account } from './authorization.ts'
import { guessKey, isRefusedByDirectory, provenAccount, provenHash, rememberHeard } from './guess.ts'
import type { Attempt, IdentityProvider } from './identity-provider.ts'
import { managedPassword } from './managed-password.ts'
import { networksOf } from './network.ts'
import { hashOpaqueToken, isOpaqueToken } from './opaque-token.ts'
import { isAscii } from './password-parameters.ts'
import { proofOfSession, type Proof } from './proof.ts'
import { forgetSeconds, longestWaitSeconds, rulesFor, secondsToWait, trialKey } from './throttle.ts'
import { countWrongToken, refuseTooEarly, writeDown } from './wrong-tokens.ts'

export interface Credentials {
  readonly username: string
  /** A password, or an access token in its place. */
  readonly password: string
}

export interface Login {
  readonly account: Account
  readonly proof: Proof
  /** When the credentials end; undefined for a password, and for an access token without an end. */
  readonly until?: number | undefined
}

/** Each update writes a row, so the times that are kept are not exact. */
const rememberEverySeconds = 24 * 3600
const touchEverySeconds = 60

/**
 * Logs a user in with a password, or with an access token in its place.
 *
 * @throws RegistryError `too-many-logins`, or `unauthorized`: for an unknown user the same as for a wrong password,
 *   after the same time
 */
export async function logIn(context: Context, credentials: Credentials): Promise<Login> {
  return isOpaqueToken('access', credentials.password)
    ? logInWithAccessToken(context, credentials)
    : { account: accountOf(await checkPassword(context, credentials)), proof: 'password' }
}

/**
 * Checks the password itself, where an access token is not enough.
 *
 * @returns the account with the hash that the password was checked against, for what must not outlive that password
 * @throws RegistryError as `logIn`
 */
export const checkPassword = (context: Context, credentials: Credentials): Promise<LoginAccount> =>
  checkPasswordWith(managedPassword, context, credentials)

/**
 * Checks a password with an identity provider, and then with the directory, where there is one. Counts the attempt first,
 * so that the throttle holds for every provider. A right local password never reaches the directory, so the user gets in
 * while the directory hangs; every other one does, whatever the name, so the time does not tell which names there are.
 *
 * @throws RegistryError as `logIn`, or what the provider throws
 */
export async function checkPasswordWith<Identity>(
  provider: IdentityProvider<Identity>,
  context: Context,
  { username, password }: Credentials,
): Promise<LoginAccount> {
  const { db, now } = context
  const name = foldedName(username)
  const guess = await guessOf(context, name, password)
  const { account, lastSeenAt, failures, isCounted, hasDirectory } = await openLogin(
    db,
    guess,
    context.directory?.presence,
  )
  const wait = secondsToWait(guess.rules, failures, lastSeenAt !== undefined, now)
  refuseTooEarly(wait)
  const attempt = { name, password, key: guess.key, account }
  const isProven = account !== undefined && account.id === guess.provenId
  const linked = isProven
    ? account
    : ((await askProvider(provider, context, attempt)) ??
      (hasDirectory ? await askDirectory(context, attempt) : undefined))
  if (linked === undefined) {
    // The same guess again is not written down again.
    if (isCounted) await writeDown(context, name, [])
    throw unauthorized({ kind: isAscii(password) ? 'credentials-wrong' : 'credentials-wrong-or-cut' })
  }
  const staleBefore = now - rememberEverySeconds * 1000
  if (isCounted || hasTrials(guess.rules, failures) || (lastSeenAt ?? 0) < staleBefore) {
    const login = { accountId: linked.id, address: guess.address, guess, isCounted, staleBefore, now }
    context.background(rememberLogin(db, login))
  }
  return linked
}

/**
 * Returns the name of the account that a user means: directories do not tell cases apart, and accounts are in lower case.
 * Empty for a text that no account could have.
 */
function foldedName(username: string): AccountName | '' {
  const folded = username.toLowerCase()
  return isAccountName(folded) ? folded : ''
}

/** Returns the account of a user whose password is right; undefined for one that is unknown or wrong. */
async function askProvider<Identity>(
  provider: IdentityProvider<Identity>,
  context: Context,
  attempt: Attempt,
): Promise<LoginAccount | undefined> {
  const identity = await provider.find(context, attempt)
  // Asked for an unknown user too: the work is the same, and so is the refusal whatever the verdict.
  const isRight = await provider.verify(context, attempt, identity)
  return identity === undefined || !isRight ? undefined : provider.linked(context, attempt, identity)
}

/** Asks the directory, unless it has just refused the same guess: a job with an old password is no flood of binds. */
async function askDirectory(context: Context, attempt: Attempt): Promise<LoginAccount | undefined> {
  const { directory, now } = context
  if (directory === undefined || isRefusedByDirectory(attempt.key, now)) return undefined
  const account = await directory.check(context, attempt)
  if (account === 'inactive') return undefined
  rememberHeard(attempt.key, account?.id ?? null, now)
  return account
}

/** Builds the question for a sent password: what to read, and under which keys to count it. */
async function guessOf(context: Context, name: string, password: string): Promise<Guess> {
  const { secrets, now } = context
  const networks = networksOf(context.address)
  const [{ name: address }] = networks
  const trial = trialKey(name, address)
  const key = await guessKey(secrets, trial, password)
  const since = now - forgetSeconds * 1000
  const rules = rulesFor(name, networks)
  return { name, address, trialKey: trial, key, rules, ...provenAs(key, now), now, since, longestWaitSeconds }
}

const provenAs = (key: string, now: number) => ({ provenHash: provenHash(key), provenId: provenAccount(key, now) })

const hasTrials = (rules: readonly CountRule[], failures: readonly CountedFailures[]): boolean =>
  rules.some(({ isTrial, key }) => isTrial && failures.some((failure) => failure.key === key))

async function logInWithAccessToken(context: Context, { username, password }: Credentials): Promise<Login> {
  const { db, now } = context
  const hash = await hashOpaqueToken(password)
  const found = await findAccessTokenLogin(db, hash)
  const name = foldedName(username)
  const isOwner = found?.account.name === name
  if (!isOwner || hasEnded(found, now)) {
    await countWrongToken(context, 'access tokens', name)
    // Only a caller who has the token and its owner's name learns that it once was one.
    throw unauthorized({ kind: isOwner ? 'access-token-expired' : 'credentials-wrong' })
  }
  const { account, lastUsedAt, limit, expiresAt: until } = found
  if ((lastUsedAt ?? 0) < now - touchEverySeconds * 1000) context.background(touchAccessToken(db, hash, now))
  return { account: { ...accountOf(account), limit }, proof: 'access token', until }
}

const hasEnded = ({ expiresAt }: AccessTokenLogin, now: number): boolean => expiresAt !== undefined && expiresAt <= now

/** Returns the account of a session that has not ended. @throws RegistryError `unauthorized` */
export async function resumeSession(context: Context, secret: string): Promise<Login> {
  const { db, now } = context
  const hash = await hashOpaqueToken(secret)
  const found = isOpaqueToken('session', secret) ? await findSessionLogin(db, hash, now) : undefined
  if (found === undefined) throw unauthorized({ kind: 'session-ended' })
  const staleBefore = now - touchEverySeconds * 1000
  if (found.lastUsedAt < staleBefore) context.background(touchSession(db, hash, now, staleBefore))
  return { account: accountOf(found.account), proof: proofOfSession(found.createdAt, now) }
}

const accountOf = ({ id, name, isAdmin }: Account): Account => ({ id, name, isAdmin })
