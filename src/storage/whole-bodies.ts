/**
 * Bodies that a request holds whole: manifests, trust data, long forms and long JSON. Read, each takes several times its
 * bytes, and all requests of an isolate share 128 MB. So one of more than 64 KiB takes memory of the isolate by its length
 * (see `part-buffers.ts`), until the request is done with it. A smaller one waits for nothing.
 */
import type { Context } from '../context.ts'
import { mostPartBuffers, mostPartBuffersOfAccount, partBytes, wholeBytesOfShare } from '../limits.ts'
import { leadBytes, type BodyReader } from './body.ts'
import type { Lease, Sender } from './memory-shares.ts'
import { partBuffers } from './part-buffers.ts'

/** How a body is held whole. */
export interface WholeBody {
  /** The most that is read, but for one byte by which a longer body is known. */
  readonly limitBytes: number
  /** The length of the body, if the sender announced it. */
  readonly announcedBytes: number | undefined
  /** The sending account, which has a share of the memory. */
  readonly account: Sender
  readonly background: Context['background']
}

/** What is done with a body. */
export interface Reading<Value, Result> {
  /** Makes something of the bytes, which are let go then. */
  readonly read: (bytes: Uint8Array<ArrayBuffer>) => Promise<Value>
  readonly use: (value: Value) => Promise<Result>
}

/**
 * Reads a whole body and uses it. Memory is taken when 64 KiB have arrived, so that silent senders hold up no other.
 *
 * @throws RegistryError `body-interrupted`, `body-stalled` or `overloaded`, and what `read` and `use` throw
 */
export async function useWhole<Value, Result>(
  body: BodyReader | undefined,
  whole: WholeBody,
  { read, use }: Reading<Value, Result>,
): Promise<Result> {
  const memory = new BodyMemory(whole)
  const options = { beyondLead: () => memory.take(), noteProgress: () => memory.noteProgress() }
  try {
    // No variable has the bytes, which would keep them until all is done.
    return await use(await read((await body?.all(whole.limitBytes, options)) ?? new Uint8Array()))
  } finally {
    memory.end()
  }
}

/** Does work on a body that something else reads, and holds the memory for it. @throws as `useWhole` */
export async function holdWhole<Result>(whole: WholeBody, work: () => Promise<Result>): Promise<Result> {
  const memory = new BodyMemory(whole)
  try {
    if (sizeOf(whole) > leadBytes) await memory.take()
    return await work()
  } finally {
    memory.end()
  }
}

/** Returns the most that is read of a body. */
const sizeOf = ({ announcedBytes, limitBytes }: WholeBody): number => Math.min(announcedBytes ?? limitBytes, limitBytes)

/**
 * Returns how many shares a body takes: one for each MiB, but no more than the busiest account leaves to the others. Its layers
 * would keep out a larger one for as long as they last, or one that waits would keep out all others. A body longer than a part
 * is read alone.
 */
function sharesFor(bytes: number): number {
  if (bytes > partBytes) return mostPartBuffersOfAccount
  return Math.min(Math.max(1, Math.ceil(bytes / wholeBytesOfShare)), mostPartBuffers - mostPartBuffersOfAccount)
}

/** The memory for one body, once it is taken. */
class BodyMemory {
  readonly #whole: WholeBody
  readonly #ended = Promise.withResolvers<void>()
  #lease: Lease | undefined

  constructor(whole: WholeBody) {
    this.#whole = whole
  }

  async take(): Promise<void> {
    const { account, background } = this.#whole
    // The runtime ends the request of a client that went away, and its memory is to be handed back all the same.
    background(this.#ended.promise)
    this.#lease = await partBuffers.takeShares(account, sharesFor(sizeOf(this.#whole)))
  }

  noteProgress(): void {
    if (this.#lease !== undefined) partBuffers.noteProgress(this.#lease)
  }

  end(): void {
    if (this.#lease !== undefined) partBuffers.drop(this.#lease)
    this.#ended.resolve()
  }
}
