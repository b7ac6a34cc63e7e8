/** Docker's manifests have a version in OCI's words in the layouts of a backup, and stay as they are. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { translationsOf } from '../../../src/backup/content/translating.ts'
import { translateImage, translateList } from '../../../src/backup/content/translation.ts'
import { blobKey, layoutsOf } from '../../../src/backup/keys.ts'
import { mostDescriptors } from '../../../src/limits.ts'
import type { Digest } from '../../../src/names.ts'
import { mediaTypes } from '../../../src/registry/manifest-document.ts'
import type { Send } from '../../support/client.ts'
import {
  bytesOf,
  contentOf,
  digestOf,
  json,
  pushBlob,
  putManifest,
  type Bytes,
  type Descriptor,
} from '../../support/content.ts'
import { idOfRepository } from '../../support/deletions.ts'
import { aRepository, clientOf, namespaces } from '../../support/people.ts'
import { strictDatabase } from '../../support/strict-database.ts'
import { backUpContent, bytesInBackup } from '../support/making.ts'
import { readManifest } from '../support/reading.ts'

const docker = {
  config: 'application/vnd.docker.container.image.v1+json',
  layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  foreign: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
}
const refName = 'org.opencontainers.image.ref.name'
const repository = 'acme/app'
let client: Send

beforeEach(async () => {
  client = await clientOf(repository)
})

interface Pushed extends Descriptor {
  readonly manifest: Bytes
  readonly content: readonly Descriptor[]
}

async function pushDockerImage(tag: string, seed: number, padding = 0): Promise<Pushed> {
  const config = await pushBlob(client, repository, json({ architecture: 'amd64', os: 'linux', seed }))
  const layer = await pushBlob(client, repository, contentOf(1000, seed))
  const manifest = json({
    schemaVersion: 2,
    mediaType: mediaTypes.dockerImage,
    config: { ...config, mediaType: docker.config },
    layers: [{ ...layer, mediaType: docker.layer }],
    padding: 'x'.repeat(padding),
  })
  expect((await putManifest(client, repository, tag, manifest, mediaTypes.dockerImage)).status).toBe(201)
  const digest = await digestOf(manifest)
  return { mediaType: mediaTypes.dockerImage, digest, size: manifest.length, manifest, content: [config, layer] }
}

async function pushDockerList(tag: string, images: readonly Descriptor[]): Promise<Descriptor> {
  const manifests = images.map(({ mediaType, digest, size }) => ({
    mediaType,
    digest,
    size,
    platform: { architecture: 'amd64', os: 'linux' },
  }))
  const list = json({ schemaVersion: 2, mediaType: mediaTypes.dockerList, manifests })
  expect((await putManifest(client, repository, tag, list, mediaTypes.dockerList)).status).toBe(201)
  return { mediaType: mediaTypes.dockerList, digest: await digestOf(list), size: list.length }
}

const descriptor = z.object({
  mediaType: z.string(),
  digest: z.custom<Digest>(),
  size: z.int(),
  annotations: z.record(z.string(), z.string()).optional(),
})
const document = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.string(),
  config: descriptor.optional(),
  layers: z.array(descriptor).optional(),
  manifests: z.array(descriptor).optional(),
})

const indexOf = async (id: string) => {
  const object = await env.BACKUPS.get(`${layoutsOf(id)}${repository}/index.json`)
  return document.parse(await object?.json()).manifests ?? []
}

const documentIn = async ({ digest }: { readonly digest: Digest }) =>
  document.parse(await (await env.BACKUPS.get(blobKey(digest)))?.json())

async function namedIn(id: string, tag: string) {
  const named = (await indexOf(id)).filter(({ annotations }) => annotations?.[refName] === tag)
  expect(named).toHaveLength(1)
  return z.tuple([descriptor]).parse(named)[0]
}

describe('a backup with content', () => {
  it('has an image of docker under its tag with the media types of OCI, and by its digest as it was pushed', async () => {
    const image = await pushDockerImage('latest', 1)
    const id = await backUpContent()
    const named = await namedIn(id, 'latest')
    expect(named.mediaType).toBe(mediaTypes.image)
    expect(await bytesInBackup(named.digest)).toEqual({ size: named.size, digest: named.digest })
    const [config, layer] = image.content
    expect(await documentIn(named)).toMatchObject({
      mediaType: mediaTypes.image,
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: config?.digest, size: config?.size },
      layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest: layer?.digest, size: layer?.size }],
    })
    const original = (await indexOf(id)).filter(({ digest }) => digest === image.digest)
    expect(original).toEqual([{ mediaType: mediaTypes.dockerImage, digest: image.digest, size: image.size }])
    expect(await bytesInBackup(image.digest)).toEqual({ size: image.size, digest: image.digest })
  })

  it('has a list of docker as an index, whose images are OCI manifests', async () => {
    const images = [await pushDockerImage('one', 1), await pushDockerImage('two', 2)]
    await pushDockerList('multi', images)
    const id = await backUpContent()
    const named = await namedIn(id, 'multi')
    expect(named.mediaType).toBe(mediaTypes.index)
    const { manifests = [] } = await documentIn(named)
    expect(manifests.map(({ digest }) => digest)).toEqual([
      (await namedIn(id, 'one')).digest,
      (await namedIn(id, 'two')).digest,
    ])
    for (const { mediaType, digest, size } of manifests) {
      expect(mediaType).toBe(mediaTypes.image)
      expect(await bytesInBackup(digest)).toEqual({ size, digest })
    }
  })

  it('translates a manifest that is too long for the database', async () => {
    await pushDockerImage('long', 1, 200_000)
    const id = await backUpContent()
    const named = await namedIn(id, 'long')
    expect(named.mediaType).toBe(mediaTypes.image)
    expect(await bytesInBackup(named.digest)).toEqual({ size: named.size, digest: named.digest })
  })

  it('names translations in its lists of content, so that they are downloaded, kept, and written once', async () => {
    await pushDockerImage('latest', 1)
    const first = await backUpContent()
    const { digest } = await namedIn(first, 'latest')
    const written = (await env.BACKUPS.head(blobKey(digest)))?.uploaded
    const second = await backUpContent()
    expect((await env.BACKUPS.head(blobKey(digest)))?.uploaded).toEqual(written)
    const inventories = (await readManifest(second)).content?.inventories ?? []
    expect(inventories).toEqual((await readManifest(first)).content?.inventories)
    const lists = await Promise.all(inventories.map(async ({ object }) => (await env.BACKUPS.get(object))?.text()))
    expect(lists.join('').split('\n')).toContain(blobKey(digest))
  })
})

describe('a translation', () => {
  const digests = { one: `sha256:${'1'.repeat(64)}`, two: `sha256:${'2'.repeat(64)}` }

  it('keeps what it does not know, and calls foreign layers nondistributable', async () => {
    const translation = await translateImage(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: mediaTypes.dockerImage,
        config: { mediaType: 'application/vnd.acme.plugin', digest: digests.one, size: 2 },
        layers: [{ mediaType: docker.foreign, digest: digests.two, size: 3, urls: ['https://acme.example/layer'] }],
        annotations: { by: 'acme' },
      }),
    )
    expect(JSON.parse(translation?.text ?? '')).toEqual({
      schemaVersion: 2,
      mediaType: mediaTypes.image,
      config: { mediaType: 'application/vnd.acme.plugin', digest: digests.one, size: 2 },
      layers: [
        {
          mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
          digest: digests.two,
          size: 3,
          urls: ['https://acme.example/layer'],
        },
      ],
      annotations: { by: 'acme' },
    })
  })

  it('leaves an image in a list as it is if it has no translation', async () => {
    const child = { mediaType: mediaTypes.dockerImage, digest: digests.one, size: 2 }
    const text = JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.dockerList, manifests: [child] })
    const translation = await translateList(text, new Map())
    expect(JSON.parse(translation?.text ?? '')).toMatchObject({ mediaType: mediaTypes.index, manifests: [child] })
  })

  it('is not made of a document that has another form', async () => {
    expect(await translateImage('{"schemaVersion":2,"layers":7}')).toBeUndefined()
    expect(await translateList('{"schemaVersion":2,"manifests":{}}', new Map())).toBeUndefined()
  })
})

it('a list of as many images as a manifest may name is translated, whatever sizes it says they have', async () => {
  await namespaces('acme')
  await aRepository(repository)
  const repositoryId = await idOfRepository(repository)
  await env.DB.prepare(
    `WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < ?)
     INSERT INTO manifests (repository_id, digest, media_type, size_bytes, body, pushed_by, pushed_at)
     SELECT ?, 'sha256:' || printf('%064x', number), ?, length(body), body, 'acme', 1 FROM numbers, (SELECT ? AS body)`,
  )
    .bind(mostDescriptors, repositoryId, mediaTypes.dockerImage, smallImage)
    .run()
  const manifests = Array.from({ length: mostDescriptors }, (_, at) => ({
    mediaType: mediaTypes.dockerImage,
    digest: `sha256:${(at + 1).toString(16).padStart(64, '0')}`,
    size: 1,
  }))
  const text = JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.dockerList, manifests })
  const digest = await digestOf(bytesOf(text))
  await env.BACKUPS.put(blobKey(digest), text)
  const list = { repositoryId, digest, sizeBytes: text.length, mediaType: mediaTypes.dockerList }
  const translated = await translationsOf({ db: strictDatabase(), backups: env.BACKUPS }, [list])
  const found = z
    .object({ manifests: z.array(z.object({ mediaType: z.string(), size: z.int() })) })
    .parse(JSON.parse(translated.get(digest)?.text ?? ''))
  expect(found.manifests).toHaveLength(mostDescriptors)
  expect(new Set(found.manifests.map(({ mediaType }) => mediaType))).toEqual(new Set([mediaTypes.image]))
  expect(new Set(found.manifests.map(({ size }) => size)).size).toBe(1)
}, 60_000)

const smallImage = JSON.stringify({
  schemaVersion: 2,
  mediaType: mediaTypes.dockerImage,
  config: { mediaType: docker.config, digest: `sha256:${'c'.repeat(64)}`, size: 2 },
  layers: [],
})
