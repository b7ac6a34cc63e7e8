/** Real replicas: their alarms, their drills, their verdicts and the way out when a majority is lost. */
import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterAll, describe, expect, it } from 'vitest'
import { readClusterRow } from '../../src/db/cluster/cluster.ts'
import { openDatabase } from '../../src/db/database.ts'
import { readWriteGate, setWriteGate } from '../../src/db/write-gate.ts'
import { RegistryError } from '../../src/errors.ts'
import { parseAccountName } from '../../src/names.ts'
import { proposeChange, readClusterState } from '../../src/replicas/cluster.ts'
import { bootstrapCluster } from '../../src/replicas/bootstrap.ts'
import { verdicts } from '../../src/replicas/health-vote.ts'
import { drillReplica, emergencyRepair, joinReplica, removeReplica } from '../../src/replicas/membership.ts'
import { switchReadOnly } from '../../src/replicas/read-only.ts'
import { setReadOnly } from '../../src/replicas/consensus/cluster-state.ts'
import { reconcileCluster } from '../../src/replicas/reconcile.ts'
import type { ReplicaAnswer, ReplicaRefusal } from '../../src/replicas/types.ts'
import { collectViews, isWritable, lookAtCluster } from '../../src/replicas/views.ts'
import { countRows } from '../support/content.ts'
import { testContext } from '../support/context.ts'
import { slowDatabase } from '../support/intercepted-database.ts'
import {
  alarms,
  alteredReplicas,
  drill,
  dropCluster,
  endDrill,
  look,
  ownCluster,
  replicaOf,
  viewOf,
  withCluster,
} from '../support/replicas.ts'

const db = testContext().db
const root = parseAccountName('root')
const on = { on: true, reason: 'moving house', until: undefined, by: root }
const off = { on: false, reason: '', until: undefined, by: root }

afterAll(async () => {
  await dropCluster()
  await withCluster()
})

const kindOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'done',
    (error: unknown) => (error instanceof RegistryError ? error.failure.kind : error),
  )

/** Why a replica refuses what it is asked over RPC. */
async function refusalOf(call: Promise<ReplicaAnswer<unknown>>): Promise<ReplicaRefusal | undefined> {
  const answer = await call
  return answer.kind === 'refused' ? answer.why : undefined
}

describe('a new cluster', () => {
  it.each([1, 3, 5, 7])('of %i is healthy at once, in different places, with ids of twelve digits', async (count) => {
    const ids = await ownCluster(count)
    expect(new Set(ids).size).toBe(count)
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{12}$/)
    const { verdicts: found, members, isFounding } = await look()
    expect(found).toMatchObject({ healthyCount: count, hasMajority: true, error: '' })
    expect(new Set(members.map(({ location }) => location)).size).toBe(count)
    expect(isFounding).toBe(false)
    expect(await countRows('replica_heartbeats', `id IN ('${ids.join("','")}')`)).toBe(count)
  })

  it('is made once, however many requests make it', async () => {
    await dropCluster()
    const rows = await Promise.all(Array.from({ length: 8 }, () => bootstrapCluster(testContext())))
    expect(new Set(rows.map(({ founding }) => founding)).size).toBe(1)
    expect((await look()).verdicts.healthyCount).toBe(3)
    expect(await readClusterState(testContext())).toMatchObject({ epoch: 1, version: 1, readOnly: { on: false } })
  })

  it('takes over a registry that is read-only, and its tokens are higher than any that the gate has seen', async () => {
    await dropCluster()
    const token = 5 * 2 ** 32 + 17
    await setWriteGate(db, { token, closed: true, reason: 'restored', until: undefined, by: root })
    await bootstrapCluster(testContext())
    const state = await readClusterState(testContext())
    expect(state.readOnly).toMatchObject({ on: true, reason: 'restored', by: 'root' })
    expect(state.readOnly.token).toBeGreaterThan(token)
    expect(await switchReadOnly(testContext(), off)).toMatchObject({ closed: false })
  })

  it('leaves no object in R2', async () => {
    await ownCluster(3)
    expect((await env.BUCKET.list()).objects).toEqual([])
  })
})

