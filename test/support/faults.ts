/** R2 that fails as the real one does, at the calls that a test names. */
import { env } from 'cloudflare:workers'
import { interceptedBucket } from './intercepted-bucket.ts'

export type StorageCall =
  'put' | 'get' | 'head' | 'list' | 'delete' | 'createMultipartUpload' | 'uploadPart' | 'complete'

export interface StorageFault {
  readonly call: StorageCall
  readonly message: string
  /** How many calls fail. */
  readonly times: number
  /** How many calls succeed before. */
  readonly after?: number
  /**
   * What happens before the call fails: nothing at all, not even to a stream that was handed over; half of the stream is
   * read; or everything is done, and only the answer is lost. Of a get also: the object is found, and its stream breaks off.
   */
  readonly when?: 'before' | 'halfway' | 'afterwards' | 'reading'
}

export interface FaultyBucket {
  readonly bucket: R2Bucket
  /** How many calls failed so far. */
  readonly failed: () => number
}

export function faultyBucket(fault: StorageFault, inner: R2Bucket = env.BUCKET): FaultyBucket {
  let toSucceed = fault.after ?? 0
  let toFail = fault.times
  const bucket = interceptedBucket(async (name, parameters, act) => {
    if (name !== fault.call || toFail === 0 || toSucceed-- > 0) return act()
    toFail--
    if (fault.when === 'reading') return breakingOff(await act(), new Error(fault.message))
    if (fault.when === 'afterwards') await act()
    if (fault.when === 'halfway') await readHalf(parameters)
    throw new Error(`${fault.call}: ${fault.message}`)
  }, inner)
  return { bucket, failed: () => fault.times - toFail }
}

/** Reads some of a stream and then drops it, as a connection to R2 that breaks. */
async function readHalf(parameters: readonly unknown[]): Promise<void> {
  const stream = parameters.find((parameter) => parameter instanceof ReadableStream)
  if (stream === undefined) return
  const reader: ReadableStreamDefaultReader = stream.getReader()
  await reader.read()
  await reader.cancel(new Error('Network connection lost.'))
}

/** Returns what a get answers, with a stream that fails after a few bytes. */
function breakingOff(found: unknown, error: Error): unknown {
  if (typeof found !== 'object' || found === null) throw new Error('there is no object whose stream could break off')
  return new Proxy(found, {
    get: (target, name) => (name === 'body' ? brokenStream(error) : (Reflect.get(target, name) as unknown)),
  })
}

/** A stream that fails after a few bytes. @param fault undefined for one that ends too early, as an object that is short */
export function brokenStream(fault?: Error): ReadableStream {
  const { readable, writable } = new FixedLengthStream(1000)
  breakOff(writable.getWriter(), fault).catch(() => undefined)
  return readable
}

async function breakOff(writer: WritableStreamDefaultWriter<Uint8Array>, fault: Error | undefined): Promise<void> {
  await writer.write(new Uint8Array(10))
  await (fault === undefined ? writer.close() : writer.abort(fault))
}
