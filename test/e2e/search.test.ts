import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { api } from './support/api.ts'
import { dockerOf, newDocker, type Docker } from './support/docker.ts'
import type { Engine } from './support/engine.ts'
import { newFolder } from './support/folders.ts'
import { buildImage } from './support/images.ts'
import { newPodman, type Podman } from './support/podman.ts'
import { freePort } from './support/ports.ts'
import { startRegistry, type Registry } from './support/registry.ts'
import type { Outcome } from './support/run.ts'
import { sharedEngine, sharedRegistry } from './support/shared.ts'
import { admin, alice } from './support/users.ts'

const path = '/api/v0/repositories/alice'
const visibilities = ['public', 'private']

describe('Searching', () => {
  let engine: Engine
  let registry: Registry

  before(async () => {
    engine = await sharedEngine()
    registry = await sharedRegistry()
    for (const visibility of visibilities) {
      const repository = { name: `weather-${visibility}`, shortDescription: `what is ${visibility}`, visibility }
      await api(registry, alice, 'POST', path, repository)
    }
  })

  // Other tests check what a viewer may see in the registry that they share.
  after(async () => {
    for (const visibility of visibilities) await api(registry, alice, 'DELETE', `${path}/weather-${visibility}`)
  })

  test('docker search finds what is public without a login', async () => {
    assert.deepEqual(await found(await newDocker(engine), `${registry.host}/weath`), ['alice/weather-public'])
  })

  test('docker search finds what is private with a login', async () => {
    const docker = await dockerOf(engine, registry, alice)
    const both = ['alice/weather-private', 'alice/weather-public']
    assert.deepEqual((await found(docker, `${registry.host}/weather`)).sort(), both)
    assert.deepEqual(await found(docker, `${registry.host}/alice/weather-pr`), ['alice/weather-private'])
    assert.deepEqual(await found(docker, `${registry.host}/storm`), [])
  })

  test('docker search without a login for which nothing public matches shows an empty list, and no error', async () => {
    assert.deepEqual(await found(await newDocker(engine), `${registry.host}/weather-pr`), [])
  })

  test('podman search finds what is public without a login, and is asked to log in when that is nothing', async () => {
    const podman = await newPodman()
    assert.deepEqual(await podmanFound(podman, 'weath'), ['alice/weather-public'])
    const { exitCode, output } = await searchWithPodman(podman, 'weather-pr')
    assert.notEqual(exitCode, 0)
    assert.match(output, /unauthorized|authentication required|log in/i)
  })

  test('podman search finds what is private with a login', async () => {
    const podman = await newPodman()
    assert.equal((await podman.logIn(registry, alice)).exitCode, 0)
    assert.deepEqual(await podmanFound(podman, 'weather-pr'), ['alice/weather-private'])
    assert.deepEqual(await podmanFound(podman, 'storm'), [])
  })

  const searchWithPodman = (podman: Podman, term: string): Promise<Outcome> =>
    podman.attempt('search', '--tls-verify=false', '--format', '{{.Name}}', `${registry.host}/${term}`)

  async function podmanFound(podman: Podman, term: string): Promise<string[]> {
    const { exitCode, stdout, output } = await searchWithPodman(podman, term)
    assert.equal(exitCode, 0, output)
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.replace(`${registry.host}/`, ''))
  }

  test('docker search asks a registry with HTTPS as well, with a login and without', async () => {
    const state = await newFolder('state')
    const secure = await startRegistry({ state, port: await freePort(), https: true, password: admin.password })
    const docker = await dockerOf(engine, secure, admin)
    const image = `${secure.host}/admin/weather:1`
    await buildImage(docker, image, { layers: [1000] })
    await docker.run('push', image)
    assert.deepEqual(await found(docker, `${secure.host}/weather`), ['admin/weather'])
    assert.deepEqual(await found(await newDocker(engine), `${secure.host}/weather`), [])
    await secure.stop()
  })
})

/** The names that docker shows. */
async function found(docker: Docker, term: string): Promise<string[]> {
  const output = await docker.run('search', '--format', '{{.Name}}', term)
  return output.split('\n').filter((line) => line !== '')
}
