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

/** The stored hash was made with parameters that are no longer ours. */
export function needsRehash(hash: string): boolean {
  return !hash.startsWith(currentPrefix)
}

/**
 * The instance of the last use. Its memory never shrinks (20 MiB after a hash, 40 after a check too), so it is only kept
 * until the garbage is collected: logins in a row share it, as a new one may cost as much as a hash, and the memory of an
 * isolate that needs it elsewhere is free again.
 */
let lastUsed: WeakRef<Argon2> | undefined

/** @throws RegistryError `hashing-failed`; what a fault leaves in an instance is unknown, so the next use gets another */
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

/** Of all that argon2 answers, this alone says that the password is wrong. */
const mismatch = 'The password does not match the supplied hash'

/** @throws Error for a fault, which says nothing about the password */
function matches(argon2: Argon2, hash: string, text: string): boolean {
  const verified = argon2.tryVerify(hash, text)
  if (!verified.success && verified.error !== mismatch) throw new Error(verified.error)
  return verified.success
}
