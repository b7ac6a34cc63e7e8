/** The content of a backup is exported by workers that die at any call of D1 or R2, and is whole in the end. */
import { env } from 'cloudflare:workers'
import { beforeEach, expect, it } from 'vitest'
import * as z from 'zod'
import { usualCopyLimits } from '../../../src/backup/content/copied.ts'
import { beginContent, contentProgress, contentSlice, exportedContent } from '../../../src/backup/content/export.ts'
import type { Content } from '../../../src/backup/content/described.ts'
import { ContentPages } from '../../../src/backup/content/pages.ts'
import { blobKey, layoutsOf } from '../../../src/backup/keys.ts'
import { openContext } from '../../../src/context.ts'
import type { Digest } from '../../../src/names.ts'
import { mediaTypes } from '../../../src/registry/manifest-document.ts'
import { json, pushImage, putManifest } from '../../support/content.ts'
import { mortal, type Mortal } from '../../support/crashing.ts'
import { clientOf } from '../../support/people.ts'
import { Random } from '../../support/random.ts'
import { bytesInBackup } from '../support/making.ts'

const fewestDeaths = 50
/** Of a worker, in calls: some get no slice done, and some several. */
const longestLife = 40
const id = 'of-the-dying'
const repository = 'acme/app'
const limits = { ...usualCopyLimits, objectsOfSlice: 5, rowsOfPage: 8 }

beforeEach(async () => {
  const client = await clientOf(repository)
  for (let at = 0; at < 4; at++) await pushImage(client, repository, `v${at}`, at * 10)
  const other = await clientOf('acme/other')
  const image = await pushImage(other, 'acme/other', 'v0', 7)
  const docker = json({
    schemaVersion: 2,
    mediaType: mediaTypes.dockerImage,
    config: { ...image.config, mediaType: 'application/vnd.docker.container.image.v1+json' },
    layers: [],
  })
  expect((await putManifest(other, 'acme/other', 'docker', docker, mediaTypes.dockerImage)).status).toBe(201)
})

const opened = (bindings: Partial<Mortal>) => openContext({ ...env, ...bindings }, (work) => void work.catch(() => {}))

/** Exports all content with workers of which each dies after some calls. */
async function exportDying(random: Random): Promise<{ readonly content: Content; readonly died: number }> {
  let at = await beginContent(opened({}).db, Date.now())
  let died = 0
  while (at.stage !== 'done') {
    const bindings = mortal({ after: random.below(longestLife), tookEffect: random.isLucky(0.5) })
    const { db, bucket, backups } = opened(bindings)
    const context = { db, bucket, backups, limits, id, pages: new ContentPages(db, limits.rowsOfPage) }
    try {
      while (at.stage !== 'done') {
        // As a checkpoint keeps it.
        at = contentProgress.parse(JSON.parse(JSON.stringify(await contentSlice(context, at))))
      }
    } catch (error) {
      if (!bindings.hasCrashed()) throw error
      died++
    }
  }
  return { content: await exportedContent(env.BACKUPS, id, at), died }
}

async function keysOf(prefix: string): Promise<string[]> {
  const { objects } = await env.BACKUPS.list({ prefix })
  return objects.map(({ key }) => key)
}

const index = z.object({ manifests: z.array(z.object({ digest: z.custom<Digest>(), size: z.int() })) })

async function expectWhole(content: Content): Promise<void> {
  expect(content).toMatchObject({ missing: { objects: 0, names: [] }, repositories: 2 })
  const lists = await Promise.all(
    content.inventories.map(async ({ object }) => (await env.BACKUPS.get(object))?.text()),
  )
  const named = new Set(lists.flatMap((text) => text?.split('\n') ?? []).filter((key) => key !== ''))
  expect([...named].sort()).toEqual(await keysOf('blobs/'))
  for (const [name, count] of [
    [repository, 4],
    // An image, one of Docker, and its translation.
    ['acme/other', 3],
  ] as const) {
    const written = await env.BACKUPS.get(`${layoutsOf(id)}${name}/index.json`)
    const { manifests } = index.parse(await written?.json())
    expect([name, manifests.length]).toEqual([name, count])
    for (const { digest, size } of manifests) expect(await bytesInBackup(digest)).toEqual({ size, digest })
  }
  for (const { digest } of await allBlobs()) expect(await env.BACKUPS.head(blobKey(digest))).not.toBeNull()
}

const allBlobs = async () => (await env.DB.prepare('SELECT digest FROM blobs').all<{ digest: Digest }>()).results

it('content whose workers died at seeded moments, at least 50 in all, is whole, and named in full', async () => {
  const random = new Random(14)
  let deaths = 0
  while (deaths < fewestDeaths) {
    await env.BACKUPS.delete(await keysOf(''))
    const { content, died } = await exportDying(random)
    deaths += died
    await expectWhole(content)
  }
}, 300_000)
