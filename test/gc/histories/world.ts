/** A registry in a test beside the model of it, compared after every step. */
import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import { keptAnswers } from '../../../src/db/cache.ts'
import { parseRepositoryName, parseTag, type Digest } from '../../../src/names.ts'
import { getBlob } from '../../../src/registry/blobs.ts'
import { readPieces } from '../../../src/registry/lost-content.ts'
import { getManifest, manifestBody } from '../../../src/registry/manifests.ts'
import { joinPieces } from '../../../src/storage/reading.ts'
import { bytesOf, countRows, digestOf, segmentKeys, type Bytes } from '../../support/content.ts'
import { testContext } from '../../support/context.ts'
import { countReviews } from '../../support/garbage.ts'
import { rightTo } from '../../support/people.ts'
import { emptyRepository, usedBlobs, usedManifests, type Document, type Repository } from './model.ts'
import { repositories, type RepositoryAt } from './steps.ts'

export type State = Record<RepositoryAt, Repository>

export interface World {
  state: State
  /** All that were ever pushed, or tried to be. */
  readonly documents: Document[]
  readonly blobs: readonly { readonly digest: Digest; readonly bytes: Bytes }[]
  /** When each step began. */
  readonly times: number[]
}

/** A world in which nothing has happened. */
export async function newWorld(): Promise<World> {
  await emptyStorage()
  const contents = Array.from({ length: 5 }, (_, at) => bytesOf(`the content of blob ${at}`))
  const blobs = await Promise.all(contents.map(async (bytes) => ({ bytes, digest: await digestOf(bytes) })))
  return { state: copyOf(), documents: [], blobs, times: [] }
}

export const copyOf = (state?: State): State => ({
  'alice/one': copyOfRepository(state?.['alice/one']),
  'alice/two': copyOfRepository(state?.['alice/two']),
})

function copyOfRepository({ tags, pins, orphaned, manifests, links, usedAt } = emptyRepository()): Repository {
  return {
    tags: new Map(tags),
    pins: new Set(pins),
    orphaned: new Set(orphaned),
    manifests: new Map(manifests),
    links: new Set(links),
    usedAt: new Map(usedAt),
  }
}

/** What there may be after a crash: of the tags and pins, those of the second state. */
export function union(one: State, two: State): State {
  const both = copyOf(two)
  for (const name of repositories) {
    for (const [digest, document] of one[name].manifests) both[name].manifests.set(digest, document)
    for (const digest of one[name].links) both[name].links.add(digest)
  }
  return both
}

/** What there must be after a crash: of the tags and pins, those of the first state. */
export function intersection(one: State, two: State): State {
  const both = copyOf(one)
  for (const name of repositories) {
    keepOnly(both[name].manifests, (digest) => two[name].manifests.has(digest))
    keepOnly(both[name].links, (digest) => two[name].links.has(digest))
  }
  return both
}

export function keepOnly<Key>(of: Map<Key, unknown> | Set<Key>, which: (key: Key) => boolean): void {
  for (const key of of.keys()) if (!which(key)) of.delete(key)
}

async function emptyStorage(): Promise<void> {
  const { objects } = await env.BUCKET.list()
  if (objects.length > 0) await env.BUCKET.delete(objects.map(({ key }) => key))
  const tables = [
    'pins',
    'tags',
    'manifests',
    'repository_blobs',
    'segments',
    'blobs',
    'upload_sessions',
    'repositories',
  ]
  const queues = ['manifest_reviews', 'link_reviews', 'blob_reviews']
  await env.DB.batch([
    env.DB.prepare('PRAGMA defer_foreign_keys = on'),
    ...[...tables, ...queues].map((table) => env.DB.prepare(`DELETE FROM ${table}`)),
  ])
}

interface Row {
  repository: RepositoryAt
  name: string
  kind: string
  pinnedBy: string
  digest: Digest
  isOrphaned: number
}

/** What the database says that there is. */
async function actualState(world: World): Promise<State> {
  const of = (columns: string, table: string): D1PreparedStatement =>
    env.DB.prepare(
      `SELECT repositories.name AS repository, ${columns} FROM ${table} JOIN repositories ON repositories.id = repository_id
       WHERE deleted_name IS NULL`,
    )
  const results = await env.DB.batch<Row>([
    of('tags.name, digest, is_orphaned AS isOrphaned', 'tags'),
    of('digest', 'manifests'),
    of('digest', 'repository_blobs'),
    of('kind, pins.name, pinned_by AS pinnedBy', 'pins'),
  ])
  const [tags, manifests, links, pins] = results.map((result) => result.results)
  const state = copyOf()
  for (const { repository, name, digest, isOrphaned } of tags ?? []) {
    state[repository].tags.set(name, digest)
    if (isOrphaned === 1) state[repository].orphaned.add(name)
  }
  for (const { repository, digest } of manifests ?? []) {
    const document = world.documents.find((known) => known.digest === digest)
    if (document === undefined) throw new Error(`${digest} was never pushed`)
    state[repository].manifests.set(digest, document)
  }
  for (const { repository, digest } of links ?? []) state[repository].links.add(digest)
  for (const { repository, kind, name, pinnedBy } of pins ?? []) {
    state[repository].pins.add(`${kind} ${name} ${pinnedBy}`)
  }
  return state
}

