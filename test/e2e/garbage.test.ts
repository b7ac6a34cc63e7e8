/** Garbage collection as an operator and a Docker user see it, also when it is interrupted in every way there is. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { kill } from 'node:process'
import { before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import { digestOf } from '../../scripts/client/digest.ts'
import { send } from '../../scripts/client/registry.ts'
import { api, attemptApi } from './support/api.ts'
import { dockerOf, type Docker } from './support/docker.ts'
import { plantGarbage } from './support/garbage.ts'
import { buildImage, forgetImages, imageId, savedLayers } from './support/images.ts'
import { newRegistry, startRegistry, type Registry } from './support/registry.ts'
import { attempt } from './support/run.ts'
import { sharedEngine } from './support/shared.ts'
import { newSkopeo, type Skopeo } from './support/skopeo.ts'
import { admin, alice } from './support/users.ts'
import { until } from './support/wait.ts'

const root = join(import.meta.dirname, '../..')

/** Long enough to be interrupted, several times. */
const plantedBlobs = 45_000
const pushedBlobs = 200
const tags = ['1', '2', '3']

/** The registry is writable again within a minute, whatever becomes of a collection. */
const writableSeconds = 60
/** The cron trigger takes up a job whose worker died, once a minute, and goes on for most of a minute. */
const patienceSeconds = 150

const job = z.looseObject({ id: z.string(), status: z.string() })
const logLines = z.array(z.object({ data: z.string(), lineNum: z.number() }))
const readOnlyMode = z.looseObject({ on: z.boolean(), reason: z.string() })
const report = z.object({
  findings: z.array(z.looseObject({ kind: z.string(), subject: z.string() })),
  checked: z.record(z.string(), z.number()),
})

