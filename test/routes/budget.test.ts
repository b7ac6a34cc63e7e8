/** What a push and a pull may ask of R2 and D1: the promise of `docs/architecture.md`, kept by counting. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { mostReferrersOfTag } from '../../src/limits.ts'
import { mediaTypes } from '../../src/registry/manifest-document.ts'
import { header, tokenFor, withToken, type Send } from '../support/client.ts'
import { contentOf, digestOf, json, pushBlob, streamOf, type Bytes, type Descriptor } from '../support/content.ts'
import { countingClient, type Operations } from '../support/counting.ts'
import { anAccount, namespaces } from '../support/people.ts'

const repository = 'alice/app'
const layers = Array.from({ length: 10 }, (_, at) => contentOf(100_000 + at, at))
const config = json({ architecture: 'amd64', os: 'linux' })

let client: Send
let anonymous: Send
let counted: Operations
let reset: () => void
let settle: () => Promise<void>

beforeEach(async () => {
  await namespaces('alice')
  const token = await tokenFor('alice', [{ type: 'repository', name: repository, actions: ['pull', 'push', 'delete'] }])
  ;({ client, anonymous, counted, reset, settle } = countingClient(token))
})

/** Runs one request and says what it cost. */
async function costOf<Result>(work: () => Promise<Result>): Promise<Operations & { result: Result }> {
  const before = { ...counted }
  const result = await work()
  return {
    result,
    classA: counted.classA - before.classA,
    classB: counted.classB - before.classB,
    lists: counted.lists - before.lists,
    roundTrips: counted.roundTrips - before.roundTrips,
    writes: counted.writes - before.writes,
    statements: counted.statements - before.statements,
    rowsRead: counted.rowsRead - before.rowsRead,
  }
}

/** A layer as Docker pushes it, from HEAD to PUT. */
async function dockerPush(content: Bytes): Promise<Descriptor> {
  const digest = await digestOf(content)
  expect((await client('HEAD', `/v2/${repository}/blobs/${digest}`)).status).toBe(404)
  const started = await client('POST', `/v2/${repository}/blobs/uploads/`)
  const patched = await client('PATCH', header(started, 'location'), { body: new Response(content).body })
  const closed = await client('PUT', `${header(patched, 'location')}?digest=${digest}`)
  expect(closed.status).toBe(201)
  return { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest, size: content.length }
}

async function pushImage(): Promise<{ manifest: Bytes; blobs: Descriptor[] }> {
  const blobs: Descriptor[] = []
  for (const content of [config, ...layers]) blobs.push(await dockerPush(content))
  const manifest = json({ schemaVersion: 2, mediaType: mediaTypes.image, config: blobs[0], layers: blobs.slice(1) })
  const response = await client('PUT', `/v2/${repository}/manifests/latest`, { body: manifest })
  expect(response.status).toBe(201)
  return { manifest, blobs }
}

describe('an image of ten layers', () => {
  it('is pushed with at most 12 class A operations, no read of R2 and no listing', async () => {
    await pushImage()
    expect(counted.classA).toBeLessThanOrEqual(12)
    expect(counted.classA).toBe(11)
    expect(counted.classB).toBe(0)
    expect(counted.lists).toBe(0)
    expect(counted.roundTrips).toBe(45)
    expect(counted.writes).toBe(34)
  })

  it('is pulled with no class A and at most 11 class B operations, one round trip to D1 a request', async () => {
    const { manifest, blobs } = await pushImage()
    reset()
    const pulled = await costOf(() => client('GET', `/v2/${repository}/manifests/latest`))
    expect(new Uint8Array(await pulled.result.arrayBuffer())).toEqual(manifest)
    expect(pulled).toMatchObject({ roundTrips: 1, writes: 0, classB: 0 })
    const head = await costOf(() => client('HEAD', `/v2/${repository}/manifests/latest`))
    expect(head).toMatchObject({ roundTrips: 1, writes: 0, classB: 0 })
    for (const { digest } of blobs) {
      const blob = await costOf(() => client('GET', `/v2/${repository}/blobs/${digest}`))
      expect(blob.result.status).toBe(200)
      expect(blob).toMatchObject({ roundTrips: 1, writes: 0, classB: 1 })
    }
    expect(counted.classA).toBe(0)
    expect(counted.classB).toBeLessThanOrEqual(11)
  })
})

