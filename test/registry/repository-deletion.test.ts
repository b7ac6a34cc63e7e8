import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { emptyNamespace, removeAccountWithRepositories } from '../../src/accounts/namespace-deletion.ts'
import { openDatabase } from '../../src/db/database.ts'
import { deletePiece } from '../../src/db/repositories/deleted-repositories.ts'
import { runJobsCron } from '../../src/jobs/cron.ts'
import { workOnJob } from '../../src/jobs/runner.ts'
import { parseAccountName, parseRepositoryName, parseTag } from '../../src/names.ts'
import { removeRepository } from '../../src/registry/repositories.ts'
import type { Send } from '../support/client.ts'
import { contentOf, countRows, pushBlob, pushImage, segmentKeys, type Image } from '../support/content.ts'
import { testContext } from '../support/context.ts'
import { countingChanges, fillRepository, idOfRepository, removeByApi } from '../support/deletions.ts'
import { jobsContext, logOf, root, theJob, worker } from '../support/jobs.ts'
import { aPerson, namespaces, aUser } from '../support/people.ts'
import { pin } from '../support/pins.ts'
import { closeGate, openGate } from '../support/replicas.ts'

const db = openDatabase(env.DB)
const name = parseRepositoryName('alice/app')
const attribution = { by: root, now: Date.now() }

let client: Send
let image: Image

beforeEach(async () => {
  client = await aUser('alice')
  image = await pushImage(client, name, 'v1')
})

const statusOf = async (method: string, path: string): Promise<number> => (await client(method, path)).status

describe('a deleted repository, before any of its rows is gone', () => {
  it('has no manifest, no blob and no tag for anyone, and is in no list', async () => {
    const digest = image.layers[0]?.digest ?? ''
    await client('PATCH', '/api/v0/repositories/alice/app', {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ visibility: 'public' }),
    })
    await removeByApi(name)
    expect(await countRows('manifests')).toBe(1)
    const admin = await aPerson('root', { isAdmin: true })
    for (const path of [`manifests/v1`, `manifests/${image.digest}`, `blobs/${digest}`, 'tags/list']) {
      expect(await statusOf('GET', `/v2/${name}/${path}`)).toBe(404)
    }
    expect(await statusOf('DELETE', `/v2/${name}/manifests/v1`)).toBe(404)
    for (const who of [client, admin.client]) {
      for (const path of [
        '/v2/_catalog',
        '/api/v0/repositories',
        '/api/v0/index/dockersearch?q=app',
        '/v1/search?q=app',
      ]) {
        expect(await (await who('GET', path)).text()).not.toMatch(/alice\/app|~/)
      }
      expect((await who('GET', '/api/v0/repositories/alice/app')).status).toBe(404)
      expect((await who('GET', '/api/v0/repositories/alice/app/tags')).status).toBe(404)
    }
  })

  it('gives its name to a new one, which inherits nothing', async () => {
    await client('PATCH', '/api/v0/repositories/alice/app', {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ visibility: 'public', shortDescription: 'old' }),
    })
    await removeByApi(name)
    await pushImage(client, name, 'v2', 7)
    expect(await (await client('GET', `/v2/${name}/tags/list`)).json()).toMatchObject({ tags: ['v2'] })
    expect(await statusOf('GET', `/v2/${name}/manifests/${image.digest}`)).toBe(404)
    expect(await (await client('GET', '/api/v0/repositories/alice/app')).json()).toMatchObject({
      visibility: 'private',
      shortDescription: '',
    })
    await workOnJob(worker(), (await unfinishedJob()) ?? '')
    expect(await (await client('GET', `/v2/${name}/tags/list`)).json()).toMatchObject({ tags: ['v2'] })
    expect(await statusOf('GET', `/v2/${name}/manifests/v2`)).toBe(200)
  })

  it('is no source of a mount, with or without its name', async () => {
    const only = await pushBlob(client, name, contentOf(6000, 4))
    await pushImage(client, 'alice/other', 'v1', 9)
    const id = await idOfRepository(name)
    await removeByApi(name)
    for (const from of ['&from=alice/app', '', `&from=~${id}`]) {
      const mounted = await client('POST', `/v2/alice/other/blobs/uploads/?mount=${only.digest}${from}`)
      expect(mounted.headers.get('docker-content-digest')).toBeNull()
      expect(mounted.status).toBe(202)
    }
  })

  it('leaves alone what others have too', async () => {
    await pushImage(client, 'alice/other', 'v1')
    await workOnJob(worker(), await removeByApi(name))
    for (const { digest } of [image.config, ...image.layers]) {
      expect(await statusOf('GET', `/v2/alice/other/blobs/${digest}`)).toBe(200)
    }
    expect(await statusOf('GET', `/v2/alice/other/manifests/v1`)).toBe(200)
  })
})

