/** Whatever rows a backup lacks, what is loaded is closed under reference, and nothing more is dropped. */
import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { partKey } from '../../../src/backup/keys.ts'
import { readPart, type PartAggregate } from '../../../src/backup/load/part-reader.ts'
import { sha256Of, sha256OfAll, type Manifest, type Part } from '../../../src/backup/manifest.ts'
import { plainSealing } from '../../../src/backup/sealing/sealing.ts'
import { tables } from '../../../src/installed.ts'
import { mediaTypes } from '../../../src/registry/manifest-document.ts'
import { anImage, json, putManifest } from '../../support/content.ts'
import { aMember, anOrganization, aTeam, aTeamMember, clientOf } from '../../support/people.ts'
import { rowsOf } from '../../support/schema.ts'
import { contextOf, exportAll } from '../support/exporting.ts'
import { readManifest, type Row } from '../support/reading.ts'
import { restorable, textOf } from '../support/restorable.ts'
import { drillDatabase, load, loadingOf } from './support/loading.ts'
import { dropTables } from '../../../src/backup/load/schema-store.ts'

interface Listed {
  readonly digest: string
  readonly media_type: string
  readonly size_bytes: number
}

/** Images, indexes of them, and an index of an index. */
async function aRegistry(): Promise<void> {
  const name = 'acme/one'
  const client = await clientOf(name)
  for (const seed of [1, 2, 3]) {
    await putManifest(client, name, `v${seed}`, (await anImage(client, name, { layers: 2, seed })).manifest)
  }
  for (const [tag, count] of [
    ['index', 2],
    ['outer', 4],
  ] as const) {
    const stored = await rowsOf<Listed>(
      `SELECT digest, media_type, size_bytes FROM manifests ORDER BY pushed_at LIMIT ${count}`,
    )
    const manifests = stored.map((one) => ({ digest: one.digest, mediaType: one.media_type, size: one.size_bytes }))
    await putManifest(
      client,
      name,
      tag,
      json({ schemaVersion: 2, mediaType: mediaTypes.index, manifests }),
      mediaTypes.index,
    )
  }
  const organization = await anOrganization('crew')
  await aMember(organization, { name: 'alice' })
  await aTeamMember(await aTeam(organization, 'team'), { name: 'alice' })
}

/** Stores the aggregates of a part that are kept as a part of their own. */
async function storePart(part: Part, kept: readonly PartAggregate[]): Promise<Part | undefined> {
  const rows = kept.flatMap(({ row, parts: own }) => [row].concat(own))
  if (rows.length === 0) return undefined
  const text = rows.map(({ table, values }) => `${JSON.stringify({ [table]: values })}\n`).join('')
  const lines = new TextEncoder().encode(text)
  const sha256 = await sha256Of(lines)
  const stream = new Blob([lines]).stream().pipeThrough(new CompressionStream('gzip'))
  const stored = new Uint8Array(await new Response(stream).arrayBuffer())
  const object = partKey(sha256)
  await env.BACKUPS.put(object, stored)
  const counts = Map.groupBy(rows, ({ table }) => table)
  return {
    ...part,
    rows: Object.fromEntries(Array.from(counts, ([name, own]) => [name, own.length])),
    sha256,
    bytes: lines.length,
    object,
    storedSha256: await sha256Of(stored),
    storedBytes: stored.length,
  }
}

/** Returns a backup without some of the aggregates of another one, and its rows. */
async function without(manifest: Manifest, isKept: (at: number) => boolean) {
  const rows = new Map<string, Row[]>(manifest.tables.map(({ name }) => [name, []]))
  const parts: Part[] = []
  let at = 0
  for (const part of manifest.parts) {
    const found = await readPart({ backups: env.BACKUPS, manifest, sealing: plainSealing }, part)
    const kept = found.filter(() => isKept(at++))
    const stored = await storePart(part, kept)
    if (stored !== undefined) parts.push(stored)
    for (const { table, values } of kept.flatMap(({ row, parts: own }) => [row].concat(own))) {
      const { columns = [] } = manifest.tables.find(({ name }) => name === table) ?? {}
      rows.get(table)?.push(Object.fromEntries(columns.map((column, place) => [column, values[place]])))
    }
  }
  const counted = manifest.tables.map((table) => Object.assign({}, table, { rows: rows.get(table.name)?.length ?? 0 }))
  const changed: Manifest = { ...manifest, tables: counted, parts, sha256: await sha256OfAll(parts) }
  return { manifest: changed, rows }
}

it('an aggregate that names a missing row is dropped, and what names that one', async () => {
  await aRegistry()
  await exportAll(contextOf('whole', tables))
  const whole = await readManifest('whole')
  const db = drillDatabase()
  const chances = fc.record({
    seed: fc.array(fc.nat({ max: 99 }), { minLength: 7, maxLength: 13 }),
    share: fc.integer({ min: 3, max: 25 }),
  })
  let dropped = 0
  const property = fc.asyncProperty(chances, async ({ seed, share }) => {
    await dropTables(db)
    const { manifest, rows } = await without(
      whole,
      (at) => ((seed[at % seed.length] ?? 0) * 31 + at * 17) % 100 >= share,
    )
    const model = await restorable(rows, tables)
    const progress = await load(await loadingOf('whole', { db, manifest }))
    const setNull = (name: string): readonly string[] =>
      manifest.tables.flatMap((table) =>
        table.name === name ? table.foreignKeys.flatMap(({ isSetNull, columns }) => (isSetNull ? columns : [])) : [],
      )
    for (const { name, columns } of manifest.tables) {
      const stable = columns.filter((column) => !setNull(name).includes(column))
      const { results } = await env.DRILL.prepare(`SELECT * FROM ${name}`).all<Row>()
      const texts = (some: readonly Row[]) => some.map((row) => textOf(row, stable)).sort()
      expect(texts(results), name).toEqual(texts(model.kept.get(name) ?? []))
      const lost = model.dropped.get(name)?.length ?? 0
      expect([name, progress.dropped?.[name] ?? 0]).toEqual([name, lost])
      dropped += lost
    }
    expect((await env.DRILL.prepare('PRAGMA foreign_key_check').all()).results).toEqual([])
  })
  await fc.assert(property, { numRuns: 3 })
  expect(dropped).toBeGreaterThan(0)
}, 120_000)
