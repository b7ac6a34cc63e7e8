/**
 * Passwords, hashed with argon2id at the parameters OWASP recommends for 19 MiB of memory (2 passes, 1 lane): the
 * strongest function that fits a Worker. PBKDF2 stops at 100,000 rounds there, and scrypt of the same cost takes three
 * times as long.
 */
import Argon2 from '@phi-ag/argon2'
import wasm from '@phi-ag/argon2/argon2.wasm'
import { RegistryError } from '../errors.ts'
import { hashParameters, isPossiblePassword, textToHash } from './password-parameters.ts'

const { memoryCost, timeCost, parallelism } = hashParameters
const currentPrefix = `$argon2id$v=19$m=${memoryCost},t=${timeCost},p=${parallelism}$`

/** The hash of a discarded random password. Logins of unknown users are checked against it, to take the same time. */
const hashOfUnknownUser = `${currentPrefix}esG9vISTLQbmLdQ/sbfG2A$lD0LMgl3ESgTIoWhYFzPHorXsGqppH4kchJVD2odSMY`

/**
 * Returns the PHC string to store.
 *
 * @param password a possible one (see `password-parameters.ts`)
 * @throws RegistryError `hashing-failed`
 */
export async function hashPassword(password: string): Promise<string> {
  const text = await textToHash(password)
  return useArgon2((argon2) => argon2.hash(text, hashParameters).encoded)
}

/**
 * Tells whether a hash was made of this password.
 *
 * @param hash the stored PHC string; undefined for an unknown user, who is refused after the same time
 * @throws RegistryError `hashing-failed`
 */
export async function verifyPassword(hash: string | undefined, password: string): Promise<boolean> {
  if (!isPossiblePassword(password)) return false
  const text = await textToHash(password)
  const verified = useArgon2((argon2) => matches(argon2, hash ?? hashOfUnknownUser, text))
  return hash !== undefined && verified
}

/** Tells whether a stored hash was made with other parameters than the current ones. */
export function needsRehash(hash: string): boolean {
  return !hash.startsWith(currentPrefix)
}

/**
 * The instance of the last use, which logins in a row share: a new one may cost as much as a hash. Its memory never
 * shrinks (20 MiB after a hash, 40 after a check too), so a weak reference lets the isolate free it.
 */
let lastUsed: WeakRef<Argon2> | undefined

/**
 * Runs a function with an instance of argon2. A fault may have damaged the instance, so the next use gets a new one.
 *
 * @throws RegistryError `hashing-failed`
 */
function useArgon2<Result>(use: (argon2: Argon2) => Result): Result {
  try {
    const argon2 = lastUsed?.deref() ?? new Argon2(new WebAssembly.Instance(wasm, {}))
    const result = use(argon2)
    lastUsed = new WeakRef(argon2)
    return result
  } catch (error) {
    lastUsed = undefined
    throw new RegistryError({ kind: 'hashing-failed' }, { cause: error })
  }
}

/** The one error of argon2 that means a wrong password; all others are faults. */
const mismatch = 'The password does not match the supplied hash'

/** Tells whether a text has this hash. @throws Error for a fault, which says nothing about the password */
function matches(argon2: Argon2, hash: string, text: string): boolean {
  const verified = argon2.tryVerify(hash, text)
  if (!verified.success && verified.error !== mismatch) throw new Error(verified.error)
  return verified.success
}
