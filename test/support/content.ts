/** Content to push, and the shortest way to push it. */
import { env } from 'cloudflare:workers'
import type { Digest, DigestAlgorithm } from '../../src/names.ts'
import { mediaTypes } from '../../src/registry/manifest-document.ts'
import { digestBytes } from '../../src/storage/hash.ts'
import { header, type Send } from './client.ts'
import { Random } from './random.ts'

export type Bytes = Uint8Array<ArrayBuffer>

const encoder = new TextEncoder()
export const bytesOf = (text: string): Bytes => new Uint8Array(encoder.encode(text))
export const json = (value: unknown): Bytes => bytesOf(JSON.stringify(value))

/** Different bytes for each seed, the same for the same one; `crypto` gives no more than 64 KiB at once. */
export function contentOf(sizeBytes: number, seed = 1): Bytes {
  const random = new Random(seed)
  const words = new Uint32Array(Math.ceil(sizeBytes / 4)).map(() => random.below(2 ** 32))
  return new Uint8Array(words.buffer, 0, sizeBytes)
}

export const digestOf = (bytes: Uint8Array, algorithm: DigestAlgorithm = 'sha256'): Promise<Digest> =>
  digestBytes(algorithm, bytes)

/** A stream of unknown length, in pieces of an awkward size. */
export function streamOf(bytes: Bytes, pieceBytes = 10_007): ReadableStream {
  let at = 0
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close()
      controller.enqueue(bytes.subarray(at, at + pieceBytes))
      at += pieceBytes
    },
  })
}

/** Pushes a blob in the way of `docker push`: POST, one streamed PATCH, an empty PUT. */
export async function pushBlob(client: Send, repository: string, content: Bytes): Promise<Descriptor> {
  const digest = await digestOf(content)
  const started = await client('POST', `/v2/${repository}/blobs/uploads/`)
  const patched = await client('PATCH', header(started, 'location'), { body: streamOf(content) })
  const closed = await client('PUT', `${header(patched, 'location')}?digest=${digest}`)
  if (closed.status !== 201) throw new Error(`push of a blob: ${closed.status} ${await closed.text()}`)
  return { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest, size: content.length }
}

export interface Descriptor {
  readonly mediaType: string
  readonly digest: Digest
  readonly size: number
}

export interface Image {
  readonly config: Descriptor
  readonly layers: readonly Descriptor[]
  readonly manifest: Bytes
  readonly digest: Digest
}

/** Pushes the blobs of an image and returns its manifest, which the test pushes itself. */
export async function anImage(
  client: Send,
  repository: string,
  { layers = 2, seed = 1, fields = {} }: { layers?: number; seed?: number; fields?: object } = {},
): Promise<Image> {
  const config = await pushBlob(client, repository, json({ architecture: 'amd64', os: 'linux', seed }))
  const pushed: Descriptor[] = []
  for (let at = 0; at < layers; at++) pushed.push(await pushBlob(client, repository, contentOf(1000 + at, seed + at)))
  const manifest = json({
    schemaVersion: 2,
    mediaType: mediaTypes.image,
    config: { ...config, mediaType: 'application/vnd.oci.image.config.v1+json' },
    layers: pushed,
    ...fields,
  })
  return { config, layers: pushed, manifest, digest: await digestOf(manifest) }
}

export async function putManifest(
  client: Send,
  repository: string,
  reference: string,
  manifest: Bytes,
  mediaType: string = mediaTypes.image,
): Promise<Response> {
  return client('PUT', `/v2/${repository}/manifests/${reference}`, {
    headers: { 'content-type': mediaType },
    body: manifest,
  })
}

/** A whole image under a tag. */
export async function pushImage(client: Send, repository: string, tag: string, seed = 1): Promise<Image> {
  const image = await anImage(client, repository, { seed })
  const response = await putManifest(client, repository, tag, image.manifest)
  if (response.status !== 201) throw new Error(`push of a manifest: ${response.status} ${await response.text()}`)
  return image
}

/** What the registry knows of R2, and what R2 has: both lists must be equal but for what is being written. */
export async function segmentKeys(): Promise<{ rows: string[]; objects: string[] }> {
  const { results } = await env.DB.prepare('SELECT key FROM segments ORDER BY key').all<{ key: string }>()
  const { objects } = await env.BUCKET.list()
  return { rows: results.map(({ key }) => key), objects: objects.map(({ key }) => key).sort() }
}

export async function countRows(table: string, where = 'true'): Promise<number> {
  const row = await env.DB.prepare(`SELECT count(*) AS count FROM ${table} WHERE ${where}`).first<{ count: number }>()
  return row?.count ?? 0
}
