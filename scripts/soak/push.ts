/** Pushes as real clients do: they ask for each blob first, mount what another repository has, and upload the rest. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from './client.ts'
import type { Artifact, Blob } from './content.ts'
import type { Random } from '../../test/support/random.ts'
import { Failure, type Tally } from './tally.ts'

export interface Pusher {
  readonly client: Client
  readonly random: Random
  readonly tally: Tally
  /** The repositories from which a blob may be mounted. */
  readonly repositories: readonly string[]
  readonly graceMilliseconds: number
}

/** A client that was told that content exists has at least this part of the grace period to use it. */
const safePart = 0.8

/** Never more: each attempt takes longer than the grace, which is then too short for this machine. */
const mostAttempts = 5

/** Pushes an artifact with its children and blobs. @param tags empty: by digest alone */
export async function pushArtifact(
  pusher: Pusher,
  repository: string,
  artifact: Artifact,
  tags: readonly string[],
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const asked: Asked = new Map()
    try {
      for (const child of artifact.children) {
        asked.set(child.digest, Date.now())
        await pushMissing(pusher, repository, child)
      }
      for (const blob of artifact.blobs) {
        asked.set(blob.digest, Date.now())
        await ensureBlob(pusher, repository, blob)
      }
      await dawdle(pusher)
      await putManifest(pusher, repository, artifact, tags)
      pusher.tally.add('artifacts pushed')
      return
    } catch (error) {
      if (!isOvertaken(pusher, asked, error) || attempt === mostAttempts) throw error
      pusher.tally.add('pushes slower than the grace')
    }
  }
}

/** Waits now and then, as a slow client does: an earlier answer of the registry must hold until the push is done. */
async function dawdle({ random, graceMilliseconds }: Pusher): Promise<void> {
  if (random.isLucky(0.1)) await sleep(random.below(graceMilliseconds / 2))
}

/** Pushes a manifest unless it is there already: a HEAD keeps it alive. */
export async function pushMissing(pusher: Pusher, repository: string, artifact: Artifact): Promise<void> {
  const { status } = await pusher.client.call('HEAD', `/v2/${repository}/manifests/${artifact.digest}`, [200, 404])
  if (status === 200) pusher.tally.add('manifests found by HEAD')
  else await pushArtifact(pusher, repository, artifact, [])
}

/** The time at which the client began to ask for or to push each digest. */
type Asked = Map<string, number>

/** Tells whether missing content was confirmed longer ago than the grace period, so that it may be gone. */
function isOvertaken({ graceMilliseconds }: Pusher, asked: Asked, error: unknown): boolean {
  if (!(error instanceof Failure) || !error.message.includes('MANIFEST_BLOB_UNKNOWN')) return false
  const missing = [...asked].filter(([digest]) => error.message.includes(digest))
  const now = Date.now()
  return missing.length > 0 && missing.every(([, at]) => now - at > graceMilliseconds * safePart)
}

async function putManifest(
  { client, random }: Pusher,
  repository: string,
  { bytes, digest, mediaType }: Artifact,
  tags: readonly string[],
): Promise<void> {
  const [first] = tags
  // One tag by its name, several or none by the digest.
  const isByTag = first !== undefined && tags.length === 1 && random.isLucky(0.8)
  const query = isByTag ? '' : `?${tags.map((tag) => `tag=${tag}`).join('&')}`
  await client.call('PUT', `/v2/${repository}/manifests/${isByTag ? first : digest}${query}`, [201], {
    headers: { 'content-type': mediaType },
    body: bytes,
  })
}

async function ensureBlob(pusher: Pusher, repository: string, blob: Blob): Promise<void> {
  const { client, random, tally, repositories } = pusher
  const { status } = await client.call('HEAD', `/v2/${repository}/blobs/${blob.digest}`, [200, 404])
  if (status === 200) return tally.add('blobs found by HEAD')
  const from = random.isLucky(0.7) ? random.of(repositories.filter((name) => name !== repository)) : undefined
  if (from !== undefined) {
    const query = `mount=${blob.digest}&from=${encodeURIComponent(from)}`
    const answer = await client.call('POST', `/v2/${repository}/blobs/uploads/?${query}`, [201, 202])
    if (answer.status === 201) return tally.add('blobs mounted')
    return uploadTo(pusher, answer.headers.get('location') ?? '', blob)
  }
  await uploadBlob(pusher, repository, blob)
}

export async function uploadBlob(pusher: Pusher, repository: string, blob: Blob): Promise<void> {
  const { client, random, tally } = pusher
  if (blob.chunks === 1 && random.isLucky(0.3)) {
    await client.call('POST', `/v2/${repository}/blobs/uploads/?digest=${blob.digest}`, [201], octets(blob.bytes))
    return tally.add('blobs uploaded')
  }
  const { headers } = await client.call('POST', `/v2/${repository}/blobs/uploads/`, [202])
  await uploadTo(pusher, headers.get('location') ?? '', blob)
}

async function uploadTo({ client, tally }: Pusher, start: string, { bytes, digest, chunks }: Blob): Promise<void> {
  let location = start
  const size = Math.ceil(bytes.length / chunks)
  for (let at = 0; at < bytes.length; at += size) {
    const { headers } = await client.call('PATCH', location, [202], octets(bytes.subarray(at, at + size)))
    location = headers.get('location') ?? ''
  }
  await client.call('PUT', `${location}${location.includes('?') ? '&' : '?'}digest=${digest}`, [201])
  tally.add('blobs uploaded')
}

/** Leaves an upload unfinished. */
export async function cancelUpload({ client, tally }: Pusher, repository: string, { bytes }: Blob): Promise<void> {
  const { headers } = await client.call('POST', `/v2/${repository}/blobs/uploads/`, [202])
  const half = bytes.subarray(0, Math.ceil(bytes.length / 2))
  const patched = await client.call('PATCH', headers.get('location') ?? '', [202], octets(half))
  await client.call('DELETE', patched.headers.get('location') ?? '', [204])
  tally.add('uploads cancelled')
}

const octets = (body: Buffer<ArrayBuffer>) => ({ headers: { 'content-type': 'application/octet-stream' }, body })
