/** A client that may push asks before it pushes: what it is told of stays for a grace that begins again. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { coreSettings } from '../../../src/settings/fields.ts'
import { changeSettings } from '../../../src/settings/settings.ts'
import { tokenFor, withToken, type Send } from '../../support/client.ts'
import { testContext } from '../../support/context.ts'
import { contentOf, digestOf, pushBlob } from '../../support/content.ts'
import { countingClient } from '../../support/counting.ts'
import { age, image } from '../../support/garbage.ts'
import { aRepository, aUser, clientOf } from '../../support/people.ts'
import { closeGate } from '../../support/replicas.ts'

const repository = 'alice/app'
const minute = 60_000
let pusher: Send
let puller: Send
let blob: string
let manifest: string

beforeEach(async () => {
  pusher = await clientOf(repository)
  puller = withToken(await tokenFor('bob', [{ type: 'repository', name: repository, actions: ['pull'] }]))
  blob = `/v2/${repository}/blobs/${(await pushBlob(pusher, repository, contentOf(10))).digest}`
  manifest = `/v2/${repository}/manifests/${(await image(pusher, repository, { tag: 'latest' })).digest}`
})

/** How long ago, in whole minutes, the oldest blob and manifest were used last. */
async function minutesSinceUse(): Promise<{ blob: number; manifest: number }> {
  const row = await env.DB.prepare(
    `SELECT (SELECT linked_at FROM repository_blobs WHERE digest = ?) AS blob,
       (SELECT min(max(pushed_at, confirmed_at)) FROM manifests) AS manifest`,
  )
    .bind(blob.split('/').at(-1))
    .first<{ blob: number; manifest: number }>()
  const minutes = (time = 0): number => Math.floor((Date.now() - time) / minute)
  return { blob: minutes(row?.blob), manifest: minutes(row?.manifest) }
}

/** Sets the grace, which statements of the core read without knowing who collects. */
const grace = (gcGrace: string) => changeSettings(testContext(), coreSettings, { gcGrace }, '')

