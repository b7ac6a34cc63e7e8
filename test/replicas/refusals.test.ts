/** A replica refuses with a value: an exception over RPC counts as a crash of the replica, and fills the log. */
import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterAll, describe, expect, it } from 'vitest'
import { askReplica, ReplicaRefused } from '../../src/replicas/asking.ts'
import { freshReplicaId } from '../../src/replicas/locations.ts'
import { Replica } from '../../src/replicas/replica.ts'
import type { Identity, ReplicaAnswer, ReplicaRefusal, ReplicaRpc } from '../../src/replicas/types.ts'
import { interceptedDatabase } from '../support/intercepted-database.ts'
import { drill, dropCluster, endDrill, ownCluster, replicaOf, withCluster } from '../support/replicas.ts'

type Method = Exclude<keyof ReplicaRpc, keyof Rpc.DurableObjectBranded>
type Expected = Record<Method, 'answered' | ReplicaRefusal>

const identityOf = (id: string): Identity => ({ id, location: 'weur', foundedAt: Date.now(), founding: null })
const configuration = { epoch: 1, version: 1, members: [] }
const prepare = { kind: 'prepare', ballot: { counter: 9, proposer: 'x' }, configuration } as const

/** A method that is new has to be added here, and below what it does in each state. */
const calls: Record<Method, (replica: DurableObjectStub<ReplicaRpc>, id: string) => Promise<ReplicaAnswer<unknown>>> = {
  view: async (replica) => replica.view(),
  check: async (replica) => replica.check(),
  vote: async (replica) => replica.vote(prepare),
  report: async (replica) => replica.report({ pulls: 1 }),
  repair: async (replica) => replica.repair({ epoch: 0 }),
  evict: async (replica) => replica.evict(0),
  drill: async (replica) => replica.drill(0),
  start: async (replica, id) => replica.start(identityOf(id)),
  leave: async (replica) => replica.leave(),
}
const methods = Object.keys(calls) as Method[]

/** What each method answers, asked one by one. `prepareReplica` brings a replica into the state, and returns its id. */
async function answersOf(prepareReplica: () => Promise<string>): Promise<Expected> {
  const answers: Partial<Expected> = {}
  for (const method of methods) {
    const id = await prepareReplica()
    const answer = await calls[method](replicaOf(id), id)
    answers[method] = answer.kind === 'refused' ? answer.why : 'answered'
  }
  return answers as Expected
}

const allOf = (outcome: 'answered' | ReplicaRefusal): Expected =>
  Object.fromEntries(methods.map((method) => [method, outcome])) as Expected

afterAll(async () => {
  await dropCluster()
  await withCluster()
})

describe('a replica refuses with a value', () => {
  it('by every method that can be called over RPC', () => {
    const callable = Object.getOwnPropertyNames(Replica.prototype).filter(
      (name) => name !== 'constructor' && name !== 'alarm',
    )
    expect(callable.sort()).toEqual([...methods].sort())
  })

  it('while it is out of service', async () => {
    const outOfService = async (): Promise<string> => {
      const id = freshReplicaId()
      await replicaOf(id).start(identityOf(id))
      await drill(id)
      return id
    }
    expect(await answersOf(outOfService)).toEqual({ ...allOf('out-of-service'), drill: 'answered' })
  })

  it('when it was never started', async () => {
    expect(await answersOf(async () => freshReplicaId())).toEqual({
      ...allOf('never-started'),
      start: 'answered',
      drill: 'answered',
      leave: 'answered',
    })
  })

  it('when it was evicted', async () => {
    const evicted = async (): Promise<string> => {
      const id = freshReplicaId()
      await replicaOf(id).start(identityOf(id))
      await replicaOf(id).evict(Number.MAX_SAFE_INTEGER)
      return id
    }
    expect(await answersOf(evicted)).toEqual({ ...allOf('answered'), start: 'evicted', vote: 'evicted' })
  })

  it('when it has to look whether it is a member, and D1 does not answer', async () => {
    const [id = ''] = await ownCluster(1)
    const cutOff = async (): Promise<string> => {
      await evictDurableObject(replicaOf(id))
      await runInDurableObject(replicaOf(id), (instance) => {
        const DB = interceptedDatabase(() => Promise.reject(new Error('D1 is gone')))
        Reflect.set(instance, 'env', { ...Reflect.get(instance, 'env'), DB })
      })
      return id
    }
    expect(await answersOf(cutOff)).toEqual({
      ...allOf('answered'),
      vote: 'members-unknown',
      repair: 'members-unknown',
    })
    await evictDurableObject(replicaOf(id))
  })
})

describe('a caller', () => {
  it('gets an error that says which replica refused, why, and what to do', async () => {
    const [id = ''] = await ownCluster(1)
    await drill(id)
    const asking = askReplica(env.REPLICAS, { id, location: '' }, 1000, async (replica) => replica.view())
    const error: unknown = await asking.catch((refusal: unknown) => refusal)
    expect(error).toBeInstanceOf(ReplicaRefused)
    expect(error).toMatchObject({
      why: 'out-of-service',
      message: `the replica ${id} is out of service for a drill: end the drill, or wait until it ends`,
    })
    await endDrill(id)
  })
})
