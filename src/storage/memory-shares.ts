/**
 * The memory that requests hold for content. All requests of an isolate share 128 MB, and so a bounded number of equal
 * shares of it. One account never holds all of them. A free one goes to the account with the fewest, whose requests are
 * served in their order. A request that needs several is not passed by others that need fewer, or its turn might never come.
 */
import { RegistryError } from '../errors.ts'
import { withinTime } from '../util/timeout.ts'

export interface ShareBounds {
  readonly most: number
  /** The most that one account may hold. */
  readonly mostOfAccount: number
  /** The most that all senders without a login may hold together. */
  readonly mostOfAnonymous: number
  readonly waitMilliseconds: number
  /** The most time to fill the memory of one lease. */
  readonly fillMilliseconds: number
  /** A lease without progress for this long is void: the runtime has ended its request. */
  readonly abandonedMilliseconds: number
}

/** The id of the account whose request it is; undefined for all senders without a login, as addresses are cheap. */
export type Sender = string | undefined

/** The right to hold so much memory. */
export interface Lease {
  readonly account: Sender
  readonly shares: number
  readonly takenAt: number
  usedAt: number
}

interface Waiting {
  readonly account: Sender
  readonly shares: number
  readonly serve: (lease: Lease) => void
}

export class MemoryShares {
  readonly #bounds: ShareBounds
  readonly #clock: () => number
  readonly #leases = new Set<Lease>()
  /** The waiting requests in order of arrival. */
  readonly #waiting: Waiting[] = []

  constructor(bounds: ShareBounds, clock: () => number) {
    this.#bounds = bounds
    this.#clock = clock
  }

  get inUse(): number {
    let sum = 0
    for (const { shares } of this.#leases) sum += shares
    return sum
  }

  /**
   * Waits for memory. A request that holds a lease must not take a second one: it could wait for itself.
   *
   * @param wanted what is more than the account may hold is left out
   * @throws RegistryError `overloaded` after too long a wait
   */
  async take(account: Sender, wanted: number): Promise<Lease> {
    const shares = Math.min(wanted, this.#mostOf(account))
    const { promise, resolve } = Promise.withResolvers<Lease>()
    const waiting: Waiting = { account, shares, serve: resolve }
    this.#waiting.push(waiting)
    this.#serve()
    if (this.#waiting.includes(waiting)) this.#forgetAbandoned()
    return this.#waiting.includes(waiting) ? this.#turn(waiting, promise) : promise
  }

  /** Takes one share if it is free and no other request waits for it. */
  takeNow(account: Sender): Lease | undefined {
    return this.#waiting.length === 0 && this.#hasRoomFor({ account, shares: 1 }) ? this.#lease(account, 1) : undefined
  }

  /** Notes that the memory is filling. @throws RegistryError `body-stalled` when that takes too long */
  noteProgress(lease: Lease): void {
    lease.usedAt = this.#clock()
    if (lease.usedAt - lease.takenAt > this.#bounds.fillMilliseconds) throw new RegistryError({ kind: 'body-stalled' })
  }

  /** Tells whether a lease is neither dropped nor void. */
  has(lease: Lease): boolean {
    return this.#leases.has(lease)
  }

  drop(lease: Lease): void {
    if (this.#leases.delete(lease)) this.#serve()
  }

  #hasRoomFor({ account, shares }: Pick<Waiting, 'account' | 'shares'>): boolean {
    return this.inUse + shares <= this.#bounds.most && this.#mayHave(account, shares)
  }

  #mayHave(account: Sender, further: number): boolean {
    return this.#heldBy(account) + further <= this.#mostOf(account)
  }

  #mostOf(account: Sender): number {
    return account === undefined ? this.#bounds.mostOfAnonymous : this.#bounds.mostOfAccount
  }

  #heldBy(account: Sender): number {
    let held = 0
    for (const lease of this.#leases) if (lease.account === account) held += lease.shares
    return held
  }

  #serve(): void {
    for (let next = this.#next(); next !== undefined && this.#hasRoomFor(next); next = this.#next()) {
      this.#stopWaiting(next)
      next.serve(this.#lease(next.account, next.shares))
    }
  }

  /** Returns the first request of the account that holds the fewest, of those that may have what their first asks for. */
  #next(): Waiting | undefined {
    const firsts = new Map<Sender, Waiting>()
    for (const one of this.#waiting) if (!firsts.has(one.account)) firsts.set(one.account, one)
    const [next] = [...firsts.values()]
      .filter(({ account, shares }) => this.#mayHave(account, shares))
      .toSorted((one, other) => this.#heldBy(one.account) - this.#heldBy(other.account))
    return next
  }

  /** Ends the wait of a request. @returns whether it was still waiting */
  #stopWaiting(one: Waiting): boolean {
    const at = this.#waiting.indexOf(one)
    if (at >= 0) this.#waiting.splice(at, 1)
    return at >= 0
  }

  #lease(account: Sender, shares: number): Lease {
    const now = this.#clock()
    const lease = { account, shares, takenAt: now, usedAt: now }
    this.#leases.add(lease)
    return lease
  }

  /** Waits until other requests hand their shares over. */
  async #turn(waiting: Waiting, promise: Promise<Lease>): Promise<Lease> {
    try {
      return await withinTime(promise, this.#bounds.waitMilliseconds, () => new RegistryError({ kind: 'overloaded' }))
    } catch (error) {
      // It held up those behind it, or the lease arrived at the same moment.
      if (this.#stopWaiting(waiting)) this.#serve()
      else void promise.then((lease) => this.drop(lease))
      throw error
    }
  }

  #forgetAbandoned(): void {
    const aliveSince = this.#clock() - this.#bounds.abandonedMilliseconds
    for (const lease of this.#leases) if (lease.usedAt < aliveSince) this.drop(lease)
  }
}
