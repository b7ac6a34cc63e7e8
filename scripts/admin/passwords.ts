/** The sources of a new password. No argument is one: every process of the machine can read those. */
import { randomBytes } from 'node:crypto'
import { flag, type Values } from './command.ts'
import { UsageError } from './errors.ts'
import { askSecret, isAttended, readStandardInput } from './terminal.ts'

export const passwordOptions = {
  passwordStdin: flag('read the new password from the standard input'),
  generate: flag('generate a password and print it once'),
}

/** The option of commands that replace a password. */
export const endTokensOption = {
  endTokens: flag('also delete all access tokens of the user, as after a theft'),
}

export interface NewPassword {
  readonly password: string
  readonly isGenerated: boolean
}

/** Generates, reads or asks for a new password, as the options say. @throws UsageError without a terminal */
export async function newPassword(
  { passwordStdin, generate }: Values<typeof passwordOptions>,
  name: string,
): Promise<NewPassword> {
  if (passwordStdin && generate) throw new UsageError('--password-stdin and --generate exclude each other')
  if (generate) return { password: randomBytes(15).toString('base64url'), isGenerated: true }
  if (passwordStdin) return { password: await readStandardInput(), isGenerated: false }
  if (!isAttended()) {
    throw new UsageError('there is no terminal to ask for a password: use --password-stdin or --generate')
  }
  const password = await askSecret(`New password of ${name}:`)
  if ((await askSecret('Once more:')) !== password) throw new Error('the two passwords differ: nothing was changed')
  return { password, isGenerated: false }
}

/** Returns what people and programs are told of it. */
export function announce({ password, isGenerated }: NewPassword): { sentence: string; data: { password?: string } } {
  if (!isGenerated) return { sentence: '', data: {} }
  return { sentence: ` with the password  ${password}  (it is shown this once)`, data: { password } }
}
