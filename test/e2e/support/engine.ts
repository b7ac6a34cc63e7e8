/** A separate Docker engine, so that no images and logins of the machine are touched. */
import { accessSync, constants, realpathSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { atEnd } from './ending.ts'
import { newFolder } from './folders.ts'
import { attempt, endServer, hasEnded, run, start } from './run.ts'
import { until } from './wait.ts'

const startSeconds = 60

export interface Engine {
  /** The client's program. */
  readonly client: string
  /** The engine's address, as DOCKER_HOST. */
  readonly host: string
  /** What this machine is called in an image: amd64, arm64… */
  readonly architecture: string
}

export async function startEngine(): Promise<Engine> {
  if (process.getuid?.() !== 0) throw new Error('only root may start a Docker engine: run "sudo npm run e2e"')
  const daemon = findProgram('dockerd')
  const client = clientOf(daemon)
  const folder = await newFolder('engine')
  await mkdir(join(folder, 'data'))
  const host = `unix://${join(folder, 'docker.sock')}`
  const engine = await start(daemon, engineArguments(folder, host), { server: true })
  atEnd(() => endServer(engine))
  await until('the Docker engine to start', startSeconds, async () => {
    if (hasEnded(engine)) throw new Error(`the Docker engine did not start:\n${engine.output()}`)
    return (await attempt(client, ['--host', host, 'version'])).exitCode === 0
  })
  const architecture = await run(client, ['--host', host, 'version', '--format', '{{.Server.Arch}}'])
  return { client, host, architecture: architecture.trim() }
}

/** No container is ever run, so there is no need of a network, nor of a driver that not every file system has. */
function engineArguments(folder: string, host: string): string[] {
  return [
    // Older engines build for other platforms only as an experiment.
    '--experimental',
    '--iptables=false',
    '--ip6tables=false',
    '--bridge=none',
    '--storage-driver=vfs',
    `--host=${host}`,
    `--data-root=${join(folder, 'data')}`,
    `--exec-root=${join(folder, 'exec')}`,
    `--pidfile=${join(folder, 'docker.pid')}`,
  ]
}

/** The client that was installed with the engine: another one may not speak its version of the API any more. */
function clientOf(daemon: string): string {
  const sibling = join(dirname(daemon), '../bin/docker')
  return isProgram(sibling) ? sibling : findProgram('docker')
}

/** Finds another client of the machine, which is newer than that of the engine; undefined where there is one client. */
export function findNewerClient(): string | undefined {
  const [first, own] = [findProgram('docker'), clientOf(findProgram('dockerd'))]
  return realpathSync(first) === realpathSync(own) ? undefined : first
}

export function findProgram(name: string): string {
  // Root's programs are not on every user's PATH.
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin']
  const found = folders.map((folder) => join(folder, name)).find(isProgram)
  if (found === undefined) throw new Error(`there is no ${name} here: scripts/install-clients.sh installs it`)
  return found
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
