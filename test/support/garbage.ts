/** Content for tests of the garbage collector: manifests of every kind, and what is left of them. */
import { env } from 'cloudflare:workers'
import type { Digest } from '../../src/names.ts'
import { mediaTypes } from '../../src/registry/manifest-document.ts'
import type { Send } from './client.ts'
import { anImage, digestOf, json, putManifest, type Bytes, type Descriptor } from './content.ts'

export interface Pushed {
  readonly digest: Digest
  readonly descriptor: Descriptor
}

/** Pushes a manifest under a tag, or under its digest alone. */
export async function push(
  client: Send,
  repository: string,
  manifest: Bytes,
  { tag, mediaType = mediaTypes.image }: { tag?: string | undefined; mediaType?: string } = {},
): Promise<Pushed> {
  const digest = await digestOf(manifest)
  const response = await putManifest(client, repository, tag ?? digest, manifest, mediaType)
  if (response.status !== 201) throw new Error(`push of a manifest: ${response.status} ${await response.text()}`)
  return { digest, descriptor: { mediaType, digest, size: manifest.length } }
}

export interface Pushing {
  readonly tag?: string
  readonly seed?: number
  readonly fields?: object
}

/** An image of one layer; other seeds are other layers. */
export async function image(
  client: Send,
  repository: string,
  { tag, seed = 1, fields }: Pushing = {},
): Promise<Pushed> {
  const { manifest } = await anImage(client, repository, {
    layers: 1,
    seed,
    ...(fields === undefined ? {} : { fields }),
  })
  return push(client, repository, manifest, { tag })
}

export function index(
  client: Send,
  repository: string,
  children: readonly Pushed[],
  { tag, fields = {} }: Pushing = {},
): Promise<Pushed> {
  const manifests = children.map(({ descriptor }) => descriptor)
  const document = { schemaVersion: 2, mediaType: mediaTypes.index, manifests, ...fields }
  return push(client, repository, json(document), { tag, mediaType: mediaTypes.index })
}

/** What is about something else, such as a signature. */
export const referrer = (client: Send, repository: string, about: Pushed, pushing: Pushing = {}): Promise<Pushed> =>
  image(client, repository, { ...pushing, fields: { subject: about.descriptor } })

/** The digests of what a repository has, in their order. */
export async function manifestsOf(repository: string): Promise<string[]> {
  const { results } = await env.DB.prepare(
    `SELECT digest FROM manifests JOIN repositories ON repositories.id = repository_id WHERE name = ? ORDER BY digest`,
  )
    .bind(repository)
    .all<{ digest: string }>()
  return results.map(({ digest }) => digest)
}

export const digestsOf = (...pushed: readonly Pushed[]): string[] => pushed.map(({ digest }) => digest).sort()

export async function countReviews(): Promise<number> {
  const row = await env.DB.prepare(
    `SELECT (SELECT count(*) FROM manifest_reviews) + (SELECT count(*) FROM link_reviews)
       + (SELECT count(*) FROM blob_reviews) AS count`,
  ).first<{ count: number }>()
  return row?.count ?? 0
}

/** As if everything had been pushed, and set free, that much longer ago. */
export async function age(milliseconds: number): Promise<void> {
  await env.DB.batch(
    [
      'UPDATE manifests SET pushed_at = pushed_at - ?1, confirmed_at = max(0, confirmed_at - ?1)',
      'UPDATE repository_blobs SET linked_at = linked_at - ?1',
      'UPDATE manifest_reviews SET since = since - ?1 WHERE since > 0',
      'UPDATE link_reviews SET since = since - ?1',
      'UPDATE blob_reviews SET since = since - ?1',
    ].map((sql) => env.DB.prepare(sql).bind(milliseconds)),
  )
}
