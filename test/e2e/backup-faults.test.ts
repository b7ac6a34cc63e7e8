/**
 * The registry is killed at seeded moments while it backs up, proves and restores. `backup.test.ts` kills it once in each;
 * `npm run faults` does it fifty times here.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Random } from '../support/random.ts'
import { preparedDrill, seed, type Drill } from './support/drill/drill.ts'
import { leftovers } from './support/drill/leftovers.ts'
import {
  assertExportIsMadeGood,
  assertHonest,
  isProving,
  killDuring,
  listBackups,
  makeBackup,
  restoreBackup,
} from './support/drill/kills.ts'
import { admin } from './support/users.ts'

const kills = 50
const isWhole = process.env['FAULTS'] === 'all'

describe('A registry that is killed', { skip: isWhole ? false : '"npm run faults" kills it' }, () => {
  const random = new Random(seed)
  let drill: Drill

  before(async () => {
    drill = await preparedDrill()
    await drill.site.start(drill.states.databaseLost)
    await restoreBackup(drill)
  })
  after(() => drill.site.stop())

  /** The backups that there were before the kill. */
  let backups: Awaited<ReturnType<typeof listBackups>> = []
  const isExporting = async (): Promise<boolean> => (await listBackups(drill.site)).length > backups.length
  const isAnswered = async (): Promise<boolean> => true
  const ways = [
    { kind: 'export', run: () => drill.site.tell(admin, 'backup', 'create'), begun: isExporting, milliseconds: 2500 },
    { kind: 'proof', run: () => makeBackup(drill), begun: () => isProving(drill.site), milliseconds: 4000 },
    { kind: 'restore', run: () => restoreBackup(drill), begun: isAnswered, milliseconds: 6000 },
  ]

  for (let at = 0; at < kills; at++) {
    const { kind, run, begun, milliseconds: longest } = random.pick(ways)
    const milliseconds = random.below(longest)
    test(`in its ${kind}, ${milliseconds} ms after its beginning`, async () => {
      backups = await listBackups(drill.site)
      await killDuring(drill.site, run, begun, milliseconds)
      await drill.site.start()
      const state = await assertHonest(drill.site, drill.tags)
      if (kind !== 'restore') assert.equal(state, 'whole')
      else await restoreBackup(drill)
      assert.equal(await assertHonest(drill.site, drill.tags), 'whole')
      if (kind === 'export') await assertExportIsMadeGood(drill, backups)
    })
  }

  test('makes a backup in the end that is proven, and nothing is left that no backup has', async () => {
    await makeBackup(drill)
    await drill.site.stop()
    assert.deepEqual(await leftovers(drill.site.registry.state), [])
    await drill.site.start()
  })
})
