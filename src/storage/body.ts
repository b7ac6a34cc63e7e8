/**
 * Reads bodies in large pieces, since the default reader returns 4 KiB at a time. Memory grows with the bytes that have
 * arrived, and a silent sender is timed out.
 */
import { RegistryError } from '../errors.ts'
import { leastProgressBytes, longestDrainMilliseconds, longestStallMilliseconds, mostDrainedBytes } from '../limits.ts'
import { withinTime } from '../util/timeout.ts'

/** Most configs and many layers fit. A sender that is silent after its first byte holds no more than this. */
export const leadBytes = 64 * 1024

type Bytes = Uint8Array<ArrayBuffer>

export interface BodyOptions {
  readonly stallMilliseconds?: number
  /** Checks the number of bytes that have arrived, before each piece. An error that it throws ends the reading. */
  readonly permit?: ((arrivedBytes: number) => Promise<void>) | undefined
  /** Returns the error for a body that ends too early or stalls, if it does not come from a client. */
  readonly interrupted?: (cause: unknown) => unknown
}

export interface WholeOptions {
  /** Waits, before more than 64 KiB are read, for the memory of the rest. */
  readonly beyondLead?: () => Promise<void>
  /** Notes that a further piece has arrived; an error that it throws ends the reading. */
  readonly noteProgress?: () => void
}

export class BodyReader {
  readonly #stream: ReadableStream<Uint8Array>
  readonly #stallMilliseconds: number
  readonly #permit: BodyOptions['permit']
  readonly #interrupted: (cause: unknown) => unknown
  readonly #stalled: () => Error
  #reader: ReadableStreamBYOBReader | undefined
  #hasEnded = false
  #isDropped = false
  #arrivedBytes = 0
  /** The read in progress: a stream allows one at a time. */
  #pending: Promise<unknown> = Promise.resolve()
  #failure: unknown

  constructor(stream: ReadableStream<Uint8Array>, options: BodyOptions = {}) {
    this.#stream = stream
    this.#stallMilliseconds = options.stallMilliseconds ?? longestStallMilliseconds
    this.#permit = options.permit
    this.#interrupted = options.interrupted ?? bodyInterrupted
    this.#stalled = options.interrupted === undefined ? bodyStalled : sourceStalled
  }

  /** Returns the error with which reading the body failed; undefined if the receiver failed and not the sender. */
  get failure(): unknown {
    return this.#failure
  }

  /**
   * Reads until the buffer is full or the body ends. The result takes over the memory of the buffer.
   *
   * @param noteProgress is called after each piece; an error that it throws ends the reading
   * @throws RegistryError `body-interrupted`, or `body-stalled`, after which the body cannot be read
   */
  async read(buffer: Bytes, noteProgress: () => void = nothing): Promise<Bytes> {
    // Reading detaches the buffer: its memory moves to another one.
    const { byteOffset, length } = buffer
    let memory = buffer.buffer
    let filledBytes = 0
    while (!this.#hasEnded && !this.#isDropped && filledBytes < length) {
      if (this.#permit !== undefined) await this.#permit(this.#arrivedBytes)
      const piece = await this.#readPiece(new Uint8Array(memory, byteOffset + filledBytes, length - filledBytes))
      memory = piece.buffer
      filledBytes += piece.length
      this.#arrivedBytes += piece.length
      noteProgress()
    }
    return new Uint8Array(memory, byteOffset, filledBytes)
  }

  /** Reads the whole body, or one byte more than the limit of a longer one. @throws as `read` does */
  async all(limitBytes: number, { beyondLead, noteProgress }: WholeOptions = {}): Promise<Bytes> {
    let whole = await this.read(new Uint8Array(Math.min(leadBytes, limitBytes + 1)))
    if (whole.length === leadBytes) await beyondLead?.()
    while (!this.#hasEnded && whole.length <= limitBytes) {
      const larger = new Uint8Array(Math.min(whole.length * 4, limitBytes + 1))
      larger.set(whole)
      const more = await this.read(larger.subarray(whole.length), noteProgress)
      whole = new Uint8Array(more.buffer, 0, more.byteOffset + more.length)
    }
    return whole
  }

  /**
   * Reads and drops the rest of the body, up to a bound. A server that closes the connection while the client still
   * writes breaks it, and the client never sees the answer.
   */
  async drain(): Promise<void> {
    if (this.#hasEnded || this.#failure !== undefined) return
    this.#isDropped = true
    // The answer is ready, so a missing or slow sender does not fail the request.
    await withinTime(this.#drop(), longestDrainMilliseconds).catch(() => undefined)
    await this.cancel()
  }

  async #drop(): Promise<void> {
    await this.#pending
    let memory: Bytes = new Uint8Array(leadBytes)
    for (let dropped = 0; dropped < mostDrainedBytes && !this.#hasEnded;) {
      const piece = await this.#readPiece(memory)
      dropped += piece.length
      memory = new Uint8Array(piece.buffer)
    }
  }

  /** Cancels the body, and with it a read in progress, whose buffer is lost. */
  async cancel(reason: unknown = new Error('the rest of the body is not needed')): Promise<void> {
    if (this.#hasEnded) return
    this.#hasEnded = true
    await this.#open()
      .cancel(reason)
      .catch(() => undefined)
  }

  #open(): ReadableStreamBYOBReader {
    this.#reader ??= this.#stream.getReader({ mode: 'byob' })
    return this.#reader
  }

  /** Reads at least as many bytes as count as progress, if the buffer holds so many; none at the end. */
  async #readPiece(buffer: Bytes): Promise<Bytes> {
    const leastBytes = Math.min(buffer.length, leastProgressBytes)
    try {
      const read = this.#open().readAtLeast(leastBytes, buffer)
      this.#pending = read.catch(() => undefined)
      const { value, done } = await withinTime(read, this.#stallMilliseconds, this.#stalled)
      this.#hasEnded = done
      return value ?? new Uint8Array(buffer.buffer, 0, 0)
    } catch (error) {
      this.#failure = error instanceof RegistryError ? error : this.#interrupted(error)
      await this.cancel(this.#failure)
      throw this.#failure
    }
  }
}

const nothing = (): void => undefined
const bodyInterrupted = (cause: unknown): RegistryError => new RegistryError({ kind: 'body-interrupted' }, { cause })
const bodyStalled = (): RegistryError => new RegistryError({ kind: 'body-stalled' })
const sourceStalled = (): Error => new Error('the source of the body stalled')