const unfinishedJob = (): Promise<string | null> =>
  env.DB.prepare("SELECT id FROM jobs WHERE action = 'repository_deletion' AND ended_at IS NULL").first<string>('id')

describe('the job of a deletion', () => {
  it('deletes all rows, says so, and leaves bytes to the garbage collector', async () => {
    const job = await removeByApi(name)
    await workOnJob(worker(), job)
    expect(await theJob(job)).toMatchObject({ action: 'repository_deletion', status: 'done' })
    expect(await logOf(job)).toEqual([
      'deleted alice/app with all that it held',
      expect.stringContaining('1 repositories, 1 tags, 1 manifests, 3 blobs'),
    ])
    for (const table of ['repositories', 'tags', 'manifests', 'repository_blobs', 'repository_words']) {
      expect([table, await countRows(table)]).toEqual([table, 0])
    }
    expect(await countRows('blobs')).toBe(3)
    expect((await segmentKeys()).objects).toHaveLength(3)
  })

  it('is one for many deletions, and is made again by the cron trigger should it be lost', async () => {
    await pushImage(client, 'alice/other', 'v1')
    const job = await removeByApi(name)
    const other = parseRepositoryName('alice/other')
    expect(
      await removeRepository(testContext(), { id: await idOfRepository(other), name: other }, root),
    ).toBeUndefined()
    await env.DB.prepare("UPDATE jobs SET status = 'worker_dead', ended_at = 1 WHERE id = ?").bind(job).run()
    await runJobsCron(jobsContext(), Date.now())
    expect(await countRows('repositories')).toBe(0)
  })

  it('deletes nothing in read-only mode, and goes on afterwards', async () => {
    const job = await removeByApi(name)
    const references = await countRows('manifest_blobs')
    await closeGate()
    await workOnJob(worker(), job)
    expect(await countRows('manifest_blobs')).toBe(references)
    expect((await theJob(job)).endedAt).toBeNull()
    await openGate()
    await workOnJob(worker(), job)
    expect(await theJob(job)).toMatchObject({ status: 'done' })
  })

  it('cannot begin in read-only mode', async () => {
    await closeGate()
    expect(await statusOf('DELETE', '/api/v0/repositories/alice/app')).toBe(405)
    expect(await statusOf('GET', `/v2/${name}/manifests/v1`)).toBe(200)
  })

  it.each([
    ['of all it held', () => fillRepository(name, 1000)],
    [
      'of pins alone',
      () =>
        pin(
          name,
          Array.from({ length: 1000 }, (_, at) => ({ tag: parseTag(`t${at}`) })),
        ),
    ],
  ])('changes a bounded number of rows with each statement: %s', async (_, fill) => {
    await fill()
    await removeByApi(name)
    const most = 100
    const changes: number[] = []
    const counting = openDatabase(countingChanges(changes))
    for (let pieces = 0; pieces < 500; pieces++) {
      const { isDone } = await deletePiece(counting, most)
      if (isDone) break
    }
    for (const table of ['repositories', 'pins']) expect([table, await countRows(table)]).toEqual([table, 0])
    expect(Math.max(...changes)).toBeLessThanOrEqual(3 * most)
  })
})

describe('a namespace', () => {
  const many = 2500
  beforeEach(async () => {
    await env.DB.prepare(
      `INSERT INTO repositories (name, namespace, created_at)
       WITH RECURSIVE n (at) AS (SELECT 1 UNION ALL SELECT at + 1 FROM n WHERE at < ${many})
       SELECT 'alice/r' || at, 'alice', 1 FROM n`,
    ).run()
  })

  it('of more repositories than one statement takes is empty at once', async () => {
    await emptyNamespace(db, parseAccountName('alice'), attribution)
    expect(await (await client('GET', '/v2/_catalog')).json()).toEqual({ repositories: [] })
    expect(await countRows('events', "type = 'DELETE' AND object_type = 'repository'")).toBe(many + 1)
    await workOnJob(worker(), (await unfinishedJob()) ?? '')
    expect(await countRows('repositories')).toBe(0)
  })

  it('goes with its account at once, and a new account of that name has none of it', async () => {
    await removeAccountWithRepositories(db, parseAccountName('alice'), attribution)
    await namespaces('alice')
    const again = await aPerson('bob', { isAdmin: true })
    expect(await (await again.client('GET', '/api/v0/repositories/alice')).json()).toEqual({ repositories: [] })
    expect(await countRows('repositories', 'deleted_name IS NULL')).toBe(0)
  })
})
