/** The secrets and variables of a registry on this machine: from the environment, or made and kept with its data. */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { whyNoPassword } from '../../src/auth/password-parameters.ts'
import { passwordRefusal } from '../../src/failures/passwords.ts'
import { shortestSecret } from '../../src/limits.ts'
import {
  backupTargetSecrets,
  backupTargetVariables,
  isBackupTargetSet,
  plainVariables,
  readBackupTarget,
  requireLongRecoverySecret,
  variablesOf,
} from '../../src/variables.ts'
import { newSecret, previousSecret } from './kept-secret.ts'
import { replaceFile, secretMode } from './replace-file.ts'

/**
 * Returns what the Worker is bound to.
 *
 * @throws Error that names the variable that is wrong
 */
export async function readVariables(state: string): Promise<Readonly<Record<string, string>>> {
  const secrets = ['REGISTRY_SECRET', 'REGISTRY_SECRET_PREVIOUS', 'BREAKWATER_RECOVERY_SECRET'] as const
  const given = [...secrets, ...plainVariables, ...backupTargetVariables, ...backupTargetSecrets].flatMap((name) => {
    const text = process.env[name] ?? ''
    return text === '' ? [] : [[name, text]]
  })
  const variables: Record<string, string> = Object.fromEntries(given)
  if (variables['REGISTRY_SECRET'] === undefined) {
    variables['REGISTRY_SECRET'] = await ownSecret(join(state, 'secret'))
    variables['REGISTRY_SECRET_PREVIOUS'] ??= previousSecret(state) ?? ''
  }
  const { recoverySecret } = variablesOf(variables)
  if (recoverySecret !== undefined) requireLongRecoverySecret(recoverySecret)
  if (isBackupTargetSet(variables)) readBackupTarget(variables)
  return variables
}

/** Makes the secret on the first start. Tokens are made with it, so only its owner may read it. */
async function ownSecret(path: string): Promise<string> {
  if (!existsSync(path)) replaceFile(path, newSecret(), secretMode)
  const secret = (await readFile(path, 'utf8')).trim()
  if (secret.length >= shortestSecret) return secret
  throw new Error(`${path} does not hold a secret any more: delete it, and the next start makes a new one`)
}

export interface FirstPassword {
  readonly password: string
  /** Made here, and so to be shown. */
  readonly made: boolean
}

/**
 * Returns the password of the first administrator, which the registry reads only while it has no account.
 *
 * @throws Error when the one that was given cannot be a password
 */
export function firstPassword(): FirstPassword {
  const given = process.env['BREAKWATER_ADMIN_PASSWORD'] ?? ''
  if (given === '') return { password: randomBytes(15).toString('base64url'), made: true }
  const why = whyNoPassword(given)
  if (why !== undefined) throw new Error(`BREAKWATER_ADMIN_PASSWORD cannot be used: ${passwordRefusal(why)}`)
  return { password: given, made: false }
}
