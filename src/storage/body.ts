/**
 * Reads bodies: in large pieces, as the default reader would hand out 4 KiB at a time; with memory that grows with what
 * has arrived; and never waiting forever for a sender that fell silent.
 */
import { RegistryError } from '../errors.ts'
import { leastProgressBytes, longestDrainMilliseconds, longestStallMilliseconds, mostDrainedBytes } from '../limits.ts'
import { withinTime } from '../util/timeout.ts'

/** Most configs and many layers fit. A sender that is silent after its first byte holds no more than this. */
export const leadBytes = 64 * 1024

type Bytes = Uint8Array<ArrayBuffer>

export interface BodyOptions {
  readonly stallMilliseconds?: number
  /** Is asked before each piece, with the bytes that have arrived; what it throws ends the reading. */
  readonly permit?: ((arrivedBytes: number) => Promise<void>) | undefined
  /** Makes the error of a body that breaks off. */
  readonly interrupted?: (cause: unknown) => unknown
}

export class BodyReader {
  readonly #stream: ReadableStream<Uint8Array>
  readonly #stallMilliseconds: number
  readonly #permit: BodyOptions['permit']
  readonly #interrupted: (cause: unknown) => unknown
  #reader: ReadableStreamBYOBReader | undefined
  #hasEnded = false
  #isDropped = false
  #arrivedBytes = 0
  /** The read that is under way, if any: a stream has no more than one. */
  #pending: Promise<unknown> = Promise.resolve()
  #failure: unknown

  constructor(stream: ReadableStream<Uint8Array>, options: BodyOptions = {}) {
    this.#stream = stream
    this.#stallMilliseconds = options.stallMilliseconds ?? longestStallMilliseconds
    this.#permit = options.permit
    this.#interrupted = options.interrupted ?? bodyInterrupted
  }

  /** Why the body could not be read to its end, which tells a fault of its sender from one of whatever it is sent to. */
  get failure(): unknown {
    return this.#failure
  }

  /**
   * Reads until the buffer is full or the body ends. The buffer is used up: what is returned lies in its memory.
   *
   * @param noteProgress is called after each piece; what it throws ends the reading
   * @throws RegistryError `body-interrupted`, or `body-stalled`, after which the body is given up
   */
  async read(buffer: Bytes, noteProgress: () => void = nothing): Promise<Bytes> {
    // Reading moves the memory to another buffer, and the old one has no length any more.
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
  async all(limitBytes: number): Promise<Bytes> {
    let whole = await this.read(new Uint8Array(Math.min(leadBytes, limitBytes + 1)))
    while (!this.#hasEnded && whole.length <= limitBytes) {
      const larger = new Uint8Array(Math.min(whole.length * 4, limitBytes + 1))
      larger.set(whole)
      const more = await this.read(larger.subarray(whole.length))
      whole = new Uint8Array(more.buffer, 0, more.byteOffset + more.length)
    }
    return whole
  }

  /**
   * Reads and drops what is left, up to a bound: a server that answers and closes before it has read a body breaks the
   * connection of a client that still writes, which then never sees the answer.
   */
  async drain(): Promise<void> {
    if (this.#hasEnded || this.#failure !== undefined) return
    this.#isDropped = true
    // The answer is ready, so a gone or slow sender no longer fails the request.
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

  /** Gives the body up, and with it the buffer of a read that is under way. */
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

  /** Reads into the buffer at least what counts as progress, if it holds so much; nothing at the end. */
  async #readPiece(buffer: Bytes): Promise<Bytes> {
    const leastBytes = Math.min(buffer.length, leastProgressBytes)
    try {
      const read = this.#open().readAtLeast(leastBytes, buffer)
      this.#pending = read.catch(() => undefined)
      const { value, done } = await withinTime(read, this.#stallMilliseconds, bodyStalled)
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
