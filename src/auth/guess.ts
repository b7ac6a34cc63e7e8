/** Passwords that were sent, told apart without keeping them. */
import type { Secrets } from '../env.ts'
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
 * Guesses that were right, each with the hash that it was checked against, in the memory of this isolate alone. While the
 * account has that hash, the same guess is no guess: it needs no count, which would be a write, and no second hash.
 */
const proven = new Map<string, string>()
const mostProven = 1000

/** Returns the hash that this guess was proved against here before, null for none. */
export const provenHash = (guess: string): string | null => proven.get(guess) ?? null

export function rememberProven(guess: string, passwordHash: string): void {
  if (proven.size >= mostProven) proven.clear()
  proven.set(guess, passwordHash)
}