describe('a drill', () => {
  it.each([3, 5, 7])(
    'of a minority of %i leaves a majority; one more takes it away; its end brings it back',
    async (count) => {
      const ids = await ownCluster(count)
      const minority = ids.slice(0, (count - 1) / 2)
      const rest = ids.slice(minority.length)
      const [last = '', ...survivors] = rest
      await drill(...minority)
      await alarms(...rest)
      const some = await look()
      expect(some.verdicts).toMatchObject({ healthyCount: rest.length, hasMajority: true, error: '' })
      for (const id of minority) {
        expect(some.verdicts.replicas[id]).toMatchObject({ healthy: false, error: 'it does not answer' })
      }
      expect(await switchReadOnly(testContext(), on)).toMatchObject({ closed: true })

      await drill(last)
      await alarms(...survivors)
      const lost = await look()
      expect(lost.verdicts).toMatchObject({ healthyCount: 0, hasMajority: false })
      expect(lost.verdicts.error).toBe(`0 of ${count} replicas are healthy, and ${(count + 1) / 2} are needed`)
      expect(isWritable(lost)).toBe(false)
      const { token } = await readWriteGate(db)
      expect(await kindOf(switchReadOnly(testContext(), off))).toBe('no-majority')
      expect(await readWriteGate(db)).toMatchObject({ token, closed: true })

      await endDrill(last)
      await alarms(last, ...survivors)
      expect((await look()).verdicts).toMatchObject({ healthyCount: rest.length, hasMajority: true })
      expect(await switchReadOnly(testContext(), off)).toMatchObject({ closed: false })
      await endDrill(...minority)
      await alarms(...ids, ...ids)
      expect((await look()).verdicts.healthyCount).toBe(count)
    },
  )

  it('ends automatically, and is only for existing replicas', async () => {
    const [first = '', ...others] = await ownCluster(3)
    await drillReplica(testContext(), first, Date.now() + 300)
    expect(await refusalOf(replicaOf(first).view())).toBe('out-of-service')
    await alarms(...others)
    expect((await look()).verdicts.replicas[first]?.healthy).toBe(false)
    await scheduler.wait(350)
    await alarms(first, ...others)
    expect((await look()).verdicts.healthyCount).toBe(3)
    expect(await kindOf(drillReplica(testContext(), 'ffffffffffff', 0))).toBe('replica-unknown')
  })

  it('keeps the state of the replica', async () => {
    const [id = ''] = await ownCluster(3)
    await replicaOf(id).report({ pulls: 3 })
    await drill(id)
    expect(await refusalOf(replicaOf(id).report({ pulls: 1 }))).toBe('out-of-service')
    await endDrill(id)
    expect(await viewOf(id)).toMatchObject({ id, epoch: 1, retired: false, counters: { pulls: 3 } })
  })
})

async function anyRow() {
  const row = await readClusterRow(db)
  if (row === undefined) throw new Error('there is no cluster')
  return row
}

