/** Kills the registry at any moment, and looks whether it is whole or says that it is not. */
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import { admin } from '../users.ts'
import { until } from '../wait.ts'
import { readAll } from './content.ts'
import type { Drill } from './drill.ts'
import type { Site } from './site.ts'

/** Runs something, and kills the registry in the middle of it. @param begun tells that it is under way */
export async function killDuring(
  site: Site,
  run: () => Promise<unknown>,
  begun: () => Promise<boolean>,
  milliseconds: number,
): Promise<void> {
  // It hears no answer any more.
  const running = run().catch(() => undefined)
  await until('it to be under way', 60, begun)
  await sleep(milliseconds)
  await site.kill()
  await running
}

/** What the probes of a registry say of it. */
type State = 'whole' | 'being restored'

/**
 * Looks at a registry that was killed. @returns what it says in both probes
 *
 * @throws Error where it says that it is whole and is not, and where it is not and serves all the same
 */
export async function assertHonest(site: Site, expectedTags: readonly string[]): Promise<State> {
  if ((await stateOf(site)) === 'being restored') {
    if ((await servedPaths(site)).length === 0) return 'being restored'
    // It goes on by itself, and was done meanwhile. Probes are up to three seconds old.
    await until('its probes to say that it is whole', 10, async () => (await stateOf(site)) === 'whole')
  }
  const tags = await readAll(site)
  assert.deepEqual(
    expectedTags.filter((tag) => !tags.includes(tag)),
    [],
  )
  return 'whole'
}

async function stateOf(site: Site): Promise<State> {
  const probes = [await site.probe('/health'), await site.probe('/_ping')]
  if (probes.every(({ Healthy }) => Healthy)) return 'whole'
  for (const { status, Error } of probes) {
    assert.equal(status, 503)
    assert.match(Error, /is being restored/)
  }
  return 'being restored'
}

/** Asks for what needs the database. @returns what is not refused for the time of the restore */
async function servedPaths(site: Site): Promise<readonly string[]> {
  const paths = ['/v2/', '/v2/_catalog', '/api/v0/meta/settings', '/v2/alice/app/manifests/1']
  const answers = await Promise.all(
    paths.map(async (path) => ({ path, status: (await site.ask(admin, 'GET', path)).status })),
  )
  return answers.filter(({ status }) => status !== 503).map(({ path }) => path)
}

/** Restores the backup of the drill by the recovery secret, whatever there is. */
export const restoreBackup = ({ site, backup }: Drill): Promise<string> =>
  site.tell('recovery secret', 'backup', 'restore', backup, '--yes')

/** Makes a backup and waits until it is proven, after one that is under way. @returns its id */
export async function makeBackup({ site }: Drill): Promise<string> {
  let id = ''
  await until('a backup to be made', 180, async () => {
    const { exitCode, stdout, output } = await site.attempt(admin, 'backup', 'create', '--wait')
    if (exitCode !== 0) assert.match(output, /JOB_RUNNING|is running/)
    id = stdout.trim()
    return exitCode === 0
  })
  return id
}

/** What a list says of a backup that has no manifest. */
const notWhole = new Set(['running', 'unfinished'])

/** Returns the backups that a registry lists, the newest first. */
export async function listBackups(site: Site): Promise<z.infer<typeof listed>['backups']> {
  return listed.parse(await site.call(admin, 'GET', '/api/v0/backups')).backups
}

/**
 * Looks at the backups after an export was killed: what it left is no backup, or a whole one that nothing has proven yet. The next backup
 * is whole and proven, and what the killed one left is gone, or was completed.
 *
 * @param before those that there were
 */
export async function assertExportIsMadeGood(drill: Drill, before: readonly { readonly id: string }[]): Promise<void> {
  const { site } = drill
  const known = new Set(before.map(({ id }) => id))
  for (const { id, state } of await listBackups(site)) {
    if (known.has(id)) continue
    assert.notEqual(state, 'failed', id)
    if (!notWhole.has(state)) continue
    const { exitCode, output } = await site.attempt(admin, 'backup', 'verify', id)
    // Its job goes on in half a minute, and may have completed it just now.
    if (exitCode !== 0) assert.match(output, /there is no backup/)
  }
  const id = await makeBackup(drill)
  const after = await listBackups(site)
  assert.equal(after.find((one) => one.id === id)?.state, 'proven')
  assert.deepEqual(
    after.filter(({ state }) => state === 'unfinished' || state === 'failed'),
    [],
  )
}

const listed = z.object({ backups: z.array(z.looseObject({ id: z.string(), state: z.string() })) })

/** Tells whether the newest backup is whole, and not proven yet. */
export async function isProving(site: Site): Promise<boolean> {
  return (await listBackups(site))[0]?.state === 'proving'
}
