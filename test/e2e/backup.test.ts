/**
 * The drill: a registry that has everything is backed up while clients push, loses what it has, and is restored. Once it
 * loses the database and the replicas, and once the images too. On the way it is killed while it exports, proves and
 * restores.
 */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import { digestOf } from '../../scripts/client/digest.ts'
import { Random } from '../support/random.ts'
import { differences, differencesLater, emptyTables } from './support/drill/comparing.ts'
import { listTags, readAll } from './support/drill/content.ts'
import { preparedDrill, seed, type Drill } from './support/drill/drill.ts'
import { letMinutePass, runJob } from './support/drill/housekeeping.ts'
import { assertHonest, isProving, killDuring, restoreBackup } from './support/drill/kills.ts'
import { areTablesAway, readRows, type Rows } from './support/drill/rows.ts'
import { recoverySecret } from './support/drill/site.ts'
import { signAgain } from './support/drill/signatures.ts'
import { newDocker } from './support/docker.ts'
import { newFolder } from './support/folders.ts'
import { buildImage } from './support/images.ts'
import { attempt } from './support/run.ts'
import { sharedEngine } from './support/shared.ts'
import { newSkopeo } from './support/skopeo.ts'
import { admin, alice, bob } from './support/users.ts'

const root = join(import.meta.dirname, '../..')
const random = new Random(seed)

const inspected = z.object({ Layers: z.array(z.string()) })

const replicas = z.object({ hasMajority: z.boolean(), epoch: z.number() })

const report = z.object({ findings: z.array(z.looseObject({ kind: z.string() })) })

/** Tables with what a directory says of users: the drill has none. */
const ofDirectories = ['directory_syncs', 'identities', 'member_syncs', 'search_counts']

let drill: Drill
/** The rows right after the restore. */
let restored: Rows
const prepared = async (): Promise<void> => {
  drill = await preparedDrill()
}

/** Whatever the registry had before, and nothing that was changed after the backup. */
function assertAllIsBack(): void {
  test('every row of every table is there again, and no other', async () => {
    const mayBeEmpty = new Set(['forgotten_keys', 'parked_events', ...ofDirectories])
    const empty = await emptyTables(drill.rows.before)
    assert.deepEqual(
      empty.filter((name) => !mayBeEmpty.has(name)),
      [],
    )
    assert.deepEqual(await differences(drill.rows.before, drill.rows.after, restored), [])
  })

  test('what the registry makes again by itself is there within a minute', async () => {
    await letMinutePass(drill.site)
    const later = await readRows(drill.site.registry.state)
    assert.deepEqual(await differencesLater(drill.rows.before, drill.rows.after, later), [])
  })

  test('it is healthy, with a majority in a new epoch', async () => {
    for (const path of ['/health', '/_ping'] as const) {
      assert.deepEqual(await drill.site.probe(path), { status: 200, Error: '', Healthy: true })
    }
    const { hasMajority, epoch } = replicas.parse(await drill.site.call(admin, 'GET', '/api/v0/admin/replicas'))
    assert.equal(hasMajority, true)
    assert.ok(epoch > epochOf(drill))
  })

  test('everything that has a tag is whole, and every tag that was there is there', async () => {
    const tags = await readAll(drill.site)
    assert.deepEqual(
      drill.tags.filter((tag) => !tags.includes(tag)),
      [],
    )
  })

  test('what docker, notary, cosign and notation see is as it was', async (t) => {
    for (const { what, check } of drill.witnesses) await t.test(what, check)
  })

  test('what was changed after the backup is gone', async () => {
    const tags = await listTags(drill.site)
    assert.ok(!tags.includes('alice/app:late'))
    assert.equal((await drill.site.ask(admin, 'GET', '/enzi/v0/accounts/carol')).status, 404)
    const docker = await newDocker(await sharedEngine())
    assert.notEqual(
      (await docker.logIn(drill.site.registry, { ...bob, password: 'another password of bob' })).exitCode,
      0,
    )
  })

  test('a token that was revoked after the backup stays inactive', async () => {
    const docker = await newDocker(await sharedEngine())
    const { token } = drill.people.tokens.revoked
    assert.notEqual((await docker.logIn(drill.site.registry, { name: alice.name, password: token })).exitCode, 0)
  })

  test('a push works, and a signature', async () => {
    const { docker } = drill.content
    const image = `${drill.site.host}/alice/app:after`
    await buildImage(docker, image, { layers: [1000] })
    await docker.run('push', image)
    await signAgain(drill.site, drill.signatures.notary)
  })

  test('a garbage collection deletes nothing that is used', async () => {
    const tags = await readAll(drill.site)
    // Content that was used within the last second is kept.
    await sleep(1100)
    await runJob(drill.site, 'gc')
    assert.deepEqual(await readAll(drill.site), tags)
    const { stdout } = await drill.site.attempt(admin, 'fsck', '--content', '--json')
    const { findings } = report.parse(JSON.parse(stdout))
    // Objects that were pushed after the backup have no rows any more.
    assert.deepEqual(
      findings.filter(({ kind }) => kind !== 'object-unknown'),
      [],
    )
  })
}

