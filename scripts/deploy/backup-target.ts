/** The bucket of backups of another provider: variables name it, and its key comes from the environment of the command. */
import {
  backupTargetSecrets,
  backupTargetVariables,
  isBackupTargetSet,
  readBackupTarget,
  type BackupTargetTexts,
} from '../../src/variables.ts'

/** Returns the secrets of the bucket that the environment has. They replace those of before: so a key is changed. */
export const givenBackupKeys = (): Readonly<Record<string, string>> =>
  Object.fromEntries(
    backupTargetSecrets.flatMap((name) => {
      const text = process.env[name] ?? ''
      return text === '' ? [] : [[name, text]]
    }),
  )

/**
 * Requires that a deployment has all that names and opens the bucket, or nothing of it.
 *
 * @param variables those that it will have
 * @param findSecrets lists the names of those secrets that it has
 * @throws RegistryError `variable-invalid`
 */
export async function requireBackupTarget(
  variables: Readonly<Record<string, string>>,
  findSecrets: () => Promise<ReadonlySet<string>>,
): Promise<void> {
  const named = backupTargetVariables.map((name) => [name, variables[name] ?? ''] as const)
  const given: BackupTargetTexts = { ...Object.fromEntries(named), ...givenBackupKeys() }
  if (!isBackupTargetSet(given)) return
  const existing = await findSecrets()
  // Cloudflare tells no values.
  const kept = backupTargetSecrets.filter((name) => existing.has(name)).map((name) => [name, 'is-set'] as const)
  readBackupTarget({ ...Object.fromEntries(kept), ...given })
}
