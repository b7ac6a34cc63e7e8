/**
 * A backup is closed under reference, whatever is pushed and deleted while it is made: what a restore keeps of it is whole,
 * and it has all that did not change meanwhile.
 */
import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { exportOrder } from '../../src/db/tables.ts'
import { openDatabase } from '../../src/db/database.ts'
import { deletePiece } from '../../src/db/repositories/deleted-repositories.ts'
import { tables } from '../../src/installed.ts'
import { parseRepositoryName } from '../../src/names.ts'
import { mediaTypes } from '../../src/registry/manifest-document.ts'
import type { Send } from '../support/client.ts'
import { anImage, json, putManifest } from '../support/content.ts'
import { removeByApi } from '../support/deletions.ts'
import { aMember, anOrganization, aTeam, aTeamMember, clientOf } from '../support/people.ts'
import { rowsOf } from '../support/schema.ts'
import { contextOf, exportAll } from './support/exporting.ts'
import { readBackup, type Row, type Tables } from './support/reading.ts'
import { restorable, textOf } from './support/restorable.ts'

const repositories = ['acme/one', 'acme/two'] as const
const tagNames = ['a', 'b', 'c']

const repository = fc.constantFrom(...repositories)
const tag = fc.constantFrom(...tagNames)
const pick = fc.nat({ max: 20 })
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('push image'), repository, tag, seed: fc.nat({ max: 5 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('push index'), repository, tag, picks: fc.array(pick, { maxLength: 2 }) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('move tag'), repository, tag, pick }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete tag'), repository, tag }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('delete manifest'), repository, pick }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete repository'), repository }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete rows') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('make people'), name: fc.constantFrom('x', 'y', 'z') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete account'), name: fc.constantFrom('x', 'y', 'z') }) },
)
type Step = ReturnType<(typeof step)['generate']>['value']

interface Stored {
  readonly digest: string
  readonly media_type: string
  readonly size_bytes: number
  readonly body: string
}

const manifestsOf = (name: string): Promise<Stored[]> =>
  rowsOf(`SELECT manifests.* FROM manifests JOIN repositories ON repositories.id = repository_id
          WHERE repositories.name = '${name}' ORDER BY digest`)

async function play(client: Send, action: Step): Promise<void> {
  switch (action.kind) {
    case 'push image': {
      const image = await anImage(client, action.repository, { layers: 1, seed: action.seed })
      await putManifest(client, action.repository, action.tag, image.manifest)
      return
    }
    case 'push index': {
      const stored = await manifestsOf(action.repository)
      const listed = action.picks.flatMap((at) => stored[at % Math.max(1, stored.length)] ?? [])
      const manifests = listed.map((one) => ({ digest: one.digest, mediaType: one.media_type, size: one.size_bytes }))
      const index = json({ schemaVersion: 2, mediaType: mediaTypes.index, manifests })
      await putManifest(client, action.repository, action.tag, index, mediaTypes.index)
      return
    }
    case 'move tag': {
      const stored = await manifestsOf(action.repository)
      const one = stored[action.pick % Math.max(1, stored.length)]
      if (one === undefined) return
      await putManifest(client, action.repository, action.tag, json(JSON.parse(one.body)), one.media_type)
      return
    }
    case 'delete tag':
      await client('DELETE', `/v2/${action.repository}/manifests/${action.tag}`)
      return
    case 'delete manifest': {
      const stored = await manifestsOf(action.repository)
      const one = stored[action.pick % Math.max(1, stored.length)]
      if (one !== undefined) await client('DELETE', `/v2/${action.repository}/manifests/${one.digest}`)
      return
    }
    case 'delete repository': {
      const found = await rowsOf(`SELECT 1 FROM repositories WHERE name = '${action.repository}'`)
      if (found.length > 0) await removeByApi(parseRepositoryName(action.repository)).catch(() => undefined)
      return
    }
    case 'delete rows':
      await deletePiece(openDatabase(env.DB), 2)
      return
    case 'make people': {
      const known = await rowsOf(`SELECT 1 FROM accounts WHERE name = '${action.name}'`)
      if (known.length > 0) return
      const id = await anOrganization(action.name)
      await aMember(id, { name: 'alice' })
      await aTeamMember(await aTeam(id, 'crew'), { name: 'alice' })
      return
    }
    case 'delete account':
      await env.DB.prepare('DELETE FROM accounts WHERE name = ?').bind(action.name).run()
  }
}

const exported = exportOrder(tables).flatMap(({ table, parts }) => [table].concat(parts))
/** Tables that change with each request, or of which the export itself writes. */
const restless = new Set(['events', 'jobs', 'job_logs', 'event_consumers', 'event_counts'])

async function snapshot(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const found = new Map<string, ReadonlySet<string>>()
  for (const { name } of exported) {
    found.set(name, new Set((await rowsOf<Row>(`SELECT * FROM ${name}`)).map((row) => JSON.stringify(row))))
  }
  return found
}

