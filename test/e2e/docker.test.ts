import assert from 'node:assert/strict'
import { before, beforeEach, describe, test } from 'node:test'
import { digestOf } from '../../scripts/client/digest.ts'
import { blobsOf, fetchBlob, fetchManifest, parseImage } from './support/content.ts'
import { dockerOf, type Docker } from './support/docker.ts'
import type { Engine } from './support/engine.ts'
import { usageOf } from './support/folders.ts'
import {
  architectureOf,
  buildImage,
  forgetImages,
  imageId,
  knownDigests,
  mebibyte,
  savedLayers,
} from './support/images.ts'
import type { Registry } from './support/registry.ts'
import { sharedEngine, sharedRegistry } from './support/shared.ts'
import { newSkopeo } from './support/skopeo.ts'
import { alice } from './support/users.ts'

/** An empty file, a tiny one, one larger than a buffer, and one that is stored in parts. */
const layers = [0, 1, 70_000, 9 * mebibyte]

describe('Pushing and pulling with docker', () => {
  let engine: Engine
  let registry: Registry
  let docker: Docker

  before(async () => {
    engine = await sharedEngine()
    registry = await sharedRegistry()
    docker = await dockerOf(engine, registry, alice)
  })

  beforeEach(() => forgetImages(docker))

  test('an image that was pushed and deleted here comes back byte for byte', async () => {
    const image = `${registry.host}/alice/roundtrip:1`
    await buildImage(docker, image, { layers })
    const [id, saved] = [await imageId(docker, image), await savedLayers(docker, image)]
    const pushed = await docker.run('push', image)
    const manifest = await fetchManifest(registry, 'alice/roundtrip:1', alice)
    assert.match(pushed, new RegExp(`digest: ${digestOf(manifest.bytes)} size: ${manifest.bytes.length}`))

    await forgetImages(docker)
    await docker.run('pull', image)
    assert.equal(await imageId(docker, image), id)
    assert.equal(await knownDigests(docker, image), `${registry.host}/alice/roundtrip@${digestOf(manifest.bytes)}`)
    assert.deepEqual(await savedLayers(docker, image), saved)
  })

  test('the registry serves the pushed bytes under their digests', async () => {
    const image = `${registry.host}/alice/served:1`
    await buildImage(docker, image, { layers })
    await docker.run('push', image)
    const byTag = await fetchManifest(registry, 'alice/served:1', alice)
    const byDigest = await fetchManifest(registry, `alice/served@${digestOf(byTag.bytes)}`, alice)
    assert.equal(byTag.digest, digestOf(byTag.bytes))
    assert.deepEqual(byDigest, byTag)
    const document = parseImage(byTag.bytes)
    assert.equal(document.layers.length, layers.length)
    assert.equal(document.config.digest, await imageId(docker, image))
    for (const { digest, size } of blobsOf(document)) {
      assert.deepEqual(await fetchBlob(registry, 'alice/served', digest, alice), { digest, size })
    }
  })

  test('an image that was pulled and pushed again keeps its manifest', async () => {
    const image = `${registry.host}/alice/again:1`
    await buildImage(docker, image, { layers })
    await docker.run('push', image)
    const pushed = await fetchManifest(registry, 'alice/again:1', alice)
    await forgetImages(docker)
    await docker.run('pull', image)
    await docker.run('push', image)
    assert.deepEqual(await fetchManifest(registry, 'alice/again:1', alice), pushed)
  })

  test('an image is pulled by its digest as well as by its tag', async () => {
    const image = `${registry.host}/alice/digest`
    await buildImage(docker, `${image}:1`, { layers: [1000] })
    await docker.run('push', `${image}:1`)
    const id = await imageId(docker, `${image}:1`)
    const { digest } = await fetchManifest(registry, 'alice/digest:1', alice)
    await forgetImages(docker)
    await docker.run('pull', `${image}@${digest}`)
    assert.equal(await imageId(docker, `${image}@${digest}`), id)
  })

  test('pushing an unchanged image again uploads nothing', async () => {
    const image = `${registry.host}/alice/unchanged:1`
    await buildImage(docker, image, { layers })
    await docker.run('push', image)
    const stored = await storedObjects(registry)
    const output = await docker.run('push', image)
    assert.equal(count(output, 'Layer already exists'), layers.length, output)
    assert.equal(await storedObjects(registry), stored)
  })

  test('pushing the same image to another repository mounts its layers from the first', async () => {
    const [image, copy] = [`${registry.host}/alice/original:1`, `${registry.host}/alice/copies/second:1`]
    await buildImage(docker, image, { layers })
    await docker.run('push', image)
    const stored = await storedObjects(registry)
    await docker.run('tag', image, copy)
    const output = await docker.run('push', copy)
    assert.equal(count(output, 'Mounted from alice/original'), layers.length, output)
    // The config of an image is never mounted by docker, so it is stored a second time at most.
    assert.ok((await storedObjects(registry)) <= stored + 1)
    await forgetImages(docker)
    await docker.run('pull', copy)
  })

  test('a new tag for the same repository replaces what the tag named', async () => {
    const image = `${registry.host}/alice/moving:latest`
    await buildImage(docker, image, { layers: [1000] })
    await docker.run('push', image)
    await buildImage(docker, image, { layers: [1000] })
    await docker.run('push', image)
    const id = await imageId(docker, image)
    await forgetImages(docker)
    await docker.run('pull', image)
    assert.equal(await imageId(docker, image), id)
  })

  test('an index of two architectures gives each machine its own image', async () => {
    const name = `${registry.host}/alice/multi`
    const foreign = engine.architecture === 'amd64' ? 'arm64' : 'amd64'
    const ids = new Map<string, string>()
    for (const architecture of [engine.architecture, foreign]) {
      const image = `${name}:${architecture}`
      await buildImage(docker, image, { layers: [1000], platform: `linux/${architecture}` })
      await docker.run('push', image)
      ids.set(architecture, await imageId(docker, image))
    }
    const images = [...ids.keys()].map((architecture) => `${name}:${architecture}`)
    await docker.run('manifest', 'create', '--insecure', `${name}:1`, ...images)
    const pushed = await docker.run('manifest', 'push', '--insecure', `${name}:1`)

    const index = await fetchManifest(registry, 'alice/multi:1', alice)
    assert.equal(pushed.trim(), digestOf(index.bytes))
    await forgetImages(docker)
    await docker.run('pull', `${name}:1`)
    assert.equal(await imageId(docker, `${name}:1`), ids.get(engine.architecture))
    assert.equal(await knownDigests(docker, `${name}:1`), `${name}@${index.digest}`)
    await docker.run('pull', '--platform', `linux/${foreign}`, `${name}:1`)
    assert.equal(await imageId(docker, `${name}:1`), ids.get(foreign))
    assert.equal(await architectureOf(docker, `${name}:1`), foreign)

    const skopeo = await newSkopeo()
    await skopeo.logIn(registry, alice, '--tls-verify=false')
    const raw = await skopeo.run('inspect', '--raw', '--tls-verify=false', `docker://${name}:1`)
    assert.equal(raw, index.bytes.toString('utf8'))
  })
})

const count = (text: string, words: string): number => text.split(words).length - 1

/** How many objects the registry keeps in its bucket. */
async function storedObjects({ state }: Registry): Promise<number> {
  const { files } = await usageOf(`${state}/data/r2/breakwater/blobs`)
  return files
}