/**
 * Compares what there is with what must be and with what may be, which differ only after a crash or within a grace, and
 * goes on from what there is.
 */
export async function settle(world: World, must: State, may: State): Promise<void> {
  const actual = await actualState(world)
  for (const name of repositories) {
    const [is, least, most] = [actual[name], must[name], may[name]]
    expectBetween(is.manifests.keys(), least.manifests.keys(), most.manifests.keys(), `manifests of ${name}`)
    expectBetween(is.links, least.links, most.links, `blobs of ${name}`)
    expectBetween(
      is.pins,
      [...least.pins].filter((pin) => most.pins.has(pin)),
      [...least.pins, ...most.pins],
      `pins of ${name}`,
    )
    expectBetween(
      texts(is.tags),
      common(least.tags, most.tags),
      [...texts(least.tags), ...texts(most.tags)],
      `tags of ${name}`,
    )
    // A step that died may have renewed nothing: only what was used for certain has a grace.
    is.usedAt.clear()
    for (const [digest, at] of least.usedAt) is.usedAt.set(digest, at)
  }
  world.state = actual
}

const texts = (tags: ReadonlyMap<string, Digest>): string[] => Array.from(tags, ([name, digest]) => `${name} ${digest}`)

function common(one: ReadonlyMap<string, Digest>, two: ReadonlyMap<string, Digest>): string[] {
  const others = new Set(texts(two))
  return texts(one).filter((text) => others.has(text))
}

function expectBetween(is: Iterable<string>, must: Iterable<string>, may: Iterable<string>, what: string): void {
  const [there, allowed] = [new Set(is), new Set(may)]
  expect({ what, missing: [...must].filter((item) => !there.has(item)) }).toEqual({ what, missing: [] })
  expect({ what, leftOver: [...there].filter((item) => !allowed.has(item)) }).toEqual({ what, leftOver: [] })
}

/** Everything that tags lead to can be pulled, byte for byte. */
export async function expectPullable(world: World): Promise<void> {
  // In an isolate that keeps nothing: steps that crash have a database, and so a memory, of their own.
  keptAnswers(env.DB).drop()
  const context = testContext()
  await Promise.all(
    repositories.map(async (at) => {
      const repository = world.state[at]
      const right = await rightTo(parseRepositoryName(at))
      for (const [tag, digest] of repository.tags) {
        const found = await getManifest(context, right, { tag: parseTag(tag) })
        expect(found.digest).toBe(digest)
      }
      for (const digest of usedManifests(repository)) {
        const found = await getManifest(context, right, { digest })
        const pulled = await new Response(await manifestBody(context, found)).bytes()
        expect(pulled).toEqual(repository.manifests.get(digest)?.bytes)
      }
      for (const digest of usedBlobs(repository)) {
        const blob = await getBlob(context, right, digest)
        const pieces = readPieces(context, { digest, segments: blob.segments }, { start: 0, end: blob.sizeBytes })
        const pulled = await new Response(await joinPieces(pieces, blob.sizeBytes, context.background)).bytes()
        expect(pulled).toEqual(world.blobs.find((known) => known.digest === digest)?.bytes)
      }
    }),
  )
}

/** Nothing is kept that no repository has: no bytes, no uploads, nothing to look at again. */
export async function expectNothingElse(world: World): Promise<void> {
  const wanted = new Set<string>()
  for (const { links, manifests } of Object.values(world.state)) {
    for (const digest of links) wanted.add(digest)
    for (const { digest, isLarge } of manifests.values()) if (isLarge) wanted.add(digest)
  }
  const { results } = await env.DB.prepare('SELECT digest FROM blobs').all<{ digest: string }>()
  expect(results.map(({ digest }) => digest).toSorted()).toEqual([...wanted].toSorted())
  const { rows, objects } = await segmentKeys()
  expect(objects).toEqual(rows)
  expect(await countRows('segments', 'blob_digest IS NULL OR session_id IS NOT NULL')).toBe(0)
  expect(await countRows('upload_sessions')).toBe(0)
  expect(await countReviews()).toBe(0)
  expect(await countRows('gc_fence', 'freed_since IS NOT NULL')).toBe(0)
  expect(await countRows('write_gate', 'passing IS NOT NULL')).toBe(0)
}