const references = z.object({
  config: z.object({ digest: z.string() }).optional(),
  layers: z.array(z.object({ digest: z.string() })).default([]),
  manifests: z.array(z.object({ digest: z.string() })).default([]),
})

/** Every manifest that is kept has the references of its body, and every blob the segments of its size. */
function expectWhole(kept: ReadonlyMap<string, readonly Row[]>): void {
  const rows = (name: string): readonly Row[] => kept.get(name) ?? []
  const deleted = new Set(rows('repositories').flatMap((row) => (row['deleted_name'] === null ? [] : [row['id']])))
  const named = Map.groupBy([...rows('manifest_blobs'), ...rows('manifest_children')], (row) =>
    textOf(row, ['repository_id', 'manifest_digest']),
  )
  for (const row of rows('manifests')) {
    // A job takes the references of deleted repositories first.
    if (deleted.has(row['repository_id'])) continue
    const { config, layers, manifests } = references.parse(JSON.parse(String(row['body'])))
    const expected = [...(config === undefined ? [] : [config]), ...layers, ...manifests].map(({ digest }) => digest)
    const found = (named.get(textOf(row, ['repository_id', 'digest'])) ?? []).map(
      (one) => one['blob_digest'] ?? one['child_digest'],
    )
    expect(found.toSorted()).toEqual([...new Set(expected)].toSorted())
  }
  for (const row of rows('blobs')) {
    const own = rows('segments').filter((segment) => segment['blob_digest'] === row['digest'])
    expect(own.reduce((sum, segment) => sum + Number(segment['size_bytes']), 0)).toBe(row['size_bytes'])
  }
}

/** What is dropped was deleted or changed since, or refers to a row of its own table and is newer than the backup. */
async function expectGone(
  dropped: ReadonlyMap<string, readonly Row[]>,
  before: ReadonlyMap<string, ReadonlySet<string>>,
): Promise<void> {
  const after = await snapshot()
  for (const [name, rows] of dropped) {
    // Without the columns that the database computes, which the backup does not have.
    const still = (row: Row, all: ReadonlySet<string> | undefined): boolean =>
      [...(all ?? [])].some((text) => isSame(JSON.parse(text) as Row, row))
    for (const row of rows) {
      expect(still(row, before.get(name)) && still(row, after.get(name)), `${name} ${JSON.stringify(row)}`).toBe(false)
    }
  }
}

const isSame = (whole: Row, row: Row): boolean =>
  Object.entries(row).every(([column, value]) => whole[column] === value)

/** What was there before and after, unchanged, is kept. */
async function expectUnchanged(
  { kept }: { readonly kept: Tables },
  before: ReadonlyMap<string, ReadonlySet<string>>,
): Promise<void> {
  const after = await snapshot()
  for (const { name, key } of exported) {
    if (restless.has(name)) continue
    const found = new Set((kept.get(name) ?? []).map((row) => textOf(row, key)))
    const stable = [...(before.get(name) ?? [])].filter((text) => after.get(name)?.has(text))
    const lost = stable.filter((text) => !found.has(textOf(JSON.parse(text) as Row, key)))
    expect(lost, name).toEqual([])
  }
}

const wanted = 8
const minimum = 3

it('what is pushed and deleted between slices leaves nothing half in a backup', async () => {
  let begun = 0
  const endsAt = Date.now() + 25_000
  const histories = fc.record({
    first: fc.array(step, { minLength: 6, maxLength: 12 }),
    meanwhile: fc.array(step, { minLength: 10, maxLength: 40 }),
  })
  const property = fc.asyncProperty(histories, async ({ first, meanwhile }) => {
    // A slow machine plays fewer, and says so; less than the minimum proves nothing.
    if (begun >= minimum && Date.now() > endsAt) return
    begun++
    const client = await clientOf(...repositories)
    for (const action of first) await play(client, action)
    const before = await snapshot()
    const left = [...meanwhile]
    await exportAll(contextOf(crypto.randomUUID(), tables), async () => {
      const next = left.shift()
      if (next !== undefined) await play(client, next)
    })
    const { objects } = await env.BACKUPS.list({ prefix: 'backups/' })
    const [id = ''] = objects.flatMap(({ key }) => (key.endsWith('/manifest.json') ? [key.split('/')[1] ?? ''] : []))
    const { kept, dropped } = await restorable(await readBackup(id), tables)
    await env.BACKUPS.delete(objects.map(({ key }) => key))
    expectWhole(kept)
    await expectGone(dropped, before)
    await expectUnchanged({ kept }, before)
  })
  await fc.assert(property, { numRuns: wanted, endOnFailure: true })
  if (begun < wanted) console.warn(`${begun} of ${wanted} histories were played in the time`)
}, 300_000)