describe('a layer', () => {
  it('is pushed with at most three round trips that write: none to start, two for its bytes, one to close', async () => {
    const content = contentOf(50_000, 99)
    const digest = await digestOf(content)
    const head = await costOf(() => client('HEAD', `/v2/${repository}/blobs/${digest}`))
    expect(head).toMatchObject({ roundTrips: 1, writes: 0, classA: 0, classB: 0 })
    const post = await costOf(() => client('POST', `/v2/${repository}/blobs/uploads/`))
    expect(post).toMatchObject({ roundTrips: 0, writes: 0, classA: 0 })
    const patch = await costOf(() =>
      client('PATCH', header(post.result, 'location'), { body: new Response(content).body }),
    )
    expect(patch).toMatchObject({ roundTrips: 2, writes: 2, statements: 5, classA: 1 })
    const put = await costOf(() => client('PUT', `${header(patch.result, 'location')}?digest=${digest}`))
    expect(put.result.status).toBe(201)
    expect(put).toMatchObject({ roundTrips: 1, writes: 1, statements: 9, classA: 0, classB: 0 })
  })

  it('in one request is pushed with two round trips that write', async () => {
    const content = contentOf(50_000, 98)
    const digest = await digestOf(content)
    const post = await client('POST', `/v2/${repository}/blobs/uploads/`)
    const headers = { 'content-length': String(content.length) }
    const put = await costOf(() =>
      client('PUT', `${header(post, 'location')}?digest=${digest}`, { headers, body: content }),
    )
    expect(put.result.status).toBe(201)
    expect(put).toMatchObject({ roundTrips: 2, writes: 2, classA: 1, classB: 0 })
  })

  it('of three parts costs a create, three parts and a complete, and no more writes than a small one', async () => {
    const content = contentOf(12 * 1024 * 1024, 97)
    const post = await client('POST', `/v2/${repository}/blobs/uploads/`)
    const { readable, writable } = new IdentityTransformStream()
    const sending = streamOf(content, 1_000_000).pipeTo(writable)
    const patch = await costOf(() => client('PATCH', header(post, 'location'), { body: readable }))
    await sending
    expect(patch.result.status).toBe(202)
    expect(patch).toMatchObject({ roundTrips: 2, writes: 2, classA: 5 })
  })

  it('of announced length costs one put, however large it is', async () => {
    const content = contentOf(12 * 1024 * 1024, 98)
    const post = await client('POST', `/v2/${repository}/blobs/uploads/`)
    const headers = { 'content-length': String(content.length) }
    const patch = await costOf(() => client('PATCH', header(post, 'location'), { headers, body: content }))
    expect(patch.result.status).toBe(202)
    expect(patch).toMatchObject({ roundTrips: 2, writes: 2, classA: 1 })
  })

  it('of many chunks costs one put more when it closes, and one read a pull', async () => {
    const content = contentOf(40, 98)
    const location = header(await client('POST', `/v2/${repository}/blobs/uploads/`), 'location')
    for (let at = 0; at < 40; at++) await client('PATCH', location, { body: content.slice(at, at + 1) })
    const digest = await digestOf(content)
    const closed = await costOf(() => client('PUT', `${location}?digest=${digest}`))
    expect(closed.result.status).toBe(201)
    expect(closed).toMatchObject({ roundTrips: 5, writes: 3, classA: 1, classB: 40 })
    const pulled = await costOf(() => client('GET', `/v2/${repository}/blobs/${digest}`))
    expect(new Uint8Array(await pulled.result.arrayBuffer())).toEqual(content)
    expect(pulled).toMatchObject({ classA: 0, classB: 1 })
  })

  it('is mounted with one round trip and no operation of R2', async () => {
    const { digest } = await dockerPush(contentOf(1000, 96))
    const mount = await costOf(() =>
      client('POST', `/v2/${repository}/blobs/uploads/?mount=${digest}&from=${repository}`),
    )
    expect(mount.result.status).toBe(201)
    expect(mount).toMatchObject({ roundTrips: 1, writes: 1, classA: 0, classB: 0 })
  })
})

