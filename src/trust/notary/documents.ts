/**
 * The bytes of documents, exactly as they came: in D1 as text, as JSON is UTF-8, or in R2 where they are too long for a
 * row.
 */
import type { Context } from '../../context.ts'
import { joinPieces } from '../../storage/reading.ts'
import { freshKey, storeBytes } from '../../storage/segments.ts'
import { readPieces } from '../../registry/lost-content.ts'
import { digestOf } from '../../names.ts'
import type { NewDocument } from '../tuf/sign.ts'
import { claimObject, type DocumentRow, type DocumentToStore } from './notary-store.ts'

/** D1 takes 2,000,000 bytes a row. */
const mostInlineBytes = 900_000

/**
 * Returns the body of a document for an answer.
 *
 * @throws RegistryError `content-lost` when R2 has lost its object
 */
export async function bodyOf(context: Context, document: DocumentRow): Promise<string | ReadableStream> {
  const { body, segmentKey: key, sizeBytes } = document
  if (body !== null || key === null) return body ?? ''
  const place = { digest: digestOf('sha256', document.sha256), segments: [{ key, offsetBytes: 0, sizeBytes }] }
  return joinPieces(readPieces(context, place, { start: 0, end: sizeBytes }), sizeBytes, context.background)
}

/** Returns the bytes of a document. @throws RegistryError as `bodyOf` */
export async function bytesOf(context: Context, document: DocumentRow): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Response(await bodyOf(context, document)).arrayBuffer())
}

/** Puts documents where they will lie. Keeps what is stored when a publication begins again. */
export class DocumentWriter {
  readonly #context: Context
  /** The keys of stored objects by the hash of their document. */
  readonly #stored = new Map<string, string>()

  constructor(context: Context) {
    this.#context = context
  }

  /** Stores the bytes of a document that is too long for a row, and says where each lies. */
  async place({ role, version, sha256, bytes }: NewDocument): Promise<DocumentToStore> {
    const placed = { role, version, sha256, sizeBytes: bytes.length }
    if (bytes.length > mostInlineBytes) {
      return { ...placed, content: { segmentKey: await this.#storeObject(sha256, bytes) } }
    }
    return { ...placed, content: { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) } }
  }

  /** Claims the object with a row before it is stored, so that the sweep finds one that nothing refers to. */
  async #storeObject(sha256: string, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
    const known = this.#stored.get(sha256)
    if (known !== undefined) return known
    const key = freshKey()
    await claimObject(this.#context.db, key, this.#context.now)
    await storeBytes(this.#context.bucket, key, bytes, digestOf('sha256', sha256))
    this.#stored.set(sha256, key)
    return key
  }
}
