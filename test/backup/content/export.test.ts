/** A backup with content has the bytes of all images, in OCI layouts. */
import { env } from 'cloudflare:workers'
import { beforeEach, expect, it } from 'vitest'
import * as z from 'zod'
import { blobKey, layoutsOf } from '../../../src/backup/keys.ts'
import type { Digest } from '../../../src/names.ts'
import { mediaTypes } from '../../../src/registry/manifest-document.ts'
import type { Send } from '../../support/client.ts'
import { contentOf, digestOf, json, pushBlob, pushImage, type Bytes } from '../../support/content.ts'
import { clientOf } from '../../support/people.ts'
import { rowsOf } from '../../support/schema.ts'
import { pushInChunks } from '../support/chunks.ts'
import { backUpContent, bytesInBackup } from '../support/making.ts'
import { readManifest } from '../support/reading.ts'

const repository = 'acme/app'
let client: Send

beforeEach(async () => {
  client = await clientOf(repository)
})

const index = z.object({
  schemaVersion: z.literal(2),
  manifests: z.array(
    z.object({
      mediaType: z.string(),
      digest: z.string(),
      size: z.number(),
      artifactType: z.string().optional(),
      annotations: z.record(z.string(), z.string()).optional(),
    }),
  ),
})

async function indexOf(id: string, path: string) {
  const object = await env.BACKUPS.get(`${layoutsOf(id)}${path}/index.json`)
  return index.parse(await object?.json()).manifests
}

const tagged = async (id: string, path: string) =>
  (await indexOf(id, path)).flatMap(({ digest, annotations }) =>
    annotations === undefined ? [] : [[annotations['org.opencontainers.image.ref.name'], digest]],
  )

async function putManifest(send: Send, name: string, reference: string, body: Bytes, type: string): Promise<Digest> {
  const answer = await send('PUT', `/v2/${name}/manifests/${reference}`, { body, headers: { 'content-type': type } })
  expect(answer.status).toBe(201)
  return digestOf(body)
}

it('has an index for each repository, with tags, untagged manifests, indexes and artifacts, and all bytes once', async () => {
  const image = await pushImage(client, repository, 'latest')
  await putManifest(client, repository, 'also', image.manifest, mediaTypes.image)
  const deep = await clientOf('acme/app/deep/index.json')
  await pushImage(deep, 'acme/app/deep/index.json', 'one')
  const list = json({
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: [{ mediaType: mediaTypes.image, digest: image.digest, size: image.manifest.length }],
  })
  const listDigest = await putManifest(client, repository, 'multi', list, mediaTypes.index)
  const artifact = json({
    schemaVersion: 2,
    mediaType: mediaTypes.image,
    artifactType: 'application/vnd.acme.sbom',
    config: image.config,
    layers: [],
    subject: { mediaType: mediaTypes.image, digest: image.digest, size: image.manifest.length },
  })
  const artifactDigest = await putManifest(client, repository, await digestOf(artifact), artifact, mediaTypes.image)

  const id = await backUpContent()
  const names = await tagged(id, repository)
  expect(names.sort()).toEqual([
    ['also', image.digest],
    ['latest', image.digest],
    ['multi', listDigest],
  ])
  const untagged = (await indexOf(id, repository)).filter(({ annotations }) => annotations === undefined)
  expect(untagged).toMatchObject([{ digest: artifactDigest, artifactType: 'application/vnd.acme.sbom' }])
  expect(await tagged(id, 'acme/app/deep/_index.json')).toHaveLength(1)
  for (const { digest, size } of await indexOf(id, repository)) {
    expect(await bytesInBackup(digest as Digest)).toEqual({ size, digest })
  }
  for (const { digest, size } of [image.config, ...image.layers]) {
    expect(await bytesInBackup(digest)).toEqual({ size, digest })
  }
  const { content } = await readManifest(id)
  expect(content).toMatchObject({ missing: { objects: 0 }, repositories: 2 })
})

it('joins the segments of a blob, keeps large manifests, and an empty blob', async () => {
  const joined = await pushInChunks(client, repository, [contentOf(90_000, 1), contentOf(70_001, 2)])
  const empty = await pushBlob(client, repository, new Uint8Array())
  await backUpContent()
  expect(await bytesInBackup(joined.digest)).toEqual({ size: 160_001, digest: joined.digest })
  expect(await bytesInBackup(empty.digest)).toEqual({ size: 0, digest: empty.digest })
})

it('copies only what the bucket lacks, and refers to the lists of the backup before', async () => {
  await pushImage(client, repository, 'latest')
  const first = await readManifest(await backUpContent())
  const second = await readManifest(await backUpContent())
  expect(first.content?.copied.objects).toBe(first.content?.all.objects)
  expect(second.content?.copied).toEqual({ objects: 0, bytes: 0 })
  expect(second.content?.inventories).toEqual(first.content?.inventories)
})

it('an object that has another size is copied again', async () => {
  const image = await pushImage(client, repository, 'latest')
  await backUpContent()
  await env.BACKUPS.put(blobKey(image.config.digest), 'cut')
  await backUpContent()
  expect(await bytesInBackup(image.config.digest)).toEqual({ size: image.config.size, digest: image.config.digest })
})

it('says which blobs the registry has lost: one that is gone, one that is short and one with a flipped bit', async () => {
  const image = await pushImage(client, repository, 'latest')
  const [gone, short, flipped] = await Promise.all(
    [1, 2, 3].map((seed) => pushBlob(client, repository, contentOf(9000, seed))),
  )
  const keyOf = async (digest?: Digest) =>
    String((await rowsOf<{ key: string }>(`SELECT key FROM segments WHERE blob_digest = '${digest}'`))[0]?.key)
  await env.BUCKET.delete(await keyOf(gone?.digest))
  await env.BUCKET.put(await keyOf(short?.digest), contentOf(8999, 2))
  await env.BUCKET.put(await keyOf(flipped?.digest), contentOf(9000, 4))
  const id = await backUpContent()
  const { content } = await readManifest(id)
  expect(content?.missing.objects).toBe(3)
  expect([...(content?.missing.names ?? [])].sort()).toEqual([gone, short, flipped].map((one) => one?.digest).sort())
  expect(await bytesInBackup(image.config.digest)).toEqual({ size: image.config.size, digest: image.config.digest })
})

it('has documents that a capability keeps in segments', async () => {
  const key = `segments/${crypto.randomUUID()}`
  await env.BUCKET.put(key, 'a document')
  await env.DB.prepare(
    'INSERT INTO segments (key, offset_bytes, size_bytes, created_at, kept_for) VALUES (?, 0, 10, 0, ?)',
  )
    .bind(key, 'trust')
    .run()
  await backUpContent()
  expect(await (await env.BACKUPS.get(key.replace('segments/', 'kept/')))?.text()).toBe('a document')
})
