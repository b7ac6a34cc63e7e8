/** Signs requests for a bucket that speaks S3 (AWS Signature Version 4), sends them, and reads bounded answers. */
import { AwsClient } from 'aws4fetch'
import { longestBucketAnswer } from '../../limits.ts'
import { toHex } from '../../util/hex.ts'
import type { BackupTarget } from '../../variables.ts'
import type { StoredContent } from '../backups.ts'
import { BucketError, longestCallMilliseconds } from '../transient-errors.ts'
import { notS3, refusalError } from './refusals.ts'
import { textOf } from './xml.ts'

export interface S3Request {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE'
  /** Undefined for a request about the bucket itself. */
  readonly key?: string
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: StoredContent
  /** The SHA-256 of a body that is a stream, if the bucket has to check it; that of any other body is always sent. */
  readonly sha256?: string | undefined
}

/** One bucket, and the key that opens it. */
export class S3Requests {
  readonly #base: string
  readonly #client: AwsClient

  constructor({ endpoint, bucket, ...keys }: BackupTarget) {
    this.#base = `${endpoint.href.replace(/\/+$/, '')}/${bucket}`
    // Who asks retries: a client that did so too would multiply the tries.
    this.#client = new AwsClient({ ...keys, service: 's3', retries: 0 })
  }

  /**
   * Sends a request.
   *
   * @returns an answer of success; undefined if the object does not exist
   * @throws BucketError; RegistryError `backup-bucket-refused`
   */
  async send(request: S3Request): Promise<Response | undefined> {
    const response = await this.#answer(request)
    if (response.ok) return response
    const code = codeOf(await textUpTo(response, longestBucketAnswer))
    if (response.status === 404 && (code === 'NoSuchKey' || request.method === 'HEAD')) return undefined
    throw refusalError({ status: response.status, code }, request.method)
  }

  /** Sends a request about what exists. @throws as `send` */
  async must(request: S3Request): Promise<Response> {
    const response = await this.send(request)
    if (response !== undefined) return response
    throw refusalError({ status: 404, code: 'NoSuchKey' }, request.method)
  }

  /** Sends a request whose answer is not read. @throws as `send` */
  async tell(request: S3Request): Promise<Headers> {
    const response = await this.must(request)
    await response.body?.cancel()
    return response.headers
  }

  /**
   * Sends a request that is answered with a document. S3 may begin an answer of success before it fails.
   *
   * @param root the element that the document must be
   * @throws as `send`
   */
  async ask(request: S3Request, root: string): Promise<string> {
    const response = await this.must(request)
    const text = await textUpTo(response, longestBucketAnswer)
    if (isWhole(text, root)) return text
    const code = codeOf(text)
    throw code === undefined ? notS3(response.status) : refusalError({ status: 500, code }, request.method)
  }

  async #answer(request: S3Request): Promise<Response> {
    const { method, key, query = {}, headers = {}, body } = request
    const url = new URL(this.#base + (key === undefined ? '' : `/${encoded(key)}`))
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
    // Bytes, as a text would be given a type, and a proxy compresses what has one.
    const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body
    const sha256 = bytes instanceof Uint8Array ? await sha256Of(bytes) : request.sha256
    const giveUp = new AbortController()
    const timer = setTimeout(() => giveUp.abort(), longestCallMilliseconds)
    const signed = await this.#client.sign(url.href, {
      method,
      headers: { ...headers, ...(sha256 !== undefined && { 'x-amz-content-sha256': sha256 }) },
      ...(bytes !== undefined && { body: bytes }),
      // A signature is for one address, and no other may have it.
      redirect: 'manual',
      signal: giveUp.signal,
    })
    try {
      return await fetch(signed)
    } catch (error) {
      throw new BucketError('passing', `the bucket did not answer ${method}`, { cause: error })
    } finally {
      // What follows is the body, which may be long.
      clearTimeout(timer)
    }
  }
}

/** Tells whether a document has its root and its end: half a list must not look like a whole one. */
const isWhole = (xml: string, root: string): boolean =>
  new RegExp(`<${root}(?:\\s[^>]*)?(?:/>|>[^]*</${root}>)\\s*$`).test(xml)

/**
 * Writes a key as a path. RFC 3986 section 2.2: the signature needs the reserved characters encoded. Section 5.2.4: a part `.`
 * or `..` would make it the address of another object, or of another bucket.
 *
 * @throws Error for a key with such a part, which no object of a backup has
 */
function encoded(key: string): string {
  const parts = key.split('/')
  if (parts.some((part) => part === '.' || part === '..')) {
    throw new Error(`"${key}" is no key of an object: a part of it is "." or ".."`)
  }
  return parts.map(encodedPart).join('/')
}

const encodedPart = (part: string): string =>
  encodeURIComponent(part).replaceAll(/[!'()*]/g, (one) => `%${toHex(new TextEncoder().encode(one)).toUpperCase()}`)

const sha256Of = async (bytes: Uint8Array): Promise<string> =>
  toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))

/** Reads the code of an error; undefined for a document that is none of S3. */
function codeOf(xml: string): string | undefined {
  const code = /<Error[\s>]/.test(xml) ? textOf(xml, 'Code') : undefined
  return code !== undefined && /^[A-Za-z0-9.]{1,64}$/.test(code) ? code : undefined
}

/** Reads a text of bounded length. @throws RegistryError `backup-bucket-refused` for a longer one */
async function textUpTo(response: Response, most: number): Promise<string> {
  let text = ''
  let bytes = 0
  const decoder = new TextDecoder()
  for await (const piece of response.body ?? []) {
    bytes += piece.length
    // Leaving the loop cancels the rest.
    if (bytes > most) throw notS3(response.status)
    text += decoder.decode(piece, { stream: true })
  }
  return text + decoder.decode()
}
