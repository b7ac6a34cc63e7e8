/** One user's podman command, with a login and a storage of its own. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { newFolder } from './folders.ts'
import type { Registry } from './registry.ts'
import { attempt, type Outcome, type RunOptions } from './run.ts'
import type { User } from './users.ts'

export interface Podman {
  readonly attempt: (...args: readonly string[]) => Promise<Outcome>
  readonly logIn: (registry: Registry, user: User) => Promise<Outcome>
}

/** Returns a podman command that is not logged in anywhere. */
export async function newPodman(): Promise<Podman> {
  const folder = await newFolder('podman')
  const logins = join(folder, 'auth.json')
  // Podman refuses to run when the file that is named does not exist.
  await writeFile(logins, '{}')
  const options: RunOptions = {
    env: {
      REGISTRY_AUTH_FILE: logins,
      // Podman takes a login of Docker for its own.
      DOCKER_CONFIG: folder,
    },
  }
  const words = (args: readonly string[]): string[] => [
    '--storage-driver=vfs',
    `--root=${join(folder, 'root')}`,
    `--runroot=${join(folder, 'run')}`,
    ...args,
  ]
  return {
    attempt: (...args) => attempt('podman', words(args), options),
    logIn: ({ host }, { name, password }) =>
      attempt('podman', words(['login', '--tls-verify=false', '--username', name, '--password-stdin', host]), {
        ...options,
        input: password,
      }),
  }
}
