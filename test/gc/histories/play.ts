/** Does the steps of a history to the registry and to its model. */
import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import type { Context } from '../../../src/context.ts'
import { linkBlob } from '../../../src/db/content/blobs.ts'
import { pinStatements, unpinStatements } from '../../../src/db/content/pins.ts'
import { openDatabase, runBatch } from '../../../src/db/database.ts'
import { deletePiece } from '../../../src/db/repositories/deleted-repositories.ts'
import { deleteRepository } from '../../../src/db/repositories/repository-deletion.ts'
import { RegistryError, type Failure } from '../../../src/errors.ts'
import {
  parseAccountName,
  parseRepositoryName,
  parseTag,
  type Digest,
  type Reference,
  type RepositoryName,
} from '../../../src/names.ts'
import { askForBlob, deleteBlob } from '../../../src/registry/blobs.ts'
import { mediaTypes } from '../../../src/registry/manifest-document.ts'
import { askForManifest, putManifest, removeManifest } from '../../../src/registry/manifests.ts'
import { deletionJob } from '../../../src/registry/repository-deletion.ts'
import { BodyReader } from '../../../src/storage/body.ts'
import { finishUpload } from '../../../src/registry/uploads.ts'
import { collect } from '../support/collecting.ts'
import { digestOf, json } from '../../support/content.ts'
import { testContext } from '../../support/context.ts'
import { mortal, type Crash } from '../../support/crashing.ts'
import { idOfRepository } from '../../support/deletions.ts'
import {
  collected,
  emptyRepository,
  isPinned,
  keyOfPin,
  noteUse,
  signatureTag,
  usedManifests,
  type Document,
  type Repository,
} from './model.ts'
import {
  repositories,
  type Collecting,
  type DeletingRows,
  type Pinning,
  type PushingImage,
  type PushingIndex,
  type RepositoryAt,
  type Step,
  type TagPick,
} from './steps.ts'
import { rightTo } from '../../support/people.ts'
import { copyOf, intersection, keepOnly, settle, union, type State, type World } from './world.ts'

type ChangingStep = Exclude<Step, Collecting | DeletingRows>

const by = parseAccountName('alice')
const pushTo = async (name: RepositoryName) => ({ right: await rightTo(name), creates: true })
const rightToDelete = async (name: RepositoryName) => ({ ...(await rightTo(name)), takesImmutable: false })

export async function play(world: World, step: Step): Promise<void> {
  await scheduler.wait(2)
  const now = Date.now()
  world.times.push(now)
  for (const name of repositories) noteUse(world.state[name], now)
  if (step.kind === 'collect') return playCollection(world, step)
  if (step.kind === 'delete rows') return playDeletion(world, step)
  const before = copyOf(world.state)
  const after = copyOf(world.state)
  const crash = 'crash' in step ? step.crash : undefined
  const hasCrashed = await change(world, after, step, crash)
  await settle(world, hasCrashed ? intersection(before, after) : after, hasCrashed ? union(before, after) : after)
}

/** Changes the registry, and the model as if nothing went wrong. @returns whether something did */
async function change(world: World, model: State, step: ChangingStep, crash: Crash | undefined): Promise<boolean> {
  const bindings = mortal(crash)
  try {
    await changeBoth(world, model, testContext({ db: openDatabase(bindings.DB), bucket: bindings.BUCKET }), step)
  } catch (error) {
    if (!bindings.hasCrashed()) throw error
  }
  return bindings.hasCrashed()
}

