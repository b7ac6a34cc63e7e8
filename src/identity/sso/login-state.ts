/**
 * A login that has begun, as a cookie of the browser in which it began: the answer of the provider counts in that browser
 * alone, so that no one can make another log in as them (RFC 9700 section 4.7).
 */
import { base64url } from 'jose'
import * as z from 'zod'
import { keysFor } from '../../auth/keys.ts'
import type { Secrets } from '../../variables.ts'
import { readStatement, signStatement } from './statements.ts'

/** A login ends after ten minutes. */
export const loginSeconds = 600

const challenge = z.string().regex(/^[\w-]{43}$/)

/** A port on the user's own machine, where a command listens. */
export const loopbackPort = z.coerce.number().int().min(1024).max(65_535)

/** What a login is for. */
const intentSchema = z.discriminatedUnion('kind', [
  /** A session, shown in the browser. */
  z.object({ kind: z.literal('page') }),
  /** A code for a command that listens on this machine (RFC 8252 section 7.3). */
  z.object({
    kind: z.literal('loopback'),
    purpose: z.enum(['login', 'link']),
    port: loopbackPort,
    challenge,
    state: z.string().regex(/^[\w-]{1,100}$/),
  }),
  /** The approval of a command on another machine, which has shown a code to its user. */
  z.object({ kind: z.literal('device'), userCodeHash: z.string() }),
])

export type Intent = z.infer<typeof intentSchema>

/** Reads the intent of a request for a login. @returns undefined for parameters that make none */
export function intentOf(query: Readonly<Record<string, string>>): Intent | undefined {
  const { port, challenge: given, state, purpose = 'login' } = query
  if (port === undefined && given === undefined && state === undefined) return { kind: 'page' }
  return intentSchema.safeParse({ kind: 'loopback', port, challenge: given, state, purpose }).data
}

const stateSchema = z.object({ state: z.string(), nonce: z.string(), intent: intentSchema })

export type LoginState = z.infer<typeof stateSchema>

/** Begins a login. @returns its state, and the value of the cookie */
export async function beginLogin(
  secrets: Secrets,
  intent: Intent,
  now: number,
): Promise<LoginState & { readonly cookie: string }> {
  const begun = { state: randomText(), nonce: randomText(), intent }
  return { ...begun, cookie: await signStatement(secrets, 'login', begun, { seconds: loginSeconds, now }) }
}

/** Returns the login that a cookie is of, if the provider answers that one. */
export async function resumeLogin(
  secrets: Secrets,
  { cookie, state }: { readonly cookie: string; readonly state: string },
  now: number,
): Promise<LoginState | undefined> {
  const begun = await readStatement(secrets, 'login', { text: cookie, schema: stateSchema, now })
  return begun?.state === state ? begun : undefined
}

/**
 * Derives the code verifier of a login (RFC 7636 section 4.1) from its state, which the browser and the provider know too,
 * and a key, which only the registry knows. So it is kept nowhere.
 */
export async function verifierOf(secrets: Secrets, state: string): Promise<string> {
  const { current } = await keysFor(secrets, 'sso')
  return encode(await crypto.subtle.sign('HMAC', current, encoder.encode(`verifier\n${state}`)))
}

/** Makes 256 random bits. */
export const randomText = (): string => base64url.encode(crypto.getRandomValues(new Uint8Array(32)))

/** Returns the code challenge of a verifier (RFC 7636 section 4.2). */
export const challengeOf = async (verifier: string): Promise<string> =>
  encode(await crypto.subtle.digest('SHA-256', encoder.encode(verifier)))

const encoder = new TextEncoder()
const encode = (bytes: ArrayBuffer): string => base64url.encode(new Uint8Array(bytes))