describe('a replica', () => {
  it('keeps its promises when it is started again', async () => {
    const [id = ''] = await ownCluster(3)
    const configuration = await anyRow()
    const high = { kind: 'prepare', ballot: { counter: 1000, proposer: 'x' }, configuration } as const
    expect(await replicaOf(id).vote(high)).toMatchObject({ value: { kind: 'promised' } })
    await replicaOf(id).start({ id, location: 'weur', foundedAt: Date.now(), founding: null })
    await evictDurableObject(replicaOf(id))
    const low = { kind: 'prepare', ballot: { counter: 999, proposer: 'y' }, configuration } as const
    expect(await replicaOf(id).vote(low)).toMatchObject({ value: { kind: 'overtaken', promised: high.ballot } })
  })

  it('that was never started neither votes nor is seen', async () => {
    await ownCluster(3)
    const message = { kind: 'prepare', ballot: { counter: 1, proposer: 'x' }, configuration: await anyRow() } as const
    expect(await refusalOf(replicaOf('eeeeeeeeeeee').vote(message))).toBe('never-started')
    expect(await refusalOf(replicaOf('eeeeeeeeeeee').view())).toBe('never-started')
  })

  it('is started once: its state survives a second founding', async () => {
    const ids = await ownCluster(3)
    await switchReadOnly(testContext(), on)
    // All of them: one that forgets is outvoted by the others.
    for (const id of ids) await replicaOf(id).start({ id, location: 'weur', foundedAt: Date.now(), founding: null })
    expect(await readClusterState(testContext())).toMatchObject({ readOnly: { on: true } })
  })

  it('names the subsystem that fails, by a majority of the observers', async () => {
    const ids = await ownCluster(3)
    for (const id of ids) {
      await runInDurableObject(replicaOf(id), (instance) => {
        // As if the secret had been forgotten in a deployment.
        Reflect.set(instance, 'env', { ...Reflect.get(instance, 'env'), REGISTRY_SECRET: 'short' })
      })
    }
    await alarms(...ids, ...ids)
    const { verdicts: found } = await look()
    expect(found).toMatchObject({ healthyCount: 0, hasMajority: false })
    expect(found.error).toMatch(/^garant: REGISTRY_SECRET must have at least 32 characters/)
    expect(found.error).toMatch(/0 of 3 replicas are healthy/)
    for (const id of ids) await evictDurableObject(replicaOf(id))
    await alarms(...ids, ...ids)
    expect((await look()).verdicts.healthyCount).toBe(3)
  })

  it('fails a probe that hangs, in time', async () => {
    const [id = ''] = await ownCluster(1)
    await runInDurableObject(replicaOf(id), (instance) => {
      const hanging = { head: () => new Promise(() => undefined) }
      Reflect.set(instance, 'env', { ...Reflect.get(instance, 'env'), BUCKET: hanging })
    })
    const begun = Date.now()
    await alarms(id)
    expect(Date.now() - begun).toBeLessThan(6000)
    expect((await look()).verdicts.error).toMatch(/^registry: no answer within 2000 ms/)
    await evictDurableObject(replicaOf(id))
  })

  /** Puts other bindings in place of a replica's own, until it is evicted from memory. */
  const rebind = (id: string, bindings: object) =>
    runInDurableObject(replicaOf(id), (instance) => {
      Reflect.set(instance, 'env', { ...Reflect.get(instance, 'env'), ...bindings })
    })

  it('stays healthy when D1 stalls for two seconds across its alarm', async () => {
    const ids = await ownCluster(1)
    const [id = ''] = ids
    const stalledUntil = Date.now() + 2000
    await rebind(id, { DB: slowDatabase(() => stalledUntil - Date.now()) })
    await alarms(id)
    expect((await look()).verdicts).toMatchObject({ healthyCount: 1, hasMajority: true })
    await evictDurableObject(replicaOf(id))
  })

  it('stays healthy after one failure of R2, but not after two in a row', async () => {
    const [id = ''] = await ownCluster(1)
    let failures = 1
    const head = async () => {
      if (failures-- > 0) throw new Error('Service Unavailable (10043)')
      return null
    }
    await rebind(id, { BUCKET: { head } })
    await alarms(id)
    expect((await look()).verdicts.error).toBe('')
    failures = 2
    await alarms(id)
    expect((await look()).verdicts.error).toMatch(/^registry: Service Unavailable/)
    // The next look comes soon, and one good look heals.
    const next = await runInDurableObject(replicaOf(id), (_instance, state) => state.storage.getAlarm())
    expect((next ?? Infinity) - Date.now()).toBeLessThanOrEqual(2000)
    await alarms(id)
    expect((await look()).verdicts.error).toBe('')
    await evictDurableObject(replicaOf(id))
  })

  it('stays healthy when a peer is silent once', async () => {
    const [id = '', ...others] = await ownCluster(3)
    let silences = 1
    await rebind(id, {
      REPLICAS: alteredReplicas((view) => {
        if (silences-- > 0) throw new Error('busy')
        return view
      }),
    })
    await alarms(id)
    const { observations } = await viewOf(id)
    expect(observations.map(({ healthy }) => healthy)).toEqual([true, true, true])
    silences = 4
    await alarms(id)
    const later = await viewOf(id)
    expect(
      later.observations
        .filter(({ healthy }) => !healthy)
        .map(({ peer }) => peer)
        .sort(),
    ).toEqual(others.sort())
    await evictDurableObject(replicaOf(id))
  })

  it('whose alarm was lost is woken by the cron trigger', async () => {
    const ids = await ownCluster(3)
    for (const id of ids) {
      await runInDurableObject(replicaOf(id), async (_instance, state) => {
        await state.storage.deleteAlarm()
        state.storage.kv.put('probed', { probes: [], at: 1 })
        state.storage.kv.put('observations', [])
      })
    }
    expect((await look()).verdicts.hasMajority).toBe(false)
    await reconcileCluster(testContext())
    expect((await look()).verdicts.healthyCount).toBe(3)
    for (const id of ids) {
      const alarm = await runInDurableObject(replicaOf(id), (_instance, state) => state.storage.getAlarm())
      expect(alarm).toBeGreaterThan(Date.now())
    }
  })
})

