/** Hashes streams by the platform's native function: JavaScript or WebAssembly would need ten times the CPU time. */
import { digestOf, type Digest, type DigestAlgorithm } from '../names.ts'
import { toHex } from '../util/hex.ts'

const native: Record<DigestAlgorithm, string> = { sha256: 'SHA-256', sha512: 'SHA-512' }

/** Hashes bytes as they pass: `update` for each piece, then `digest` once. */
export class StreamHash {
  readonly #stream: InstanceType<typeof crypto.DigestStream>
  readonly #writer: WritableStreamDefaultWriter

  constructor(readonly algorithm: DigestAlgorithm) {
    this.#stream = new crypto.DigestStream(native[algorithm])
    this.#writer = this.#stream.getWriter()
  }

  async update(bytes: Uint8Array): Promise<void> {
    await this.#writer.write(bytes)
  }

  async digest(): Promise<Digest> {
    await this.#writer.close()
    return digestOf(this.algorithm, toHex(await this.#stream.digest))
  }
}

/** Returns the digest of bytes in memory. */
export async function digestBytes(algorithm: DigestAlgorithm, bytes: Uint8Array): Promise<Digest> {
  return digestOf(algorithm, toHex(await crypto.subtle.digest(native[algorithm], bytes)))
}

/** Returns the digest of the concatenated streams. No byte passes through JavaScript. */
export async function digestStreams(
  algorithm: DigestAlgorithm,
  streams: AsyncIterable<ReadableStream>,
): Promise<Digest> {
  const hash = new crypto.DigestStream(native[algorithm])
  // An interrupted stream fails the loop, so no code awaits the digest that fails with it.
  hash.digest.catch(() => undefined)
  for await (const stream of streams) await stream.pipeTo(hash, { preventClose: true })
  await hash.getWriter().close()
  return digestOf(algorithm, toHex(await hash.digest))
}
