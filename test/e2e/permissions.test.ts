import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import * as z from 'zod'
import { get } from './support/content.ts'
import { dockerOf, newDocker, type Docker } from './support/docker.ts'
import type { Engine } from './support/engine.ts'
import { buildImage, forgetImages } from './support/images.ts'
import type { Registry } from './support/registry.ts'
import { sharedEngine, sharedRegistry } from './support/shared.ts'
import { admin, alice, bob } from './support/users.ts'

const catalogPage = z.object({ repositories: z.array(z.string()) })

describe('Refused operations', () => {
  let engine: Engine
  let registry: Registry
  let docker: Docker
  let image: string

  before(async () => {
    engine = await sharedEngine()
    registry = await sharedRegistry()
    docker = await dockerOf(engine, registry, alice)
    image = `${registry.host}/alice/private:1`
    await buildImage(docker, image, { layers: [1000, 2000] })
    await docker.run('push', image)
  })

  for (const owner of [bob, admin]) {
    test(`a push to a repository of ${owner.name} by alice is refused and leaves nothing`, async () => {
      const copy = `${registry.host}/${owner.name}/planted:1`
      await docker.run('tag', image, copy)
      const { exitCode, output } = await docker.attempt('push', copy)
      assert.equal(exitCode, 1)
      assert.match(output, new RegExp(`denied: alice may not push to ${owner.name}/planted: ask an owner`))
      assert.ok(!(await catalog(registry)).includes(`${owner.name}/planted`))
    })
  }

  test('a push without a login is refused and leaves nothing', async () => {
    const copy = `${registry.host}/alice/anonymous:1`
    await docker.run('tag', image, copy)
    const stranger = await newDocker(engine)
    const { exitCode, output } = await stranger.attempt('push', copy)
    assert.equal(exitCode, 1)
    assert.match(output, /denied|you must log in/)
    assert.ok(!(await catalog(registry)).includes('alice/anonymous'))
  })

  test('a pull of a private image without a login is refused, and says what to do', async () => {
    await forgetImages(docker)
    const stranger = await newDocker(engine)
    const { exitCode, output } = await stranger.attempt('pull', image)
    assert.equal(exitCode, 1)
    assert.match(output, /you must log in to pull from alice\/private: run "docker login [^ "]+" first/)
  })

  test('a pull of another user’s private image is refused in the same words as a pull of a missing one', async () => {
    await forgetImages(docker)
    const other = await dockerOf(engine, registry, bob)
    const [present, absent] = [
      await other.attempt('pull', image),
      await other.attempt('pull', `${registry.host}/alice/absent:1`),
    ]
    assert.equal(present.exitCode, 1)
    assert.match(present.output, /bob may not pull from alice\/private/)
    assert.equal(absent.output.replaceAll('absent', 'private'), present.output)
  })

  test('another user does not see the repository in the catalog', async () => {
    assert.ok((await catalog(registry)).includes('alice/private'))
    const response = await get(registry, '/v2/_catalog', bob)
    assert.deepEqual(await response.json(), { repositories: [] })
  })
})

/** Every repository there is: the administrator sees them all. */
async function catalog(registry: Registry): Promise<string[]> {
  const response = await get(registry, '/v2/_catalog', admin)
  return catalogPage.parse(await response.json()).repositories
}