describe('members', () => {
  it('join and leave one by one, and D1 follows', async () => {
    const ids = await ownCluster(3)
    const context = testContext()
    const { member } = await joinReplica(context, 'oc')
    expect(member.location).toBe('oc')
    expect((await anyRow()).members.map(({ id }) => id)).toEqual([...ids, member.id])
    await alarms(...ids, member.id)
    expect((await look()).verdicts).toMatchObject({ healthyCount: 4, majority: 3 })
    const [gone = ''] = ids
    await removeReplica(context, gone)
    expect((await anyRow()).members.map(({ id }) => id)).toEqual([...ids.slice(1), member.id])
    expect(await countRows('replica_heartbeats', `id = '${gone}'`)).toBe(0)
    expect(await switchReadOnly(testContext(), on)).toMatchObject({ closed: true })
    expect(await kindOf(removeReplica(context, gone))).toBe('replica-unknown')
    expect((await look()).verdicts.replicas[gone]).toBeUndefined()
  })

  it('that an isolate does not know are found through those that it knows', async () => {
    const ids = await ownCluster(3)
    const before = await anyRow()
    const { member } = await joinReplica(testContext())
    await removeReplica(testContext(), ids[0] ?? '')
    expect((await proposeChange(testContext(), setReadOnly({ ...on, until: null }), before)).members).toHaveLength(3)
    expect((await readClusterState(testContext(), before)).members.map(({ id }) => id)).toContain(member.id)
  })

  const alarmOf = (id: string) => runInDurableObject(replicaOf(id), (_instance, state) => state.storage.getAlarm())

  it('that were removed delete themselves, also those that could not be told', async () => {
    const [told = '', untold = '', ...others] = await ownCluster(5)
    await alarms(told, untold, ...others)
    await removeReplica(testContext(), told)
    expect([(await viewOf(told)).retired, await alarmOf(told)]).toEqual([true, null])
    await drill(untold)
    await removeReplica(testContext(), untold)
    await endDrill(untold)
    await alarms(untold)
    expect([(await viewOf(untold)).retired, await alarmOf(untold)]).toEqual([true, null])
    expect((await look()).verdicts).toMatchObject({ healthyCount: 3, majority: 2 })
    expect(await countRows('replica_heartbeats', `id IN ('${told}', '${untold}')`)).toBe(0)
  })

  it('that should join and were forgotten delete themselves after some minutes', async () => {
    await ownCluster(3)
    const id = 'fedcbafedcba'
    await replicaOf(id).start({ id, location: 'oc', foundedAt: Date.now(), founding: null })
    await alarms(id)
    expect(await alarmOf(id)).not.toBeNull()
    await runInDurableObject(replicaOf(id), (_instance, state) => {
      state.storage.kv.put('startedAt', Date.now() - 6 * 60_000)
    })
    await alarms(id)
    expect([(await viewOf(id)).retired, await alarmOf(id)]).toEqual([true, null])
  })

  it('that missed a change catch up, and the cluster then survives the loss of another one', async () => {
    const [gone = '', next = '', slow = ''] = await ownCluster(3)
    await drill(slow)
    const { member } = await joinReplica(testContext())
    await removeReplica(testContext(), gone)
    await endDrill(slow)
    await reconcileCluster(testContext())
    await alarms(next, slow, member.id)
    await drill(next)
    await alarms(slow, member.id)
    expect((await look()).verdicts).toMatchObject({ healthyCount: 2, hasMajority: true })
  })

  it('that could not be started with the others are started by the cron trigger', async () => {
    await dropCluster()
    let lost: string | undefined
    const replicas = new Proxy(env.REPLICAS, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name)
        if (typeof member !== 'function') return member
        if (name !== 'get') return member.bind(target)
        return (id: DurableObjectId) => {
          lost ??= id.toString()
          const fail = (): Promise<never> => Promise.reject(new Error('unreachable'))
          return id.toString() === lost ? { start: fail, check: fail, view: fail, vote: fail } : target.get(id)
        }
      },
    })
    for (let turn = 0; turn < 2; turn++) await bootstrapCluster({ ...testContext(), replicas })
    expect((await look()).verdicts.healthyCount).toBe(2)
    await reconcileCluster(testContext())
    expect((await look()).verdicts.healthyCount).toBe(3)
  })

  it('do not delete themselves because of a restored database, and one of them can become the cluster', async () => {
    const old = await ownCluster(3)
    const past = await anyRow()
    for (const id of old) {
      await joinReplica(testContext())
      await removeReplica(testContext(), id)
    }
    const members = (await anyRow()).members.map(({ id }) => id)
    await env.DB.prepare('UPDATE cluster SET version = ?, members = ?')
      .bind(past.version, JSON.stringify(past.members))
      .run()
    await alarms(...members)
    for (const id of members) expect((await viewOf(id)).retired).toBe(false)
    expect(await kindOf(emergencyRepair(testContext(), old[0] ?? ''))).toBe('replicas-unchanged')
    const [survivor = ''] = members
    expect((await emergencyRepair(testContext(), survivor)).members).toMatchObject([{ id: survivor }])
    expect((await look()).verdicts).toMatchObject({ healthyCount: 1, hasMajority: true })
  })

  it('an interrupted change is completed by the cron trigger', async () => {
    const ids = await ownCluster(3)
    const context = testContext()
    const member = { id: 'abcdefabcdef', location: 'oc' }
    await replicaOf(member.id).start({ ...member, foundedAt: Date.now(), founding: null })
    await proposeChange(context, (state) => ({
      kind: 'changed',
      state: { ...state, members: [...state.members, member], leaving: state.members },
    }))
    expect((await readClusterState(context)).leaving).toHaveLength(3)
    await reconcileCluster(testContext())
    expect((await readClusterState(context)).leaving).toBeUndefined()
    expect((await anyRow()).members.map(({ id }) => id)).toEqual([...ids, member.id])
  })
})

