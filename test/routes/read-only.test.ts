/** Read-only mode: between the moment that it is in force and the moment that it ends, nothing changes. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { readWriteGate, setWriteGate } from '../../src/db/write-gate.ts'
import { parseAccountName } from '../../src/names.ts'
import { proposeChange } from '../../src/replicas/cluster.ts'
import { catchUpGate, gateFor, switchReadOnly } from '../../src/replicas/read-only.ts'
import { setReadOnly } from '../../src/replicas/consensus/cluster-state.ts'
import { header, problemOf, send, tokenFor, withToken, type Send } from '../support/client.ts'
import { anImage, contentOf, digestOf, json, pushBlob, pushImage, putManifest } from '../support/content.ts'
import { testContext } from '../support/context.ts'
import { events } from '../support/events.ts'
import { aPerson, clientOf, type Person } from '../support/people.ts'
import { look } from '../support/replicas.ts'

const db = openDatabase(env.DB)
const repository = 'alice/app'
const root = parseAccountName('root')
const on = { on: true, reason: 'moving house', until: undefined, by: root }
const off = { on: false, reason: '', until: undefined, by: root }

/** All content that the switch protects, to compare. */
async function contentOfRegistry(): Promise<string> {
  const results = await env.DB.batch(
    [
      'SELECT id, name, visibility, short_description FROM repositories ORDER BY id',
      'SELECT * FROM tags ORDER BY repository_id, name',
      'SELECT repository_id, digest, pushed_at FROM manifests ORDER BY repository_id, digest',
      'SELECT * FROM manifest_blobs ORDER BY repository_id, manifest_digest, blob_digest',
      'SELECT * FROM repository_blobs ORDER BY repository_id, digest',
      'SELECT * FROM blobs ORDER BY digest',
    ].map((sql) => env.DB.prepare(sql)),
  )
  return JSON.stringify(results.map(({ results: rows }) => rows))
}

