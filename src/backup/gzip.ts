/** Compresses the lines of a part, and opens them again without more memory than they are known to need. */

type Bytes = Uint8Array<ArrayBuffer>

export const compressed = async (bytes: Bytes): Promise<Bytes> =>
  new Uint8Array(
    await new Response(new Blob([bytes]).stream().pipeThrough(new CompressionStream('gzip'))).arrayBuffer(),
  )

/**
 * Decompresses a known number of bytes.
 *
 * @returns undefined if there are more or fewer
 * @throws TypeError for what is no gzip
 */
export async function decompressed(stored: Bytes, size: number): Promise<Bytes | undefined> {
  const bytes = new Uint8Array(size)
  let at = 0
  for await (const piece of new Blob([stored]).stream().pipeThrough(new DecompressionStream('gzip'))) {
    if (at + piece.length > size) return undefined
    bytes.set(piece, at)
    at += piece.length
  }
  return at === size ? bytes : undefined
}
