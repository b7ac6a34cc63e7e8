/**
 * The memory for parts of multipart uploads. All requests of an isolate share 128 MB, and so a bounded number of
 * buffers. An upload holds a buffer only while it fills or sends a part; other uploads wait. One account never holds
 * all buffers, and a free one goes to the account with the fewest. Buffers are reused, since unused ones would stay in
 * memory until the next garbage collection of JavaScript.
 */
import { RegistryError } from '../errors.ts'
import {
  fewPartBuffers,
  longestBufferWaitMilliseconds,
  longestPartMilliseconds,
  longestStallMilliseconds,
  mostPartBuffers,
  mostPartBuffersOfAccount,
  partBytes,
} from '../limits.ts'
import { withinTime } from '../util/timeout.ts'
import { longestCallMilliseconds } from './transient-errors.ts'

export interface PartBufferBounds {
  readonly most: number
  /** The most that one account may hold. */
  readonly mostOfAccount: number
  /** An upload gets a second buffer only while fewer than this are in use. */
  readonly few: number
  readonly sizeBytes: number
  readonly waitMilliseconds: number
  /** The most time to fill one buffer. */
  readonly fillMilliseconds: number
  /** A lease without progress for this long is void: the runtime has ended its request. */
  readonly abandonedMilliseconds: number
}

/** The right to use one buffer. */
export interface PartLease {
  /** The id of the account whose upload it is. */
  readonly account: string
  readonly buffer: Uint8Array<ArrayBuffer>
  readonly takenAt: number
  usedAt: number
}

interface Waiting {
  readonly account: string
  readonly serve: (lease: PartLease) => void
}

export class PartBuffers {
  readonly #bounds: PartBufferBounds
  readonly #clock: () => number
  readonly #leases = new Set<PartLease>()
  readonly #idle: ArrayBuffer[] = []
  /** The waiting uploads in order of arrival. */
  readonly #waiting: Waiting[] = []

  constructor(bounds: PartBufferBounds, clock: () => number = Date.now) {
    this.#bounds = bounds
    this.#clock = clock
  }

  get inUse(): number {
    return this.#leases.size
  }

  /** Waits for a buffer. @throws RegistryError `overloaded` after too long a wait */
  async take(account: string): Promise<PartLease> {
    if (!this.#hasRoomFor(account)) this.#forgetAbandoned()
    return this.#hasRoomFor(account) ? this.#lease(account) : this.#turn(account)
  }

  /** Returns a second buffer for an upload that has one, if few are in use. */
  takeSpare(account: string): PartLease | undefined {
    return this.inUse < this.#bounds.few && this.#hasRoomFor(account) ? this.#lease(account) : undefined
  }

  /** Notes that the buffer is filling. @throws RegistryError `body-stalled` when that takes too long */
  noteProgress(lease: PartLease): void {
    lease.usedAt = this.#clock()
    if (lease.usedAt - lease.takenAt > this.#bounds.fillMilliseconds) throw new RegistryError({ kind: 'body-stalled' })
  }

  /** Takes back memory for reuse. It may be another buffer than the leased one, since reading moves the memory. */
  giveBack(lease: PartLease, memory: ArrayBuffer): void {
    if (this.#leases.has(lease) && this.#idle.length < this.#bounds.few) this.#idle.push(memory)
    this.drop(lease)
  }

  /** Ends a lease without reusing its memory, which a read or a write may still use. */
  drop(lease: PartLease): void {
    if (!this.#leases.delete(lease)) return
    this.#serveNext()
  }

  #hasRoomFor(account: string): boolean {
    return this.inUse < this.#bounds.most && this.#heldBy(account) < this.#bounds.mostOfAccount
  }

  #heldBy(account: string): number {
    let held = 0
    for (const lease of this.#leases) if (lease.account === account) held++
    return held
  }

  /** Gives a free buffer to the account that holds the fewest and may have another, and to its earliest upload. */
  #serveNext(): void {
    const [next] = this.#waiting
      .filter(({ account }) => this.#hasRoomFor(account))
      .toSorted((one, other) => this.#heldBy(one.account) - this.#heldBy(other.account))
    if (next === undefined) return
    this.#stopWaiting(next)
    next.serve(this.#lease(next.account))
  }

  /** Ends the wait of an upload. @returns whether it was still waiting */
  #stopWaiting(one: Waiting): boolean {
    const at = this.#waiting.indexOf(one)
    if (at >= 0) this.#waiting.splice(at, 1)
    return at >= 0
  }

  #lease(account: string): PartLease {
    const buffer = new Uint8Array(this.#idle.pop() ?? new ArrayBuffer(this.#bounds.sizeBytes))
    const now = this.#clock()
    const lease = { account, buffer, takenAt: now, usedAt: now }
    this.#leases.add(lease)
    return lease
  }

  /** Waits until another upload hands its place over. */
  async #turn(account: string): Promise<PartLease> {
    const { promise, resolve } = Promise.withResolvers<PartLease>()
    const waiting: Waiting = { account, serve: resolve }
    this.#waiting.push(waiting)
    try {
      return await withinTime(promise, this.#bounds.waitMilliseconds, () => new RegistryError({ kind: 'overloaded' }))
    } catch (error) {
      // The buffer arrived at the same moment.
      if (!this.#stopWaiting(waiting)) void promise.then((lease) => this.drop(lease))
      throw error
    }
  }

  #forgetAbandoned(): void {
    const aliveSince = this.#clock() - this.#bounds.abandonedMilliseconds
    for (const lease of this.#leases) if (lease.usedAt < aliveSince) this.drop(lease)
  }
}

export const boundsOfIsolate: PartBufferBounds = {
  most: mostPartBuffers,
  mostOfAccount: mostPartBuffersOfAccount,
  few: fewPartBuffers,
  sizeBytes: partBytes,
  waitMilliseconds: longestBufferWaitMilliseconds,
  fillMilliseconds: longestPartMilliseconds,
  // A buffer is either filled or sent, and neither may pause for longer.
  abandonedMilliseconds: 2 * Math.max(longestStallMilliseconds, longestCallMilliseconds),
}

/** The buffers of this isolate. */
export const partBuffers = new PartBuffers(boundsOfIsolate)
