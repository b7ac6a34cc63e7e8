/** Layouts of repositories that have more manifests or tags than one answer of the database. */
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import * as z from 'zod'
import { writeLayouts } from '../../../src/backup/content/layouts.ts'
import { layoutsOf } from '../../../src/backup/keys.ts'
import { mediaTypes } from '../../../src/registry/manifest-document.ts'
import { pushImage } from '../../support/content.ts'
import { idOfRepository } from '../../support/deletions.ts'
import { clientOf } from '../../support/people.ts'
import { strictDatabase } from '../../support/strict-database.ts'

const repository = 'acme/app'
const entriesOfPage = 5000
const refName = 'org.opencontainers.image.ref.name'
const index = z.object({
  manifests: z.array(
    z.object({ mediaType: z.string(), digest: z.string(), annotations: z.record(z.string(), z.string()).optional() }),
  ),
})

async function addManifests(count: number, mediaType: string = mediaTypes.image, body = '{}'): Promise<void> {
  await env.DB.prepare(
    `WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < ?)
     INSERT INTO manifests (repository_id, digest, media_type, size_bytes, body, pushed_by, pushed_at)
     SELECT ?, 'sha256:' || printf('%064x', number), ?, 2, ?, 'acme', 1 FROM numbers`,
  )
    .bind(count, await idOfRepository(repository), mediaType, body)
    .run()
}

async function indexAfter(): Promise<string> {
  const before = { mark: Number.MAX_SAFE_INTEGER, startedAt: Date.now() }
  await writeLayouts({ db: strictDatabase(), backups: env.BACKUPS, id: 'large', before }, 0)
  return (await env.BACKUPS.get(`${layoutsOf('large')}${repository}/index.json`))?.text() ?? ''
}

it.each([entriesOfPage - 1, entriesOfPage, entriesOfPage + 1, 2 * entriesOfPage + 1])(
  'an index of %i manifests beside a tagged image names each once',
  async (count) => {
    const { digest } = await pushImage(await clientOf(repository), repository, 'latest')
    await addManifests(count)
    const { manifests } = index.parse(JSON.parse(await indexAfter()))
    expect(new Set(manifests.map((one) => one.digest)).size).toBe(count + 1)
    expect(manifests).toHaveLength(count + 1)
    expect(manifests.filter(({ annotations }) => annotations !== undefined)).toEqual([
      { mediaType: mediaTypes.image, digest, annotations: { [refName]: 'latest' } },
    ])
  },
  60_000,
)

const tagsOfOne = 5 * entriesOfPage

/** Adds tags of 128 characters, and as many of the longest that accompany an image. */
async function addTags(digest: string): Promise<void> {
  await env.DB.prepare(
    `WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < ?)
     INSERT INTO tags (repository_id, name, digest, updated_by, updated_at)
     SELECT ?, printf(iif(number % 2, 't-%0126d', 'sha256-%064d.sbom'), number), ?, 'acme', 1 FROM numbers`,
  )
    .bind(tagsOfOne, await idOfRepository(repository), digest)
    .run()
}

const config = {
  mediaType: 'application/vnd.docker.container.image.v1+json',
  digest: `sha256:${'c'.repeat(64)}`,
  size: 2,
}

it.each([mediaTypes.image, mediaTypes.dockerImage])(
  'an index names each tag once, also those of a manifest that no row has room for: %s',
  async (type) => {
    const { digest } = await pushImage(await clientOf(repository), repository, 'latest')
    await addManifests(entriesOfPage, type, JSON.stringify({ schemaVersion: 2, mediaType: type, config, layers: [] }))
    const tagged = `sha256:${'1'.padStart(64, '0')}`
    await addTags(tagged)
    const { manifests } = index.parse(JSON.parse(await indexAfter()))
    const named = manifests.filter(({ annotations }) => annotations !== undefined)
    expect(named).toHaveLength(tagsOfOne + 1)
    expect(new Set(named.map(({ annotations }) => annotations?.[refName])).size).toBe(tagsOfOne + 1)
    expect(new Set(named.map(({ mediaType }) => mediaType))).toEqual(new Set([mediaTypes.image]))
    expect(new Set(named.map((one) => one.digest)).size).toBe(2)
    expect(named.at(-1)?.digest).toBe(digest)
    const others = manifests.filter(({ annotations }) => annotations === undefined)
    // A manifest of Docker has an entry beside those of its translation.
    const isTranslated = type === mediaTypes.dockerImage
    expect(others).toHaveLength(entriesOfPage - 1 + Number(isTranslated))
    expect(new Set(others.map((one) => one.digest)).size).toBe(others.length)
    expect(others.some((one) => one.digest === tagged)).toBe(isTranslated)
  },
  60_000,
)
