/**
 * The memory of an isolate for the parts of multipart uploads, and for bodies that are held whole, which share one bound
 * (`memory-shares.ts`): a share is one buffer for a part. An upload holds a buffer only while it fills or sends a part; other
 * uploads wait. Buffers are reused, since unused ones would stay in memory until the next garbage collection of JavaScript.
 */
import {
  fewPartBuffers,
  longestBufferWaitMilliseconds,
  longestPartMilliseconds,
  longestStallMilliseconds,
  mostPartBuffers,
  mostPartBuffersOfAccount,
  mostPartBuffersOfAnonymous,
  partBytes,
} from '../limits.ts'
import { MemoryShares, type Lease, type Sender, type ShareBounds } from './memory-shares.ts'
import { longestCallMilliseconds } from './transient-errors.ts'

export interface PartBufferBounds extends ShareBounds {
  /** An upload gets a second buffer only while fewer than this are in use. */
  readonly few: number
  readonly sizeBytes: number
}

/** The right to use one buffer. */
export interface PartLease extends Lease {
  readonly buffer: Uint8Array<ArrayBuffer>
}

export class PartBuffers {
  readonly #bounds: PartBufferBounds
  readonly #shares: MemoryShares
  readonly #idle: ArrayBuffer[] = []

  constructor(bounds: PartBufferBounds, clock: () => number = Date.now) {
    this.#bounds = bounds
    this.#shares = new MemoryShares(bounds, clock)
  }

  /** Counts the shares in use, by buffers and without. */
  get inUse(): number {
    return this.#shares.inUse
  }

  /** Waits for a buffer. @throws RegistryError `overloaded` after too long a wait */
  async take(account: string): Promise<PartLease> {
    return this.#buffered(await this.#shares.take(account, 1))
  }

  /** Returns a second buffer for an upload that has one, if few are in use. */
  takeSpare(account: string): PartLease | undefined {
    const lease = this.inUse < this.#bounds.few ? this.#shares.takeNow(account) : undefined
    return lease && this.#buffered(lease)
  }

  /**
   * Waits for memory of several buffers, for something else than parts.
   *
   * @throws RegistryError `overloaded` after too long a wait
   */
  async takeShares(account: Sender, shares: number): Promise<Lease> {
    const lease = await this.#shares.take(account, shares)
    // Buffers that no upload uses are memory too.
    this.#idle.splice(Math.max(0, this.#bounds.most - this.inUse))
    return lease
  }

  /** Notes that the memory is filling. @throws RegistryError `body-stalled` when that takes too long */
  noteProgress(lease: Lease): void {
    this.#shares.noteProgress(lease)
  }

  /** Takes back memory for reuse. It may be another buffer than the leased one, since reading moves the memory. */
  giveBack(lease: PartLease, memory: ArrayBuffer): void {
    if (this.#shares.has(lease) && this.#idle.length < this.#bounds.few) this.#idle.push(memory)
    this.drop(lease)
  }

  /** Ends a lease without reusing its memory, which a read or a write may still use. */
  drop(lease: Lease): void {
    this.#shares.drop(lease)
  }

  #buffered(lease: Lease): PartLease {
    const buffer = new Uint8Array(this.#idle.pop() ?? new ArrayBuffer(this.#bounds.sizeBytes))
    return Object.assign(lease, { buffer })
  }
}

export const boundsOfIsolate: PartBufferBounds = {
  most: mostPartBuffers,
  mostOfAccount: mostPartBuffersOfAccount,
  mostOfAnonymous: mostPartBuffersOfAnonymous,
  few: fewPartBuffers,
  sizeBytes: partBytes,
  waitMilliseconds: longestBufferWaitMilliseconds,
  fillMilliseconds: longestPartMilliseconds,
  // A buffer is either filled or sent, and neither may pause for longer.
  abandonedMilliseconds: 2 * Math.max(longestStallMilliseconds, longestCallMilliseconds),
}

/** The buffers of this isolate. */
export const partBuffers = new PartBuffers(boundsOfIsolate)
