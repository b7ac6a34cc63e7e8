/**
 * A replica: one Durable Object that probes the registry from where it is, observes its peers, and is an acceptor of the
 * register. What it knows lies in its own storage; it finds its peers in what it has accepted.
 */
import { DurableObject } from 'cloudflare:workers'
import type { ClusterRow } from '../db/cluster/cluster.ts'
import { readClusterRow } from '../db/cluster/cluster.ts'
import { loggable, openDatabase } from '../db/database.ts'
import { isHealingPossible, observe } from './health-vote.ts'
import { askReplica } from './asking.ts'
import { probesOf, runProbes } from './probes.ts'
import { handle } from './consensus/acceptor.ts'
import { emergencyRepair, type Surroundings } from './consensus/emergency-repair.ts'
import type { Message, Reply } from './consensus/messages.ts'
import { isVoter, voters } from './consensus/quorum.ts'
import { memoryOf, type Memory } from './replica-memory.ts'
import { withinTime } from '../util/timeout.ts'
import type {
  Counters,
  Identity,
  Observation,
  Probe,
  RepairResult,
  ReplicaAnswer,
  ReplicaEnv,
  ReplicaRefusal,
  ReplicaRpc,
  ReplicaView,
} from './types.ts'

const alarmMilliseconds = 10_000
/** While a member fails: one good look heals it, so that look comes soon. */
const healingMilliseconds = 2000
const probeMilliseconds = 2000
const peerMilliseconds = 1000
/** The time that a silent peer gets at the second try: it may only be slow. */
const slowPeerMilliseconds = 3000

/** The time between two writes of a probe, as writes cost money. */
const bucketWriteMilliseconds = 10 * 60_000
const databaseWriteMilliseconds = 60_000

/** A replica that has not seen the row of the cluster for so long looks at it before it votes: it may be evicted. */
const clusterRowAgeMilliseconds = 35_000

/** One that waits for longer to become a member was forgotten. */
const joinMilliseconds = 5 * 60_000

export class Replica extends DurableObject<ReplicaEnv> implements ReplicaRpc {
  readonly #memory: Memory
  /** The time at which it last saw the row of the cluster; it has to look again when it begins to run. */
  #rowSeenAt = 0
  #checking: Promise<void> | undefined

  constructor(state: DurableObjectState, env: ReplicaEnv) {
    super(state, env)
    this.#memory = memoryOf(state.storage)
  }

