/** Passwords that were sent, told apart without keeping them. */
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
 * What guesses were found to be, each with the hash that it was checked against, in the memory of this isolate alone.
 * While the account has that hash, the same guess needs no second look: a right one is no guess, so it needs no count,
 * which would be a write, and a wrong one may be sent on and on without being counted, so it must not cost a hash each
 * time.
 */
const proven = new Map<string, string>()
/** Compares with null for an unknown account, so that the answer takes the same time. */
const refuted = new Map<string, string | null>()
const mostRemembered = 1000

/** Returns the hash that this guess was proved against here before, null for none. */
export const provenHash = (guess: string): string | null => proven.get(guess) ?? null

/** Tells whether this guess was wrong here before, and the account has the same hash still. */
export const isRefuted = (guess: string, passwordHash: string | null): boolean => refuted.get(guess) === passwordHash

export const rememberProven = (guess: string, passwordHash: string): void => remember(proven, guess, passwordHash)
export const rememberRefuted = (guess: string, passwordHash: string | null): void =>
  remember(refuted, guess, passwordHash)

function remember<Hash>(guesses: Map<string, Hash>, guess: string, passwordHash: Hash): void {
  if (guesses.size >= mostRemembered) guesses.clear()
  guesses.set(guess, passwordHash)
}
