/** A backup that is not as it was written, or of a newer release, is refused before anything is changed. */
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { partKey } from '../../../src/backup/keys.ts'
import { beginLoad, loadSlice } from '../../../src/backup/load/loader.ts'
import { readManifest } from '../../../src/backup/load/manifest-reader.ts'
import type { Loading } from '../../../src/backup/load/loading.ts'
import { manifestText, type Manifest } from '../../../src/backup/manifest.ts'
import { tables } from '../../../src/installed.ts'
import { clientOf } from '../../support/people.ts'
import { pushImage } from '../../support/content.ts'
import { contextOf, exportAll } from '../support/exporting.ts'
import { drillDatabase, loadAll, loadingOf } from './support/loading.ts'
import { objectsOf } from './support/databases.ts'

/** A backup of a registry with an image, and a database with a table that must stay. */
async function aBackup(): Promise<Loading> {
  const client = await clientOf('acme/one')
  await pushImage(client, 'acme/one', 'latest')
  await exportAll(contextOf('whole', tables))
  const db = drillDatabase()
  await env.DRILL.prepare('CREATE TABLE accounts (name text)').run()
  return loadingOf('whole', { db })
}

/** Expects that a load is refused with a sentence, in the phase that changes nothing. */
async function expectRefused(loading: Loading, sentence: RegExp): Promise<void> {
  const before = await objectsOf(env.DRILL)
  await expect(loadAll(loading)).rejects.toThrow(sentence)
  expect(await objectsOf(env.DRILL)).toEqual(before)
}

/** Replaces what is stored of a part. */
const replace = async (object: string, change: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>) => {
  const found = await env.BACKUPS.get(object)
  const bytes = new Uint8Array(await new Response(found?.body).arrayBuffer())
  await env.BACKUPS.put(object, change(bytes))
}

const partOf = ({ manifest }: Loading, table: string) => {
  const part = manifest.parts.find((one) => one.table === table)
  if (part === undefined) throw new Error(`no part has rows of ${table}`)
  return part
}

it('a missing part', async () => {
  const loading = await aBackup()
  const { object } = partOf(loading, 'tags')
  await env.BACKUPS.delete(object)
  await expectRefused(loading, new RegExp(`backup whole is damaged: ${object}: it is missing`))
})

it('a flipped bit, wherever it is', async () => {
  const loading = await aBackup()
  const { object, storedBytes } = partOf(loading, 'manifests')
  for (const at of [0, Math.floor(storedBytes / 2), storedBytes - 1]) {
    const flip = (bytes: Uint8Array<ArrayBuffer>) => bytes.map((byte, place) => (place === at ? byte ^ 4 : byte))
    await replace(object, flip)
    await expectRefused(loading, /its bytes are not those that were written/)
    await replace(object, flip)
  }
})

it('a truncated part, and one with more bytes', async () => {
  const loading = await aBackup()
  const { object, storedBytes } = partOf(loading, 'accounts')
  await replace(object, (bytes) => bytes.slice(0, -1))
  await expectRefused(loading, new RegExp(`it has ${storedBytes - 1} bytes in place of ${storedBytes}`))
  await replace(object, (bytes) => Uint8Array.from([...bytes, 0, 0]))
  await expectRefused(loading, new RegExp(`it has ${storedBytes + 1} bytes`))
})

it('a part of another backup in the place of one', async () => {
  const loading = await aBackup()
  const [one, other] = [partOf(loading, 'accounts'), partOf(loading, 'repositories')]
  const found = await env.BACKUPS.get(other.object)
  await env.BACKUPS.put(one.object, await new Response(found?.body).arrayBuffer())
  await expectRefused(loading, /is damaged/)
})

/** What a manifest says wrongly, although the objects are whole. */
const lies: Record<string, (manifest: Manifest) => Partial<Manifest>> = {
  'another number of rows': ({ tables: own }) => ({
    tables: own.map((table) => Object.assign({}, table, { rows: table.rows + 1 })),
  }),
  'a part fewer': ({ parts }) => ({ parts: parts.slice(1) }),
  'parts in another order': ({ parts }) => ({ parts: parts.toReversed() }),
  'a row more in a part': ({ parts: [first, ...parts], tables: own }) => ({
    parts: first === undefined ? [] : [{ ...first, rows: { ...first.rows, [first.table]: 99 } }, ...parts],
    tables: own.map((table) =>
      table.name === first?.table
        ? Object.assign({}, table, { rows: table.rows + 99 - (first.rows[table.name] ?? 0) })
        : table,
    ),
  }),
}

it.each(Object.entries(lies))('a manifest with %s', async (_, lie) => {
  const loading = await aBackup()
  const manifest = { ...loading.manifest, ...lie(loading.manifest) }
  await expectRefused({ ...loading, manifest }, /is damaged/)
})

it('a manifest that was changed is damaged, and one that is not there is none', async () => {
  await aBackup()
  const key = 'backups/whole/manifest.json'
  const text = (await (await env.BACKUPS.get(key))?.text()) ?? ''
  await env.BACKUPS.put(key, text.replace('"epoch":', '"epoch":1'))
  await expect(readManifest(env.BACKUPS, 'whole')).rejects.toThrow(/manifest of the backup whole is damaged/)
  await env.BACKUPS.put(key, text.slice(0, -1))
  await expect(readManifest(env.BACKUPS, 'whole')).rejects.toThrow(/damaged/)
  await env.BACKUPS.put(key, text)
  expect((await readManifest(env.BACKUPS, 'whole'))?.id).toBe('whole')
  expect(await readManifest(env.BACKUPS, 'other')).toBeUndefined()
  await env.BACKUPS.put('backups/other/manifest.json', text)
  await expect(readManifest(env.BACKUPS, 'other')).rejects.toThrow(/damaged/)
})

it('a newer schema', async () => {
  const loading = await aBackup()
  const manifest = { ...loading.manifest, schema: '9999_of_later.sql' }
  await expectRefused({ ...loading, manifest }, /has the schema 9999_of_later.sql, and this release knows/)
  expect(await manifestText(manifest)).toContain('9999_of_later')
})

it('a part that is damaged after it was verified stops the load, and the tables stay away', async () => {
  const loading = await aBackup()
  let progress = beginLoad(loading)
  while (progress.phase !== 'load') progress = await loadSlice(loading, progress)
  await env.BACKUPS.delete(partKey(partOf(loading, 'accounts').sha256))
  await expect(loadAll(loading)).rejects.toThrow(/it is missing/)
  expect((await objectsOf(env.DRILL)).filter((one) => /^table (?!restoring_)/.test(one))).toEqual([])
})
