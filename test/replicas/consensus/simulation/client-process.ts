/**
 * A worker that proposes one thing after the other, gives up half-way when it crashes, and then knows only what was
 * known in the beginning. It runs the production proposal, step by step.
 */
import * as changes from '../../../../src/replicas/consensus/cluster-state.ts'
import { membershipChange } from '../../../../src/replicas/consensus/membership-change.ts'
import {
  proposal,
  type ProposalOptions,
  type ProposeResult,
  type Proposing,
} from '../../../../src/replicas/consensus/proposal.ts'
import { isQuorum, type Configuration, type Member } from '../../../../src/replicas/consensus/quorum.ts'
import type { Answer, Ask } from '../../../../src/replicas/consensus/rounds.ts'
import type { History, Operation } from './history.ts'
import type { Random } from '../../../support/random.ts'
import type { Timeline } from './timeline.ts'
import { waitMilliseconds, type UnreliableNetwork } from './unreliable-network.ts'

export interface ClientWorld {
  readonly timeline: Timeline
  readonly random: Random
  readonly network: UnreliableNetwork
  readonly history: History
  readonly founding: Configuration
  readonly replicas: readonly Member[]
  /** How likely a client is to crash between two steps. */
  readonly crashes: number
  /** How many of a hundred operations change the members. */
  readonly churn: number
  /** How likely a client is to begin with what was known in the beginning. */
  readonly forgets: number
}

export class ClientProcess {
  known: Configuration
  readonly name: string
  readonly #world: ClientWorld
  #operations = 0
  /** Of the lock that it last took or was refused, kept also after its time: a stale holder. */
  #token = 0

  constructor(name: string, world: ClientWorld) {
    this.name = name
    this.#world = world
    this.known = world.founding
  }

  /** Proposes so many things, one after the other. */
  work(operations: number): void {
    if (operations === 0) return
    const { timeline, random } = this.#world
    timeline.after(random.below(300), () => {
      if (random.isLucky(this.#world.forgets)) this.known = this.#world.founding
      const id = this.#nextId()
      const { what, steps } = this.#choose(id)
      this.#perform(id, what, steps, () => this.work(operations - 1))
    })
  }

  /** @param then is called with the result, or without when the client has crashed */
  read(then: (result?: ProposeResult) => void): void {
    const id = this.#nextId()
    this.#perform(id, 'read', proposal(this.known, changes.identity, this.#options(id)), then)
  }

  #perform(id: string, what: string, steps: Proposing<ProposeResult>, then: (result?: ProposeResult) => void): void {
    const { history, timeline } = this.#world
    const operation = history.begin({ id, what, epoch: this.known.epoch, beganAt: timeline.now, token: this.#token })
    this.#go(steps, [], (result) => {
      if (result !== undefined) this.#learn(operation, result)
      then(result)
    })
  }

  #nextId(): string {
    this.#operations++
    return `${this.name}.${this.#operations}`
  }

  #options(proposerId: string, attempts = 6): ProposalOptions {
    return { proposerId, random: this.#world.random.next, attempts }
  }

  #choose(id: string): { what: string; steps: Proposing<ProposeResult> } {
    const { random, timeline, replicas, churn } = this.#world
    const { now } = timeline
    const simple = (what: string, change: changes.Change): { what: string; steps: Proposing<ProposeResult> } => ({
      what,
      steps: proposal(this.known, change, this.#options(id)),
    })
    if (random.below(100) < churn) {
      const member = random.pick(replicas)
      const isMember = this.known.members.some(({ id: known }) => known === member.id)
      const isJoin = isMember === random.isLucky(0.1)
      const wanted = isJoin ? ({ kind: 'join', member } as const) : ({ kind: 'remove', id: member.id } as const)
      return { what: wanted.kind, steps: membershipChange(this.known, wanted, this.#options(id, 12)) }
    }
    const dice = random.below(100)
    if (dice < 34) return simple('read', changes.identity)
    if (dice < 54) {
      return simple('switch', changes.setReadOnly({ on: random.isLucky(0.5), reason: id, until: null, by: this.name }))
    }
    if (dice < 77) return simple('acquire', changes.acquireGcLock(id, now + 50 + random.below(2000), now))
    if (dice < 86) return simple('renew', changes.renewGcLock(this.#token, now + random.below(2000)))
    return simple('release', changes.releaseGcLock(this.#token))
  }

  #learn(operation: Operation, result: ProposeResult): void {
    this.#world.history.end(operation, result)
    if (result.kind === 'decided' || result.kind === 'refused') {
      this.known = result.value
      if (operation.what === 'acquire') this.#token = result.value.gcLock?.token ?? this.#token
    } else if (result.kind === 'evicted' && result.configuration !== undefined) this.known = result.configuration
  }

  /** Goes from step to step, until it ends or the client crashes. */
  #go(steps: Proposing<ProposeResult>, answers: readonly Answer[], end: (result?: ProposeResult) => void): void {
    const { timeline, random } = this.#world
    if (random.isLucky(this.#world.crashes)) {
      this.known = this.#world.founding
      return end()
    }
    const step = steps.next(answers)
    if (step.done === true) end(step.value)
    else if (step.value.kind === 'rest') timeline.after(step.value.milliseconds, () => this.#go(steps, [], end))
    else this.#ask(step.value, (given) => this.#go(steps, given, end))
  }

  #ask({ to, message, decidedBy, enough }: Ask, then: (answers: readonly Answer[]) => void): void {
    const { timeline, network, history } = this.#world
    const answers: Answer[] = []
    const acceptedBy = new Set<string>()
    let isOver = false
    const finish = (): void => {
      if (isOver) return
      isOver = true
      then(answers)
    }
    const witness = (replica: string): void => {
      acceptedBy.add(replica)
      const isDecided = decidedBy.every((configuration) => isQuorum(configuration, acceptedBy))
      if (message.kind === 'accept' && isDecided) history.decided(message.value)
    }
    for (const { id } of to) {
      network.send(
        [this.name, id],
        message,
        (reply) => reply.kind === 'accepted' && witness(id),
        (reply) => {
          // A real network brings one reply to a message.
          if (isOver || answers.some(({ from }) => from === id)) return
          answers.push({ from: id, reply })
          if (answers.length === to.length || enough(answers)) finish()
        },
      )
    }
    timeline.after(waitMilliseconds, finish)
  }
}