describe('a manifest', () => {
  it('is pushed, verified and tagged in one round trip', async () => {
    const layer = await dockerPush(contentOf(1000, 95))
    const manifest = json({ schemaVersion: 2, mediaType: mediaTypes.image, config: layer, layers: [layer] })
    const put = await costOf(() => client('PUT', `/v2/${repository}/manifests/latest`, { body: manifest }))
    expect(put.result.status).toBe(201)
    expect(put).toMatchObject({ roundTrips: 1, writes: 1, classA: 0, classB: 0 })
  })

  it('is pushed at the same cost into a repository of many tags, with a limit as without', async () => {
    const layer = await dockerPush(contentOf(1000, 94))
    const manifest = json({ schemaVersion: 2, mediaType: mediaTypes.image, config: layer, layers: [layer] })
    const push = () => costOf(() => client('PUT', `/v2/${repository}/manifests/latest`, { body: manifest }))
    await push()
    const before = await push()
    await env.DB.prepare(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
       INSERT INTO tags (repository_id, name, digest, updated_by, updated_at)
       SELECT repository_id, 'tag-' || i, digest, '', i FROM n, manifests`,
    ).run()
    const after = await push()
    expect(after.result.status).toBe(201)
    expect(before.rowsRead).toBeGreaterThan(0)
    expect(after.rowsRead).toBeLessThanOrEqual(before.rowsRead + 5)
  })

  it('and its tags and referrers are listed in one round trip each', async () => {
    await pushImage()
    for (const path of ['tags/list', `referrers/${await digestOf(config)}`]) {
      expect(await costOf(() => client('GET', `/v2/${repository}/${path}`))).toMatchObject({
        roundTrips: 1,
        writes: 0,
        classB: 0,
        lists: 0,
      })
    }
  })

  it('under the referrers tag of an image costs its list of referrers few rows, however much it lists', async () => {
    const { manifest } = await pushImage()
    const digest = await digestOf(manifest)
    const list = () => costOf(() => client('GET', `/v2/${repository}/referrers/${digest}`))
    const before = await list()
    const index = json({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [] })
    await client('PUT', `/v2/${repository}/manifests/${digest.replace(':', '-')}`, { body: index })
    await env.DB.batch([
      env.DB.prepare(
        `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
         INSERT INTO manifests (repository_id, digest, media_type, subject, size_bytes, pushed_by, pushed_at, annotations)
         SELECT id, printf('sha256:%064d', i), 'a/b', 'of another', 1, '', 0, 'null' FROM n, repositories`,
      ),
      env.DB.prepare(
        `INSERT INTO manifest_children (repository_id, manifest_digest, child_digest)
         SELECT tags.repository_id, tags.digest, manifests.digest FROM tags, manifests
         WHERE tags.name LIKE 'sha256-%' AND subject IS NOT NULL`,
      ),
    ])
    const after = await list()
    expect(after).toMatchObject({ roundTrips: 1, classB: 0 })
    expect(after.rowsRead).toBeLessThanOrEqual(before.rowsRead + 2 * mostReferrersOfTag + 10)
  })
})

describe('a login', () => {
  const basic = { authorization: `Basic ${btoa('bob:password of bob')}` }
  const scope = `scope=repository:${repository}:pull,push&scope=repository:bob/app:pull`

  beforeEach(async () => {
    await anAccount('bob', 'password of bob')
    await costOf(() => client('GET', '/auth/token', { headers: basic }))
    await settle()
  })

  it('by password costs two round trips, whatever the number of scopes, and anonymous one', async () => {
    const byPassword = await costOf(() => client('GET', `/auth/token?${scope}`, { headers: basic }))
    expect(byPassword).toMatchObject({ roundTrips: 2, writes: 0 })
    const byNobody = await costOf(() => anonymous('GET', `/auth/token?${scope}`))
    expect(byNobody).toMatchObject({ roundTrips: 1, writes: 0 })
  })

  it('that this isolate does not know yet is counted in the first of them, and taken back after the answer', async () => {
    await anAccount('carol', 'password of carol')
    const unknown = { authorization: `Basic ${btoa('carol:password of carol')}` }
    const first = await costOf(async () => {
      const response = await client('GET', `/auth/token?${scope}`, { headers: unknown })
      await settle()
      return response
    })
    expect(first.result.status).toBe(200)
    // One of the three is what the answer does not wait for.
    expect(first).toMatchObject({ roundTrips: 3, writes: 2 })
  })

  it('that fails costs two round trips, and the same again one that writes nothing', async () => {
    const wrong = { authorization: `Basic ${btoa('bob:a guess')}` }
    const failing = () => costOf(() => client('GET', `/auth/token?${scope}`, { headers: wrong }))
    expect(await failing()).toMatchObject({ roundTrips: 2, writes: 2 })
    expect(await failing()).toMatchObject({ roundTrips: 1, writes: 0 })
  })

  it('with every request costs two round trips more than a token', async () => {
    const digest = await digestOf(config)
    const head = await costOf(() => client('HEAD', `/v2/bob/app/blobs/${digest}`, { headers: basic }))
    expect(head.result.status).toBe(404)
    expect(head).toMatchObject({ roundTrips: 3, writes: 0 })
  })
})

describe('a mount that finds nothing', () => {
  const there = contentOf(2000, 90)
  const elsewhere = contentOf(2000, 91)
  const nowhere = contentOf(2000, 92)
  const basic = { authorization: `Basic ${btoa('bob:password of bob')}` }

  beforeEach(async () => {
    await anAccount('bob', 'password of bob')
    await costOf(() => client('GET', '/auth/token', { headers: basic }))
    await settle()
    await dockerPush(there)
    const access = [{ type: 'repository', name: 'alice/secret', actions: ['pull', 'push'] }]
    await pushBlob(withToken(await tokenFor('alice', access)), 'alice/secret', elsewhere)
  })

  for (const [what, headers] of Object.entries({ 'a token': {}, 'a password': basic })) {
    for (const from of ['', '&from=alice/secret', '&from=alice/missing']) {
      it(`costs the same by ${what}${from} whether the content is nowhere or where the caller may not look`, async () => {
        const to = what === 'a token' ? repository : 'bob/app'
        const costs = []
        for (const content of [nowhere, elsewhere]) {
          const mount = `/v2/${to}/blobs/uploads/?mount=${await digestOf(content)}${from}`
          const { result, roundTrips, writes, classA, classB } = await costOf(() => client('POST', mount, { headers }))
          expect(result.status).toBe(202)
          costs.push({ roundTrips, writes, classA, classB })
        }
        expect(costs[1]).toEqual(costs[0])
        expect(costs[0]).toMatchObject({ writes: 0, classA: 0, classB: 0 })
      })
    }
  }

  it('asks D1 as often as one that finds something, which a token does in one round trip', async () => {
    for (const [content, status] of [
      [there, 201],
      [nowhere, 202],
      [elsewhere, 202],
    ] as const) {
      const mount = `/v2/${repository}/blobs/uploads/?mount=${await digestOf(content)}`
      const { result, roundTrips } = await costOf(() => client('POST', mount))
      expect([result.status, roundTrips]).toEqual([status, 1])
    }
  })
})
