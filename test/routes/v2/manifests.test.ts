import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { openDatabase } from '../../../src/db/database.ts'
import { sweepAbandoned } from '../../../src/registry/upload-sweep.ts'
import { mediaTypes } from '../../../src/registry/manifest-document.ts'
import { header, problemOf, type Send } from '../../support/client.ts'
import {
  anImage,
  bytesOf,
  contentOf,
  countRows,
  digestOf,
  json,
  pushBlob,
  pushImage,
  putManifest,
  segmentKeys,
  streamOf,
  type Bytes,
} from '../../support/content.ts'
import { clientOf } from '../../support/people.ts'

const repository = 'alice/app'
const path = (reference: string) => `/v2/${repository}/manifests/${reference}`

async function expectServed(client: Send, reference: string, manifest: Bytes, mediaType: string): Promise<void> {
  const digest = await digestOf(manifest)
  const response = await client('GET', path(reference))
  expect(response.status).toBe(200)
  expect(header(response, 'content-type')).toBe(mediaType)
  expect(header(response, 'docker-content-digest')).toBe(digest)
  expect(header(response, 'content-length')).toBe(String(manifest.length))
  expect(new Uint8Array(await response.arrayBuffer())).toEqual(manifest)
  const head = await client('HEAD', path(reference))
  expect(head.status).toBe(200)
  expect(header(head, 'content-length')).toBe(String(manifest.length))
  expect(header(head, 'content-type')).toBe(mediaType)
  expect(header(head, 'docker-content-digest')).toBe(digest)
}

const annotated = (base: Bytes, sizeBytes: number): Bytes => {
  const manifest = JSON.parse(new TextDecoder().decode(base)) as object
  const empty = json({ ...manifest, annotations: { filler: '' } }).length
  return json({ ...manifest, annotations: { filler: 'x'.repeat(sizeBytes - empty) } })
}

