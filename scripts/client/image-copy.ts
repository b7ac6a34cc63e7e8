/**
 * Copies images from another registry by the distribution API: a manifest with all that it refers to and, below it, what
 * refers to it. What the target has is not sent.
 */
import * as z from 'zod'
import type { User } from './credentials.ts'
import { digestOf } from './digest.ts'
import type { OtherServer } from './other-server.ts'
import { request, send } from './registry.ts'

/** Where images come from, and where they go. */
export interface ImageCopy {
  readonly from: OtherServer
  /** The name there. */
  readonly source: string
  readonly origin: string
  readonly user: User
  /** The name here. */
  readonly repository: string
}

const largestManifestBytes = 4_194_304
const deepestIndex = 4

const accept = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
].join(', ')

const descriptor = z.object({
  digest: z.string().regex(/^sha(?:256|512):[0-9a-f]+$/),
  urls: z.array(z.string()).optional(),
})
const document = z.object({
  mediaType: z.string().optional(),
  config: descriptor.optional(),
  layers: z.array(descriptor).optional(),
  manifests: z.array(descriptor).optional(),
})

/**
 * Copies an image.
 *
 * @param tag the name that it gets here, unless something else has it
 * @throws Error for one that the other registry does not have
 */
export async function copyImage(copy: ImageCopy, digest: string, tag: string | undefined): Promise<void> {
  await copyManifest(copy, digest, 0)
  if (tag === undefined || !/^\w[\w.-]{0,127}$/.test(tag) || (await isHere(copy, `manifests/${tag}`))) return
  const { bytes, mediaType } = await readManifest(copy, digest)
  await put(copy, `manifests/${tag}`, bytes, mediaType)
}

async function copyManifest(copy: ImageCopy, digest: string, depth: number): Promise<void> {
  if (depth > deepestIndex) throw new Error(`${digest} is an index within too many others`)
  if (!(await isHere(copy, `manifests/${digest}`))) {
    const { bytes, mediaType, parsed } = await readManifest(copy, digest)
    for (const child of parsed.manifests ?? []) await copyManifest(copy, child.digest, depth + 1)
    const blobs = [parsed.config, ...(parsed.layers ?? [])].filter((blob) => blob !== undefined)
    // Layers with an address elsewhere, as of Windows, are in no registry.
    for (const blob of blobs) if (blob.urls === undefined) await copyBlob(copy, blob.digest)
    await put(copy, `manifests/${digest}`, bytes, mediaType)
  }
  for (const referrer of await referrersOf(copy, digest)) await copyManifest(copy, referrer, depth + 1)
}

interface Manifest {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly mediaType: string
  readonly parsed: z.infer<typeof document>
}

async function readManifest({ from, source }: ImageCopy, digest: string): Promise<Manifest> {
  const path = `/v2/${source}/manifests/${digest}`
  const bytes = await from.read(path, `repository:${source}:pull`, largestManifestBytes, accept)
  if (bytes === undefined) throw new Error(`${from.origin} does not have ${source}@${digest}`)
  if (digest.startsWith('sha256:') && digestOf(bytes) !== digest) {
    throw new Error(`${from.origin} answers ${digest} with other bytes`)
  }
  const parsed = document.parse(JSON.parse(Buffer.from(bytes).toString('utf8')))
  const usual = parsed.manifests === undefined ? 'image.manifest' : 'image.index'
  return { bytes, mediaType: parsed.mediaType ?? `application/vnd.oci.${usual}.v1+json`, parsed }
}

async function copyBlob(copy: ImageCopy, digest: string): Promise<void> {
  if (await isHere(copy, `blobs/${digest}`)) return
  const { from, source, origin, user, repository } = copy
  const blob = await from.get(`/v2/${source}/blobs/${digest}`, `repository:${source}:pull`)
  if (!blob.ok || blob.body === null) throw new Error(`${from.origin} does not have the blob ${digest} of ${source}`)
  const upload = await request(origin, 'POST', `/v2/${repository}/blobs/uploads/`, { user })
  const place = new URL(upload.headers.get('location') ?? '', origin)
  place.searchParams.set('digest', digest)
  await request(origin, 'PUT', place, { user, body: blob.body })
}

const isHere = async ({ origin, user, repository }: ImageCopy, what: string): Promise<boolean> =>
  (await send(origin, 'HEAD', `/v2/${repository}/${what}`, { user, headers: { accept } })).ok

async function put({ origin, user, repository }: ImageCopy, what: string, body: Uint8Array<ArrayBuffer>, type: string) {
  await request(origin, 'PUT', `/v2/${repository}/${what}`, { user, body, headers: { 'content-type': type } })
}

/** Lists what refers to a manifest. Registries before version 1.1 of the specification know nothing of it. */
async function referrersOf({ from, source }: ImageCopy, digest: string): Promise<string[]> {
  const response = await from.get(`/v2/${source}/referrers/${digest}`, `repository:${source}:pull`)
  const found = response.ok ? document.safeParse(await response.json().catch(() => undefined)) : undefined
  return (found?.data?.manifests ?? []).map((each) => each.digest)
}
