import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { recordPulls } from '../../src/db/events/pulls.ts'
import { notePull } from '../../src/events/pull-log.ts'
import { parseAccountName, parseDigest, parseRepositoryName, parseTag } from '../../src/names.ts'
import { mediaTypes } from '../../src/registry/manifest-document.ts'
import { tokenFor, type Send } from '../support/client.ts'
import { json, pushImage, putManifest, type Image } from '../support/content.ts'
import { testContext } from '../support/context.ts'
import { countingClient, type Counting } from '../support/counting.ts'
import { aRepository, clientOf } from '../support/people.ts'
import { events } from '../support/events.ts'

const repository = 'alice/app'
const manifest = (reference: string) => `/v2/${repository}/manifests/${reference}`
const pulls = () =>
  env.DB.prepare('SELECT pulls FROM repositories WHERE name = ?').bind(repository).first<number>('pulls')

let owner: Send
let image: Image
let puller: Counting

beforeEach(async () => {
  owner = await clientOf(repository)
  image = await pushImage(owner, repository, 'latest')
  puller = countingClient(await tokenFor('bob', [{ type: 'repository', name: repository, actions: ['pull'] }]))
})

/** A context, and what writes the pulls that are noted in it. */
function writing() {
  const writers: Promise<void>[] = []
  const context = testContext({ background: (work: Promise<void>) => void writers.push(work) })
  return { context, writers, written: async (): Promise<void> => void (await Promise.all(writers)) }
}

