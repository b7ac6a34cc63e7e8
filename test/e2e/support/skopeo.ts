/** One person's skopeo command, with their own login. */
import { join } from 'node:path'
import { newFolder } from './folders.ts'
import type { Registry } from './registry.ts'
import { attempt, run, type Outcome, type RunOptions } from './run.ts'
import type { User } from './users.ts'

export interface Skopeo {
  readonly run: (...args: readonly string[]) => Promise<string>
  readonly attempt: (...args: readonly string[]) => Promise<Outcome>
  /** @param trust how to treat the registry's certificate, in skopeo's words */
  readonly logIn: (registry: Registry, user: User, trust?: string) => Promise<Outcome>
}

/** A skopeo command that is not logged in anywhere. */
export async function newSkopeo(): Promise<Skopeo> {
  const options: RunOptions = { env: { REGISTRY_AUTH_FILE: join(await newFolder('skopeo'), 'auth.json') } }
  // What this machine's policy wants signed is not what is tested here.
  const words = (args: readonly string[]): string[] => ['--insecure-policy', ...args]
  return {
    run: (...args) => run('skopeo', words(args), options),
    attempt: (...args) => attempt('skopeo', words(args), options),
    logIn: ({ host }, { name, password }, trust) =>
      attempt(
        'skopeo',
        words(['login', '--username', name, '--password-stdin', ...(trust === undefined ? [] : [trust]), host]),
        { ...options, input: password },
      ),
  }
}
