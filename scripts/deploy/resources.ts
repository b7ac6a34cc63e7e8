/** The bucket, the database and the secrets of a deployment: made where they are missing, found where they are not. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as z from 'zod'
import { whyNoPassword } from '../../src/auth/password-parameters.ts'
import { passwordRefusal } from '../../src/failures/passwords.ts'
import { givenBackupKeys } from './backup-target.ts'
import { query } from './migrations.ts'
import { jsonIn, must, wrangler } from './wrangler.ts'

const databases = z.array(z.object({ name: z.string(), uuid: z.string() }))

/** Returns the id of the database of this name, and whether it was made now. */
export async function ensureDatabase(
  name: string,
  location: string | undefined,
): Promise<{ readonly id: string; readonly made: boolean }> {
  const found = await findDatabase(name)
  if (found !== undefined) return { id: found, made: false }
  await must(['d1', 'create', name, ...where(location)])
  const id = await findDatabase(name)
  if (id === undefined) {
    throw new Error(`wrangler made the database ${name} but does not list it: run the command again`)
  }
  return { id, made: true }
}

/** Returns the id of the database of this name; undefined when there is none. */
export async function findDatabase(name: string): Promise<string | undefined> {
  const all = databases.parse(jsonIn((await must(['d1', 'list', '--json'])).stdout))
  return all.find((database) => database.name === name)?.uuid
}

export async function findBucket(name: string): Promise<boolean> {
  const found = await wrangler(['r2', 'bucket', 'info', name, '--json'])
  return found.exitCode === 0
}

/** Returns whether the bucket of this name was made now. */
export async function ensureBucket(name: string, location: string | undefined): Promise<boolean> {
  if (await findBucket(name)) return false
  // 10006: the bucket does not exist. Anything else (R2 is not enabled, no permission) creation says better.
  await must(['r2', 'bucket', 'create', name, ...where(location)])
  return true
}

const where = (location: string | undefined): string[] => (location === undefined ? [] : ['--location', location])

export interface Secrets {
  /** The secrets that this deployment has to set. */
  readonly missing: Readonly<Record<string, string>>
  /** The password of the administrator who will be made, if this command chose it. */
  readonly password: string | undefined
  /** A password was given, and there is an administrator already. */
  readonly ignoresPassword: boolean
}

/**
 * Returns the administrator's password of the environment, empty when there is none.
 *
 * @throws Error when it cannot be a password
 */
export function givenPassword(): string {
  const given = process.env['BREAKWATER_ADMIN_PASSWORD'] ?? ''
  const why = given === '' ? undefined : whyNoPassword(given)
  if (why !== undefined) throw new Error(`BREAKWATER_ADMIN_PASSWORD cannot be used: ${passwordRefusal(why)}`)
  return given
}

/**
 * Chooses the secrets that the Worker lacks, and those that the environment has for it. A password is needed only while there is no account.
 *
 * @param configuration the path of the generated configuration
 * @param given the administrator's password, empty to have one made
 */
export async function missingSecrets(configuration: string, given: string): Promise<Secrets> {
  const existing = await secretNames(workerOf(configuration))
  const needsPassword = !existing.has('BREAKWATER_ADMIN_PASSWORD') && !(await hasAccounts(configuration))
  const password = given === '' ? randomBytes(15).toString('base64url') : given
  return {
    missing: {
      ...(existing.has('REGISTRY_SECRET') ? {} : { REGISTRY_SECRET: randomBytes(32).toString('base64url') }),
      ...(needsPassword ? { BREAKWATER_ADMIN_PASSWORD: password } : {}),
      ...givenBackupKeys(),
    },
    password: needsPassword && given === '' ? password : undefined,
    ignoresPassword: !needsPassword && given !== '',
  }
}

const workerOf = (configuration: string): string =>
  z.object({ name: z.string() }).parse(JSON.parse(readFileSync(configuration, 'utf8'))).name

/** Lists the names of the secrets of a Worker. */
export async function secretNames(worker: string): Promise<Set<string>> {
  const listed = await wrangler(['secret', 'list', '--name', worker])
  // A Worker that was never uploaded has none.
  if (listed.exitCode !== 0 && /10007|does not exist|not found/i.test(listed.output)) return new Set()
  if (listed.exitCode !== 0) throw new Error(`wrangler cannot list the secrets:\n\n${listed.output.trim()}`)
  const secrets = z.array(z.object({ name: z.string() })).parse(jsonIn(listed.stdout))
  return new Set(secrets.map(({ name }) => name))
}

/** Sets secrets, and deletes those that are null, all at once. A Worker that is not there yet is made for them. */
export async function putSecrets(
  configuration: string,
  secrets: Readonly<Record<string, string | null>>,
): Promise<void> {
  if (Object.keys(secrets).length === 0) return
  const folder = mkdtempSync(join(tmpdir(), 'breakwater-secrets-'))
  try {
    const file = join(folder, 'secrets.json')
    // Only this user can read it, and it is gone at once.
    writeFileSync(file, JSON.stringify(secrets), { mode: 0o600 })
    await must(['secret', 'bulk', file, '--config', configuration])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function hasAccounts(configuration: string): Promise<boolean> {
  const [table] = await query(configuration, `SELECT name FROM sqlite_schema WHERE name = 'accounts'`)
  // Before the first migration there is no table.
  if (table === undefined) return false
  return (await query(configuration, 'SELECT 1 FROM accounts WHERE is_organization = 0 LIMIT 1')).length > 0
}
