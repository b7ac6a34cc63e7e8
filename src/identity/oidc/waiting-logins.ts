/**
 * Logins of commands: a command has a code, which opens a session once, when a browser has logged in at the provider. Only
 * the command that began can use the code, as it alone knows the verifier (RFC 7636).
 */
import { refuseServiceAccount } from '../../accounts/service-accounts.ts'
import { hashOpaqueToken } from '../../auth/opaque-token.ts'
import { networksOf } from '../../auth/network.ts'
import type { Context } from '../../context.ts'
import { isUniqueViolation } from '../../db/database.ts'
import { plainLineOf } from '../../util/plain-text.ts'
import { linkIdentity } from '../links/identity-store.ts'
import type { Attribution } from '../../db/events/events.ts'
import type { AccountName } from '../../names.ts'
import { oidcError } from './failures.ts'
import { challengeOf, randomText } from './login-state.ts'
import {
  approveDevice,
  findDevice,
  insertApproved,
  insertDevice,
  refuseDevice,
  takeApproved,
  type Approved,
  type Purpose,
  type ShownDevice,
} from './login-store.ts'
import { requireProvider } from './provider.ts'
import { openSsoSession } from './sign-in.ts'

type LoginContext = Pick<Context, 'db' | 'now' | 'secrets'>

/** The command fetches its session at once. */
const loopbackMilliseconds = 60_000
/** A user finds a browser, and types a code. */
export const deviceSeconds = 600

/** Keeps what a browser has approved for a command that listens. @returns the code, for the redirect to the command */
export async function keepApproved(
  { db, now }: LoginContext,
  command: { readonly challenge: string; readonly purpose: Purpose },
  approved: Approved,
): Promise<string> {
  const code = randomText()
  const row = { ...command, ...approved, hash: await hashOpaqueToken(code), expiresAt: now + loopbackMilliseconds }
  await insertApproved(db, row, now)
  return code
}

/** Letters that are not taken for others or for digits, and make no words (RFC 8628 section 6.1). */
const letters = 'BCDFGHJKLMNPQRSTVWXZ'
const userCodeLength = 8

/** A command that waits for a browser elsewhere. */
export interface DeviceCodes {
  readonly deviceCode: string
  /** For the user to type: `WDJB-MJHT`. */
  readonly userCode: string
}

/** Lets a command wait for a browser elsewhere. @throws RegistryError `sso-too-many-devices` */
export async function waitForBrowser(
  { db, now, address }: LoginContext & Pick<Context, 'address'>,
  { challenge, purpose, device }: { readonly challenge: string; readonly purpose: Purpose; readonly device: string },
): Promise<DeviceCodes> {
  const [{ name: network }] = networksOf(address)
  const deviceCode = randomText()
  const userCode = makeUserCode()
  const isKept = await insertDevice(
    db,
    {
      hash: await hashOpaqueToken(deviceCode),
      userCodeHash: await hashUserCode(userCode),
      challenge,
      purpose,
      device: plainLineOf(device),
      network,
      expiresAt: now + deviceSeconds * 1000,
    },
    now,
  )
  if (!isKept) throw oidcError({ kind: 'sso-too-many-devices' })
  return { deviceCode, userCode }
}

function makeUserCode(): string {
  // 240 is the highest multiple of 20 that a byte holds: the rest would make some letters more likely.
  let code = ''
  while (code.length < userCodeLength) {
    const [byte = 255] = crypto.getRandomValues(new Uint8Array(1))
    if (byte < 240) code += letters.charAt(byte % letters.length)
  }
  return `${code.slice(0, 4)}-${code.slice(4)}`
}

/** Hashes a code as a user types it: in any case, with or without the hyphen. */
export const hashUserCode = (typed: string): Promise<string> =>
  hashOpaqueToken(`user code ${typed.toUpperCase().replaceAll(/[^A-Z]/g, '')}`)

/** Returns what a user is told of a command that waits. @throws RegistryError `sso-user-code-unknown` */
export async function requireDevice({ db, now }: LoginContext, userCodeHash: string): Promise<ShownDevice> {
  const device = await findDevice(db, userCodeHash, now)
  if (device === undefined) throw oidcError({ kind: 'sso-user-code-unknown' })
  return device
}

/** Lets a command go on. @throws RegistryError `sso-user-code-unknown` */
export async function approve({ db, now }: LoginContext, userCodeHash: string, approved: Approved): Promise<void> {
  if (!(await approveDevice(db, userCodeHash, approved, now))) throw oidcError({ kind: 'sso-user-code-unknown' })
}

/** Ends the wait of a command. */
export const refuse = ({ db, now }: LoginContext, userCodeHash: string): Promise<void> =>
  refuseDevice(db, userCodeHash, now)

/** What a command sends for its login. */
export interface Redemption {
  readonly code: string
  readonly verifier: string
}

/**
 * Opens the session of a command whose login a browser has approved.
 *
 * @throws RegistryError `sso-code-unknown`, `sso-code-pending`, `sso-no-account`, or as `requireProvider`
 */
export async function redeemLogin(
  context: LoginContext,
  redemption: Redemption,
): Promise<{ readonly secret: string; readonly username: string }> {
  const { accountId, ...approved } = await take(context, redemption, 'login')
  if (accountId === undefined) throw oidcError({ kind: 'sso-code-unknown' })
  return openSsoSession(context, accountId, approved)
}

/**
 * Links the user of the provider to an account that is logged in here.
 *
 * @throws RegistryError `sso-code-unknown`, `sso-code-pending`, `identity-taken` or `service-account-limited`
 */
export async function redeemLink(
  context: LoginContext,
  redemption: Redemption,
  account: { readonly id: string; readonly name: AccountName },
  by: Attribution['by'],
): Promise<{ readonly provider: string; readonly subject: string; readonly name: string }> {
  await refuseServiceAccount(context.db, account.name)
  const { issuer: provider, subject, name } = await take(context, redemption, 'link')
  try {
    await linkIdentity(context.db, { provider, subject, name, dn: '', dnKey: '' }, account, { by, now: context.now })
  } catch (error) {
    if (isUniqueViolation(error)) throw oidcError({ kind: 'identity-taken' }, { cause: error })
    throw error
  }
  return { provider, subject, name }
}

async function take(context: LoginContext, { code, verifier }: Redemption, purpose: Purpose): Promise<Approved> {
  const sent = { hash: await hashOpaqueToken(code), challenge: await challengeOf(verifier), purpose }
  const taken = await takeApproved(context.db, sent, context.now)
  if (taken === 'waiting') throw oidcError({ kind: 'sso-code-pending' })
  if (taken === undefined) throw oidcError({ kind: 'sso-code-unknown' })
  await requireCurrent(context, taken)
  return taken
}

/** Refuses a login whose provider was turned off since, or is another one now. @throws RegistryError `sso-code-unknown` or as `requireProvider` */
async function requireCurrent(context: LoginContext, { issuer }: Approved): Promise<void> {
  const { settings } = await requireProvider(context)
  if (issuer !== settings.issuer) throw oidcError({ kind: 'sso-code-unknown' })
}
