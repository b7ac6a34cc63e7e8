/** How D1 finds the rows that fsck reads: a page at a time by the key of each table, whatever the registry holds. */
import { expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import * as store from '../../src/fsck/store.ts'
import { parseDigest } from '../../src/names.ts'
import { plansOf } from '../support/explaining.ts'
import { untruthsIn } from '../support/statement-comments.ts'

const digest = parseDigest(`sha256:${'a'.repeat(64)}`)

async function readEverything(db: Database): Promise<void> {
  await store.checkedSegments(db, '', undefined, 10)
  await store.segmentsStillOwned(db, ['key'])
  await store.checkedBlobs(db, '', 10)
  await store.checkedLinks(db, 0, '', 10)
  await store.checkedManifests(db, 0, '', 10)
  await store.checkedManifestBlobs(db, 0, '', '', 10)
  await store.checkedChildren(db, 0, '', '', 10)
  await store.checkedTags(db, 0, '', 10)
  await store.segmentsOfBlobs(db, [digest])
  await store.manifestsToRead(db, 0, '', 10)
}

it('the comments of the statements tell how their rows are found, and no table is scanned', async () => {
  const plans = await plansOf(readEverything)
  expect(await untruthsIn('src/fsck/', plans)).toEqual([])
  const scans = [...plans.values()].flat().filter((step) => /^SCAN \w+(?! VIRTUAL TABLE)/.test(step))
  expect(scans.filter((step) => !step.includes('json_each') && !step.includes('(subquery'))).toEqual([])
})
