/** The steps in which Docker pushes and pulls, and in which skopeo pushes a layer. */
import type { OutgoingHttpHeaders } from 'node:http'
import { digestOf } from '../client/digest.ts'
import { repository, type Client } from './client.ts'

/** The part of a descriptor by which a blob is pulled. */
export interface Pushed {
  readonly digest: string
  readonly size: number
}

const imageType = 'application/vnd.oci.image.manifest.v1+json'
const configType = 'application/vnd.oci.image.config.v1+json'
const layerType = 'application/vnd.oci.image.layer.v1.tar+gzip'

/** Pushes a blob as Docker does: the length is known when the stream ends. */
export const pushBlob = (client: Client, content: Buffer): Promise<Pushed> =>
  push(client, content, { 'transfer-encoding': 'chunked' })

/** Pushes a blob as skopeo and podman do: the length is known when the stream begins. */
export const pushAnnouncedBlob = (client: Client, content: Buffer): Promise<Pushed> =>
  push(client, content, { 'content-length': content.length })

/** Asks for the blob, opens a session, streams all bytes in one chunk, and closes the session with an empty request. */
async function push(client: Client, content: Buffer, framing: OutgoingHttpHeaders): Promise<Pushed> {
  const digest = digestOf(content)
  await client.call('HEAD', `/v2/${repository}/blobs/${digest}`, [200, 404])
  const opened = await client.call('POST', `/v2/${repository}/blobs/uploads/`, [202])
  const received = await client.call('PATCH', opened.headers.location ?? '', [202], {
    headers: { 'content-type': 'application/octet-stream', ...framing },
    stream: content,
  })
  await client.call('PUT', withDigest(received.headers.location ?? '', digest), [201])
  return { digest, size: content.length }
}

export async function pushManifest(
  client: Client,
  tag: string,
  config: Pushed,
  layers: readonly Pushed[],
): Promise<void> {
  const manifest = {
    schemaVersion: 2,
    mediaType: imageType,
    config: { mediaType: configType, ...config },
    layers: layers.map((layer) => ({ mediaType: layerType, ...layer })),
  }
  await client.call('PUT', `/v2/${repository}/manifests/${tag}`, [201], {
    headers: { 'content-type': imageType },
    body: Buffer.from(JSON.stringify(manifest)),
  })
}

/** Makes the config of an image; each seed gives another digest. */
export function configWith(seed: string): Buffer {
  const rootfs = { type: 'layers', diff_ids: [] }
  return Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', seed, rootfs }))
}

export async function pullManifest(client: Client, tag: string): Promise<void> {
  await client.call('GET', `/v2/${repository}/manifests/${tag}`, [200], {
    headers: { accept: imageType },
    discard: true,
  })
}

/** Pulls a blob. @throws Error when the blob is not as long as it was */
export async function pullBlob(client: Client, { digest, size }: Pushed): Promise<void> {
  const { sizeBytes } = await client.call('GET', `/v2/${repository}/blobs/${digest}`, [200], { discard: true })
  if (sizeBytes !== size) throw new Error(`the blob has ${sizeBytes} bytes instead of ${size}`)
}

export async function askForBlob(client: Client, { digest }: Pushed): Promise<void> {
  await client.call('HEAD', `/v2/${repository}/blobs/${digest}`, [200])
}

export async function listTags(client: Client, count: number): Promise<Buffer> {
  const { body } = await client.call('GET', `/v2/${repository}/tags/list?n=${count}`, [200])
  return body
}

/** Adds the digest to the address of an upload, which may have a query already. */
function withDigest(location: string, digest: string): string {
  const separator = location.includes('?') ? '&' : '?'
  return `${location}${separator}digest=${encodeURIComponent(digest)}`
}
