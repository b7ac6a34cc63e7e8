/** A database that is loaded from a backup is the one that was backed up: its rows, and its schema. */
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { tables } from '../../../src/installed.ts'
import { anImage, putManifest } from '../../support/content.ts'
import { clientOf } from '../../support/people.ts'
import { contextOf, exportAll } from '../support/exporting.ts'
import { drillDatabase, load, loadingOf } from './support/loading.ts'
import { exportedRows, objectsOf } from './support/databases.ts'

it('a registry comes back, with its schema', async () => {
  const client = await clientOf('acme/one')
  const image = await anImage(client, 'acme/one', { layers: 2, seed: 1 })
  await putManifest(client, 'acme/one', 'latest', image.manifest)
  await exportAll(contextOf('whole', tables))
  drillDatabase()
  const { dropped } = await load(await loadingOf('whole'))
  expect(dropped).toEqual({})
  expect(await exportedRows(env.DRILL)).toEqual(await exportedRows(env.DB))
  expect(await objectsOf(env.DRILL)).toEqual(await objectsOf(env.DB))
})
