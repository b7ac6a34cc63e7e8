/**
 * Passwords, hashed with argon2id at the parameters OWASP recommends for 19 MiB of memory (2 passes, 1 lane): the
 * strongest function that fits a Worker. PBKDF2 stops at 100,000 rounds there, and scrypt of the same cost takes three
 * times as long.
 */
import Argon2 from '@phi-ag/argon2'
import wasm from '@phi-ag/argon2/argon2.wasm'
import { hashParameters, longestPassword } from './password-parameters.ts'

const { memoryCost, timeCost, parallelism } = hashParameters
const currentPrefix = `$argon2id$v=19$m=${memoryCost},t=${timeCost},p=${parallelism}$`

/** The hash of a random password that nobody knows: logins of unknown users are checked against it, to take as long. */
const nobody = `${currentPrefix}esG9vISTLQbmLdQ/sbfG2A$lD0LMgl3ESgTIoWhYFzPHorXsGqppH4kchJVD2odSMY`

/** One instance an isolate: a hash runs to its end without a pause, so its 19 MiB are used by one login at a time. */
let instance: Argon2 | undefined
const argon2 = (): Argon2 => (instance ??= new Argon2(new WebAssembly.Instance(wasm, {})))

/** @returns the PHC string to store */
export function hashPassword(password: string): string {
  return argon2().hash(password, hashParameters).encoded
}

/** @param hash the stored PHC string; undefined for an unknown user, who is refused after the same time */
export function verifyPassword(hash: string | undefined, password: string): boolean {
  if (password.length > longestPassword) return false
  const verified = argon2().tryVerify(hash ?? nobody, password).success
  return hash !== undefined && verified
}

/** The stored hash was made with parameters that are no longer ours. */
export function needsRehash(hash: string): boolean {
  return !hash.startsWith(currentPrefix)
}