describe('Garbage collection', () => {
  let registry: Registry
  let docker: Docker
  let skopeo: Skopeo
  const kept = new Map<string, { readonly id: string; readonly layers: readonly string[] }>()

  const call = (method: string, path: string, body?: Readonly<Record<string, unknown>>): Promise<unknown> =>
    api(registry, admin, method, path, body)

  const imageOf = (tag: string): string => `${registry.host}/alice/app:${tag}`

  async function start(action: 'gc' | 'onlinegc', fields: object = {}): Promise<string> {
    return job.parse(await call('POST', '/api/v0/jobs', { action, ...fields })).id
  }

  const statusOf = async (id: string): Promise<string> => job.parse(await call('GET', `/api/v0/jobs/${id}`)).status

  async function logOf(id: string): Promise<string> {
    const lines: string[] = []
    for (;;) {
      const page = logLines.parse(await call('GET', `/api/v0/jobs/${id}/logs?limit=1000&offset=${lines.length}`))
      lines.push(...page.map(({ data }) => data))
      if (page.length < 1000) return lines.join('\n')
    }
  }

  /** @returns its status */
  async function ended(id: string, seconds = patienceSeconds): Promise<string> {
    let status = ''
    await until(`the job ${id} to end`, seconds, async () => {
      status = await statusOf(id)
      return !['waiting', 'running', 'cancel_request'].includes(status)
    })
    return status
  }

  const isReadOnly = async (): Promise<boolean> => readOnlyMode.parse(await call('GET', '/api/v0/admin/read_only')).on

  /** It has closed the registry, and has deleted something already. */
  async function inTheMiddle(id: string): Promise<void> {
    await until('the collection to be under way', patienceSeconds, async () => {
      const lines = logLines.parse(await call('GET', `/api/v0/jobs/${id}/logs?limit=1000`))
      return (await isReadOnly()) && lines.some(({ data }) => data.includes('deleted blob'))
    })
    assert.equal(await statusOf(id), 'running', 'there is too little garbage for this test')
  }

  async function uploadSmall(): Promise<Response> {
    const bytes = randomBytes(500)
    const target = `/v2/alice/garbage/blobs/uploads/?digest=${digestOf(bytes)}`
    const headers = { 'content-type': 'application/octet-stream' }
    return send(`http://${registry.host}`, 'POST', target, { user: alice, headers, body: bytes })
  }

  const isWritable = async (): Promise<boolean> => (await uploadSmall()).status === 201

  async function pushes(tag: string): Promise<void> {
    await buildImage(docker, imageOf(tag), { layers: [1000, 2000] })
    await docker.run('push', imageOf(tag))
    kept.set(tag, { id: await imageId(docker, imageOf(tag)), layers: await savedLayers(docker, imageOf(tag)) })
  }

  async function assertAllPull(): Promise<void> {
    await forgetImages(docker)
    for (const [tag, { id, layers }] of kept) {
      await docker.run('pull', imageOf(tag))
      assert.equal(await imageId(docker, imageOf(tag)), id)
      assert.deepEqual(await savedLayers(docker, imageOf(tag)), layers)
    }
  }

  async function fsck(): Promise<z.infer<typeof report>> {
    const { stdout, output, exitCode } = await attempt(
      process.execPath,
      [join(root, 'scripts/admin/breakwater.mjs'), 'fsck', '--content', '--json'],
      {
        cwd: root,
        env: {
          BREAKWATER_URL: `http://${registry.host}`,
          BREAKWATER_USER: admin.name,
          BREAKWATER_PASSWORD: admin.password,
        },
      },
    )
    assert.ok(exitCode === 0 || exitCode === 1, output)
    const found = report.parse(JSON.parse(stdout))
    assert.equal(exitCode, found.findings.length === 0 ? 0 : 1)
    return found
  }

  before(async () => {
    registry = await newRegistry()
    docker = await dockerOf(await sharedEngine(), registry, alice)
    skopeo = await newSkopeo()
    assert.equal((await skopeo.logIn(registry, alice, '--tls-verify=false')).exitCode, 0)
    for (const tag of tags) await pushes(tag)
    // The image that was there before under this tag is garbage from here on.
    await pushes('1')
    for (let at = 0; at < pushedBlobs; at++) assert.equal((await uploadSmall()).status, 201)
    await call('POST', '/api/v0/meta/settings', { gcGrace: '1s' })
    assert.deepEqual((await fsck()).findings, [])

    await registry.stop()
    await plantGarbage(registry.state, 'alice/garbage', plantedBlobs)
    registry = await startRegistry({ state: registry.state, port: registry.port })
  })

  test('a push meanwhile is refused in words that people read, and pulls go on', async () => {
    await buildImage(docker, imageOf('meanwhile'), { layers: [1500] })
    const id = await start('gc')
    await inTheMiddle(id)
    const [pushed, copied] = await Promise.all([
      docker.attempt('push', imageOf('meanwhile')),
      skopeo.attempt(
        'copy',
        '--src-tls-verify=false',
        '--dest-tls-verify=false',
        `docker://${imageOf('2')}`,
        `docker://${registry.host}/alice/copied:1`,
      ),
    ])
    assert.equal(await statusOf(id), 'running', 'there is too little garbage for this test')
    for (const { exitCode, output } of [pushed, copied]) {
      assert.equal(exitCode, 1, output)
      assert.match(output, /the registry is read-only until \S+ \(garbage collection\): pulls work/)
    }
    await docker.run('pull', imageOf('2'))

    const second = await attemptApi(registry, admin, 'POST', '/api/v0/jobs', { action: 'onlinegc' })
    assert.equal(second.status, 409)

    await call('POST', `/api/v0/jobs/${id}/cancel`)
    assert.equal(await isReadOnly(), false)
    await docker.run('push', imageOf('meanwhile'))
    kept.set('meanwhile', {
      id: await imageId(docker, imageOf('meanwhile')),
      layers: await savedLayers(docker, imageOf('meanwhile')),
    })
    assert.equal(await ended(id, 10), 'canceled')
    assert.match(await logOf(id), /the registry is read-only while this runs[^]*canceled\n.*deleted \d+ manifests/)
  })

  test('one that has had its time ends, and leaves the registry writable', async () => {
    const id = await start('gc', { deadline: '2s' })
    assert.equal(await ended(id, 30), 'done')
    assert.equal(await isWritable(), true)
    assert.match(await logOf(id), /its deadline of 2s has passed: the next run continues/)
  })

  test('what it lists without deleting stays', async () => {
    const id = await start('gc', { parameters: { dryRun: true } })
    await until('the dry run to have said something', 30, async () => /would delete blob/.test(await logOf(id)))
    assert.equal(await isReadOnly(), false)
    assert.equal(await isWritable(), true)
    await call('POST', `/api/v0/jobs/${id}/cancel`)
    await ended(id, 30)
    assert.doesNotMatch(await logOf(id), /deleted blob/)
  })

  /** Node and the runtime, at once, and then both again on the same state. */
  async function killAndRestart(): Promise<void> {
    kill(-registry.pid, 'SIGKILL')
    await registry.outcome
    registry = await startRegistry({ state: registry.state, port: registry.port })
  }

  test('one whose runtime was killed in the middle can be stopped at once', async () => {
    const id = await start('gc')
    await inTheMiddle(id)
    await killAndRestart()
    assert.equal(await isReadOnly(), true)
    await call('POST', `/api/v0/jobs/${id}/cancel`)
    assert.equal(await isWritable(), true)
    await pushes('stopped')
    assert.equal(await ended(id), 'canceled')
  })

  test('killed again, the registry is writable by itself within a minute, and the work goes on', async () => {
    const id = await start('gc')
    await inTheMiddle(id)
    await sleep(500)
    const killedAt = Date.now()
    await killAndRestart()
    await until('the registry to be writable', writableSeconds, isWritable)
    const seconds = (Date.now() - killedAt) / 1000
    assert.ok(seconds <= writableSeconds, `it took ${seconds} s`)
    await pushes('killed')
    assert.equal(await ended(id), 'done')
    assert.match(await logOf(id), /the worker [0-9a-f]{12} crashed: resumed/)
    assert.equal(await isWritable(), true)
  })

  test('in the end all that has a tag can be pulled, and nothing else is left', async () => {
    await sleep(2000)
    const id = await start('gc')
    assert.equal(await ended(id), 'done')
    await assertAllPull()
    const { findings, checked } = await fsck()
    assert.deepEqual(findings, [])
    // Each image here has a config and a layer for each file that differ from those of all others.
    const images = kept.size
    assert.equal(checked['manifests'], images)
    assert.equal(
      checked['blobs'],
      [...kept.values()].reduce((sum, { layers }) => sum + layers.length + 1, 0),
    )
    assert.equal(checked['objects'], checked['blobs'])
    assert.equal(checked['links'], checked['blobs'])
  })

  test('an object that R2 has lost is found, and fsck ends with 1', async () => {
    await registry.stop()
    await plantGarbage(registry.state, 'alice/garbage', 1)
    registry = await startRegistry({ state: registry.state, port: registry.port })
    const { findings } = await fsck()
    assert.deepEqual(
      findings.map(({ kind, subject }) => [kind, subject]),
      [['object-missing', 'object segments/planted-1']],
    )
  })
})
