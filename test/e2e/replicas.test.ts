/** What an operator sees of the replicas, and a Docker user of it: drills, a repair, and read-only mode. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import * as z from 'zod'
import { api, attemptApi } from './support/api.ts'
import { manifestPath } from './support/content.ts'
import { dockerOf, type Docker } from './support/docker.ts'
import { buildImage, forgetImages } from './support/images.ts'
import { newRegistry, type Registry } from './support/registry.ts'
import { attempt, run } from './support/run.ts'
import { sharedEngine } from './support/shared.ts'
import { admin, alice, type User } from './support/users.ts'
import { until } from './support/wait.ts'

const root = join(import.meta.dirname, '../..')

/** Replicas look at each other every ten seconds, and an isolate at them as often. */
const patienceSeconds = 40

const health = z.strictObject({ Error: z.string(), Healthy: z.boolean() })
const replicas = z.object({
  hasMajority: z.boolean(),
  epoch: z.number(),
  replicas: z.array(z.object({ id: z.string(), location: z.string(), healthy: z.boolean(), answers: z.boolean() })),
})

describe('Replicas', () => {
  let registry: Registry
  let docker: Docker
  let ids: readonly string[] = []

  const environment = (): Record<string, string> => ({
    BREAKWATER_URL: `http://${registry.host}`,
    BREAKWATER_USER: admin.name,
    BREAKWATER_PASSWORD: admin.password,
  })

  /** @returns what the command prints, when it ends well */
  const tell = (...words: readonly string[]): Promise<string> =>
    run(process.execPath, [join(root, 'scripts/admin/breakwater.mjs'), ...words], { cwd: root, env: environment() })

  const cluster = async () => replicas.parse(await api(registry, admin, 'GET', '/api/v0/admin/replicas'))

  /** Of both probes, which say the same. */
  async function probe(path: '/health' | '/_ping' = '/_ping'): Promise<{ status: number; Error: string }> {
    const begun = performance.now()
    const response = await fetch(`http://${registry.host}${path}`)
    const { Error, Healthy } = health.parse(await response.json())
    assert.ok(performance.now() - begun < 2000, `${path} took too long`)
    assert.equal(Healthy, response.status === 200)
    return { status: response.status, Error }
  }

  const becomes = (status: number): Promise<void> =>
    until(`/_ping to be ${status}`, patienceSeconds, async () => (await probe()).status === status)

  /** Starts an upload that is never continued. */
  const startUpload = (user: User = alice): Promise<Response> =>
    attemptApi(registry, user, 'POST', `/v2/${user.name}/app/blobs/uploads/`)

  const acceptsUploads = (): Promise<void> =>
    until('uploads to be accepted', patienceSeconds, async () => (await startUpload()).status === 202)

  async function pushes(tag: string): Promise<void> {
    const image = `${registry.host}/alice/app:${tag}`
    await buildImage(docker, image, { layers: [1000] })
    await docker.run('push', image)
  }

  async function pulls(tag: string): Promise<void> {
    await forgetImages(docker)
    await docker.run('pull', `${registry.host}/alice/app:${tag}`)
  }

  before(async () => {
    registry = await newRegistry()
    docker = await dockerOf(await sharedEngine(), registry, alice)
    await pushes('first')
    await becomes(200)
    ids = (await cluster()).replicas.map(({ id }) => id)
  })

  test('there are three, on three continents, and all are healthy', async () => {
    await until('all to be healthy', patienceSeconds, async () =>
      (await cluster()).replicas.every(({ healthy, answers }) => healthy && answers),
    )
    const status = await tell('replica', 'status')
    assert.match(status, /^ID +LOCATION +HEALTHY +ANSWERS +REPORTED +ERROR$/m)
    assert.match(status, /^[0-9a-f]{12} +weur +yes +yes +\d{4}-\S+ +-$/m)
    assert.match(status, /^3 of 3 are healthy, and 2 must be: there is a majority\.$/m)
    assert.deepEqual(await probe('/health'), { status: 200, Error: '' })
  })

  test('with one in a drill, pushes, pulls and probes work', async () => {
    const [first = ''] = ids
    assert.match(await tell('replica', 'drill', first, '--minutes', '30'), /is out of service until \d{4}-/)
    await pushes('drill')
    await pulls('drill')
    assert.equal((await probe()).status, 200)
    const { replicas: seen, hasMajority } = await cluster()
    assert.equal(hasMajority, true)
    assert.deepEqual(
      seen.filter(({ answers }) => !answers).map(({ id }) => id),
      [first],
    )
  })

  test('with two of three in a drill, probes fail and pushes are refused, but pulls work', async () => {
    const [, second = ''] = ids
    await tell('replica', 'drill', second, '--minutes', '30')
    await becomes(503)
    assert.match((await probe('/health')).Error, /^no majority of replicas: [01] of 3 replicas (is|are) healthy$/)
    await until('uploads to be refused', patienceSeconds, async () => (await startUpload()).status === 503)
    const refused = await startUpload()
    assert.ok(Number(refused.headers.get('retry-after')) > 0)
    assert.match(await refused.text(), /no majority of healthy replicas.*replica status.*emergency-repair/)

    // Of an answer above 499 docker shows the status alone.
    const image = `${registry.host}/alice/app:refused`
    await docker.run('tag', `${registry.host}/alice/app:drill`, image)
    const { exitCode, output } = await docker.attempt('push', image)
    assert.equal(exitCode, 1)
    assert.match(output, /503 Service Unavailable/)

    await pulls('first')
    const deletion = await attemptApi(registry, alice, 'DELETE', manifestPath('alice/app:first'))
    assert.equal(deletion.status, 503)
    const status = await attempt(process.execPath, [join(root, 'scripts/admin/breakwater.mjs'), 'replica', 'status'], {
      cwd: root,
      env: environment(),
    })
    assert.equal(status.exitCode, 1)
    assert.match(status.output, /^There is no majority, so nothing can be changed: .*2 are needed/m)
  })

  test('a replica that comes back makes pushes work again without further action', async () => {
    await tell('replica', 'drill', ids[0] ?? '', '--minutes', '0')
    await becomes(200)
    await acceptsUploads()
    await pushes('again')
  })

  test('emergency-repair makes one survivor the cluster, to which others may join', async () => {
    const [first = '', second = '', survivor = ''] = ids
    await tell('replica', 'drill', first, '--minutes', '30')
    await becomes(503)
    const { epoch } = await cluster()

    const unsure = await attempt(
      process.execPath,
      [join(root, 'scripts/admin/breakwater.mjs'), 'replica', 'emergency-repair', survivor],
      { cwd: root, env: environment() },
    )
    assert.equal(unsure.exitCode, 2)
    assert.match(unsure.output, /Evicting all replicas but \S+ cannot be undone: say --yes/)

    assert.match(await tell('replica', 'emergency-repair', survivor, '--yes'), /is the one replica of epoch/)
    await acceptsUploads()
    await pushes('repaired')
    const repaired = await cluster()
    assert.ok(repaired.epoch > epoch)
    assert.deepEqual(
      repaired.replicas.map(({ id }) => id),
      [survivor],
    )
    assert.ok(![first, second].includes(survivor))
    await becomes(200)

    assert.match(await tell('replica', 'join', '--location', 'enam'), /in enam has joined: there are 2\.$/m)
    const [, fresh] = (await cluster()).replicas
    assert.match(await tell('replica', 'remove', fresh?.id ?? '', '--yes'), /: 1 are left\.$/m)
    await becomes(200)
    await acceptsUploads()
  })

  test('read-only mode tells a Docker user why and until when, and pulls go on', async () => {
    const said = await tell('read-only', 'on', '--reason', 'the bucket is moving', '--for', '60')
    assert.match(said, /^The registry is read-only until \d{4}-/)
    const image = `${registry.host}/alice/app:read-only`
    await buildImage(docker, image, { layers: [1000] })
    const { exitCode, output } = await docker.attempt('push', image)
    assert.equal(exitCode, 1)
    assert.match(output, /the registry is read-only until \d{4}-.* \(the bucket is moving\): pulls work/)
    await docker.run('pull', `${registry.host}/alice/app:first`)
    assert.match(await tell('read-only', 'show'), /^read-only: +yes\nreason: +the bucket is moving\nuntil: +\d{4}-/m)

    assert.equal(await tell('read-only', 'off'), 'The registry is not read-only any more.\n')
    assert.match(await tell('read-only', 'show'), /^read-only: +no$/m)
    await docker.run('push', image)
  })
})
