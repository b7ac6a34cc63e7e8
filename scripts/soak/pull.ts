/** Pulls a tag to its last byte, and compares. */
import type { Client } from './client.ts'
import { digestOf } from '../client/digest.ts'
import type { Artifact } from './content.ts'
import { Failure, type Tally } from './tally.ts'
import { contendedTag, type Tag, type World } from './world.ts'

export interface Puller {
  readonly client: Client
  readonly tally: Tally
  readonly world: World
  readonly graceMilliseconds: number
}

/** The part of the grace for which a pull may rely on the content of a tag at its beginning; the rest is for delays. */
const safePart = 0.8

export async function pullTag(puller: Puller, tag: Tag): Promise<void> {
  const { client, tally, world } = puller
  const sight = world.look(tag)
  const path = `/v2/${tag.repository}/manifests/${tag.name}`
  const { status, body, headers } = await client.call('GET', path, [200, 404])
  const isStill = world.isStill(sight)
  if (isStill && (status === 200) !== (sight.artifact !== undefined)) {
    throw new Failure(`${path}: ${status}, and it must ${sight.artifact === undefined ? 'not ' : ''}be there`)
  }
  if (status === 404) return tally.add('pulls of what is not there')
  const digest = digestOf(body)
  if (headers.get('docker-content-digest') !== digest) throw new Failure(`${path}: its bytes have the digest ${digest}`)
  const { artifact } = sight
  if (artifact === undefined || artifact.digest !== digest) {
    if (isStill) throw new Failure(`${path} is ${digest} instead of ${artifact?.digest ?? 'nothing'}`)
    return tally.add('pulls of a tag that moved')
  }
  const begun = Date.now()
  try {
    await pullContent(puller, tag.repository, artifact)
    if (isStill) await pullReferrers(puller, tag.repository, artifact)
  } catch (error) {
    const isOwed = world.isStill(sight) || Date.now() - begun < puller.graceMilliseconds * safePart
    // A repository that was deleted takes its blobs with it at once.
    if (isOwed && world.hasRepository(sight)) throw error
    if (!(error instanceof Failure)) throw error
    return tally.add('pulls broken by a deletion')
  }
  tally.add('pulls')
}

/** Pulls the tag that all clients push. @returns the artifact that it points at; undefined before it was pushed */
export async function pullContended(puller: Puller, repository: string): Promise<Artifact | undefined> {
  const { client, world, tally, graceMilliseconds } = puller
  const { isThere } = world.contended(repository)
  const path = `/v2/${repository}/manifests/${contendedTag}`
  const { status, body } = await client.call('GET', path, isThere ? [200] : [200, 404])
  if (status === 404) return undefined
  const digest = digestOf(body)
  const artifact = world.contended(repository).candidates.get(digest)
  if (artifact === undefined) throw new Failure(`${path} is ${digest}, which was never pushed to it`)
  const begun = Date.now()
  try {
    await pullContent(puller, repository, artifact)
    tally.add('pulls')
  } catch (error) {
    if (!(error instanceof Failure) || Date.now() - begun < graceMilliseconds * safePart) throw error
    tally.add('pulls slower than the grace')
  }
  return artifact
}

async function pullContent(puller: Puller, repository: string, artifact: Artifact): Promise<void> {
  for (const child of artifact.children) {
    await pullManifest(puller, repository, child)
    await pullContent(puller, repository, child)
  }
  for (const { digest, bytes } of artifact.blobs) {
    const { body } = await puller.client.call('GET', `/v2/${repository}/blobs/${digest}`, [200])
    if (!body.equals(bytes)) throw new Failure(`${repository}: the blob ${digest} has other bytes`)
  }
}

async function pullManifest({ client }: Puller, repository: string, { digest, bytes }: Artifact): Promise<void> {
  const { body } = await client.call('GET', `/v2/${repository}/manifests/${digest}`, [200])
  if (!body.equals(bytes)) throw new Failure(`${repository}: the manifest ${digest} has other bytes`)
}

/** Pulls the signatures of an artifact, which live as long as it does. */
async function pullReferrers(puller: Puller, repository: string, subject: Artifact): Promise<void> {
  const referrers = puller.world.referrersOf(repository, subject.digest)
  if (referrers.length === 0) return
  const { body } = await puller.client.call('GET', `/v2/${repository}/referrers/${subject.digest}`, [200])
  const listed = body.toString()
  for (const referrer of referrers) {
    if (!listed.includes(referrer.digest)) {
      throw new Failure(`${repository}: ${referrer.digest} is no referrer any more`)
    }
    await pullManifest(puller, repository, referrer)
    await pullContent(puller, repository, referrer)
    puller.tally.add('referrers pulled')
  }
}