describe('a switch', () => {
  it('lets nothing through once it is in force, whatever is under way, time and again', async () => {
    const client = await clientOf(repository)
    const image = await anImage(client, repository)
    const manifests = [0, 1, 2, 3].map((seed) =>
      json({
        ...(JSON.parse(new TextDecoder().decode(image.manifest)) as object),
        annotations: { seed: String(seed) },
      }),
    )
    const outcomes = new Map<number, number>()
    const note = async (answer: Promise<Response>): Promise<void> => {
      const { status } = await answer
      outcomes.set(status, (outcomes.get(status) ?? 0) + 1)
    }
    let seed = 1000
    const operations: readonly (() => Promise<Response>)[] = [
      () => putManifest(client, repository, `t${seed % 7}`, manifests[seed++ % 4] ?? image.manifest),
      () => client('DELETE', `/v2/${repository}/manifests/t${seed++ % 7}`),
      () => pushInOne(client, seed++),
      async () => client('DELETE', `/v2/${repository}/manifests/${await digestOf(manifests[seed++ % 4] ?? json(1))}`),
    ]
    let turn = 0
    const doing = (count: number): Promise<void>[] =>
      Array.from({ length: count }, () => note((operations[turn++ % 4] ?? pushNothing)()))
    let changes = 0
    for (let round = 0; round < 8; round++) {
      const before = await contentOfRegistry()
      // Some are under way when the switch is decided, some come while it is, and some when it is in force.
      const underWay = doing(30)
      const switching = switchReadOnly(testContext(), on)
      underWay.push(...doing(30))
      await switching
      const inForce = await contentOfRegistry()
      if (before !== inForce) changes++
      await Promise.all([...underWay, ...doing(20)])
      expect(await contentOfRegistry()).toBe(inForce)
      await Promise.all([switchReadOnly(testContext(), off), ...doing(20)])
    }
    // Much was going on: it was refused, or done, and nothing failed in another way.
    expect([...outcomes.keys()].sort()).toEqual([201, 202, 404, 405])
    for (const status of [201, 202, 405]) expect(outcomes.get(status)).toBeGreaterThanOrEqual(10)
    expect([...outcomes.values()].reduce((sum, count) => sum + count, 0)).toBe(800)
    expect(changes).toBeGreaterThan(0)
  })

  it('by an overtaken caller neither opens nor closes anything', async () => {
    const context = testContext()
    const late = gateFor((await proposeChange(context, setReadOnly({ ...on, until: null }))).readOnly)
    expect(await switchReadOnly(context, off)).toMatchObject({ closed: false })
    expect(await setWriteGate(db, late)).toMatchObject({ closed: false })
    const client = await clientOf(repository)
    await pushImage(client, repository, 'open')

    const lateAgain = gateFor((await proposeChange(context, setReadOnly({ ...off, until: null }))).readOnly)
    const closed = await switchReadOnly(context, on)
    expect(await setWriteGate(db, lateAgain)).toEqual(closed)
    expect(await setWriteGate(db, { ...closed, closed: false })).toEqual(closed)
    expect((await client('DELETE', `/v2/${repository}/manifests/open`)).status).toBe(405)
    expect(late.token).toBeLessThan(lateAgain.token)
  })

  it('by many at once leaves the gate as the last decision says', async () => {
    await Promise.all(
      Array.from({ length: 6 }, (_, at) =>
        switchReadOnly(testContext(), at % 2 === 0 ? on : off).catch(() => undefined),
      ),
    )
    const { readOnly } = await proposeChange(testContext(), (state) => ({ kind: 'changed', state }))
    await catchUpGate(testContext(), (await look()).state)
    expect(await readWriteGate(db)).toMatchObject({ token: readOnly.token, closed: readOnly.on })
  })

  it('is brought into force by the cron trigger if the Worker crashed after the decision', async () => {
    const { readOnly } = await proposeChange(testContext(), setReadOnly({ ...on, until: null }))
    expect(await readWriteGate(db)).not.toMatchObject({ token: readOnly.token })
    await catchUpGate(testContext(), (await look()).state)
    expect(await readWriteGate(db)).toMatchObject({ token: readOnly.token, closed: true, reason: 'moving house' })
  })

  it('that one replica alone has heard of is no decision, and the gate does not follow it', async () => {
    const { state } = await look()
    if (state === undefined) throw new Error('nothing is decided')
    const { token } = await readWriteGate(db)
    const heard = { ...state.readOnly, on: true, token: Math.max(token, state.lastToken) + 1 }
    await catchUpGate(testContext(), { ...state, readOnly: heard })
    expect(await readWriteGate(db)).toMatchObject({ closed: false })
  })

  it('lets only the transaction pass that opens it for itself', async () => {
    const client = await clientOf(repository)
    await pushImage(client, repository, 'one')
    await pushImage(client, repository, 'two', 2)
    const { token } = await switchReadOnly(testContext(), on)
    const drop = (name: string) => env.DB.prepare('DELETE FROM tags WHERE name = ?').bind(name)
    await expect(drop('one').run()).rejects.toThrow('registry is read-only')
    await env.DB.batch([
      env.DB.prepare('UPDATE write_gate SET passing = ? WHERE token = ?').bind(token, token),
      drop('one'),
      env.DB.prepare('UPDATE write_gate SET passing = NULL'),
    ])
    await expect(drop('two').run()).rejects.toThrow('registry is read-only')
    expect((await env.DB.prepare('SELECT name FROM tags').all()).results).toEqual([{ name: 'two' }])
  })
})

const pushNothing = (): Promise<Response> => Promise.reject(new Error('there is no such operation'))

/** A blob in one request. */
async function pushInOne(client: Send, seed: number): Promise<Response> {
  const content = contentOf(300, seed)
  const started = await client('POST', `/v2/${repository}/blobs/uploads/`)
  const headers = { 'content-length': String(content.length) }
  return client('PUT', `${header(started, 'location')}?digest=${await digestOf(content)}`, { headers, body: content })
}

