/** One person's docker command, with their own login. */
import type { Engine } from './engine.ts'
import { newFolder } from './folders.ts'
import type { Registry } from './registry.ts'
import { attempt, run, start, type Outcome, type Running, type RunOptions } from './run.ts'
import type { User } from './users.ts'

export interface Docker {
  readonly run: (...args: readonly string[]) => Promise<string>
  readonly attempt: (...args: readonly string[]) => Promise<Outcome>
  readonly start: (...args: readonly string[]) => Promise<Running>
  readonly logIn: (registry: Registry, user: User) => Promise<Outcome>
}

interface DockerOptions {
  /** Its configuration; else a new, empty one. */
  readonly folder?: string
  readonly env?: Readonly<Record<string, string>>
  /** The program; else that of the engine. */
  readonly client?: string | undefined
}

/** A docker command that is not logged in anywhere. */
export async function newDocker(
  engine: Engine,
  { folder, env = {}, client = engine.client }: DockerOptions = {},
): Promise<Docker> {
  const options: RunOptions = {
    env: {
      ...env,
      DOCKER_HOST: engine.host,
      DOCKER_CONFIG: folder ?? (await newFolder('docker')),
      // The builder inside the engine: it needs neither a plugin nor a running container.
      DOCKER_BUILDKIT: '0',
      // `docker manifest` in older clients.
      DOCKER_CLI_EXPERIMENTAL: 'enabled',
    },
  }
  return {
    run: (...args) => run(client, args, options),
    attempt: (...args) => attempt(client, args, options),
    start: (...args) => start(client, args, options),
    logIn: ({ host }, { name, password }) =>
      attempt(client, ['login', '--username', name, '--password-stdin', host], { ...options, input: password }),
  }
}

export async function dockerOf(engine: Engine, registry: Registry, user: User): Promise<Docker> {
  const docker = await newDocker(engine)
  const { exitCode, output } = await docker.logIn(registry, user)
  if (exitCode !== 0) throw new Error(`${user.name} cannot log in: ${output}`)
  return docker
}
