/** Unpacks files of the bundle: the runtime has no zstd. */
import { Decompress } from 'fzstd'

/** Returns the content of a file that is stored as zstd. */
export function unpack(stored: ArrayBuffer): ReadableStream<Uint8Array> {
  const decompress = new Decompress()
  const unpacking = new TransformStream<Uint8Array, Uint8Array>({
    start(controller) {
      decompress.ondata = (chunk) => {
        controller.enqueue(chunk)
      }
    },
    transform(chunk) {
      decompress.push(chunk)
    },
    flush() {
      decompress.push(new Uint8Array(), true)
    },
  })
  return new Blob([stored]).stream().pipeThrough(unpacking)
}
