/**
 * The history of a schedule, as an omniscient observer sees it, and the rules that it must follow:
 *
 * - for each version of an epoch one value is decided, by any proposer (agreement);
 * - what begins after something has ended sees its version at least, and a change makes a later one (linearisability);
 * - a proposal makes one version at most, and none when it says that it has made none;
 * - fencing tokens only grow, and none is issued twice, in all epochs together;
 * - no proposer takes the lock from a holder before it expires, or renews or releases it with another token;
 * - the members change by one at a time, through a joint configuration.
 */
import type { ClusterState, GcLock } from '../../../../src/replicas/consensus/cluster-state.ts'
import type { ProposeResult } from '../../../../src/replicas/consensus/proposal.ts'

export interface Operation {
  /** The name of its proposal; those of a change of the members begin with it and a slash. */
  readonly id: string
  readonly what: string
  readonly epoch: number
  /** When it began: the clock of its changes. */
  readonly beganAt: number
  /** Of the lock that its client had or was refused. */
  readonly token: number
  /** The highest version that had been reported to a client by then. */
  readonly seenVersion: number
}

export class History {
  readonly violations: string[] = []
  readonly #operations = new Map<string, Operation>()
  /** By epoch, then by version. */
  readonly #decided = new Map<number, Map<number, ClusterState>>()
  readonly #reported = new Map<number, number>()
  readonly #unchanged: string[] = []

  begin(begun: Omit<Operation, 'seenVersion'>): Operation {
    const operation = { ...begun, seenVersion: this.#reported.get(begun.epoch) ?? 0 }
    this.#operations.set(operation.id, operation)
    return operation
  }

  /** A quorum has accepted the value. */
  decided(value: ClusterState): void {
    const versions = this.#decided.get(value.epoch) ?? new Map<number, ClusterState>()
    this.#decided.set(value.epoch, versions)
    const before = versions.get(value.version)
    if (before === undefined) versions.set(value.version, value)
    else if (!isSame(before, value)) {
      this.#violation(`two values for version ${value.version}: ${JSON.stringify(before)} and ${JSON.stringify(value)}`)
    }
  }

  end(operation: Operation, result: ProposeResult): void {
    if (result.kind === 'decided' || result.kind === 'refused') this.#endWith(operation, result.value)
    const isUnchanged = result.kind === 'refused' || (result.kind !== 'decided' && !result.mayBeDecided)
    if (isUnchanged) this.#unchanged.push(operation.id)
  }

  #endWith({ id, what, epoch, seenVersion }: Operation, value: ClusterState): void {
    const known = this.#decided.get(value.epoch)?.get(value.version)
    if (known === undefined) this.#violation(`${what} (${id}) reports a version that no quorum accepted`)
    else if (!isSame(known, value)) this.#violation(`${what} (${id}) reports another version ${value.version}`)
    const isOwn = value.madeBy === id || value.madeBy.startsWith(`${id}/`)
    if (value.version < seenVersion + (isOwn ? 1 : 0)) {
      this.#violation(`${what} (${id}) reports version ${value.version} after ${seenVersion} was reported`)
    }
    this.#reported.set(epoch, Math.max(value.version, this.#reported.get(epoch) ?? 0))
  }

  /** The last that was decided in the newest epoch. */
  newest(): ClusterState | undefined {
    const epoch = Math.max(...this.#decided.keys())
    const versions = this.#decided.get(epoch)
    return versions?.get(Math.max(...versions.keys()))
  }

  /** All that can only be judged in the end. */
  judge(): void {
    const makers = new Set<string>()
    const tokens = new Map<number, string>()
    let tokenBefore = 0
    const epochs = [...this.#decided].sort(([one], [other]) => one - other)
    for (const [, versions] of epochs) {
      const values = [...versions.values()].sort((one, other) => one.version - other.version)
      let before: ClusterState | undefined
      for (const value of values) {
        if (makers.has(value.madeBy)) this.#violation(`${value.madeBy} made two versions`)
        makers.add(value.madeBy)
        this.#judgeTokens(value, tokens)
        if (before === undefined) {
          if (value.readOnly.token <= tokenBefore) this.#violation('a new epoch begins with an old token')
        } else this.#judgeStep(before, value)
        before = value
      }
      tokenBefore = before?.lastToken ?? tokenBefore
    }
    for (const id of this.#unchanged) if (makers.has(id)) this.#violation(`${id} changed what it said it had not`)
  }

  #judgeTokens(value: ClusterState, tokens: Map<number, string>): void {
    const { readOnly, gcLock } = value
    const issued = new Map([[readOnly.token, `switch ${JSON.stringify(readOnly)}`]])
    if (gcLock !== null) issued.set(gcLock.token, `lock of ${gcLock.holder}`)
    for (const [token, purpose] of issued) {
      if ((tokens.get(token) ?? purpose) !== purpose) this.#violation(`token ${token} was issued twice`)
      tokens.set(token, purpose)
      if (token > value.lastToken) this.#violation(`token ${token} is above the last one`)
    }
  }

  #judgeStep(before: ClusterState, value: ClusterState): void {
    const isIssued = (token: number): boolean => token > before.lastToken
    if (value.lastToken < before.lastToken) this.#violation(`the last token of version ${value.version} is lower`)
    if (value.readOnly.token !== before.readOnly.token && !isIssued(value.readOnly.token)) {
      this.#violation(`the switch of version ${value.version} has an old token`)
    }
    const isNewLock = value.gcLock !== null && value.gcLock.token !== before.gcLock?.token
    if (isNewLock && !isIssued(value.gcLock.token)) this.#violation(`the lock of ${value.version} has an old token`)
    // Between versions of which one was never seen decided, the lock may have been released and members changed.
    if (value.version !== before.version + 1) return
    if (before.gcLock !== null && isLockTouched(before.gcLock, value.gcLock)) {
      const { beganAt = 0, token = 0 } = this.#operations.get(value.madeBy) ?? {}
      const mayTouch = isNewLock ? before.gcLock.until <= beganAt : before.gcLock.token === token
      if (!mayTouch) this.#violation(`version ${value.version} takes the lock from ${before.gcLock.holder}`)
    }
    const isJoint = value.leaving !== undefined || before.leaving !== undefined
    const difference = Math.abs(value.members.length - before.members.length)
    if (difference > 1 || (membersOf(before) !== membersOf(value) && !isJoint)) {
      this.#violation(`version ${value.version} leaps to other members`)
    }
  }

  #violation(what: string): void {
    this.violations.push(what)
  }
}

const isLockTouched = (before: GcLock, after: GcLock | null): boolean =>
  after?.token !== before.token || after.until !== before.until

const membersOf = ({ members }: ClusterState): string => members.map(({ id }) => id).join()

/** Most are one object: only a repeated change makes an equal one. */
const isSame = (one: ClusterState, other: ClusterState): boolean =>
  one === other || JSON.stringify(one) === JSON.stringify(other)
