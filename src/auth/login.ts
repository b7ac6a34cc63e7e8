/** Logging in: with a password, which is slowed down when it fails too often, with an access token, or with a session. */
import type { Database } from '../db/database.ts'
import { updatePasswordHash } from '../db/accounts.ts'
import { recordEvent } from '../db/events.ts'
import {
  claimGuess,
  countLoginFailure,
  findAccessTokenLogin,
  findLogin,
  findSessionLogin,
  rememberLogin,
  touchAccessToken,
  type CountedFailures,
} from '../db/logins.ts'
import { RegistryError } from '../errors.ts'
import { isAccountName } from '../names.ts'
import type { Account } from './access.ts'
import { hashOpaqueToken, isOpaqueToken } from './opaque-token.ts'
import { hashPassword, needsRehash, verifyPassword } from './password.ts'
import { isAscii } from './password-parameters.ts'
import type { Proof } from './proof.ts'
import {
  exhausted,
  forgetSeconds,
  secondsToWait,
  type CountName,
  type Failures,
  type LoginHistory,
} from './throttle.ts'

export interface Credentials {
  readonly username: string
  /** A password, or an access token in its place. */
  readonly password: string
}

export interface LoginContext {
  readonly db: Database
  /** Milliseconds since 1970. */
  readonly now: number
  /** Where the request comes from (see `networkOf`). */
  readonly address: string
  /** Lets work outlive the response. */
  readonly background: (work: Promise<void>) => void
}

export interface Login {
  readonly account: Account
  readonly proof: Proof
}

/** Nobody looks at these times to the minute, and each is a row written. */
const rememberEverySeconds = 24 * 3600
const touchEverySeconds = 60

/**
 * @throws RegistryError `unauthorized`, the same and after the same time for an unknown user and a wrong password, or
 *   `too-many-logins`
 */
export async function logIn(context: LoginContext, credentials: Credentials): Promise<Login> {
  return isOpaqueToken('access', credentials.password)
    ? { account: await logInWithAccessToken(context, credentials), proof: 'access token' }
    : { account: accountOf(await checkPassword(context, credentials)), proof: 'password' }
}

/**
 * A login with the password itself.
 *
 * @returns the account with the hash that the password was checked against, for what must not outlive that password
 * @throws RegistryError as `logIn`
 */
export async function checkPassword(
  context: LoginContext,
  { username, password }: Credentials,
): Promise<Account & { readonly passwordHash: string }> {
  const { db, address, now } = context
  const name = isAccountName(username) ? username : ''
  const keys = keysOf(name, address)
  const { account, lastSeenAt, failures } = await findLogin(db, name, address, Object.values(keys))
  const history = {
    accountFromAddress: under(keys.accountFromAddress, failures),
    address: under(keys.address, failures),
    account: under(keys.account, failures),
    isKnownAddress: lastSeenAt !== undefined,
  }
  refuseTooEarly(secondsToWait(history, now))
  await takeTurn(db, history, keys, now)
  const verified = await verifyPassword(account?.passwordHash ?? undefined, password)
  if (account === undefined || account.passwordHash === null || !verified) {
    await writeDown(context, name, Object.values(keys))
    throw unauthorized(isAscii(password) ? wrong : wrongOrCut)
  }
  const passwordHash = needsRehash(account.passwordHash) ? await hashPassword(password) : account.passwordHash
  if (passwordHash !== account.passwordHash) {
    await updatePasswordHash(db, account.id, passwordHash, account.passwordHash)
  }
  if (history.accountFromAddress !== undefined || (lastSeenAt ?? 0) < now - rememberEverySeconds * 1000) {
    const forgive = keys.accountFromAddress
    context.background(rememberLogin(db, { accountId: account.id, address, forgive, now }))
  }
  return { ...accountOf(account), passwordHash }
}

async function logInWithAccessToken(context: LoginContext, { username, password }: Credentials): Promise<Account> {
  const { db, address, now } = context
  const hash = await hashOpaqueToken(password)
  // A count of its own: nobody guesses a token, and a machine that goes on sending one that was revoked must not keep the
  // people beside it from logging in.
  const key = `tokens from ${address}`
  const { account, lastUsedAt, failures } = await findAccessTokenLogin(db, hash, [key])
  if (account === undefined || account.name !== username) {
    refuseTooEarly(secondsToWait({ ...noHistory, address: under(key, failures) }, now))
    await writeDown(context, isAccountName(username) ? username : '', [key])
    throw unauthorized(wrong)
  }
  if ((lastUsedAt ?? 0) < now - touchEverySeconds * 1000) context.background(touchAccessToken(db, hash, now))
  return accountOf(account)
}

/** @throws RegistryError `unauthorized` */
export async function resumeSession(context: LoginContext, secret: string): Promise<Account> {
  const account = isOpaqueToken('session', secret)
    ? await findSessionLogin(context.db, await hashOpaqueToken(secret), context.now)
    : undefined
  if (account === undefined) throw unauthorized('the session has ended: log in again')
  return accountOf(account)
}

const noHistory: LoginHistory = {
  accountFromAddress: undefined,
  address: undefined,
  account: undefined,
  isKnownAddress: false,
}

/** Of guesses that come at the same time when a wait is over, one is heard. @throws RegistryError `too-many-logins` */
async function takeTurn(
  db: Database,
  history: LoginHistory,
  keys: Readonly<Record<CountName, string>>,
  now: number,
): Promise<void> {
  const turns = exhausted(history, now).flatMap((name) => {
    const failures = history[name]
    return failures === undefined ? [] : [{ key: keys[name], lastAt: failures.lastAt }]
  })
  if (turns.length > 0 && !(await claimGuess(db, turns, now))) refuseTooEarly(1)
}

function refuseTooEarly(retryAfterSeconds: number): void {
  if (retryAfterSeconds > 0) throw new RegistryError({ kind: 'too-many-logins', retryAfterSeconds })
}

/** Counts the failure and writes it down. */
async function writeDown({ db, now, address }: LoginContext, name: string, keys: readonly string[]): Promise<void> {
  await countLoginFailure(db, keys, {
    now,
    since: now - forgetSeconds * 1000,
    event: recordEvent({
      actor: '',
      type: 'FAIL',
      objectType: 'login',
      objectId: '',
      objectName: name,
      content: { address },
      now,
    }),
  })
}

const wrong = 'wrong username or password: check them and log in again'

/** Depends on nothing but the password that was sent, so it tells nothing about the account, nor whether there is one. */
const wrongOrCut = `${wrong}; a password with characters outside of ASCII that was set before these counted whole must be set anew by an administrator`

/** Names that break the grammar count as one: they are all of nobody. */
function keysOf(name: string, address: string): Record<CountName, string> {
  return {
    accountFromAddress: `account ${name} from ${address}`,
    address: `address ${address}`,
    account: `account ${name}`,
  }
}

const under = (key: string, failures: readonly CountedFailures[]): Failures | undefined =>
  failures.find((counted) => counted.key === key)

const accountOf = ({ id, name, isAdmin }: Account): Account => ({ id, name, isAdmin })

const unauthorized = (why: string): RegistryError => new RegistryError({ kind: 'unauthorized', why, scope: undefined })
