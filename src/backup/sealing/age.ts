/** Wraps data keys with age (https://age-encryption.org/v1): `key.age` is a file that the program `age` opens too. */
import { Decrypter, Encrypter } from 'age-encryption'
import { dataKeyText, type Bytes } from './data-key.ts'

/** Encrypts a data key for each of the recipients. */
export async function wrapForRecipients(dataKey: string, recipients: readonly string[]): Promise<Bytes> {
  const encrypter = new Encrypter()
  for (const recipient of recipients) encrypter.addRecipient(recipient)
  return new Uint8Array(await encrypter.encrypt(`${dataKey}\n`))
}

/**
 * Opens a data key with one of the identities of a file that `age-keygen` made.
 *
 * @throws Error when none of them is a recipient, or there is none
 */
export async function unwrapWithIdentity(wrapped: Bytes, identityFile: string): Promise<string> {
  const decrypter = new Decrypter()
  const identities = identityFile
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line.startsWith('AGE-SECRET-KEY-1'))
  if (identities.length === 0) throw new Error('the file has no identity of age: it has a line "AGE-SECRET-KEY-1…"')
  for (const identity of identities) decrypter.addIdentity(identity)
  const opened = await opening(decrypter, wrapped)
  const dataKey = opened.trim()
  if (!dataKeyText.test(dataKey)) throw new Error('key.age has no data key: it was changed')
  return dataKey
}

/** Decrypts without an error of the library in what is thrown: it may tell of the identity. */
async function opening(decrypter: Decrypter, wrapped: Bytes): Promise<string> {
  try {
    return await decrypter.decrypt(wrapped, 'text')
  } catch {
    throw new Error(
      'the identity does not open the backup: it is none of its recipients ("backup list --json" names them), or key.age was changed',
    )
  }
}