describe('pushing a manifest (OCI end-7)', () => {
  it('stores the exact bytes, odd spaces included, and serves them by tag and by digest', async () => {
    const client = await clientOf(repository)
    const { manifest } = await anImage(client, repository)
    const odd = bytesOf(`\n  ${new TextDecoder().decode(manifest).replaceAll(',', ' ,\t')}\n`)
    const digest = await digestOf(odd)
    const response = await putManifest(client, repository, 'latest', odd)
    expect(response.status).toBe(201)
    expect(header(response, 'location')).toBe(path(digest))
    expect(header(response, 'docker-content-digest')).toBe(digest)
    await expectServed(client, 'latest', odd, mediaTypes.image)
    await expectServed(client, digest, odd, mediaTypes.image)
  })

  it('ignores parameters of the Content-Type, and does without the header', async () => {
    const client = await clientOf(repository)
    const { manifest } = await anImage(client, repository)
    await putManifest(client, repository, 'a', manifest, `${mediaTypes.image}; charset=utf-8`)
    await expectServed(client, 'a', manifest, mediaTypes.image)
    const other = await anImage(client, repository, { seed: 9 })
    await client('PUT', path('b'), { body: other.manifest })
    await expectServed(client, 'b', other.manifest, mediaTypes.image)
  })

  it('knows a manifest without a mediaType by its header or its shape', async () => {
    const client = await clientOf(repository)
    const { config, layers } = await anImage(client, repository)
    const plain = json({ schemaVersion: 2, config, layers })
    expect((await putManifest(client, repository, 'plain', plain, mediaTypes.dockerImage)).status).toBe(201)
    await expectServed(client, 'plain', plain, mediaTypes.dockerImage)
    const index = json({ schemaVersion: 2, manifests: [] })
    expect((await client('PUT', path('index'), { body: index })).status).toBe(201)
    await expectServed(client, 'index', index, mediaTypes.index)
  })

  it('takes Docker images and lists, OCI indexes, nested indexes and artifacts', async () => {
    const client = await clientOf(repository)
    const { config, layers } = await anImage(client, repository)
    const docker = json({ schemaVersion: 2, mediaType: mediaTypes.dockerImage, config, layers })
    expect((await putManifest(client, repository, 'docker', docker, mediaTypes.dockerImage)).status).toBe(201)
    const child = { mediaType: mediaTypes.dockerImage, digest: await digestOf(docker), size: docker.length }
    const list = json({ schemaVersion: 2, mediaType: mediaTypes.dockerList, manifests: [child] })
    expect((await putManifest(client, repository, 'list', list, mediaTypes.dockerList)).status).toBe(201)
    const index = json({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [child] })
    expect((await putManifest(client, repository, 'index', index, mediaTypes.index)).status).toBe(201)
    const nested = json({
      schemaVersion: 2,
      mediaType: mediaTypes.index,
      manifests: [{ mediaType: mediaTypes.index, digest: await digestOf(index), size: index.length }],
    })
    expect((await putManifest(client, repository, 'nested', nested, mediaTypes.index)).status).toBe(201)
    const artifact = json({ mediaType: mediaTypes.artifact, artifactType: 'application/x.test', blobs: layers })
    expect((await putManifest(client, repository, 'artifact', artifact, mediaTypes.artifact)).status).toBe(201)
    for (const [tag, bytes, type] of [
      ['docker', docker, mediaTypes.dockerImage],
      ['list', list, mediaTypes.dockerList],
      ['index', index, mediaTypes.index],
      ['nested', nested, mediaTypes.index],
      ['artifact', artifact, mediaTypes.artifact],
    ] as const) {
      await expectServed(client, tag, bytes, type)
    }
  })

  it('takes no layers, an empty index, unknown fields and embedded data', async () => {
    const client = await clientOf(repository)
    const data = bytesOf('{}')
    const config = { ...(await pushBlob(client, repository, data)), data: btoa('{}') }
    const image = json({ schemaVersion: 2, mediaType: mediaTypes.image, config, layers: [], custom: { a: [1] } })
    expect((await putManifest(client, repository, 'a', image)).status).toBe(201)
    const index = json({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [] })
    expect((await putManifest(client, repository, 'b', index, mediaTypes.index)).status).toBe(201)
  })

  it('takes the index of a build cache, which lists layers', async () => {
    const client = await clientOf(repository)
    const layer = await pushBlob(client, repository, contentOf(100))
    const cache = json({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [layer] })
    expect((await putManifest(client, repository, 'cache', cache, mediaTypes.index)).status).toBe(201)
  })

  it('does not require foreign layers', async () => {
    const client = await clientOf(repository)
    const { config, layers } = await anImage(client, repository)
    const elsewhere = await digestOf(contentOf(77))
    const foreign = [
      {
        mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
        digest: elsewhere,
        size: 77,
        urls: ['https://example.com/a'],
      },
      { mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar', digest: elsewhere, size: 77 },
    ]
    const image = json({ schemaVersion: 2, config, layers: [...foreign, ...layers] })
    expect((await putManifest(client, repository, 'windows', image)).status).toBe(201)
  })

  it('uses a foreign layer that its own repository has, and none that only another one has', async () => {
    const client = await clientOf(repository, 'alice/other')
    const { config, layers } = await anImage(client, repository)
    const [own, others] = [contentOf(77, 8), contentOf(78, 8)]
    const here = await pushBlob(client, repository, own)
    const there = await pushBlob(client, 'alice/other', others)
    const mediaType = 'application/vnd.oci.image.layer.nondistributable.v1.tar'
    const foreign = [here, there].map(({ digest }, at) => ({ mediaType, digest, size: 77 + at }))
    const manifest = json({ schemaVersion: 2, config, layers: [...foreign, ...layers] })
    expect((await putManifest(client, repository, 'foreign', manifest)).status).toBe(201)
    const deletion = (digest: string) => client('DELETE', `/v2/${repository}/blobs/${digest}`)
    expect((await deletion(here.digest)).status).toBe(409)
    expect(await countRows('manifest_blobs', `blob_digest = '${there.digest}'`)).toBe(0)
  })

  it('reads null and absent lists as empty ones, and keeps every byte', async () => {
    const client = await clientOf(repository)
    const { config } = await anImage(client, repository)
    const artifactType = 'application/x.test'
    const images = [
      { schemaVersion: 2, config, layers: null },
      { schemaVersion: 2, config },
    ].map((fields) => [json(fields), mediaTypes.image] as const)
    const indexes = [
      { schemaVersion: 2, manifests: null },
      { schemaVersion: 2, annotations: { no: 'list' } },
    ].map((fields) => [json(fields), mediaTypes.index] as const)
    const artifacts = [{ artifactType, blobs: null }, { artifactType }].map(
      (fields) => [json(fields), mediaTypes.artifact] as const,
    )
    for (const [manifest, mediaType] of [...images, ...indexes, ...artifacts]) {
      expect((await putManifest(client, repository, 'empty', manifest, mediaType)).status).toBe(201)
      await expectServed(client, 'empty', manifest, mediaType)
    }
    expect(await countRows('manifest_children')).toBe(0)
  })

  it('moves a tag, and keeps what it pointed at', async () => {
    const client = await clientOf(repository)
    const first = await pushImage(client, repository, 'latest', 1)
    const second = await pushImage(client, repository, 'latest', 2)
    await expectServed(client, 'latest', second.manifest, mediaTypes.image)
    await expectServed(client, first.digest, first.manifest, mediaTypes.image)
  })

  it('can be repeated', async () => {
    const client = await clientOf(repository)
    const { manifest } = await pushImage(client, repository, 'latest')
    expect((await putManifest(client, repository, 'latest', manifest)).status).toBe(201)
    expect(await countRows('manifests')).toBe(1)
  })

  it('sets several tags for a push by digest and names them (OCI end-7b)', async () => {
    const client = await clientOf(repository)
    for (const algorithm of ['sha256', 'sha512'] as const) {
      const { manifest } = await anImage(client, repository, { seed: algorithm === 'sha256' ? 1 : 2 })
      const digest = await digestOf(manifest, algorithm)
      const tags = Array.from({ length: 12 }, (_, at) => `${algorithm}-${at}`)
      const response = await putManifest(
        client,
        repository,
        `${digest}?${tags.map((tag) => `tag=${tag}`).join('&')}`,
        manifest,
      )
      expect(response.status).toBe(201)
      expect(header(response, 'oci-tag').split(', ')).toEqual(tags)
      const pulled = await client('GET', path(`${algorithm}-11`))
      expect(header(pulled, 'docker-content-digest')).toBe(digest)
      expect(new Uint8Array(await pulled.arrayBuffer())).toEqual(manifest)
    }
  })

  it('is served as the type that it was pushed as, whatever the client accepts', async () => {
    const client = await clientOf(repository)
    const { digest } = await pushImage(client, repository, 'latest')
    const type = header(await client('HEAD', path(digest)), 'content-type')
    expect(type).toContain('manifest')
    for (const accept of ['application/json', 'application/vnd.docker.distribution.manifest.list.v2+json', '*/*']) {
      const response = await client('GET', path(digest), { headers: { accept } })
      expect([accept, response.status, header(response, 'content-type')]).toEqual([accept, 200, type])
    }
  })

  it('sets the tag of the path and those of the query', async () => {
    const client = await clientOf(repository)
    const { manifest, digest } = await anImage(client, repository)
    const response = await putManifest(client, repository, 'one?tag=two&tag=three', manifest)
    expect([response.status, header(response, 'oci-tag')]).toEqual([201, 'two, three'])
    for (const tag of ['one', 'two', 'three']) {
      expect(header(await client('HEAD', path(tag)), 'docker-content-digest')).toBe(digest)
    }
  })

  it('refuses more tags than one push may set', async () => {
    const client = await clientOf(repository)
    const { manifest, digest } = await anImage(client, repository)
    const tags = Array.from({ length: 101 }, (_, at) => `tag=t${at}`).join('&')
    expect((await putManifest(client, repository, `${digest}?${tags}`, manifest)).status).toBe(414)
    expect(await countRows('tags')).toBe(0)
  })
})

describe('a manifest that could be read in two ways', () => {
  it('is refused when it is an image and an index at once', async () => {
    const client = await clientOf(repository)
    const { config, layers } = await anImage(client, repository)
    const both = json({ schemaVersion: 2, config, layers, manifests: [] })
    for (const mediaType of [mediaTypes.image, mediaTypes.index]) {
      expect((await putManifest(client, repository, 'both', both, mediaType)).status).toBe(400)
    }
  })

  it('keeps the type it was first pushed with: a push of the same bytes as another type is refused', async () => {
    const client = await clientOf(repository)
    const { config, layers } = await anImage(client, repository)
    const small = json({ schemaVersion: 2, config, layers })
    for (const plain of [small, annotated(small, 200_000)]) {
      expect((await putManifest(client, repository, 'a', plain, mediaTypes.image)).status).toBe(201)
      const refused = await putManifest(client, repository, 'b', plain, mediaTypes.dockerImage)
      expect(refused.status).toBe(400)
      const { code, message } = await problemOf(refused)
      expect(code).toBe('MANIFEST_INVALID')
      expect(message).toContain(`with the media type ${mediaTypes.image}`)
      await expectServed(client, 'a', plain, mediaTypes.image)
      expect((await client('GET', path('b'))).status).toBe(404)
      expect((await putManifest(client, repository, 'c', plain, mediaTypes.image)).status).toBe(201)
    }
    expect(await countRows('segments', 'session_id IS NOT NULL')).toBe(0)
  })

  it('may have another type in another repository', async () => {
    const client = await clientOf(repository, 'alice/other')
    const { config, layers } = await anImage(client, repository)
    await anImage(client, 'alice/other')
    const plain = json({ schemaVersion: 2, config, layers })
    expect((await putManifest(client, repository, 'a', plain, mediaTypes.image)).status).toBe(201)
    expect((await putManifest(client, 'alice/other', 'a', plain, mediaTypes.dockerImage)).status).toBe(201)
  })

  const kelvin = '\u212a'
  const named = `{"mediaType":"a/b","digest":"sha256:${'a'.repeat(64)}","size":1}`
  const other = `{"mediaType":"a/b","digest":"sha256:${'b'.repeat(64)}","size":1}`
  const ambiguous: Record<string, [string, string]> = {
    'layers in capitals': [`"config":${named},"layers":[${named}],"LAYERS":[${other}]`, mediaTypes.image],
    'layers in capitals alone': [`"config":${named},"Layers":[${other}]`, mediaTypes.image],
    'layers with a long s': [`"config":${named},"layers":[${named}],"layerſ":[${other}]`, mediaTypes.image],
    'layers with an escaped long s': [`"config":${named},"layers":[],"layer\\u017f":[${other}]`, mediaTypes.image],
    'layers twice': [`"config":${named},"layers":[${named}],"layers":[${other}]`, mediaTypes.image],
    'layers twice, once escaped': [`"config":${named},"layers":[${named}],"l\\u0061yers":[${other}]`, mediaTypes.image],
    'a config in capitals': [`"config":${named},"Config":${other},"layers":[]`, mediaTypes.image],
    'a digest in capitals': [
      `"config":${named},"layers":[${named.replace('{', `{"Digest":"sha256:${'b'.repeat(64)}",`)}]`,
      mediaTypes.image,
    ],
    'the digest of a config twice': [
      `"config":${named.replace('{', `{"digest":"sha256:${'b'.repeat(64)}",`)},"layers":[]`,
      mediaTypes.image,
    ],
    'a subject in capitals': [`"config":${named},"layers":[],"SUBJECT":${named}`, mediaTypes.image],
    'a size of the subject in capitals': [
      `"config":${named},"layers":[],"subject":${named.replace('{', '{"SIZE":2,')}`,
      mediaTypes.image,
    ],
    'an index with a config': [`"manifests":[],"config":${named}`, mediaTypes.index],
    'an index with Config and Layers': [`"manifests":[],"Config":${named},"Layers":[${named}]`, mediaTypes.index],
    'an index with layers alone': [`"layers":[${named}]`, mediaTypes.dockerList],
    'an artifact with a config and layers': [`"config":${named},"layers":[${named}]`, mediaTypes.artifact],
    'an artifact with manifests': [`"manifests":[${named}]`, mediaTypes.artifact],
    'an image with manifests': [`"config":${named},"manifests":[${named}]`, mediaTypes.dockerImage],
    'a platform in capitals': [
      `"manifests":[${named.replace('{', '{"platform":{"os":"linux","OS":"windows","architecture":"amd64"},')}]`,
      mediaTypes.index,
    ],
    'the blobs of an artifact in capitals': [`"blobs":[],"Blobs":[${named}]`, mediaTypes.artifact],
    'an artifact with a Kelvin sign where no known key has a k': [
      `"Ｌayers":[],"mar${kelvin}":1,"Blobs":[]`,
      mediaTypes.artifact,
    ],
  }
  for (const [what, [fields, mediaType]] of Object.entries(ambiguous)) {
    it(`is refused: ${what}`, async () => {
      const client = await clientOf(repository)
      const response = await putManifest(client, repository, 'a', bytesOf(`{"schemaVersion":2,${fields}}`), mediaType)
      expect(response.status).toBe(400)
      expect((await problemOf(response)).code).toBe('MANIFEST_INVALID')
      expect(await countRows('manifests')).toBe(0)
    })
  }

  it('is none for keys that only look alike, nor for annotations that differ in their case', async () => {
    const client = await clientOf(repository)
    const { config, layers } = await anImage(client, repository)
    const fields = {
      layer: 1,
      'layers ': 2,
      annotations: { Layers: 'a', layers: 'b' },
      custom: { Digest: 1, digest: 2 },
    }
    const manifest = json({ schemaVersion: 2, config, layers, ...fields })
    expect((await putManifest(client, repository, 'a', manifest)).status).toBe(201)
  })

  it('is an index entry without a type, which is a manifest', async () => {
    const client = await clientOf(repository)
    const child = await pushImage(client, repository, 'child')
    const index = json({
      schemaVersion: 2,
      mediaType: mediaTypes.index,
      manifests: [{ digest: child.digest, size: 1 }],
    })
    expect((await putManifest(client, repository, 'index', index, mediaTypes.index)).status).toBe(201)
  })
})

describe('a large manifest', () => {
  it('is stored once, however often it is pushed, and a refused one leaves nothing', async () => {
    const client = await clientOf(repository, 'alice/other')
    const image = await anImage(client, repository)
    const manifest = annotated(image.manifest, 300_000)
    const before = (await segmentKeys()).objects.length
    for (const tag of ['a', 'b', 'c']) {
      expect((await putManifest(client, repository, tag, manifest)).status).toBe(201)
      await expectServed(client, tag, manifest, mediaTypes.image)
    }
    expect((await segmentKeys()).objects).toHaveLength(before + 1)
    expect((await putManifest(client, 'alice/other', 'a', manifest)).status).toBe(404)
    expect(await countRows('segments', 'session_id IS NOT NULL')).toBe(0)
  })

  for (const sizeBytes of [128 * 1024, 128 * 1024 + 1, 4 * 1024 * 1024]) {
    it(`of ${sizeBytes} bytes is stored and served exactly`, async () => {
      const client = await clientOf(repository)
      const image = await anImage(client, repository)
      const manifest = annotated(image.manifest, sizeBytes)
      expect(manifest.length).toBe(sizeBytes)
      expect((await putManifest(client, repository, 'large', manifest)).status).toBe(201)
      await expectServed(client, 'large', manifest, mediaTypes.image)
      const { rows, objects } = await segmentKeys()
      expect(objects).toEqual(rows)
      expect(await countRows('segments', 'blob_digest IS NULL')).toBe(0)
      // Its bytes are not a blob of the repository.
      expect((await client('GET', `/v2/${repository}/blobs/${await digestOf(manifest)}`)).status).toBe(404)
    })
  }

  it('over 4 MiB is refused, whether its length is announced or not', async () => {
    const client = await clientOf(repository)
    const { manifest } = await anImage(client, repository)
    const large = annotated(manifest, 4 * 1024 * 1024 + 1)
    // A stream of a Response that knows its length would announce it.
    for (const body of [large, streamOf(large, 100_000)]) {
      const response = await client('PUT', path('large'), { headers: { 'content-type': mediaTypes.image }, body })
      expect(response.status).toBe(413)
      expect((await problemOf(response)).code).toBe('SIZE_INVALID')
    }
    expect(await countRows('manifests')).toBe(0)
  })

  it('that announces more than 4 MiB is refused by that alone', async () => {
    const client = await clientOf(repository)
    const { manifest } = await anImage(client, repository)
    const headers = { 'content-type': mediaTypes.image, 'content-length': String(4 * 1024 * 1024 + 1) }
    expect((await client('PUT', path('large'), { headers, body: manifest })).status).toBe(413)
  })

  it('that is full of invalid layers is refused at once', async () => {
    const client = await clientOf(repository)
    const { config } = await anImage(client, repository)
    for (const item of ['0', '{}', '[]']) {
      const layers = Array.from({ length: 500_000 }, () => item).join(',')
      const body = bytesOf(`{"schemaVersion":2,"config":${JSON.stringify(config)},"layers":[${layers}]}`)
      const started = Date.now()
      const refused = await putManifest(client, repository, 'full', body)
      expect(refused.status).toBe(400)
      expect((await problemOf(refused)).message).toContain('more than')
      expect(Date.now() - started).toBeLessThan(3000)
    }
  })

  it('that names thousands of layers is checked as a whole', async () => {
    const client = await clientOf(repository)
    const { config, layers } = await anImage(client, repository)
    const many = Array.from({ length: 12_000 }, () => layers).flat()
    const manifest = json({ schemaVersion: 2, mediaType: mediaTypes.image, config, layers: many })
    expect((await putManifest(client, repository, 'many', manifest)).status).toBe(201)
    const strangers = await Promise.all(Array.from({ length: 6000 }, (_, at) => digestOf(contentOf(4, at))))
    const missing = strangers.map((digest) => ({ digest, size: 4 }))
    const refused = await putManifest(
      client,
      repository,
      'missing',
      json({ schemaVersion: 2, config, layers: missing }),
    )
    expect(refused.status).toBe(404)
    const text = await refused.text()
    expect(text).toContain('MANIFEST_BLOB_UNKNOWN')
    expect(text).toContain('and 5997 more')
    expect(text.length).toBeLessThan(2000)
  })
})

describe('a manifest that is refused', () => {
  it('names a blob that its repository does not have, even if another one has it', async () => {
    const client = await clientOf(repository, 'alice/other')
    const elsewhere = await anImage(client, 'alice/other')
    const response = await putManifest(client, repository, 'latest', elsewhere.manifest)
    expect(response.status).toBe(404)
    const { code, message } = await problemOf(response)
    expect(code).toBe('MANIFEST_BLOB_UNKNOWN')
    expect(message).toContain(elsewhere.config.digest)
    expect(await countRows('manifests')).toBe(0)
    expect(await countRows('tags')).toBe(0)
    expect(await countRows('repositories', `name = '${repository}'`)).toBe(0)
  })

  it('is an index whose manifest is missing', async () => {
    const client = await clientOf(repository)
    const child = { mediaType: mediaTypes.image, digest: await digestOf(contentOf(5)), size: 5 }
    const index = json({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [child] })
    const response = await putManifest(client, repository, 'index', index, mediaTypes.index)
    expect(response.status).toBe(404)
    expect((await problemOf(response)).code).toBe('MANIFEST_BLOB_UNKNOWN')
  })

  it('is large, and leaves nothing to the next sweep', async () => {
    const client = await clientOf(repository)
    const { layers } = await pushImage(client, repository, 'latest')
    const before = (await segmentKeys()).objects
    const absent = { ...layers[0], digest: `sha256:${'e'.repeat(64)}` }
    const config = { mediaType: 'application/vnd.oci.image.config.v1+json', digest: absent.digest, size: 2 }
    const manifest = json({ schemaVersion: 2, mediaType: mediaTypes.image, config, layers: [absent] })
    const refused = await putManifest(client, repository, 'large', annotated(manifest, 200_000))
    expect((await problemOf(refused)).code).toBe('MANIFEST_BLOB_UNKNOWN')
    await sweepAbandoned({ bucket: env.BUCKET, db: openDatabase(env.DB), now: Date.now() })
    expect(await segmentKeys()).toEqual({ rows: before, objects: before })
  })

  it('has another digest than its reference', async () => {
    const client = await clientOf(repository)
    const { manifest } = await anImage(client, repository)
    for (const algorithm of ['sha256', 'sha512'] as const) {
      const other = await digestOf(bytesOf('other'), algorithm)
      const response = await putManifest(client, repository, other, manifest)
      expect(response.status).toBe(400)
      expect((await problemOf(response)).code).toBe('DIGEST_INVALID')
    }
    expect(await countRows('manifests')).toBe(0)
  })

  it('is an index whose manifest another repository has', async () => {
    const client = await clientOf(repository, 'alice/other')
    const elsewhere = await pushImage(client, 'alice/other', 'latest')
    const child = { mediaType: mediaTypes.image, digest: elsewhere.digest, size: elsewhere.manifest.length }
    const index = json({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [child] })
    const response = await putManifest(client, repository, 'index', index, mediaTypes.index)
    expect(response.status).toBe(404)
    expect((await problemOf(response)).message).toContain(elsewhere.digest)
  })

  it('has fewer bytes than its Content-Length', async () => {
    const client = await clientOf(repository)
    const { manifest } = await anImage(client, repository)
    const headers = { 'content-type': mediaTypes.image, 'content-length': String(manifest.length + 1) }
    const response = await client('PUT', path('latest'), { headers, body: manifest })
    expect(response.status).toBe(400)
    expect((await problemOf(response)).code).toBe('SIZE_INVALID')
    expect(await countRows('manifests')).toBe(0)
  })

  const digest = `sha256:${'a'.repeat(64)}`
  const descriptor = { mediaType: 'a/b', digest, size: 1 }
  const invalid: Record<string, [string | Uint8Array<ArrayBuffer>, string]> = {
    'not JSON': ['{', mediaTypes.image],
    'not an object': ['[]', mediaTypes.image],
    'not UTF-8': [new Uint8Array([0x7b, 0xff, 0x7d]), mediaTypes.image],
    empty: ['', mediaTypes.image],
    'of schema 1': ['{"schemaVersion":1,"config":{},"layers":[]}', mediaTypes.image],
    'without a config': [JSON.stringify({ schemaVersion: 2, layers: [] }), mediaTypes.image],
    'of layers that are no list': [
      JSON.stringify({ schemaVersion: 2, config: descriptor, layers: { 0: descriptor } }),
      mediaTypes.image,
    ],
    'of layers that are no descriptors': [
      JSON.stringify({ schemaVersion: 2, config: descriptor, layers: [null] }),
      mediaTypes.image,
    ],
    'with a bad digest': [
      JSON.stringify({ schemaVersion: 2, config: { ...descriptor, digest: 'sha256:1' }, layers: [] }),
      mediaTypes.image,
    ],
    'with a negative size': [
      JSON.stringify({ schemaVersion: 2, config: { ...descriptor, size: -1 }, layers: [] }),
      mediaTypes.image,
    ],
    'of another mediaType than its header': [
      JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.dockerImage, config: descriptor, layers: [] }),
      mediaTypes.image,
    ],
    'of an unknown mediaType': ['{"schemaVersion":2}', 'application/vnd.docker.distribution.manifest.v1+prettyjws'],
  }
  for (const [what, [body, mediaType]] of Object.entries(invalid)) {
    it(`is ${what}`, async () => {
      const client = await clientOf(repository)
      const bytes = typeof body === 'string' ? bytesOf(body) : body
      const response = await putManifest(client, repository, 'latest', bytes, mediaType)
      expect(response.status).toBe(400)
      const { code, message } = await problemOf(response)
      expect(code).toBe('MANIFEST_INVALID')
      expect(message).toMatch(/^the manifest is not valid: ./)
      expect(await countRows('manifests')).toBe(0)
    })
  }

  for (const tag of ['-a', '.a', 'a b', 'ä', 'x'.repeat(129)]) {
    it(`has the tag ${JSON.stringify(tag.slice(0, 20))}`, async () => {
      const client = await clientOf(repository)
      const { manifest } = await anImage(client, repository)
      const response = await putManifest(client, repository, encodeURIComponent(tag), manifest)
      expect(response.status).toBe(400)
      expect((await problemOf(response)).code).toBe('MANIFEST_INVALID')
    })
  }
})

describe('reading a manifest (OCI end-3)', () => {
  it('answers 404 for an invalid tag name', async () => {
    const client = await clientOf(repository)
    await pushImage(client, repository, 'latest')
    for (const method of ['GET', 'HEAD', 'DELETE']) {
      const response = await client(method, path('.INVALID_MANIFEST_NAME'))
      expect(response.status).toBe(404)
    }
  })

  it('tells an unknown repository from an unknown manifest', async () => {
    const client = await clientOf(repository, 'alice/none')
    await pushImage(client, repository, 'latest')
    const noTag = await client('GET', path('other'))
    expect(noTag.status).toBe(404)
    expect((await problemOf(noTag)).code).toBe('MANIFEST_UNKNOWN')
    const noDigest = await client('GET', path(await digestOf(contentOf(3))))
    expect((await problemOf(noDigest)).code).toBe('MANIFEST_UNKNOWN')
    const noRepository = await client('GET', '/v2/alice/none/manifests/latest')
    expect(noRepository.status).toBe(404)
    expect((await problemOf(noRepository)).code).toBe('NAME_UNKNOWN')
  })

  it('answers 304 to a client that has it', async () => {
    const client = await clientOf(repository)
    const { digest } = await pushImage(client, repository, 'latest')
    const response = await client('GET', path('latest'), { headers: { 'if-none-match': `"${digest}"` } })
    expect(response.status).toBe(304)
    expect(header(response, 'docker-content-digest')).toBe(digest)
  })

  it('reads sha256-… as a tag', async () => {
    const client = await clientOf(repository)
    const tag = `sha256-${'a'.repeat(64)}`
    const { manifest } = await pushImage(client, repository, tag)
    await expectServed(client, tag, manifest, mediaTypes.image)
  })
})

/** Two repositories with the tag `latest`, of different images; both have the layers and the config of the other one. */
describe('of two repositories', () => {
  const [mine, theirs] = [repository, 'alice/ppa']
  const at = (name: string, reference: string) => `/v2/${name}/manifests/${reference}`

  async function twoRepositories() {
    const client = await clientOf(mine, theirs)
    await anImage(client, mine, { seed: 2 })
    await anImage(client, theirs, { seed: 1 })
    const own = await pushImage(client, mine, 'latest', 1)
    const other = await pushImage(client, theirs, 'latest', 2)
    return { client, own, other }
  }

  it('each has its own image under a tag, and only its own by digest', async () => {
    const { client, own, other } = await twoRepositories()
    for (const [name, has, lacks] of [
      [mine, own, other],
      [theirs, other, own],
    ] as const) {
      for (const method of ['GET', 'HEAD']) {
        expect(header(await client(method, at(name, 'latest')), 'docker-content-digest')).toBe(has.digest)
        expect((await client(method, at(name, has.digest))).status).toBe(200)
        expect((await client(method, at(name, lacks.digest))).status).toBe(404)
      }
    }
  })

  it('deleting from one changes nothing in the other', async () => {
    const { client, own, other } = await twoRepositories()
    // Both have this one.
    expect((await putManifest(client, theirs, 'copy', own.manifest)).status).toBe(201)
    expect((await client('DELETE', at(mine, other.digest))).status).toBe(404)
    expect((await client('DELETE', at(mine, 'copy'))).status).toBe(404)
    expect((await client('DELETE', at(mine, 'latest'))).status).toBe(202)
    expect((await client('DELETE', at(mine, own.digest))).status).toBe(202)
    const { tags } = await (await client('GET', `/v2/${theirs}/tags/list`)).json<{ tags: string[] }>()
    expect(tags).toEqual(['copy', 'latest'])
    for (const { digest } of [own, other]) expect((await client('GET', at(theirs, digest))).status).toBe(200)
    expect(await (await client('GET', `/v2/${mine}/tags/list`)).json()).toEqual({ name: mine, tags: [] })
  })

  it('one refuses to delete what its own manifests name, and says which; those of the other do not count', async () => {
    const { client, own, other } = await twoRepositories()
    const index = (image: typeof own) =>
      json({
        schemaVersion: 2,
        mediaType: mediaTypes.index,
        manifests: [{ mediaType: mediaTypes.image, digest: image.digest, size: image.manifest.length }],
      })
    expect((await putManifest(client, theirs, 'index', index(other), mediaTypes.index)).status).toBe(201)
    expect((await putManifest(client, mine, 'copy', other.manifest)).status).toBe(201)
    expect((await client('DELETE', at(mine, other.digest))).status).toBe(202)
    const blob = `blobs/${other.config.digest}`
    expect((await client('DELETE', `/v2/${mine}/${blob}`)).status).toBe(202)
    const refused = await client('DELETE', `/v2/${theirs}/${blob}`)
    expect([refused.status, (await problemOf(refused)).message]).toEqual([409, expect.stringContaining(other.digest)])
  })
})

describe('of two repositories that have the same image', () => {
  const repositories = [repository, 'alice/ppa']

  /** Each with its own index and its own referrer of the image. */
  async function twoOfOneImage() {
    const client = await clientOf(...repositories)
    const put = async (name: string, fields: object) => {
      const manifest = json({ schemaVersion: 2, ...fields })
      const mediaType = 'manifests' in fields ? mediaTypes.index : mediaTypes.image
      expect((await putManifest(client, name, await digestOf(manifest), manifest, mediaType)).status).toBe(201)
      return digestOf(manifest)
    }
    const kept = []
    for (const name of repositories) {
      const { digest, manifest } = await pushImage(client, name, 'latest')
      const child = { mediaType: mediaTypes.image, digest, size: manifest.length }
      const index = await put(name, { manifests: [child], annotations: { of: name } })
      const own = await pushBlob(client, name, bytesOf(name))
      const referrer = await put(name, { config: own, layers: [], subject: child })
      kept.push({ name, digest, index, referrer })
    }
    return { client, kept }
  }

  it('each lists its own referrers alone', async () => {
    const { client, kept } = await twoOfOneImage()
    for (const { name, digest, referrer } of kept) {
      const { manifests } = await (
        await client('GET', `/v2/${name}/referrers/${digest}`)
      ).json<{ manifests: { digest: string }[] }>()
      expect([name, manifests.map((found) => found.digest)]).toEqual([name, [referrer]])
    }
  })

  it('each names its own index as the one that keeps the image', async () => {
    const { client, kept } = await twoOfOneImage()
    for (const { name, digest, index } of kept) {
      const refused = await client('DELETE', `/v2/${name}/manifests/${digest}`)
      expect([refused.status, (await problemOf(refused)).message]).toEqual([409, expect.stringContaining(index)])
    }
  })

  it('each names its own manifest as the one that keeps a blob', async () => {
    const client = await clientOf(...repositories)
    const kept = []
    for (const [at, name] of repositories.entries()) {
      const shared = await pushBlob(client, name, bytesOf('shared by both'))
      const manifest = json({ schemaVersion: 2, config: shared, layers: [], annotations: { at: String(at) } })
      expect((await putManifest(client, name, 'latest', manifest)).status).toBe(201)
      kept.push({ name, blob: shared.digest, manifest: await digestOf(manifest) })
    }
    for (const { name, blob, manifest } of kept) {
      const refused = await client('DELETE', `/v2/${name}/blobs/${blob}`)
      expect([refused.status, (await problemOf(refused)).message]).toEqual([409, expect.stringContaining(manifest)])
    }
  })
})

describe('deleting a manifest (OCI end-9)', () => {
  it('by tag removes that tag alone', async () => {
    const client = await clientOf(repository)
    const { manifest, digest } = await pushImage(client, repository, 'a')
    await putManifest(client, repository, 'b', manifest)
    expect((await client('DELETE', path('a'))).status).toBe(202)
    expect((await client('GET', path('a'))).status).toBe(404)
    expect((await client('DELETE', path('a'))).status).toBe(404)
    await expectServed(client, 'b', manifest, mediaTypes.image)
    await expectServed(client, digest, manifest, mediaTypes.image)
  })

  it('by digest removes every tag of it', async () => {
    const client = await clientOf(repository)
    const { manifest, digest } = await pushImage(client, repository, 'a')
    await putManifest(client, repository, 'b', manifest)
    const other = await pushImage(client, repository, 'c', 7)
    expect((await client('DELETE', path(digest))).status).toBe(202)
    for (const gone of ['a', 'b', digest]) expect((await client('GET', path(gone))).status).toBe(404)
    expect(await (await client('GET', `/v2/${repository}/tags/list`)).json()).toEqual({ name: repository, tags: ['c'] })
    await expectServed(client, 'c', other.manifest, mediaTypes.image)
    expect((await problemOf(await client('DELETE', path(digest)))).code).toBe('MANIFEST_UNKNOWN')
  })

  it('is refused while an index lists it', async () => {
    const client = await clientOf(repository)
    const child = await pushImage(client, repository, 'child')
    const entry = { mediaType: mediaTypes.image, digest: child.digest, size: child.manifest.length }
    const index = json({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [entry] })
    await putManifest(client, repository, 'index', index, mediaTypes.index)
    const response = await client('DELETE', path(child.digest))
    expect(response.status).toBe(409)
    expect((await problemOf(response)).message).toContain(await digestOf(index))
    expect((await client('DELETE', path(await digestOf(index)))).status).toBe(202)
    expect((await client('DELETE', path(child.digest))).status).toBe(202)
  })
})
