/**
 * Keeps what was read of other servers, for an isolate. A document is read again when it is old; while its server fails,
 * the old one serves for a time, and the server is left alone for some seconds after each failure.
 */

/** What an isolate keeps at most; the oldest goes. */
const mostKept = 100

/** A server that failed is not asked again for so long, unless nothing is known of it and nothing failed. */
const pauseMilliseconds = 10_000

export interface Ages {
  /** Until this age a document is used as it is. */
  readonly freshMilliseconds: number
  /** Until this age it is used when its server fails. */
  readonly staleMilliseconds: number
  /** A document is not read again on demand before this age. */
  readonly renewMilliseconds: number
}

interface Kept<Document> {
  readonly document: Document | undefined
  /** When the document was read. */
  readonly readAt: number
  /** When its server was last asked. */
  readonly askedAt: number
  /** Why the last attempt failed; undefined for one that is under way, or that succeeded. */
  readonly failure: unknown
}

const nothing = { document: undefined, readAt: 0, askedAt: 0, failure: undefined }

export class KeptDocuments<Document> {
  readonly #kept = new Map<string, Kept<Document>>()
  readonly #ages: Ages
  readonly #clock: () => number

  constructor(ages: Ages, clock: () => number) {
    this.#ages = ages
    this.#clock = clock
  }

  /** Returns a document. @param read reads it from its server @throws what `read` throws, when nothing usable is kept */
  async find(name: string, read: () => Promise<Document>): Promise<Document> {
    const kept = this.#kept.get(name) ?? nothing
    const now = this.#clock()
    const { freshMilliseconds, staleMilliseconds } = this.#ages
    if (kept.document !== undefined && now - kept.readAt < freshMilliseconds) return kept.document
    const usable = now - kept.readAt < staleMilliseconds ? kept.document : undefined
    if (now - kept.askedAt < pauseMilliseconds) {
      if (usable !== undefined) return usable
      if (kept.failure !== undefined) throw kept.failure
    }
    return this.#read(name, read, usable)
  }

  /**
   * Returns a document that was read just now, if the kept one has an age: it may lack what its server has since. So a
   * forged name of a key makes a request at most once in `renewMilliseconds`.
   *
   * @throws what `read` throws, when nothing usable is kept
   */
  async renew(name: string, read: () => Promise<Document>): Promise<Document> {
    const kept = this.#kept.get(name) ?? nothing
    const isRecent = this.#clock() - kept.askedAt < this.#ages.renewMilliseconds
    return isRecent ? this.find(name, read) : this.#read(name, read, kept.document)
  }

  async #read(name: string, read: () => Promise<Document>, usable: Document | undefined): Promise<Document> {
    const before = this.#kept.get(name) ?? nothing
    // Before the answer, so that others use the old document meanwhile and do not ask too.
    this.#keep(name, { ...before, askedAt: this.#clock(), failure: undefined })
    try {
      const document = await read()
      const now = this.#clock()
      this.#keep(name, { document, readAt: now, askedAt: now, failure: undefined })
      return document
    } catch (error) {
      this.#keep(name, { ...before, askedAt: this.#clock(), failure: error })
      if (usable === undefined) throw error
      return usable
    }
  }

  #keep(name: string, kept: Kept<Document>): void {
    this.#kept.delete(name)
    this.#kept.set(name, kept)
    const oldest = this.#kept.keys().next().value
    if (this.#kept.size > mostKept && oldest !== undefined) this.#kept.delete(oldest)
  }
}
