/** One person's notary command, with their own keys. */
import { join } from 'node:path'
import { authorityPath } from '../../../scripts/local/tls.ts'
import { newFolder } from './folders.ts'
import type { Registry } from './registry.ts'
import { attempt, run, type Outcome } from './run.ts'
import type { User } from './users.ts'

export interface Notary {
  /** Where it keeps its keys and what it knows of collections. */
  readonly folder: string
  readonly run: (...args: readonly string[]) => Promise<string>
  readonly attempt: (...args: readonly string[]) => Promise<Outcome>
}

/** What each key is kept under; of no worth outside a test. */
export const passphrase = 'passphrase of a test'

/** @param user undefined for a command that asks without a login */
export async function newNotary(registry: Registry, user: User | undefined): Promise<Notary> {
  const folder = await newFolder('notary')
  const login = user === undefined ? '' : Buffer.from(`${user.name}:${user.password}`).toString('base64')
  const env = {
    NOTARY_AUTH: login,
    NOTARY_ROOT_PASSPHRASE: passphrase,
    NOTARY_TARGETS_PASSPHRASE: passphrase,
    NOTARY_SNAPSHOT_PASSPHRASE: passphrase,
    NOTARY_DELEGATION_PASSPHRASE: passphrase,
  }
  const common = [
    '-s',
    `https://${registry.host}`,
    '--tlscacert',
    authorityPath(registry.state),
    '-d',
    join(folder, 'trust'),
  ]
  return {
    folder,
    run: (...args) => run('notary', [...common, ...args], { env }),
    attempt: (...args) => attempt('notary', [...common, ...args], { env }),
  }
}
