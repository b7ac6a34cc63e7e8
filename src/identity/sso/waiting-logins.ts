/**
 * Logins of commands that wait for a browser: a command has a code, which opens a session once (`redeeming.ts`), when a browser
 * has logged in at the provider.
 */
import { hashOpaqueToken } from '../../auth/opaque-token.ts'
import { networksOf } from '../../auth/network.ts'
import type { Context } from '../../context.ts'
import { plainLineOf } from '../../util/plain-text.ts'
import { ssoError } from './failures.ts'
import { randomText } from './login-state.ts'
import {
  approveDevice,
  findDevice,
  insertApproved,
  insertDevice,
  refuseDevice,
  type Approved,
  type Purpose,
  type ShownDevice,
} from './login-store.ts'

type LoginContext = Pick<Context, 'db' | 'now'>

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
  if (!isKept) throw ssoError({ kind: 'sso-too-many-devices' })
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
  if (device === undefined) throw ssoError({ kind: 'sso-user-code-unknown' })
  return device
}

/** Lets a command go on. @throws RegistryError `sso-user-code-unknown` */
export async function approve({ db, now }: LoginContext, userCodeHash: string, approved: Approved): Promise<void> {
  if (!(await approveDevice(db, userCodeHash, approved, now))) throw ssoError({ kind: 'sso-user-code-unknown' })
}

/** Ends the wait of a command. */
export const refuse = ({ db, now }: LoginContext, userCodeHash: string): Promise<void> =>
  refuseDevice(db, userCodeHash, now)
