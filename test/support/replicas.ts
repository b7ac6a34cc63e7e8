/** Replicas for tests: real Durable Objects, whose alarms a test drives itself. */
import { runDurableObjectAlarm } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { readClusterRow } from '../../src/db/cluster/cluster.ts'
import { openDatabase } from '../../src/db/database.ts'
import { askReplica } from '../../src/replicas/asking.ts'
import { readClusterState } from '../../src/replicas/cluster.ts'
import { bootstrapCluster } from '../../src/replicas/bootstrap.ts'
import { forgetHealth } from '../../src/replicas/health-check.ts'
import { stubOf } from '../../src/replicas/locations.ts'
import type { ReplicaAnswer, ReplicaRpc, ReplicaView } from '../../src/replicas/types.ts'
import { clusterViewNow, forgetClusterView } from '../../src/replicas/view-cache.ts'
import { lookAtCluster, type ClusterView } from '../../src/replicas/views.ts'
import { testContext } from './context.ts'

/** A cluster that all tests share, and that the isolate knows. */
export async function withCluster(): Promise<void> {
  if ((await readClusterRow(openDatabase(env.DB))) !== undefined) return
  forgetClusterView(env.REPLICAS)
  const begun: Promise<void>[] = []
  await clusterViewNow({ ...testContext(), background: (work) => void begun.push(work) })
  await Promise.all(begun)
}

/**
 * Gives a file the cluster that its tests expect: one that has decided nothing. What an earlier file left decided
 * (read-only mode, the lock of a collection) outlives the rows of D1 in the replicas.
 */
export async function undecidedCluster(): Promise<void> {
  await withCluster()
  const { readOnly, gcLock } = await readClusterState(testContext())
  if (!readOnly.on && gcLock === null) return
  await dropCluster()
  await withCluster()
}

/** A cluster of a test's own in place of the shared one. @returns the ids of its replicas */
export async function ownCluster(count: number): Promise<string[]> {
  await dropCluster()
  const { members } = await bootstrapCluster(testContext({ replicaCount: count }))
  return members.map(({ id }) => id)
}

/** The replicas of the cluster end their lives, so that no alarm of theirs disturbs what follows. */
export async function dropCluster(): Promise<void> {
  const row = await readClusterRow(openDatabase(env.DB))
  await env.DB.batch([env.DB.prepare('DELETE FROM cluster'), env.DB.prepare('DELETE FROM write_gate')])
  forgetClusterView(env.REPLICAS)
  forgetHealth(env.REPLICAS)
  for (const { id } of row?.members ?? []) await endReplica(id)
}

/** Ends the life of a replica. */
export async function endReplica(id: string): Promise<void> {
  const replica = replicaOf(id)
  await replica.drill(0)
  await replica.evict(Number.MAX_SAFE_INTEGER)
}

export const replicaOf = (id: string): DurableObjectStub<ReplicaRpc> => stubOf(env.REPLICAS, { id, location: '' })

/** What a replica says of itself. @throws ReplicaRefused when it refuses */
export const viewOf = (id: string): Promise<ReplicaView> =>
  askReplica(env.REPLICAS, { id, location: '' }, 5000, async (replica) => replica.view())

/** A binding of one's own, so that nothing is known of its replicas yet; it writes down what they are asked. */
export function countingReplicas(delayMilliseconds = 0): {
  readonly replicas: DurableObjectNamespace<ReplicaRpc>
  readonly calls: string[]
} {
  const calls: string[] = []
  const replicas = new Proxy(env.REPLICAS, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      if (name !== 'get') return member.bind(target)
      return (...parameters: unknown[]) => countingStub(Reflect.apply(member, target, parameters) as object)
    },
  })
  const countingStub = (stub: object): object =>
    new Proxy(stub, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name)
        if (typeof member !== 'function') return member
        return async (...parameters: unknown[]): Promise<unknown> => {
          calls.push(String(name))
          await scheduler.wait(delayMilliseconds)
          return Reflect.apply(member, target, parameters)
        }
      },
    })
  return { replicas, calls }
}

/** A binding of one's own whose replicas say what they know only after this has gone over it. */
export function alteredReplicas(
  alter: (view: ReplicaView) => ReplicaView | Promise<ReplicaView>,
): DurableObjectNamespace<ReplicaRpc> {
  const altered = async (stub: DurableObjectStub<ReplicaRpc>): Promise<ReplicaAnswer<ReplicaView>> => {
    const answer = await stub.view()
    return answer.kind === 'answered' ? { kind: 'answered', value: await alter(answer.value) } : answer
  }
  return new Proxy(env.REPLICAS, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      if (name !== 'get') return member.bind(target)
      return (id: DurableObjectId) => {
        const stub = target.get(id)
        return new Proxy(stub, {
          get: (replica, asked) => (asked === 'view' ? () => altered(stub) : Reflect.get(replica, asked)),
        })
      }
    },
  })
}

/** Takes them out of service for an hour. */
export async function drill(...ids: readonly string[]): Promise<void> {
  for (const id of ids) await replicaOf(id).drill(Date.now() + 3_600_000)
}

export async function endDrill(...ids: readonly string[]): Promise<void> {
  for (const id of ids) await replicaOf(id).drill(0)
}

/** The next alarm of each, one after the other. */
export async function alarms(...ids: readonly string[]): Promise<void> {
  for (const id of ids) await runDurableObjectAlarm(replicaOf(id))
}

/** What a Worker that knows nothing sees. */
export async function look(): Promise<ClusterView> {
  const view = await lookAtCluster(testContext())
  if (view === undefined) throw new Error('there is no cluster')
  return view
}

/** Read-only, by any decision. */
export async function closeGate(): Promise<void> {
  await env.DB.prepare(
    `INSERT INTO write_gate (id, token, closed, reason, by) VALUES (1, 0, 1, '', '')
     ON CONFLICT (id) DO UPDATE SET closed = 1`,
  ).run()
}

export async function openGate(): Promise<void> {
  await env.DB.prepare(`UPDATE write_gate SET closed = 0 WHERE id = 1`).run()
}
