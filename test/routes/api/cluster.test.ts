/** The reports on the cluster, and what an operator does with its replicas. */
import { env } from 'cloudflare:workers'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { forgetClusterView } from '../../../src/replicas/view-cache.ts'
import { problemOf } from '../../support/client.ts'
import { events } from '../../support/events.ts'
import { aPerson, type Person } from '../../support/people.ts'
import { alarms, drill, dropCluster, ownCluster, withCluster } from '../../support/replicas.ts'

let ids: string[]
let root: Person

beforeEach(async () => {
  ids = await ownCluster(3)
  root = await aPerson('root', { isAdmin: true })
})

afterAll(async () => {
  await dropCluster()
  await withCluster()
})

interface Status {
  rethink_system_tables: Record<string, { status?: unknown }[]>
  replica_health: Record<string, string>
  replica_timestamp: Record<string, string>
  replica_readonly: Record<string, boolean>
  gc_lock_holder: string
}

interface Replicas {
  epoch: number
  healthy: number
  majority: number
  hasMajority: boolean
  replicas: { id: string; location: string; healthy: boolean; answers: boolean; probes: { error: string }[] }[]
}

const read = async <Answer>(path: string): Promise<Answer> => {
  const response = await root.ask('GET', path)
  expect([path, response.status]).toEqual([path, 200])
  return response.json<Answer>()
}

const status = () => read<Status>('/api/v0/meta/cluster_status')
const alerts = () => read<{ id: string; class: string; message: string }[]>('/api/v0/meta/alerts')
const replicas = () => read<Replicas>('/api/v0/admin/replicas')

describe('cluster_status', () => {
  it('has the five keys of DTR, of all replicas', async () => {
    const found = await status()
    expect(Object.keys(found).sort()).toEqual([
      'gc_lock_holder',
      'replica_health',
      'replica_readonly',
      'replica_timestamp',
      'rethink_system_tables',
    ])
    expect(found.replica_health).toEqual(Object.fromEntries(ids.map((id) => [id, 'OK'])))
    expect(found.replica_readonly).toEqual(Object.fromEntries(ids.map((id) => [id, false])))
    for (const id of ids) expect(Date.now() - Date.parse(found.replica_timestamp[id] ?? '')).toBeLessThan(60_000)
    expect(found.gc_lock_holder).toBe('')
    const tables = found.rethink_system_tables
    expect(Object.keys(tables).sort()).toEqual([
      'cluster_config',
      'current_issues',
      'db_config',
      'server_status',
      'stats',
      'table_config',
      'table_status',
    ])
    expect(tables['current_issues']).toEqual([])
    expect(tables['server_status']).toHaveLength(3)
  })

  it('tells of a replica that is gone, of a lost majority and of read-only mode, and so do the alerts', async () => {
    expect(await alerts()).toEqual([])
    expect((await root.ask('POST', '/api/v0/admin/read_only', { on: true, reason: 'moving' })).status).toBe(200)
    const [one = '', two = '', three = ''] = ids
    await drill(three)
    await alarms(one, two)
    const found = await status()
    expect(found.replica_health).toMatchObject({ [one]: 'OK', [two]: 'OK', [three]: 'it does not answer' })
    expect(found.replica_readonly[one]).toBe(true)
    expect(found.rethink_system_tables['current_issues']).toMatchObject([{ critical: false }])
    const [unhealthy, readOnly] = await alerts()
    expect(unhealthy).toMatchObject({ id: 'unhealthy_replicas', class: 'warning' })
    expect(unhealthy?.message).toContain(`The following replicas are unhealthy: ${three}; Reasons: `)
    expect(readOnly).toMatchObject({ id: 'read_only', message: 'The registry is read-only: moving' })

    await drill(two)
    await alarms(one)
    expect((await alerts())[0]).toMatchObject({ id: 'no_majority', class: 'critical' })
    const lost = (await status()).rethink_system_tables
    expect(lost['current_issues']?.[0]).toMatchObject({ critical: true })
    expect(lost['table_status']?.[0]?.status).toMatchObject({ ready_for_writes: false, ready_for_outdated_reads: true })
  })
})