async function changeBoth(world: World, model: State, context: Context, step: ChangingStep): Promise<void> {
  const at = model[step.repository]
  const name = parseRepositoryName(step.repository)
  switch (step.kind) {
    case 'push blob':
      return pushBlob(world, model, context, step.repository, step.blob)
    case 'push image':
    case 'push index':
      return pushManifest(world, model, context, step)
    case 'tag': {
      const document = nth([...at.manifests.values()], step.manifest)
      if (document !== undefined) await store(model, context, step.repository, document, tagOf(world, step.tag))
      return
    }
    case 'pin':
    case 'unpin':
      return changePin(world, model, context, step)
    case 'delete tag': {
      const tag = tagOf(world, step.tag)
      const isKept = at.tags.has(tag) && isPinned(at, { tag })
      const isThere = isKept || at.tags.delete(tag)
      const done = removeManifest(context, await rightToDelete(name), { tag: parseTag(tag) })
      return expectOutcome(done, isKept ? 'content-pinned' : isThere ? undefined : 'manifest-unknown')
    }
    case 'delete manifest': {
      const document = nth([...at.manifests.values()], step.manifest)
      if (document === undefined) return
      const { digest } = document
      const isListed = [...at.manifests.values()].some(({ children }) => children.includes(digest))
      const tags = [...at.tags].flatMap(([tag, target]) => (target === digest ? [{ tag }] : []))
      const meant = [...tags, { digest }, ...document.children.map((child) => ({ digest: child }))]
      const isKept = meant.some((each) => isPinned(at, each))
      if (!isListed && !isKept) {
        at.manifests.delete(digest)
        for (const { tag } of tags) at.tags.delete(tag)
      }
      return expectOutcome(
        removeManifest(context, await rightToDelete(name), { digest }),
        isKept ? 'content-pinned' : isListed ? 'manifest-in-use' : undefined,
      )
    }
    case 'delete blob': {
      const { digest } = blobAt(world, step.blob)
      const isNamed = [...at.manifests.values()].some(({ blobs }) => blobs.includes(digest))
      const isThere = at.links.has(digest)
      if (!isNamed) at.links.delete(digest)
      const done = deleteBlob(context, await rightTo(name), digest)
      return expectOutcome(done, isNamed ? 'blob-in-use' : isThere ? undefined : 'blob-unknown')
    }
    case 'delete repository': {
      const row = await env.DB.prepare('SELECT id FROM repositories WHERE name = ?').bind(name).first<{ id: number }>()
      model[step.repository] = emptyRepository()
      const job = deletionJob(context.now)
      if (row !== null) await deleteRepository(context.db, { id: row.id, name }, job, { by, now: context.now })
      return
    }
    case 'mount': {
      const { digest } = blobAt(world, step.blob)
      const from = step.repository === 'alice/one' ? 'alice/two' : 'alice/one'
      const isThere = model[from].links.has(digest)
      if (isThere) useBlob(model, step.repository, digest, context.now)
      const source = await rightTo(parseRepositoryName(from))
      expect(await linkBlob(context.db, [source], digest, await pushTo(name), context.now)).toBe(isThere)
      return
    }
    case 'ask': {
      const { digest } = blobAt(world, step.blob)
      // What was used a moment ago is not written again.
      if (at.links.has(digest)) useBlob(model, step.repository, digest, context.now - 1)
      await expectOutcome(
        askForBlob(context, await rightTo(name), digest),
        at.links.has(digest) ? undefined : 'blob-unknown',
      )
      const document = nth([...at.manifests.values()], step.manifest)
      if (document === undefined) return
      at.usedAt.set(document.digest, Math.max(at.usedAt.get(document.digest) ?? 0, context.now - 1))
      await askForManifest(context, await rightTo(name), document.digest)
    }
  }
}

async function changePin(world: World, model: State, context: Context, step: Pinning): Promise<void> {
  const { kind, repository, pinnedBy } = step
  const id = await idOfRepository(repository)
  const pin = pinOf(world, step.pin)
  if (id === 0 || pin === undefined) return
  const statements = kind === 'pin' ? pinStatements : unpinStatements
  const { pins } = model[repository]
  if (kind === 'pin') pins.add(keyOfPin(pin, pinnedBy))
  else pins.delete(keyOfPin(pin, pinnedBy))
  await runBatch(context.db, { changed: statements(id, [pin], pinnedBy) })
}

function pinOf(world: World, pick: Pinning['pin']): Reference | undefined {
  if ('tag' in pick) return { tag: parseTag(tagOf(world, pick.tag)) }
  const document = nth(world.documents, pick.manifest)
  return document === undefined ? undefined : { digest: document.digest }
}

