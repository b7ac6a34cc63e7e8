/** A containerd of our own, and one person's `ctr` command, which has no store of logins: each command says who it is. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { atEnd } from './ending.ts'
import { findProgram } from './engine.ts'
import { newFolder } from './folders.ts'
import { attempt, endServer, hasEnded, run, start, type Outcome } from './run.ts'
import type { User } from './users.ts'
import { until } from './wait.ts'

const startSeconds = 60

export interface Containerd {
  /** Takes an image from an archive in its store. */
  readonly load: (archive: string) => Promise<void>
  readonly push: (image: string) => Promise<Outcome>
  readonly pull: (image: string) => Promise<Outcome>
  /** Removes the image with its content. */
  readonly forget: (image: string) => Promise<void>
  /** The digests of what its store has: it checks each when it arrives. */
  readonly digests: () => Promise<string[]>
}

export async function startContainerd(user: User): Promise<Containerd> {
  const folder = await newFolder('containerd')
  const address = join(folder, 'c.sock')
  const configuration = join(folder, 'config.toml')
  await writeFile(configuration, configurationOf(folder, address))
  const daemon = await start(findProgram('containerd'), ['--config', configuration], { server: true })
  atEnd(() => endServer(daemon))
  const program = findProgram('ctr')
  const words = (args: readonly string[]): string[] => ['--address', address, ...args]
  await until('containerd to start', startSeconds, async () => {
    if (hasEnded(daemon)) throw new Error(`containerd did not start:\n${daemon.output()}`)
    return (await attempt(program, words(['version']))).exitCode === 0
  })
  const ctr = (...args: string[]): Promise<string> => run(program, words(args))
  const remote = ['--plain-http', '--user', `${user.name}:${user.password}`]
  return {
    load: async (archive) => void (await ctr('images', 'import', '--no-unpack', archive)),
    push: (image) => attempt(program, words(['images', 'push', ...remote, image])),
    pull: (image) => attempt(program, words(['images', 'pull', ...remote, '--snapshotter', 'native', image])),
    forget: async (image) => void (await ctr('images', 'remove', '--sync', image)),
    digests: async () => (await ctr('content', 'list', '--quiet')).split('\n').filter((line) => line !== ''),
  }
}

/** No container is ever run. */
const configurationOf = (folder: string, address: string): string =>
  [
    'version = 2',
    `root = "${join(folder, 'root')}"`,
    `state = "${join(folder, 'state')}"`,
    'disabled_plugins = ["io.containerd.grpc.v1.cri"]',
    '[grpc]',
    `address = "${address}"`,
    '',
  ].join('\n')
