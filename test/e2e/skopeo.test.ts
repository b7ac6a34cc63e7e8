import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import * as z from 'zod'
import { digestOf } from '../../scripts/client/digest.ts'
import { blobsOf, fetchManifest, get, manifestPath, measureFile, parseImage } from './support/content.ts'
import { newDocker } from './support/docker.ts'
import type { Engine } from './support/engine.ts'
import { newFolder } from './support/folders.ts'
import { buildImage } from './support/images.ts'
import type { Registry } from './support/registry.ts'
import { sharedEngine, sharedRegistry } from './support/shared.ts'
import { newSkopeo, type Skopeo } from './support/skopeo.ts'
import { alice } from './support/users.ts'

const mediaTypes = {
  oci: 'application/vnd.oci.image.manifest.v1+json',
  v2s2: 'application/vnd.docker.distribution.manifest.v2+json',
}

/** What is looked at of what `skopeo inspect` tells. */
const inspection = z.object({
  Digest: z.string(),
  Architecture: z.string(),
  RepoTags: z.array(z.string()),
  Layers: z.array(z.string()),
})

describe('Copying with skopeo', () => {
  let engine: Engine
  let registry: Registry
  let skopeo: Skopeo
  const local = 'skopeo-source:1'

  before(async () => {
    engine = await sharedEngine()
    registry = await sharedRegistry()
    skopeo = await newSkopeo()
    await skopeo.logIn(registry, alice, '--tls-verify=false')
    await buildImage(await newDocker(engine), local, { layers: [0, 1000, 70_000] })
  })

  for (const format of ['oci', 'v2s2'] as const) {
    test(`an image in the format ${format} comes back byte for byte`, async () => {
      await copyFromEngine(`alice/${format}:1`, format)
      const pushed = await fetchManifest(registry, `alice/${format}:1`, alice)
      assert.equal(pushed.mediaType, mediaTypes[format])

      const folder = await newFolder(format)
      await skopeo.run('copy', '--src-tls-verify=false', remote(`alice/${format}:1`), `dir:${folder}`)
      assert.deepEqual(await readFile(join(folder, 'manifest.json')), pushed.bytes)
      for (const { digest, size } of blobsOf(parseImage(pushed.bytes))) {
        assert.deepEqual(await measureFile(join(folder, hexOf(digest))), { digest, size })
      }

      await skopeo.run('copy', '--dest-tls-verify=false', `dir:${folder}`, remote(`alice/${format}-again:1`))
      assert.deepEqual(await fetchManifest(registry, `alice/${format}-again:1`, alice), pushed)
    })
  }

  test('an image goes to an OCI layout and back without a change', async () => {
    await copyFromEngine('alice/layout:1', 'oci')
    const { bytes } = await fetchManifest(registry, 'alice/layout:1', alice)

    const folder = await newFolder('layout')
    await skopeo.run('copy', '--src-tls-verify=false', remote('alice/layout:1'), `oci:${folder}:1`)
    const blobs = join(folder, 'blobs/sha256')
    assert.deepEqual(await readFile(join(blobs, hexOf(digestOf(bytes)))), bytes)
    for (const name of await readdir(blobs)) {
      const { digest } = await measureFile(join(blobs, name))
      assert.equal(hexOf(digest), name)
    }

    await skopeo.run('copy', '--dest-tls-verify=false', `oci:${folder}:1`, remote('alice/layout-again:1'))
    assert.deepEqual((await fetchManifest(registry, 'alice/layout-again:1', alice)).bytes, bytes)
  })

  test('skopeo lists the tags of a repository in order', async () => {
    for (const tag of ['2', '1', 'latest']) await copyFromEngine(`alice/tagged:${tag}`, 'v2s2')
    const listed = await skopeo.run('list-tags', '--tls-verify=false', remote('alice/tagged'))
    assert.deepEqual(JSON.parse(listed), { Repository: `${registry.host}/alice/tagged`, Tags: ['1', '2', 'latest'] })
  })

  test('skopeo inspects an image', async () => {
    await copyFromEngine('alice/inspected:1', 'oci')
    const { bytes } = await fetchManifest(registry, 'alice/inspected:1', alice)
    const inspected = await skopeo.run('inspect', '--tls-verify=false', remote('alice/inspected:1'))
    const raw = await skopeo.run('inspect', '--raw', '--tls-verify=false', remote('alice/inspected:1'))
    const facts = inspection.parse(JSON.parse(inspected))
    assert.equal(raw, bytes.toString('utf8'))
    assert.deepEqual(facts, {
      Digest: digestOf(bytes),
      Architecture: engine.architecture,
      RepoTags: ['1'],
      Layers: parseImage(bytes).layers.map(({ digest }) => digest),
    })
  })

  test('an image that skopeo deletes is gone at once', async () => {
    await copyFromEngine('alice/deleted:1', 'oci')
    const { digest } = await fetchManifest(registry, 'alice/deleted:1', alice)
    await skopeo.run('delete', '--tls-verify=false', remote('alice/deleted:1'))
    for (const image of ['alice/deleted:1', `alice/deleted@${digest}`]) {
      assert.equal((await get(registry, manifestPath(image), alice)).status, 404)
    }
    const listed = await get(registry, '/v2/alice/deleted/tags/list', alice)
    assert.deepEqual(await listed.json(), { name: 'alice/deleted', tags: [] })
  })

  const remote = (image: string): string => `docker://${registry.host}/${image}`

  async function copyFromEngine(image: string, format: 'oci' | 'v2s2'): Promise<void> {
    const source = ['--src-daemon-host', engine.host, `docker-daemon:${local}`]
    await skopeo.run('copy', '--format', format, '--dest-tls-verify=false', ...source, remote(image))
  }
})

const hexOf = (digest: string): string => digest.replace('sha256:', '')