  async start(identity: Identity): Promise<ReplicaAnswer<void>> {
    if (this.#isOutOfService()) return refused('out-of-service')
    if (this.#memory.retired()) return refused('evicted')
    if (this.#memory.identity() === undefined) {
      this.#memory.begin(identity, Date.now())
      // The caller has just read the row.
      this.#rowSeenAt = Date.now()
    }
    await this.#ensureAlarm()
    return done
  }

  async vote(message: Message): Promise<ReplicaAnswer<Reply>> {
    const refusal = this.#serviceRefusal() ?? (await this.#voterRefusal())
    if (refusal !== undefined) return refused(refusal)
    // No await from here on: nothing comes between what is read and what is written.
    const { state, reply } = handle(this.#memory.acceptor(), message)
    this.#memory.keepAcceptor(state)
    return answered(reply)
  }

  async view(): Promise<ReplicaAnswer<ReplicaView>> {
    const refusal = this.#serviceRefusal()
    return refusal === undefined ? answered(this.#view()) : refused(refusal)
  }

  async check(): Promise<ReplicaAnswer<ReplicaView>> {
    const refusal = this.#serviceRefusal()
    if (refusal !== undefined) return refused(refusal)
    await this.#ensureAlarm()
    await this.#checkOnce()
    return answered(this.#view())
  }

  async report(counted: Counters): Promise<ReplicaAnswer<void>> {
    const refusal = this.#serviceRefusal()
    if (refusal !== undefined) return refused(refusal)
    this.#memory.count(counted)
    return done
  }

  async drill(until: number): Promise<ReplicaAnswer<void>> {
    this.#memory.drill(until)
    // It has been looking at nothing meanwhile; and while the drill lasts, the alarm keeps waiting for its end.
    await this.ctx.storage.setAlarm(Date.now())
    return done
  }

  async repair(around: Surroundings): Promise<ReplicaAnswer<RepairResult>> {
    // The row counts also where D1 did not answer for a while: another survivor may have become the cluster already.
    const refusal = this.#serviceRefusal() ?? (await this.#rowRefusal())
    if (refusal !== undefined) return refused(refusal)
    if (this.#memory.retired()) return answered({ kind: 'not-a-member' })
    const survivor = this.#memory.acceptor()
    const repaired = emergencyRepair(survivor, around)
    if (repaired.kind !== 'repaired') return answered(repaired)
    this.#memory.keepAcceptor(repaired.state)
    this.#memory.keepRepair(Date.now())
    const [before, after] = [survivor.accepted?.value, repaired.state.accepted?.value]
    if (before === undefined || after === undefined) throw new Error('the repaired replica has no state')
    return answered({ kind: 'repaired', state: after, before })
  }

  async evict(epoch: number): Promise<ReplicaAnswer<void>> {
    const refusal = this.#serviceRefusal()
    if (refusal !== undefined) return refused(refusal)
    if (epoch > this.#memory.acceptor().identity.epoch) await this.#retire()
    return done
  }

  async leave(): Promise<ReplicaAnswer<void>> {
    // Also one that was never started: it must not begin later.
    if (this.#isOutOfService()) return refused('out-of-service')
    await this.#retire()
    return done
  }

  /** Checks the cluster every ten seconds, even if the last check failed; sooner while a member is unhealthy. */
  override async alarm(): Promise<void> {
    if (this.#memory.identity() === undefined || this.#memory.retired()) return
    const now = Date.now()
    const end = this.#memory.drillUntil()
    const isOut = end > now
    await this.ctx.storage.setAlarm(now + (isOut ? Math.min(alarmMilliseconds, end - now) : alarmMilliseconds))
    if (isOut) return
    await this.#checkOnce()
    await this.#hasten()
  }

  async #hasten(): Promise<void> {
    const now = Date.now()
    const next = await this.ctx.storage.getAlarm()
    // A drill or the end of its life has set another alarm, or none.
    if (next === null || next <= now + healingMilliseconds || this.#memory.drillUntil() > now) return
    if (isHealingPossible(this.#memory.view().observations, now)) {
      await this.ctx.storage.setAlarm(now + healingMilliseconds)
    }
  }

  #view(): ReplicaView {
    return { ...this.#memory.view(), retired: this.#memory.retired() || this.#isRemoved() }
  }

  /** Tells whether it has learned that the cluster continues without it. */
  #isRemoved(): boolean {
    const { identity, accepted } = this.#memory.acceptor()
    return accepted !== undefined && !isVoter(accepted.value, identity.replica)
  }

  #isOutOfService(): boolean {
    return this.#memory.drillUntil() > Date.now()
  }

  #serviceRefusal(): ReplicaRefusal | undefined {
    if (this.#isOutOfService()) return 'out-of-service'
    return this.#memory.identity() === undefined ? 'never-started' : undefined
  }

  async #voterRefusal(): Promise<ReplicaRefusal | undefined> {
    const isRowOld = !this.#memory.retired() && Date.now() - this.#rowSeenAt > clusterRowAgeMilliseconds
    const refusal = isRowOld ? await this.#rowRefusal() : undefined
    return refusal ?? (this.#memory.retired() ? 'evicted' : undefined)
  }

  /** Looks at the row of the cluster, which may end this replica's life. */
  async #rowRefusal(): Promise<ReplicaRefusal | undefined> {
    try {
      await this.#noteRow(await withinTime(readClusterRow(openDatabase(this.env.DB)), probeMilliseconds))
      return undefined
    } catch (error) {
      console.error('the membership of this replica could not be read from D1:', loggable(error))
      return 'members-unknown'
    }
  }

  async #noteRow(row: ClusterRow | undefined): Promise<void> {
    this.#rowSeenAt = Date.now()
    if (row !== undefined && this.#isLeftBehindBy(row)) await this.#retire()
  }

  /**
   * Tells whether the row of the cluster proves that it went on without this replica. A row of a restored database may
   * be older than what the replica knows, and proves nothing.
   */
  #isLeftBehindBy(row: ClusterRow): boolean {
    const { identity, accepted } = this.#memory.acceptor()
    if (row.members.some(({ id }) => id === identity.replica)) return false
    // Another cluster has begun since.
    if (row.createdAt > (this.#memory.identity()?.foundedAt ?? 0)) return true
    // It was to join, and the join was never completed.
    if (accepted === undefined) return Date.now() - this.#memory.view().startedAt > joinMilliseconds
    // Its repair was not heard of, and the cluster has gone on from another survivor.
    if (row.epoch < identity.epoch) return this.#memory.repairedAt() > 0 && row.updatedAt > this.#memory.repairedAt()
    // What was decided at that version, or later, leaves it out: it was removed, or never came in.
    return row.epoch > identity.epoch || row.version >= accepted.value.version
  }

  async #retire(): Promise<void> {
    this.#memory.retire()
    await this.ctx.storage.deleteAlarm()
  }

  async #ensureAlarm(): Promise<void> {
    if (this.#memory.retired()) return
    if ((await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.setAlarm(Date.now() + alarmMilliseconds)
  }

  /** Shares a check in progress with every caller that asks meanwhile. */
  async #checkOnce(): Promise<void> {
    this.#checking ??= this.#probeAndObserve().finally(() => {
      this.#checking = undefined
    })
    await this.#checking
  }

  async #probeAndObserve(): Promise<void> {
    const probes = await this.#probe(Date.now())
    if (this.#memory.retired() || this.#isOutOfService()) return
    this.#memory.keepProbes(probes, Date.now())
    this.#memory.keepObservations(await this.#observeMembers())
  }

  async #probe(now: number): Promise<Probe[]> {
    const { id } = this.#memory.view()
    const due = {
      bucketWrite: now - this.#memory.bucketWrittenAt() >= bucketWriteMilliseconds,
      databaseWrite: now - this.#memory.databaseWrittenAt() >= databaseWriteMilliseconds,
    }
    let seen: { readonly row: ClusterRow | undefined } | undefined
    const probes = probesOf(this.env, id, due, now, (row) => {
      seen = { row }
    })
    const results = await runProbes(probes, probeMilliseconds, Date.now)
    const works = (name: Probe['subsystem']): boolean =>
      results.some(({ subsystem, error }) => subsystem === name && error === undefined)
    // One that failed is tried again the next time.
    if (due.bucketWrite && works('registry')) this.#memory.keepBucketWrite(now)
    if (due.databaseWrite && works('rethinkdb')) this.#memory.keepDatabaseWrite(now)
    if (seen !== undefined) await this.#noteRow(seen.row)
    return results
  }

  async #observeMembers(): Promise<Observation[]> {
    const { identity, accepted } = this.#memory.acceptor()
    const members = accepted === undefined ? [] : voters(accepted.value)
    const before = this.#memory.view().observations
    return Promise.all(
      members.map(async (member) => {
        const view = member.id === identity.replica ? this.#view() : await this.#viewOf(member.id, member.location)
        const last = before.find(({ peer }) => peer === member.id)
        return observe(member.id, view, identity.epoch, Date.now(), last)
      }),
    )
  }

  async #viewOf(id: string, location: string): Promise<ReplicaView | undefined> {
    const ask = (limit: number) =>
      askReplica(this.env.REPLICAS, { id, location }, limit, async (replica) => replica.view())
    // Two silences in a row count: a peer may be slow once.
    return ask(peerMilliseconds)
      .catch(() => ask(slowPeerMilliseconds))
      .catch(() => undefined)
  }
}

const done = { kind: 'answered', value: undefined } as const

const answered = <Result>(value: Result): ReplicaAnswer<Result> => ({ kind: 'answered', value })

const refused = (why: ReplicaRefusal): ReplicaAnswer<never> => ({ kind: 'refused', why })
