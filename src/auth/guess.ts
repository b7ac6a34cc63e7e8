/** Tells guesses of a password apart without keeping the passwords. */
import type { Secrets } from '../variables.ts'
import { keysFor } from './keys.ts'

/**
 * Returns the name under which a guess is counted once: an HMAC of account, address and password by a key of its own. It
 * says nothing to a reader of the database, not even whether two accounts were tried with the same password.
 *
 * @param trialKey of the account from the address: it is the beginning, so that both are forgiven together
 */
export async function guessKey(secrets: Secrets, trialKey: string, password: string): Promise<string> {
  const { current } = await keysFor(secrets, 'guess')
  const text = new TextEncoder().encode(JSON.stringify([trialKey, password]))
  const code = new Uint8Array(await crypto.subtle.sign('HMAC', current, text))
  return `${trialKey} tried ${btoa(String.fromCharCode(...code))}`
}

/**
 * Guesses that were right in this isolate, each with the hash that it was checked against. While the account has that
 * hash, the same guess needs no count, which would be a write, and no new hash.
 */
const proven = new Map<string, string>()
/**
 * Guesses that were wrong in this isolate, each with the hash that it was checked against: a repeated guess is not
 * counted, so it must not cost a hash each time. Null for an unknown account, so that the answer takes the same time.
 */
const refuted = new Map<string, string | null>()
const mostRemembered = 1000

/** Guesses that a directory has just called right in this isolate, each with the account, or wrong, without one. */
const heard = new Map<string, { readonly accountId: string | null; readonly until: number }>()
/** A password that was changed in the directory is still taken for so long, and a new one that was just refused is not. */
const heardMilliseconds = 60_000

/** Remembers for a minute what a directory said of a guess. @param accountId null: it is wrong, for whatever name */
export const rememberHeard = (guess: string, accountId: string | null, now: number): void =>
  remember(heard, guess, { accountId, until: now + heardMilliseconds })

/** Returns the account for which a directory has just called this guess right; null when it has not. */
export const provenAccount = (guess: string, now: number): string | null => heardOf(guess, now)?.accountId ?? null

/** Tells whether a directory has just called this guess wrong. */
export const isRefusedByDirectory = (guess: string, now: number): boolean => heardOf(guess, now)?.accountId === null

function heardOf(guess: string, now: number) {
  const found = heard.get(guess)
  return found !== undefined && found.until > now ? found : undefined
}

/** Returns the hash that this guess was proved against here before, null for none. */
export const provenHash = (guess: string): string | null => proven.get(guess) ?? null

/** Tells whether this guess was wrong here before and the account still has the same hash. */
export const isRefuted = (guess: string, passwordHash: string | null): boolean => refuted.get(guess) === passwordHash

export const rememberProven = (guess: string, passwordHash: string): void => remember(proven, guess, passwordHash)
export const rememberRefuted = (guess: string, passwordHash: string | null): void =>
  remember(refuted, guess, passwordHash)

function remember<Verdict>(guesses: Map<string, Verdict>, guess: string, verdict: Verdict): void {
  if (guesses.size >= mostRemembered) guesses.clear()
  guesses.set(guess, verdict)
}
