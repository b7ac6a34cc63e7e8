/**
 * Remembers the registry tokens that an isolate has verified, so that a token is verified once and not with each request
 * that it comes with. Strangers choose how long their tokens are, so the memory is bounded by characters as well as by
 * number; at either bound it begins again, which costs each token in use one more verification.
 */
import { mostVerifiedCharacters, mostVerifiedTokens } from '../limits.ts'
import type { Grant } from './authorization.ts'

/** The result of a verification, and the time for which it holds, in milliseconds since 1970. */
export interface VerifiedToken {
  /** The key that verified the token: no other key may use the result. */
  readonly key: CryptoKey
  readonly grant: Grant
  readonly from: number
  readonly until: number
}

export class VerifiedTokens {
  readonly #tokens = new Map<string, VerifiedToken>()
  #characters = 0

  /** Returns how much is remembered. */
  get size(): { readonly tokens: number; readonly characters: number } {
    return { tokens: this.#tokens.size, characters: this.#characters }
  }

  /** Returns the check of this token by this key, if it holds at the time. */
  find(name: string, key: CryptoKey, now: number): VerifiedToken | undefined {
    const found = this.#tokens.get(name)
    return found?.key === key && found.from <= now && now < found.until ? found : undefined
  }

  /** Remembers a check in place of an earlier one of the same token. */
  remember(name: string, verified: VerifiedToken): void {
    this.#forget(name)
    if (this.#tokens.size >= mostVerifiedTokens || this.#characters + name.length > mostVerifiedCharacters) {
      this.#tokens.clear()
      this.#characters = 0
    }
    if (name.length > mostVerifiedCharacters) return
    this.#tokens.set(name, verified)
    this.#characters += name.length
  }

  #forget(name: string): void {
    if (this.#tokens.delete(name)) this.#characters -= name.length
  }
}
