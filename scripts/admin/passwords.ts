/** Where a new password comes from. Never from an argument: every process of the machine can read those. */
import { randomBytes } from 'node:crypto'
import { flag, type Input } from './command.ts'
import { UsageError } from './errors.ts'
import { askSecret, isAttended, readStandardInput } from './terminal.ts'

export const passwordOptions = {
  'password-stdin': flag('reads the new password from the standard input'),
  generate: flag('makes a password and prints it once'),
}

/** For commands that replace a password. */
export const endTokensOption = {
  'end-tokens': flag('also deletes all access tokens of the user, as after a theft'),
}

export interface NewPassword {
  readonly password: string
  /** Nobody has seen it yet. */
  readonly isMade: boolean
}

/** @throws UsageError where nobody can be asked; Interrupted */
export async function newPassword(
  input: Input<never, keyof typeof passwordOptions>,
  name: string,
): Promise<NewPassword> {
  const [fromInput, generate] = [input.flag('password-stdin'), input.flag('generate')]
  if (fromInput && generate) throw new UsageError('--password-stdin and --generate exclude each other')
  if (generate) return { password: randomBytes(15).toString('base64url'), isMade: true }
  if (fromInput) return { password: await readStandardInput(), isMade: false }
  if (!isAttended()) {
    throw new UsageError('there is no terminal to ask for a password: use --password-stdin or --generate')
  }
  const password = await askSecret(`New password of ${name}: `)
  if ((await askSecret('Once more: ')) !== password) throw new Error('the two passwords differ: nothing was changed')
  return { password, isMade: false }
}

/** What to tell of it, to people and to programs. */
export function announce({ password, isMade }: NewPassword): { sentence: string; data: { password?: string } } {
  if (!isMade) return { sentence: '', data: {} }
  return { sentence: ` with the password  ${password}  (it is shown this once)`, data: { password } }
}
