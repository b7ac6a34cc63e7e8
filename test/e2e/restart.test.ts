import assert from 'node:assert/strict'
import { kill } from 'node:process'
import { before, describe, test } from 'node:test'
import { fetchManifest, get, manifestPath } from './support/content.ts'
import { dockerOf, newDocker, type Docker } from './support/docker.ts'
import type { Engine } from './support/engine.ts'
import { usageOf } from './support/folders.ts'
import { buildImage, forgetImages, imageId, mebibyte, savedLayers } from './support/images.ts'
import { isServed } from './support/ports.ts'
import { isRunning } from './support/proc.ts'
import { newRegistry, startRegistry, type Registry } from './support/registry.ts'
import type { Running } from './support/run.ts'
import { sharedEngine } from './support/shared.ts'
import { admin, alice } from './support/users.ts'
import { until } from './support/wait.ts'

const largeLayer = 64 * mebibyte
/** Enough to be past the first parts, and far from the end. */
const middleOfPush = 24 * mebibyte
const pushSeconds = 60

describe('Starting again on the same state', () => {
  let engine: Engine
  let registry: Registry
  let docker: Docker
  let kept: { readonly image: string; readonly id: string }

  before(async () => {
    engine = await sharedEngine()
    registry = await newRegistry()
    docker = await dockerOf(engine, registry, alice)
    const image = `${registry.host}/alice/kept:1`
    await buildImage(docker, image, { layers: [1000, 9 * mebibyte] })
    await docker.run('push', image)
    kept = { image, id: await imageId(docker, image) }
  })

  test('a registry that is told to stop ends in good order and leaves nothing running', async () => {
    const { exitCode, output } = await registry.stop()
    assert.equal(exitCode, 0, output)
    assert.equal(await isRunning(registry.runtimePid), false)
    assert.equal(await isServed(registry.port), false)
  })

  test('a registry that is started again has what was pushed and knows the same passwords', async () => {
    registry = await startRegistry({ state: registry.state, port: registry.port })
    await assertKept()
    for (const user of [admin, alice]) {
      const { exitCode, output } = await (await newDocker(engine)).logIn(registry, user)
      assert.equal(exitCode, 0, output)
    }
    assert.deepEqual(
      await fetchManifest(registry, 'alice/kept:1', admin),
      await fetchManifest(registry, 'alice/kept:1', alice),
    )
  })

  test('a push during which the server is killed can be repeated', async () => {
    const image = `${registry.host}/alice/killed:1`
    await buildImage(docker, image, { layers: [1000, largeLayer] })
    const push = await startPush(image)
    kill(registry.pid, 'SIGKILL')
    await registry.outcome
    await until('the runtime to end with the server', 10, async () => !(await isRunning(registry.runtimePid)))
    push.child.kill('SIGKILL')
    await push.outcome

    registry = await startRegistry({ state: registry.state, port: registry.port })
    assert.equal((await get(registry, manifestPath('alice/killed:1'), alice)).status, 404)
    await assertKept()
    await docker.run('push', image)
    await assertComesBack(image)
  })

  test('a push during which the server and its runtime are killed ends well once they are back', async () => {
    const image = `${registry.host}/alice/killed:2`
    await buildImage(docker, image, { layers: [1000, largeLayer] })
    const push = await startPush(image)
    kill(-registry.pid, 'SIGKILL')
    await registry.outcome

    // Docker tries again by itself for a while.
    registry = await startRegistry({ state: registry.state, port: registry.port })
    const { exitCode, output } = await push.outcome
    assert.equal(exitCode, 0, output)
    await assertComesBack(image)
    await assertKept()
  })

  /** Resolves in the middle of the push. */
  async function startPush(image: string): Promise<Running> {
    const start = await storedBytes()
    const push = await docker.start('push', image)
    await until('the push to get going', pushSeconds, async () => (await storedBytes()) > start + middleOfPush)
    assert.equal(push.child.exitCode, null, push.output())
    return push
  }

  async function storedBytes(): Promise<number> {
    const { bytes } = await usageOf(`${registry.state}/data`)
    return bytes
  }

  /** What was pushed before is still there, pulled without disturbing the images that a test still needs. */
  async function assertKept(): Promise<void> {
    await docker.attempt('image', 'rm', '--force', kept.image)
    await docker.run('pull', kept.image)
    assert.equal(await imageId(docker, kept.image), kept.id)
  }

  async function assertComesBack(image: string): Promise<void> {
    const [id, saved] = [await imageId(docker, image), await savedLayers(docker, image)]
    await forgetImages(docker)
    await docker.run('pull', image)
    assert.equal(await imageId(docker, image), id)
    assert.deepEqual(await savedLayers(docker, image), saved)
  }
})