const epochOf = ({ rows }: Drill): number =>
  Math.max(...[...(rows.after.get('cluster')?.values() ?? [])].map(({ epoch }) => Number(epoch)))

describe('A registry that has lost its database and its replicas', () => {
  before(prepared)
  after(() => drill.site.stop())

  test('does not start without the recovery secret, and says what to do', async () => {
    const args = ['scripts/start.ts', '--port', String(drill.site.registry.port), '--state', drill.states.databaseLost]
    const { exitCode, output } = await attempt(process.execPath, args, { cwd: root })
    assert.equal(exitCode, 1)
    assert.match(output, /the database of the registry is lost/)
    assert.match(output, /BREAKWATER_RECOVERY_SECRET/)
    assert.match(output, /backup restore/)
  })

  test('says how it is restored, and that it is not whole, when it is started with the secret', async () => {
    await drill.site.start(drill.states.databaseLost)
    assert.match(drill.site.registry.output(), /backup restore/)
    assert.ok(!drill.site.registry.output().includes(recoverySecret))
    const stranger = await drill.site.attempt(admin, 'backup', 'restore', drill.backup, '--yes')
    assert.notEqual(stranger.exitCode, 0)
  })

  test('says that it is being restored after it was killed in the middle, or is restored, as it is by the same command', async () => {
    const isUnderWay = async (): Promise<boolean> => areTablesAway(drill.site.registry.state)
    await killDuring(drill.site, () => restoreBackup(drill), isUnderWay, random.below(300))
    await drill.site.start()
    await assertHonest(drill.site, drill.tags)
    await restoreBackup(drill)
    restored = await readRows(drill.site.registry.state)
    assert.equal(await assertHonest(drill.site, drill.tags), 'whole')
  })

  assertAllIsBack()

  test('a damaged backup is refused before anything is changed', async (t) => {
    const untouched = await readRows(drill.site.registry.state)
    for (const { id, what, refusal } of drill.damaged) {
      await t.test(what, async () => {
        const { exitCode, output } = await drill.site.attempt('recovery secret', 'backup', 'restore', id, '--yes')
        assert.equal(exitCode, 1, output)
        assert.match(output, refusal)
        assert.match(output, new RegExp(id))
        assert.equal(await assertHonest(drill.site, drill.tags), 'whole')
      })
    }
    const now = await readRows(drill.site.registry.state)
    for (const table of ['accounts', 'blobs', 'manifests', 'settings', 'tags', 'teams', 'trust_metadata']) {
      assert.deepEqual(now.get(table), untouched.get(table), table)
    }
  })

  test('a backup that was killed while it was proven leaves the registry whole, and the next one is proven', async () => {
    await killDuring(
      drill.site,
      () => drill.site.tell(admin, 'backup', 'create', '--wait'),
      () => isProving(drill.site),
      random.below(500),
    )
    await drill.site.start()
    assert.equal(await assertHonest(drill.site, drill.tags), 'whole')
  })
})

describe('A registry that has lost its images too', () => {
  before(prepared)
  after(() => drill.site.stop())

  test('leaves a folder with its backup, from which skopeo reads an image while the registry is stopped', async () => {
    const skopeo = await newSkopeo()
    const copy = await newFolder('copied')
    const layout = join(drill.folder, 'oci', drill.backup, 'alice/oci')
    await skopeo.run('copy', `oci:${layout}:1`, `dir:${copy}`)
    assert.deepEqual(await readFile(join(copy, 'manifest.json')), drill.manifestOfOci)
  })

  test('has what docker pushed under its tags there too: an image, a list and an index', async (t) => {
    const skopeo = await newSkopeo()
    const layout = join(drill.folder, 'oci', drill.backup, 'alice/app')
    for (const tag of ['1', 'list', 'index']) {
      await t.test(tag, async () => {
        const copy = await newFolder('copied')
        await skopeo.run('copy', '--all', `oci:${layout}:${tag}`, `dir:${copy}`)
        const seen = inspected.parse(JSON.parse(await skopeo.run('inspect', `oci:${layout}:${tag}`)))
        assert.equal(seen.Layers.length, 2)
        for (const layer of seen.Layers) {
          assert.equal(digestOf(await readFile(join(copy, layer.replace('sha256:', '')))), layer)
        }
      })
    }
  })

  test('is restored with its images', async () => {
    await drill.site.start(drill.states.allLost)
    await restoreBackup(drill)
    restored = await readRows(drill.site.registry.state)
  })

  assertAllIsBack()
})
