import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { before, describe, test } from 'node:test'
import { fetchBlob, fetchManifest, get, parseImage, uploadBlob } from './support/content.ts'
import { dockerOf, type Docker } from './support/docker.ts'
import { buildImage, forgetImages, imageId, mebibyte, savedLayers } from './support/images.ts'
import { peakMemoryBytes, resetPeakMemory } from './support/proc.ts'
import { newRegistry, type Registry } from './support/registry.ts'
import { sharedEngine } from './support/shared.ts'
import { alice } from './support/users.ts'

/** Less than the difference between the layers, so a registry that holds a layer in memory fails. */
const largestGrowth = 80 * mebibyte
const [small, large] = [20 * mebibyte, 200 * mebibyte]

describe('Layers larger than memory allows', () => {
  let registry: Registry
  let docker: Docker

  before(async () => {
    // Memory that earlier tests left to a shared runtime would hide what these need.
    registry = await newRegistry()
    docker = await dockerOf(await sharedEngine(), registry, alice)
  })

  test('a push takes no more memory for a large layer than for a small one', async (t) => {
    await peakOfPush(small) // The first push pays for what all later ones use.
    const peaks = { small: await peakOfPush(small), large: await peakOfPush(large) }
    t.diagnostic(`peak of the runtime: ${inMebibytes(peaks.small)}, then ${inMebibytes(peaks.large)}`)
    assert.ok(peaks.large - peaks.small < largestGrowth)
  })

  test('a client that stops reading does not make the registry hold the layer for it', async (t) => {
    // Uploaded in one request: of what was stored in parts, Miniflare's R2 reads ahead without demand.
    const path = await uploadBlob(registry, 'alice/stalled', randomBytes(large), alice)
    const growth = await growthDuring(async () => {
      const response = await get(registry, path, alice)
      const reader = response.body?.getReader()
      await reader?.read()
      await sleep(5000)
      await reader?.cancel()
    })
    t.diagnostic(`growth of the runtime: ${inMebibytes(growth)}`)
    assert.ok(growth < largestGrowth)
  })

  test('a layer of 200 MiB comes back byte for byte', async () => {
    const image = nameOf(large)
    const [id, saved] = [await imageId(docker, image), await savedLayers(docker, image)]
    await forgetImages(docker)
    await docker.run('pull', image)
    assert.equal(await imageId(docker, image), id)
    assert.deepEqual(await savedLayers(docker, image), saved)
    const { bytes } = await fetchManifest(registry, `alice/large:${large / mebibyte}`, alice)
    const [layer] = parseImage(bytes).layers
    assert.ok(layer !== undefined && layer.size >= large)
    const { digest, size } = layer
    assert.deepEqual(await fetchBlob(registry, 'alice/large', digest, alice), { digest, size })
  })

  const nameOf = (size: number): string => `${registry.host}/alice/large:${size / mebibyte}`

  async function peakOfPush(size: number): Promise<number> {
    await buildImage(docker, nameOf(size), { layers: [size] })
    return peakDuring(() => docker.run('push', nameOf(size)))
  }

  async function peakDuring(work: () => Promise<unknown>): Promise<number> {
    await resetPeakMemory(registry.runtimePid)
    await work()
    return peakMemoryBytes(registry.runtimePid)
  }

  async function growthDuring(work: () => Promise<unknown>): Promise<number> {
    const start = await peakDuring(() => Promise.resolve())
    return (await peakDuring(work)) - start
  }
})

const inMebibytes = (bytes: number): string => `${Math.round(bytes / mebibyte)} MiB`
