/** What a registry serves, fetched without any client's help, and what files hold. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import * as z from 'zod'
import { digestOf } from '../../../scripts/client/digest.ts'
import { request, send } from '../../../scripts/client/registry.ts'
import type { Registry } from './registry.ts'
import type { User } from './users.ts'

export interface Manifest {
  readonly bytes: Buffer
  readonly mediaType: string
  /** Of the header, as the registry claims it. */
  readonly digest: string
}

const descriptor = z.object({ digest: z.string(), size: z.number() })
const imageDocument = z.object({ config: descriptor, layers: z.array(descriptor) })

export type Descriptor = z.infer<typeof descriptor>
export type ImageDocument = z.infer<typeof imageDocument>

export function get({ host }: Registry, path: string, user: User): Promise<Response> {
  return send(`http://${host}`, 'GET', path, { user })
}

/** @param image as in `docker pull`, without the host: `alice/app:1` or `alice/app@sha256:…` */
export async function fetchManifest(registry: Registry, image: string, user: User): Promise<Manifest> {
  const response = await get(registry, manifestPath(image), user)
  if (response.status !== 200) throw new Error(`${image}: ${response.status} ${await response.text()}`)
  return {
    bytes: Buffer.from(await response.arrayBuffer()),
    mediaType: response.headers.get('content-type') ?? '',
    digest: response.headers.get('docker-content-digest') ?? '',
  }
}

export function manifestPath(image: string): string {
  const [, repository, reference] = /^(.+?)(?:@|:)(.+)$/.exec(image) ?? []
  return `/v2/${repository}/manifests/${reference}`
}

export async function fetchBlob(
  registry: Registry,
  repository: string,
  digest: string,
  user: User,
): Promise<Descriptor> {
  const response = await get(registry, `/v2/${repository}/blobs/${digest}`, user)
  if (response.status !== 200 || response.body === null) throw new Error(`${digest}: ${response.status}`)
  return measure(response.body)
}

/**
 * Uploads a blob in one request.
 *
 * @returns the path where it is served
 */
export async function uploadBlob(
  { host }: Registry,
  repository: string,
  bytes: Buffer<ArrayBuffer>,
  user: User,
): Promise<string> {
  const headers = { 'content-type': 'application/octet-stream' }
  const target = `/v2/${repository}/blobs/uploads/?digest=${digestOf(bytes)}`
  const response = await request(`http://${host}`, 'POST', target, { user, headers, body: bytes })
  if (response.status !== 201) throw new Error(`${repository} has no blob after ${response.status}`)
  return `/v2/${repository}/blobs/${digestOf(bytes)}`
}

export const parseImage = (bytes: Buffer): ImageDocument => imageDocument.parse(JSON.parse(bytes.toString('utf8')))

export const blobsOf = ({ config, layers }: ImageDocument): Descriptor[] => [config, ...layers]

export const measureFile = (path: string): Promise<Descriptor> => measure(createReadStream(path))

async function measure(stream: AsyncIterable<Uint8Array>): Promise<Descriptor> {
  const hash = createHash('sha256')
  let size = 0
  for await (const chunk of stream) {
    hash.update(chunk)
    size += chunk.length
  }
  return { digest: `sha256:${hash.digest('hex')}`, size }
}