describe('a HEAD by a client that may push', () => {
  it('renews the grace period of a blob, and of a manifest by its digest', async () => {
    await age(20 * minute)
    expect((await pusher('HEAD', blob)).headers.get('content-length')).toBe('10')
    expect(await minutesSinceUse()).toEqual({ blob: 0, manifest: 20 })
    const { headers } = await pusher('HEAD', manifest)
    expect(headers.get('docker-content-digest')).toBe(manifest.split('/').at(-1))
    expect(headers.get('content-type')).toContain('manifest')
    expect(await minutesSinceUse()).toEqual({ blob: 0, manifest: 0 })
  })

  it('answers as one by a client that may only pull', async () => {
    for (const path of [blob, manifest, `/v2/${repository}/manifests/latest`]) {
      const [one, two] = [await pusher('HEAD', path), await puller('HEAD', path)]
      expect(one.status).toBe(200)
      expect([...one.headers]).toEqual([...two.headers])
      expect((await pusher('HEAD', path, { headers: { 'if-none-match': one.headers.get('etag') ?? '' } })).status).toBe(
        304,
      )
    }
  })

  it('writes nothing within ten minutes of the last use, or a tenth of a shorter grace period', async () => {
    const written = async (minutes: number): Promise<boolean> => {
      await age(minutes * minute)
      await pusher('HEAD', blob)
      const { blob: since } = await minutesSinceUse()
      await env.DB.prepare('UPDATE repository_blobs SET linked_at = ?').bind(Date.now()).run()
      return since === 0
    }
    expect(await written(9)).toBe(false)
    expect(await written(11)).toBe(true)
    await grace('1h')
    expect(await written(5)).toBe(false)
    expect(await written(7)).toBe(true)
    await grace('600.5s')
    expect(await written(2)).toBe(true)
    await grace('30m1.5s')
    expect(await written(2)).toBe(false)
    expect(await written(4)).toBe(true)
    // All of its units count.
    await grace('1m49m')
    expect(await written(4)).toBe(false)
    expect(await written(6)).toBe(true)
    await grace('60000ms')
    expect(await written(1)).toBe(true)
  })

  it('works while the registry is read-only', async () => {
    await age(20 * minute)
    await closeGate()
    await expect(pushBlob(pusher, repository, contentOf(4))).rejects.toThrow('405')
    expect((await pusher('HEAD', blob)).status).toBe(200)
    expect((await pusher('HEAD', manifest)).status).toBe(200)
    expect(await minutesSinceUse()).toEqual({ blob: 0, manifest: 0 })
  })

  it('answers 404 for missing content', async () => {
    const digest = await digestOf(contentOf(3))
    expect((await pusher('HEAD', `/v2/${repository}/blobs/${digest}`)).status).toBe(404)
    expect((await pusher('HEAD', `/v2/${repository}/manifests/${digest}`)).status).toBe(404)
    const other = await clientOf('alice/none')
    expect((await other('HEAD', `/v2/alice/none/manifests/${digest}`)).status).toBe(404)
  })

  it('renews content in its own repository alone', async () => {
    const other = await clientOf('alice/other')
    await pushBlob(other, 'alice/other', contentOf(10))
    await image(other, 'alice/other', { tag: 'latest' })
    await age(20 * minute)
    await pusher('HEAD', blob)
    await pusher('HEAD', manifest)
    const renewed = await env.DB.prepare(
      `SELECT repositories.name AS name,
         (SELECT linked_at FROM repository_blobs WHERE repository_id = repositories.id AND digest = ?1) AS blob,
         (SELECT max(pushed_at, confirmed_at) FROM manifests WHERE repository_id = repositories.id AND digest = ?2)
           AS manifest
       FROM repositories ORDER BY name`,
    )
      .bind(blob.split('/').at(-1), manifest.split('/').at(-1))
      .all<{ name: string; blob: number; manifest: number }>()
    const isNew = (time: number) => Date.now() - time < minute
    expect(renewed.results.map((row) => [row.name, isNew(row.blob), isNew(row.manifest)])).toEqual([
      ['alice/app', true, true],
      ['alice/other', false, false],
    ])
  })

  it('renews with a password as with a token', async () => {
    const carol = await aUser('carol')
    await aRepository('carol/app')
    const { digest } = await pushBlob(carol, 'carol/app', contentOf(20))
    await age(20 * minute)
    expect((await carol('HEAD', `/v2/carol/app/blobs/${digest}`)).status).toBe(200)
    const since = 'SELECT linked_at AS at FROM repository_blobs WHERE digest = ?'
    const row = await env.DB.prepare(since).bind(digest).first<{ at: number }>()
    expect(Date.now() - (row?.at ?? 0)).toBeLessThan(minute)
  })

  it('costs one round trip, which writes only what is old enough', async () => {
    await age(20 * minute)
    const token = await tokenFor('alice', [{ type: 'repository', name: repository, actions: ['pull', 'push'] }])
    const { client, counted, reset } = countingClient(token)
    for (const [path, writes] of [
      [blob, 1],
      [blob, 0],
      [manifest, 1],
      [manifest, 0],
      [`/v2/${repository}/manifests/latest`, 0],
    ] as const) {
      reset()
      await client('HEAD', path)
      expect({ path, ...counted }).toMatchObject({ path, roundTrips: 1, writes, classB: 0 })
    }
  })
})

it('callers who may only pull renew nothing, nor does a GET or a tag', async () => {
  await age(20 * minute)
  for (const path of [blob, manifest]) {
    await puller('HEAD', path)
    await puller('GET', path)
    await (await pusher('GET', path)).arrayBuffer()
  }
  await pusher('HEAD', `/v2/${repository}/manifests/latest`)
  expect(await minutesSinceUse()).toEqual({ blob: 20, manifest: 20 })
})

it('a repeated closing request renews its content, or reports that it is gone', async () => {
  const content = contentOf(500, 7)
  const digest = await digestOf(content)
  const started = await pusher('POST', `/v2/${repository}/blobs/uploads/`)
  const patched = await pusher('PATCH', started.headers.get('location') ?? '', { body: new Response(content).body })
  const close = () => pusher('PUT', `${patched.headers.get('location') ?? ''}?digest=${digest}`)
  expect((await close()).status).toBe(201)
  blob = `/v2/${repository}/blobs/${digest}`
  await age(20 * minute)
  expect((await close()).status).toBe(201)
  expect(await minutesSinceUse()).toMatchObject({ blob: 0 })
  expect((await pusher('DELETE', blob)).status).toBe(202)
  expect((await close()).status).toBe(404)
})
