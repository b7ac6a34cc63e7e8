/**
 * The bytes of documents, exactly as they came: in D1 as text, as JSON is UTF-8, or in R2 where they are too long for a
 * row. Each read compares them with their hash, so that nothing is served, signed for or believed that was changed.
 */
import type { Context } from '../../context.ts'
import { RegistryError } from '../../errors.ts'
import { joinPieces } from '../../storage/reading.ts'
import { freshKey, storeBytes } from '../../storage/segments.ts'
import { readThrough } from '../../storage/transient-errors.ts'
import { readPieces } from '../../registry/lost-content.ts'
import { digestOf } from '../../names.ts'
import { utf8 } from '../tuf/envelope.ts'
import { InvalidMetadata } from '../tuf/invalid-metadata.ts'
import { sha256Hex } from '../tuf/keys.ts'
import type { NewDocument } from '../tuf/sign.ts'
import type { DocumentRow } from './notary-store.ts'
import { claimObject, type DocumentToStore } from './publication-store.ts'

/** D1 takes 2,000,000 bytes a row. */
const mostInlineBytes = 900_000

/**
 * Returns the bytes of a document, as they were published.
 *
 * @throws InvalidMetadata where D1 or R2 has other bytes by now
 * @throws RegistryError `content-lost` when R2 has lost its object
 */
export async function bytesOf(context: Context, document: DocumentRow): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await storedBytes(context, document)
  if ((await sha256Hex(bytes)) === document.sha256) return bytes
  throw new InvalidMetadata(`the stored version ${document.version} of ${document.role} is not what was published`)
}

/** Returns the bytes for an answer. @throws RegistryError `content-lost` where other bytes, or none, are stored by now */
export async function servedBytes(context: Context, document: DocumentRow): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await bytesOf(context, document)
  } catch (cause) {
    if (!(cause instanceof InvalidMetadata)) throw cause
    console.error(`trust data is damaged: ${cause.message}`)
    throw new RegistryError({ kind: 'content-lost', digest: digestOf('sha256', document.sha256) }, { cause })
  }
}

/** Takes what `bytesOf` reads; undefined for what is not what was published. */
export async function soundOnly(read: Promise<Uint8Array<ArrayBuffer>>): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return await read
  } catch (error) {
    if (error instanceof InvalidMetadata) return undefined
    throw error
  }
}

async function storedBytes(context: Context, document: DocumentRow): Promise<Uint8Array<ArrayBuffer>> {
  const { body, segmentKey: key, sizeBytes } = document
  if (body !== null || key === null) return utf8(body ?? '')
  const place = { digest: digestOf('sha256', document.sha256), segments: [{ key, offsetBytes: 0, sizeBytes }] }
  return readThrough(async () => {
    const pieces = readPieces(context, place, { start: 0, end: sizeBytes })
    return new Uint8Array(await new Response(await joinPieces(pieces, sizeBytes, context.background)).arrayBuffer())
  })
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