describe('POST /api/v0/admin/read_only', () => {
  const path = '/api/v0/admin/read_only'
  let admin: Person

  beforeEach(async () => {
    admin = await aPerson('root', { isAdmin: true })
  })

  it('says why and until when to those who are refused, and is over by itself', async () => {
    const client = await clientOf(repository)
    await pushImage(client, repository, 'latest')
    const until = new Date(Date.now() + 900).toISOString()
    const switched = await admin.ask('POST', path, { on: true, reason: 'moving house', until })
    expect([switched.status, await switched.json()]).toEqual([
      200,
      { on: true, reason: 'moving house', until, by: 'root' },
    ])
    expect(await (await admin.ask('GET', path)).json()).toEqual({ on: true, reason: 'moving house', until, by: 'root' })
    expect(await (await admin.ask('GET', '/api/v0/meta/settings')).json()).toMatchObject({ readOnlyRegistry: true })

    const refused = await client('DELETE', `/v2/${repository}/manifests/latest`)
    expect(refused.status).toBe(405)
    expect(header(refused, 'retry-after')).toBe('1')
    const { code, message } = await problemOf(refused)
    expect(code).toBe('UNSUPPORTED')
    expect(message).toContain(`the registry is read-only until ${until} (moving house)`)
    await scheduler.wait(1000)
    expect((await client('DELETE', `/v2/${repository}/manifests/latest`)).status).toBe(202)
    expect(await (await admin.ask('GET', path)).json()).toEqual({ on: false, reason: '', by: 'root' })
    expect(await (await admin.ask('GET', '/api/v0/meta/settings')).json()).toMatchObject({ readOnlyRegistry: false })
  })

  it('is an event, and ends when it is told to', async () => {
    const client = await clientOf(repository)
    await admin.ask('POST', path, { on: true, reason: 'moving house' })
    const started = await client('POST', `/v2/${repository}/blobs/uploads/`)
    const refused = await client('PATCH', header(started, 'location'), { body: contentOf(10) })
    expect((await problemOf(refused)).message).toContain('the registry is read-only for now (moving house): ')
    const ended = await admin.ask('POST', path, { on: false })
    expect(await ended.json()).toEqual({ on: false, reason: '', by: 'root' })
    await pushBlob(client, repository, contentOf(10))
    expect((await events()).filter(({ objectType }) => objectType === 'settings')).toMatchObject([
      { actor: 'root', objectName: 'readOnlyRegistry', content: { readOnlyRegistry: true, reason: 'moving house' } },
      { actor: 'root', objectName: 'readOnlyRegistry', content: { readOnlyRegistry: false } },
    ])
  })

  it('keeps why and until when, when the settings are sent back as they were', async () => {
    await admin.ask('POST', path, { on: true, reason: 'moving house' })
    const settings: unknown = await (await admin.ask('GET', '/api/v0/meta/settings')).json()
    expect((await admin.ask('POST', '/api/v0/meta/settings', settings)).status).toBe(202)
    expect(await (await admin.ask('GET', path)).json()).toMatchObject({ on: true, reason: 'moving house' })
  })

  it('refuses what means nothing', async () => {
    const past = new Date(Date.now() - 1000).toISOString()
    const future = new Date(Date.now() + 100_000).toISOString()
    for (const body of [
      {},
      { on: 'yes' },
      { on: true, until: past },
      { on: true, until: 'tomorrow' },
      { on: false, until: future },
      { on: true, reason: 'x'.repeat(301) },
      { on: true, why: 'x' },
    ]) {
      expect([body, (await admin.ask('POST', path, body)).status]).toEqual([body, 400])
    }
    expect(await readWriteGate(db)).toMatchObject({ closed: false })
  })

  it('is closed to all but system administrators', async () => {
    const alice = await aPerson('alice')
    const body = { headers: { 'content-type': 'application/json' }, body: '{"on":true}' }
    for (const [client, status] of [
      [alice.client, 403],
      [send, 401],
      [withToken(await tokenFor('alice', [])), 401],
    ] as const) {
      expect((await client('POST', path, body)).status).toBe(status)
      expect((await client('GET', path)).status).toBe(status)
    }
    expect(await readWriteGate(db)).toMatchObject({ closed: false })
  })
})