async function pushManifest(
  world: World,
  model: State,
  context: Context,
  step: Extract<Step, PushingImage | PushingIndex>,
): Promise<void> {
  if (step.kind === 'push image' && step.withBlobs) {
    for (const blob of [step.config, step.layer]) await pushBlob(world, model, context, step.repository, blob)
  }
  const document = await documentOf(world, model, step)
  if (!world.documents.some(({ digest }) => digest === document.digest)) world.documents.push(document)
  const tag = step.tag === undefined ? undefined : tagOf(world, step.tag)
  await store(model, context, step.repository, document, tag)
}

async function documentOf(
  world: World,
  model: State,
  step: Extract<Step, PushingImage | PushingIndex>,
): Promise<Document> {
  const about = step.subject === undefined ? undefined : nth(world.documents, step.subject)
  const isLarge = step.kind === 'push image' && step.isLarge
  const children = step.kind === 'push image' ? [] : childrenOf(model[step.repository].manifests, world, step.children)
  const blobs = step.kind === 'push image' ? [step.config, step.layer].map((at) => blobAt(world, at)) : []
  const mediaType = step.kind === 'push image' ? mediaTypes.image : mediaTypes.index
  const [config, ...layers] = blobs.map(({ digest, bytes }) => ({ mediaType: 'x/y', digest, size: bytes.length }))
  const bytes = json({
    schemaVersion: 2,
    mediaType,
    ...(step.kind === 'push image' ? { config, layers } : { manifests: children.map(descriptorOf) }),
    ...(about === undefined ? {} : { subject: descriptorOf(about) }),
    ...(isLarge ? { annotations: { text: 'x'.repeat(140_000) } } : {}),
  })
  return {
    digest: await digestOf(bytes),
    bytes,
    mediaType,
    blobs: blobs.map(({ digest }) => digest),
    children: children.map(({ digest }) => digest),
    subject: about?.digest,
    isLarge,
  }
}

function tagOf(world: World, tag: TagPick): string {
  if (typeof tag === 'string') return tag
  const image = nth(world.documents, tag.signs)
  return image === undefined ? 'a' : signatureTag(image.digest)
}

/** Mostly what is there, and now and then what may not be. */
function childrenOf(there: ReadonlyMap<Digest, Document>, world: World, picks: readonly number[]): Document[] {
  return picks.flatMap((at) => nth(at === 0 ? world.documents : [...there.values()], at) ?? [])
}

const descriptorOf = ({ mediaType, digest, bytes }: Document) => ({ mediaType, digest, size: bytes.length })

/** Refused when the repository lacks what the manifest names. */
async function store(
  model: State,
  context: Context,
  repository: RepositoryAt,
  document: Document,
  tag: string | undefined,
): Promise<void> {
  const at = model[repository]
  const { digest, bytes, mediaType, blobs, children } = document
  const isComplete = blobs.every((blob) => at.links.has(blob)) && children.every((child) => at.manifests.has(child))
  if (isComplete) {
    at.manifests.set(digest, document)
    at.usedAt.set(digest, context.now)
    if (tag !== undefined) {
      at.tags.set(tag, digest)
      at.orphaned.delete(tag)
    }
  }
  const reference = tag === undefined ? { digest } : { tag: parseTag(tag) }
  const name = parseRepositoryName(repository)
  const done = putManifest(context, name, {
    bytes,
    contentType: mediaType,
    reference,
    tags: [],
    push: await pushTo(name),
  })
  await expectOutcome(done, isComplete ? undefined : 'manifest-references-unknown')
}

async function pushBlob(
  world: World,
  model: State,
  context: Context,
  repository: RepositoryAt,
  at: number,
): Promise<void> {
  const { digest, bytes } = blobAt(world, at)
  useBlob(model, repository, digest, context.now)
  const name = parseRepositoryName(repository)
  const id = crypto.randomUUID()
  const ticket = { id, repository: name, expiresAt: context.now + 1000, algorithm: 'sha256' } as const
  const { body } = new Response(bytes)
  if (body === null) throw new Error('a blob of the test is empty')
  const incoming = {
    body: new BodyReader(body),
    sizeBytes: bytes.length,
    expectedBytes: bytes.length,
    offsetBytes: undefined,
  }
  await finishUpload(context, ticket, digest, incoming, await pushTo(name))
}