describe('the replicas', () => {
  it('are listed with their health and their probes', async () => {
    const found = await replicas()
    expect(found).toMatchObject({ healthy: 3, majority: 2, hasMajority: true, error: '' })
    expect(found.replicas.map(({ id }) => id).sort()).toEqual([...ids].sort())
    for (const one of found.replicas) {
      expect(one).toMatchObject({ healthy: true, answers: true })
      expect(one.probes.map(({ error }) => error)).toEqual(['', '', '', ''])
    }
  })

  it('join and leave, one by one, and it is written down', async () => {
    const response = await root.ask('POST', '/api/v0/admin/replicas', { location: 'oc' })
    expect(response.status).toBe(201)
    const { id, location } = await response.json<{ id: string; location: string }>()
    expect([id, location]).toEqual([expect.stringMatching(/^[0-9a-f]{12}$/), 'oc'])
    expect((await replicas()).replicas.map((one) => one.id)).toContain(id)
    const anywhere = await root.ask('POST', '/api/v0/admin/replicas')
    expect(anywhere.status).toBe(201)
    const second = await anywhere.json<{ id: string }>()
    for (const gone of [second.id, id]) {
      expect((await root.ask('DELETE', `/api/v0/admin/replicas/${gone}`)).status).toBe(200)
    }
    expect((await replicas()).replicas.map((one) => one.id).sort()).toEqual([...ids].sort())
    const written = await events("object_name = 'replicas'")
    expect(written.map(({ actor, content }) => [actor, content])).toMatchObject([
      ['root', { operation: 'join', location: 'oc' }],
      ['root', { operation: 'join' }],
      ['root', { operation: 'remove' }],
      ['root', { operation: 'remove' }],
    ])
  })

  it('go out of service for a drill, and come back', async () => {
    const [one = '', two = '', three = ''] = ids
    const path = `/api/v0/admin/replicas/${three}/drill`
    expect((await root.ask('POST', path, { seconds: 600 })).status).toBe(200)
    await alarms(one, two)
    expect(await replicas()).toMatchObject({ healthy: 2, hasMajority: true })
    expect((await root.ask('POST', path, { seconds: 0 })).status).toBe(200)
    await alarms(three, one, two)
    expect(await replicas()).toMatchObject({ healthy: 3 })
    for (const seconds of [-1, 86_401, 1.5, '1']) {
      expect((await root.ask('POST', path, { seconds })).status).toBe(400)
    }
    expect(await events("object_name = 'replicas'")).toHaveLength(2)
  })

  it('become a cluster of one by an emergency repair, when the majority is lost', async () => {
    const [one = '', ...others] = ids
    await drill(...others)
    await alarms(one)
    forgetClusterView(env.REPLICAS)
    expect((await root.ask('POST', '/api/v0/admin/replicas')).status).toBe(503)
    const { epoch } = await replicas()
    const response = await root.ask('POST', `/api/v0/admin/replicas/${one}/emergency_repair`)
    expect(response.status).toBe(200)
    const repaired = await response.json<{ epoch: number; members: { id: string }[] }>()
    expect(repaired.members).toMatchObject([{ id: one }])
    expect(repaired.epoch).toBeGreaterThan(epoch)
    expect(await replicas()).toMatchObject({ epoch: repaired.epoch, healthy: 1, hasMajority: true })
    expect(await events("object_name = 'replicas'")).toMatchObject([{ content: { operation: 'emergency-repair' } }])
  })

  it('that do not exist are refused', async () => {
    const unknown = '/api/v0/admin/replicas/000000000000'
    const drilled = await root.ask('POST', `${unknown}/drill`, { seconds: 1 })
    expect([drilled.status, (await problemOf(drilled)).code]).toEqual([404, 'NO_SUCH_REPLICA'])
    const repaired = await root.ask('POST', `${unknown}/emergency_repair`)
    expect([repaired.status, (await problemOf(repaired)).code]).toEqual([404, 'NO_SUCH_REPLICA'])
    const removed = await root.ask('DELETE', unknown)
    expect([removed.status, (await problemOf(removed)).code]).toEqual([404, 'NO_SUCH_REPLICA'])
    expect((await root.ask('DELETE', '/api/v0/admin/replicas/x')).status).toBe(400)
    expect((await root.ask('POST', '/api/v0/admin/replicas', { location: 'moon' })).status).toBe(400)
    expect(await events("object_name = 'replicas'")).toEqual([])
  })

  it('are for system administrators alone', async () => {
    const bob = await aPerson('bob')
    for (const [method, path] of [
      ['GET', 'meta/cluster_status'],
      ['GET', 'meta/alerts'],
      ['GET', 'admin/replicas'],
      ['POST', 'admin/replicas'],
      ['DELETE', `admin/replicas/${ids[0] ?? ''}`],
      ['POST', `admin/replicas/${ids[0] ?? ''}/emergency_repair`],
    ] as const) {
      expect([path, (await bob.ask(method, `/api/v0/${path}`)).status]).toEqual([path, 403])
    }
    expect(await replicas()).toMatchObject({ healthy: 3 })
  })
})
