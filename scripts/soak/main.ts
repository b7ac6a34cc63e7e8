/**
 * Many clients push, retag, delete and pull while the collector runs every second with a short grace, and nothing that has
 * a tag may ever fail. It ends with 1 when something did, or when fsck finds anything:
 *
 *     npm run soak -- --seconds 300 --clients 16 --seed 1
 *
 * It is a tool of two capabilities: `gc`, whose work it judges, and `fsck`, with which it looks for damage.
 *
 * The seed makes the clients choose the same again; how they overlap is left to the machine.
 */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { root } from '../local/build.ts'
import { ServerProcesses } from '../local/server-processes.ts'
import { Actor } from './actor.ts'
import { Administrator } from './administrator.ts'
import { Client } from './client.ts'
import { collectAllTheTime } from './collection.ts'
import { readOptions, type Options } from './options.ts'
import { Random } from '../../test/support/random.ts'
import { Tally } from './tally.ts'
import { checkAllTheTime, judge } from './verdict.ts'
import { World } from './world.ts'

const namespace = 'soak'
const shared = ['one', 'two', 'three'].map((name) => `${namespace}/${name}`)
const tellEveryMilliseconds = 10_000

const servers = new ServerProcesses()
let interrupted = false
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.on(signal, () => {
    interrupted = true
    void servers.stop().finally(() => process.exit(code))
  })
}

try {
  process.exitCode = (await soak(readOptions(process.argv.slice(2)))) ? 0 : 1
} catch (error) {
  // A server that is told to stop fails whatever is under way.
  if (!interrupted) console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  await servers.stop()
}

/** Runs a soak. @returns whether all went well */
async function soak(options: Options): Promise<boolean> {
  const { seconds, clients, seed, grace, graceMilliseconds } = options
  console.log(`soak: ${clients} clients for ${seconds} s, seed ${seed}, grace ${grace}`)
  const password = randomBytes(15).toString('base64url')
  const env = { BREAKWATER_ADMIN_PASSWORD: password }
  const { origin } = await servers.start('soak', join(root, 'scripts/start.ts'), env)
  const administrator = await Administrator.logIn(origin, { name: 'admin', password })
  await administrator.set({ gcGrace: grace })
  const names = Array.from({ length: clients }, (_, at) => `client${at}`)
  const users = await administrator.makeUsers(namespace, names)
  const [tally, world] = [new Tally(), new World()]
  const repositories = [...shared, ...names.map((name) => `${namespace}/${name}`)]
  const actors = users.map((user, at) => {
    const own = `${namespace}/${user.name}`
    const client = new Client(origin, user, repositories, tally)
    const random = new Random(seed * 1000 + at)
    return new Actor({ name: user.name, client, random, tally, world, shared, own, graceMilliseconds })
  })
  await run(actors, administrator, tally, seconds, seed)
  await judge({ world, actors, administrator, tally, graceMilliseconds, shared })
  return report(tally, seed)
}

async function run(
  actors: readonly Actor[],
  administrator: Administrator,
  tally: Tally,
  seconds: number,
  seed: number,
): Promise<void> {
  const end = Date.now() + seconds * 1000
  const isOver = (): boolean => Date.now() >= end
  const timer = setInterval(() => tell(tally), tellEveryMilliseconds)
  const act = async (actor: Actor): Promise<void> => {
    for (let step = 1; !isOver(); step++) await actor.step(step, seed)
  }
  await Promise.all([
    ...actors.map(act),
    collectAllTheTime(administrator, tally, isOver),
    checkAllTheTime(administrator, tally, isOver),
  ]).finally(() => clearInterval(timer))
}

function tell(tally: Tally): void {
  const [requests, pulls, collections] = [tally.of('requests'), tally.of('pulls'), tally.of('collections')]
  console.log(
    `soak: ${requests} requests, ${pulls} pulls, ${collections} collections, ${tally.of('collected manifests')} manifests and ${tally.of('collected blobs')} blobs collected, ${tally.failures.length} failures`,
  )
}

function report(tally: Tally, seed: number): boolean {
  for (const [event, count] of tally.entries()) console.log(`${event.padEnd(40)} ${count}`)
  tell(tally)
  for (const failure of tally.failures) console.error(`FAILURE ${failure}`)
  console.log(
    tally.failures.length === 0
      ? `soak: nothing failed, and nothing was left (seed ${seed})`
      : `soak: ${tally.failures.length} failures (seed ${seed})`,
  )
  return tally.failures.length === 0
}