function useBlob(model: State, repository: RepositoryAt, digest: Digest, now: number): void {
  model[repository].links.add(digest)
  model[repository].usedAt.set(digest, Math.max(model[repository].usedAt.get(digest) ?? 0, now))
}

/** A run, maybe one that dies: used is what stays, and within the grace what was used a moment ago. */
async function playCollection(world: World, step: Collecting): Promise<void> {
  const { graceSteps, limit, crash } = step
  const policy = { keepUntagged: step.keepUntagged, deleteReferrers: step.deleteReferrers }
  const cutoff = graceSteps === 0 ? undefined : (world.times.at(-graceSteps - 1) ?? world.times[0] ?? 0)
  const before = copyOf(world.state)
  const least = copyOf(world.state)
  for (const name of repositories) {
    const { manifests, links } = collected(before[name], policy)
    const isYoung = (digest: Digest) => cutoff !== undefined && (before[name].usedAt.get(digest) ?? 0) > cutoff
    keepOnly(least[name].manifests, (digest) => manifests.has(digest) || isYoung(digest))
    keepOnly(least[name].links, (digest) => links.has(digest) || isYoung(digest))
    dropTagsOfGone(least[name])
  }
  const bindings = mortal(crash)
  try {
    await collect({ ...(cutoff === undefined ? {} : { cutoff }), policy, bindings, limit })
  } catch (error) {
    if (!bindings.hasCrashed()) throw error
  }
  await settle(world, least, bindings.hasCrashed() || cutoff !== undefined ? before : least)
}

/** Changes nothing that anyone sees, however far it comes. */
async function playDeletion(world: World, { pieces, most, crash }: DeletingRows): Promise<void> {
  const bindings = mortal(crash)
  try {
    for (let piece = 0; piece < pieces; piece++) await deletePiece(openDatabase(bindings.DB), most)
  } catch (error) {
    if (!bindings.hasCrashed()) throw error
  }
  await settle(world, world.state, world.state)
}

async function deleteAllRows(): Promise<void> {
  const db = openDatabase(env.DB)
  for (let piece = 0; piece < 1000; piece++) if ((await deletePiece(db, 3)).isDone) return
  throw new Error('a deletion does not end')
}

/** The last run of a history: later than any grace, and than any upload may go on. */
export async function playLastCollection(world: World): Promise<void> {
  const least = copyOf(world.state)
  for (const name of repositories) {
    const { manifests, links } = collected(world.state[name], { keepUntagged: false, deleteReferrers: true })
    least[name] = { ...least[name], manifests: new Map(manifests), links: new Set(links) }
    dropTagsOfGone(least[name])
  }
  const day = 25 * 60 * 60 * 1000
  await deleteAllRows()
  await collect({ now: Date.now() + day })
  await settle(world, least, least)
  for (const name of repositories) {
    expect([...usedManifests(world.state[name])].toSorted()).toEqual([...world.state[name].manifests.keys()].toSorted())
  }
}

/** A tag that accompanies an image goes with the manifest that it points at. */
function dropTagsOfGone({ tags, manifests }: Repository): void {
  for (const [tag, target] of tags) if (!manifests.has(target)) tags.delete(tag)
}

async function expectOutcome(done: Promise<unknown>, failure: Failure['kind'] | undefined): Promise<void> {
  let found: string | undefined
  try {
    await done
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error
    found = error.failure.kind
  }
  expect(found).toBe(failure)
}

const nth = <Item>(items: readonly Item[], at: number): Item | undefined => items[at % Math.max(items.length, 1)]

function blobAt(world: World, at: number): World['blobs'][number] {
  const blob = nth(world.blobs, at)
  if (blob === undefined) throw new Error('the world has no blobs')
  return blob
}