describe('an emergency repair', () => {
  it('is refused while a majority is healthy, unless it is forced', async () => {
    const [one = ''] = await ownCluster(3)
    expect(await kindOf(emergencyRepair(testContext(), one))).toBe('replicas-unchanged')
    expect((await anyRow()).members).toHaveLength(3)
    expect((await emergencyRepair(testContext(), one, true)).members).toMatchObject([{ id: one }])
  })

  it('makes one survivor the cluster; the evicted, coming back, neither vote nor count', async () => {
    const [survivor = '', ...evicted] = await ownCluster(3)
    await switchReadOnly(testContext(), on)
    const before = await anyRow()
    await drill(...evicted)
    await alarms(survivor)
    expect((await look()).verdicts.hasMajority).toBe(false)

    const repaired = await emergencyRepair(testContext(), survivor)
    expect(repaired).toMatchObject({ members: [{ id: survivor }], readOnly: { on: true, reason: 'moving house' } })
    expect(repaired.epoch).toBeGreaterThan(before.epoch)
    expect(await anyRow()).toMatchObject({ epoch: repaired.epoch, members: [{ id: survivor }] })
    expect((await look()).verdicts).toMatchObject({ healthyCount: 1, majority: 1, hasMajority: true })
    expect(await switchReadOnly(testContext(), off)).toMatchObject({ closed: false })

    // They come back after more than the time for which they trust what they saw.
    await endDrill(...evicted)
    for (const id of evicted) await evictDurableObject(replicaOf(id))
    const accept = { kind: 'accept', ballot: { counter: 5000, proposer: 'late' } } as const
    const value = { ...repaired, epoch: before.epoch, members: before.members }
    for (const id of evicted) {
      const configuration = { ...before, members: before.members }
      const prepare = { kind: 'prepare', ballot: { counter: 5000, proposer: 'late' }, configuration } as const
      expect(await refusalOf(replicaOf(id).vote(prepare))).toBe('evicted')
      expect(await refusalOf(replicaOf(id).vote({ ...accept, value }))).toBe('evicted')
      expect(await viewOf(id)).toMatchObject({ retired: true, epoch: before.epoch })
    }
    // A proposer that still counts on the old members learns of the new epoch, or is refused.
    const late = proposeChange(testContext(), setReadOnly({ ...on, until: null }), before)
    expect((await late).epoch).toBe(repaired.epoch)
    const found = await look()
    expect(Object.keys(found.verdicts.replicas)).toEqual([survivor])
    const views = await collectViews(testContext(), before.members)
    expect(verdicts(found.members, views, Date.now())).toMatchObject({ healthyCount: 1, majority: 1 })
    expect(
      await refusalOf(
        replicaOf(evicted[0] ?? '').start({ id: 'x', location: '', foundedAt: Date.now(), founding: null }),
      ),
    ).toBe('evicted')
  })

  it('is told to evicted replicas that answer, which stop voting at once', async () => {
    const [survivor = '', other = '', third = ''] = await ownCluster(3)
    const configuration = await anyRow()
    await emergencyRepair(testContext(), survivor, true)
    for (const id of [other, third]) {
      const message = { kind: 'prepare', ballot: { counter: 7, proposer: 'x' }, configuration } as const
      expect(await refusalOf(replicaOf(id).vote(message))).toBe('evicted')
    }
    const { member } = await joinReplica(testContext())
    await joinReplica(testContext())
    expect((await look()).members).toHaveLength(3)
    expect((await look()).verdicts.hasMajority).toBe(true)
    expect(member.id).not.toBe(other)
  })

  it('whose answer is lost leaves the gate as it was, and is completed by a second request', async () => {
    const [slow = '', ...others] = await ownCluster(3)
    await drill(slow)
    await switchReadOnly(testContext(), on)
    await drill(...others)
    await endDrill(slow)
    const dies = new Proxy(env.DB, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name)
        if (typeof member !== 'function') return member
        // The row of the cluster is the first thing that is written, and it is not.
        return name === 'batch' ? () => Promise.reject(new Error('the Worker died')) : (member.bind(target) as unknown)
      },
    })
    await expect(emergencyRepair({ ...testContext(), db: openDatabase(dies) }, slow)).rejects.toThrow('died')
    await alarms(slow)
    await reconcileCluster(testContext())
    expect(await readWriteGate(db)).toMatchObject({ closed: true, reason: 'moving house' })
    await emergencyRepair(testContext(), slow, true)
    expect(await readWriteGate(db)).toMatchObject({ closed: true, reason: 'moving house' })
  })

  it('of another survivor, after one whose answer was lost, leaves one cluster', async () => {
    const [first = '', second = '', third = ''] = await ownCluster(3)
    const known = await anyRow()
    await drill(second)
    expect(await replicaOf(first).repair({ epoch: known.epoch })).toMatchObject({ value: { kind: 'repaired' } })
    await drill(first)
    await emergencyRepair(testContext(), third)
    await endDrill(first, second)
    await alarms(first, second, third)
    expect(await Promise.all([first, second, third].map(async (id) => (await viewOf(id)).retired))).toEqual([
      true,
      true,
      false,
    ])
    const view = await lookAtCluster(testContext(), known)
    expect(view?.members).toMatchObject([{ id: third }])
  })

  it('keeps the last switch in force, also when the survivor missed it', async () => {
    const [survivor = '', ...others] = await ownCluster(3)
    await drill(survivor)
    await switchReadOnly(testContext(), on)
    await endDrill(survivor)
    await drill(...others)
    const { token } = await readWriteGate(db)
    const { readOnly } = await emergencyRepair(testContext(), survivor)
    expect(readOnly).toMatchObject({ on: true, reason: 'moving house', by: 'root' })
    expect(await readWriteGate(db)).toMatchObject({ closed: true, token: readOnly.token })
    expect(readOnly.token).toBeGreaterThan(token)
  })

  it('reaches D1 through the cron trigger if the Worker that requested it crashed', async () => {
    const [survivor = '', ...others] = await ownCluster(3)
    const before = await anyRow()
    expect(await replicaOf(survivor).repair({ epoch: 0 })).toMatchObject({ value: { kind: 'repaired' } })
    await reconcileCluster(testContext())
    const row = await anyRow()
    expect(row.members.map(({ id }) => id)).toEqual([survivor])
    expect(row.epoch).toBeGreaterThan(before.epoch)
    for (const id of others) await alarms(id)
    expect(await viewOf(others[0] ?? '')).toMatchObject({ retired: true })
  })

  it('is refused for an unknown replica and for one that does not answer', async () => {
    const [id = ''] = await ownCluster(3)
    expect(await kindOf(emergencyRepair(testContext(), 'ffffffffffff'))).toBe('replica-unknown')
    await drill(id)
    expect(await kindOf(emergencyRepair(testContext(), id, true))).toBe('replica-unreachable')
  })
})