describe('pulls', () => {
  it('cost one round trip each, and one more for all of a few seconds', async () => {
    for (let at = 0; at < 20; at++) expect((await puller.client('GET', manifest('latest'))).status).toBe(200)
    expect(puller.counted).toMatchObject({ roundTrips: 20, writes: 0 })
    await puller.settle()
    expect(puller.counted).toMatchObject({ roundTrips: 21, writes: 1 })
    expect(await pulls()).toBe(20)
  })

  it('of the same thing by the same caller become one event, which says how many they were', async () => {
    for (const reference of ['latest', image.digest, 'latest']) await puller.client('GET', manifest(reference))
    await puller.settle()
    expect(await events(`type = 'GET'`)).toEqual([
      {
        actor: 'bob',
        type: 'GET',
        objectType: 'tag',
        objectName: 'latest',
        repository,
        content: { count: 2 },
      },
      {
        actor: 'bob',
        type: 'GET',
        objectType: 'manifest',
        objectName: image.digest,
        repository,
        content: { count: 1, tags: ['latest'] },
      },
    ])
    expect(await pulls()).toBe(3)
  })

  it('by a digest that the caller was just told for a tag name the tag, at no further cost', async () => {
    expect((await putManifest(owner, repository, 'v1', image.manifest)).status).toBe(201)
    puller.reset()
    await puller.client('HEAD', manifest('v1'))
    for (let at = 0; at < 2; at++) await puller.client('GET', manifest(image.digest))
    await puller.settle()
    expect(await events(`type = 'GET'`)).toMatchObject([
      { actor: 'bob', objectType: 'tag', objectName: 'v1', content: { count: 2 } },
    ])
    // The HEAD, the first of the GETs, whose answer is kept for the second one, and the event.
    expect(puller.counted).toMatchObject({ roundTrips: 3, writes: 1 })
  })

  it('by a digest that another caller was told for a tag name all tags that point at it', async () => {
    expect((await putManifest(owner, repository, 'v1', image.manifest)).status).toBe(201)
    const other = countingClient(await tokenFor('carol', [{ type: 'repository', name: repository, actions: ['pull'] }]))
    await other.client('HEAD', manifest('v1'))
    await puller.client('GET', manifest(image.digest))
    await puller.settle()
    expect(await events(`type = 'GET'`)).toMatchObject([
      { objectType: 'manifest', objectName: image.digest, content: { count: 1, tags: ['latest', 'v1'] } },
    ])
  })

  it('by digest of what has no tag name none', async () => {
    expect((await owner('DELETE', manifest('latest'))).status).toBe(202)
    await puller.client('GET', manifest(image.digest))
    await puller.settle()
    expect((await events(`type = 'GET'`)).map(({ content }) => content)).toEqual([{ count: 1 }])
  })

  it('of an index by the digest that was told for its tag count once, and the image that is fetched next does not', async () => {
    const child = { mediaType: mediaTypes.image, digest: image.digest, size: image.manifest.length }
    const index = json({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [child] })
    const pushed = await putManifest(owner, repository, 'multi', index, mediaTypes.index)
    await owner('DELETE', manifest('latest'))
    await puller.client('HEAD', manifest('multi'))
    for (const digest of [pushed.headers.get('docker-content-digest') ?? '', image.digest]) {
      expect((await puller.client('GET', manifest(digest))).status).toBe(200)
    }
    await puller.settle()
    expect((await events(`type = 'GET'`)).map(({ objectName }) => objectName)).toEqual(['multi'])
    expect(await pulls()).toBe(1)
  })

  it('are no questions whether something is there, nor what a client has already', async () => {
    await puller.client('HEAD', manifest('latest'))
    await puller.client('GET', manifest('latest'), { headers: { 'if-none-match': `"${image.digest}"` } })
    await puller.client('GET', manifest('missing'))
    await puller.settle()
    expect(await events(`type = 'GET'`)).toEqual([])
    expect(await pulls()).toBe(0)
  })

  it('of an index count once, although its image is fetched by digest next', async () => {
    const child = { mediaType: mediaTypes.image, digest: image.digest, size: image.manifest.length }
    const index = json({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [child] })
    expect((await putManifest(owner, repository, 'multi', index, mediaTypes.index)).status).toBe(201)
    await owner('DELETE', manifest('latest'))
    for (const reference of ['multi', image.digest]) await puller.client('GET', manifest(reference))
    await puller.settle()
    expect((await events(`type = 'GET'`)).map(({ objectName }) => objectName)).toEqual(['multi'])
    expect(await pulls()).toBe(1)
  })

  it('by digest of what has a tag count, although an index lists it: some clients ask for the digest of a tag first', async () => {
    const child = { mediaType: mediaTypes.image, digest: image.digest, size: image.manifest.length }
    const index = json({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [child] })
    expect((await putManifest(owner, repository, 'multi', index, mediaTypes.index)).status).toBe(201)
    await puller.client('HEAD', manifest('latest'))
    await puller.client('GET', manifest(image.digest))
    await puller.settle()
    expect(await pulls()).toBe(1)
  })

  it('by callers without a login are one event an hour, whatever isolates they come to', async () => {
    const db = openDatabase(env.DB)
    const anonymous = { actor: '' as const, actorId: undefined, repository: parseRepositoryName(repository) }
    const pull = { ...anonymous, tag: parseTag('latest'), digest: image.digest }
    const hour = 3_600_000
    const beginning = 500_000 * hour
    for (let second = 0; second < 10; second++) {
      const bySomeone = { ...pull, actor: parseAccountName('bob'), count: 1 }
      await recordPulls(
        db,
        [{ ...pull, count: 2 }, { ...pull, tag: undefined, count: 1 }, bySomeone],
        beginning + second,
      )
    }
    await recordPulls(db, [{ ...pull, count: 3 }], beginning + hour)
    const found = (await events(`type = 'GET' AND actor = ''`)).map(({ objectName, content }) => [objectName, content])
    expect(found).toEqual([
      ['latest', { count: 20 }],
      [image.digest, { count: 10, tags: ['latest'] }],
      ['latest', { count: 3 }],
    ])
    expect(await events(`type = 'GET' AND actor = 'bob'`)).toHaveLength(10)
    expect(await pulls()).toBe(43)
  })

  it('that go on while others are written are not lost', async () => {
    await puller.client('GET', manifest('latest'))
    await puller.settle()
    await puller.client('GET', manifest('latest'))
    await puller.settle()
    expect(await pulls()).toBe(2)
  })

  it('of a repository that was deleted meanwhile are forgotten', async () => {
    await puller.client('GET', manifest('latest'))
    await env.DB.prepare(`UPDATE repositories SET name = 'alice/other' WHERE name = ?`).bind(repository).run()
    await puller.settle()
    expect(await events(`type = 'GET'`)).toEqual([])
  })

  it('of other accounts, repositories or tags are events of their own', async () => {
    await clientOf('alice/other')
    await aRepository('alice/other')
    const bob = { actor: parseAccountName('bob'), actorId: 'the id of bob' }
    const pull = {
      ...bob,
      repository: parseRepositoryName(repository),
      tag: parseTag('latest'),
      digest: parseDigest(image.digest),
    }
    const { context, written } = writing()
    notePull(context, pull)
    notePull(context, { ...pull, actor: parseAccountName('carol'), actorId: 'the id of carol' })
    notePull(context, { ...pull, repository: parseRepositoryName('alice/other') })
    notePull(context, { ...pull, tag: parseTag('v1') })
    notePull(context, pull)
    await written()
    const found = await events(`type = 'GET'`)
    expect(found.map((event) => [event.actor, event.repository, event.objectName, event.content])).toEqual([
      ['bob', repository, 'latest', { count: 2 }],
      ['carol', repository, 'latest', { count: 1 }],
      ['bob', 'alice/other', 'latest', { count: 1 }],
      ['bob', repository, 'v1', { count: 1 }],
    ])
  })

  it('of a thousand things are one batch, and those that follow are another one', async () => {
    const { context, writers, written } = writing()
    const bob = { actor: parseAccountName('bob'), actorId: 'the id of bob' }
    const pull = { ...bob, repository: parseRepositoryName(repository), digest: parseDigest(image.digest) }
    for (let at = 0; at < 1000; at++) notePull(context, { ...pull, tag: parseTag(`v${at}`) })
    expect(writers).toHaveLength(1)
    notePull(context, { ...pull, tag: parseTag('another') })
    expect(writers).toHaveLength(2)
    await written()
    expect(await pulls()).toBe(1001)
  })

  it('whose writer died are written by the next one, and counted once should the first be late', async () => {
    const writers: Promise<void>[] = []
    const pullAt = (now: number, pullLogSeconds: number): void => {
      const background = (work: Promise<void>) => void writers.push(work)
      const bob = { actor: parseAccountName('bob'), actorId: undefined }
      const what = { repository: parseRepositoryName(repository), tag: undefined, digest: parseDigest(image.digest) }
      notePull(testContext({ now, pullLogSeconds, background }), { ...bob, ...what })
    }
    pullAt(0, 1)
    pullAt(5999, 1)
    expect(writers).toHaveLength(1)
    // A second after it should have written, and five of patience, it counts as dead.
    pullAt(6000, 0)
    expect(writers).toHaveLength(2)
    await writers[1]
    expect(await pulls()).toBe(3)
    await Promise.all(writers)
    expect(await pulls()).toBe(3)
  })
})
