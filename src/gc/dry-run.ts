/** A dry run: finds what a collection would delete, with all that this would release. Changes nothing. */
import {
  garbageBlobs,
  garbageLinks,
  garbageManifests,
  garbageOfManifests,
  type GarbageBlob,
  type GarbageLink,
  type Looking,
  type PageOf,
  type QueuePlace,
} from './dry-run-store.ts'
import type { Database } from '../db/database.ts'
import { unownedSegments } from '../db/content/segments.ts'
import type { GcRun } from './collector.ts'
import { lineOf } from './log-lines.ts'
import { writingMilliseconds } from '../registry/upload-sweep.ts'

type DryRun = Omit<GcRun, 'token' | 'leavesObjects'>

export interface DryRunSlice {
  readonly lines: readonly string[]
  /** The number of objects that a run would delete; a line may stand for several. */
  readonly objects: number
  readonly bytes: number
  /** Where the next page starts; undefined at the end. */
  readonly next: string | undefined
}

/** The queues, and last the segments, which have none. */
const parts = ['manifests', 'links', 'blobs', 'segments'] as const
type Part = (typeof parts)[number]

const pageSize = 50

/** The first place of all, before content that a setting kept. */
const start: QueuePlace = { since: Number.MIN_SAFE_INTEGER, id: 0 }

/** Finds a page of a dry run. @param after `next` of the page before */
export async function dryRunSlice(run: DryRun, after: string | undefined): Promise<DryRunSlice> {
  const { part, place } = parseCursor(after)
  const { lines, objects = lines.length, bytes, last } = await pageOf(part, run, place)
  return {
    lines,
    objects,
    bytes,
    next: last === undefined ? firstOf(parts[parts.indexOf(part) + 1]) : cursorOf(part, last),
  }
}

interface DryRunPart {
  readonly lines: string[]
  /** The number of objects, if it is not one for each line. */
  readonly objects?: number
  readonly bytes: number
  readonly last: QueuePlace | undefined
}

async function pageOf(part: Part, run: DryRun, place: QueuePlace): Promise<DryRunPart> {
  const { db, policy: keeping, cutoff } = run
  const looking = { cutoff, keeping }
  switch (part) {
    case 'manifests':
      return manifestsToDelete(db, looking, place)
    case 'links':
      return pageWith(await garbageLinks(db, looking, place, pageSize), ofLinks)
    case 'blobs':
      return pageWith(await garbageBlobs(db, looking, place, pageSize), ofBlobs)
    case 'segments':
      return segmentsToDelete(run)
  }
}

async function manifestsToDelete(db: Database, looking: Looking, place: QueuePlace): Promise<DryRunPart> {
  const { items, last } = await garbageManifests(db, looking, place, pageSize)
  const { links, bodies } = await garbageOfManifests(db, looking, items)
  const lines = items.map((manifest) => lineOf('would delete', { kind: 'manifest', ...manifest }))
  const [ofTheirs, ofBodies] = [ofLinks(links), ofBlobs(bodies)]
  return {
    lines: [...lines, ...ofTheirs.lines, ...ofBodies.lines],
    bytes: ofTheirs.bytes + ofBodies.bytes,
    last,
  }
}

async function segmentsToDelete({ db, now }: Pick<GcRun, 'db' | 'now'>): Promise<DryRunPart> {
  const found = await unownedSegments(db, now - writingMilliseconds)
  const lines = found.segments === 0 ? [] : [lineOf('would delete', { kind: 'segments', ...found })]
  return { lines, objects: found.segments, bytes: found.bytes, last: undefined }
}

interface Shown {
  readonly lines: string[]
  readonly bytes: number
}

const pageWith = <Item>({ items, last }: PageOf<Item>, show: (items: readonly Item[]) => Shown): DryRunPart => ({
  ...show(items),
  last,
})

function ofLinks(links: readonly GarbageLink[]): Shown {
  const blobs = ofBlobs(
    links.flatMap(({ digest, blobBytes }) => (blobBytes === null ? [] : [{ digest, sizeBytes: blobBytes }])),
  )
  return {
    lines: [...links.map((link) => lineOf('would delete', { kind: 'link', ...link })), ...blobs.lines],
    bytes: blobs.bytes,
  }
}

const ofBlobs = (blobs: readonly GarbageBlob[]): Shown => ({
  lines: blobs.map((blob) => lineOf('would delete', { kind: 'blob', ...blob })),
  bytes: blobs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
})

const cursorOf = (part: Part, { since, id }: QueuePlace): string => `${part}:${since}:${id}`
const firstOf = (part: Part | undefined): string | undefined => (part === undefined ? undefined : cursorOf(part, start))

/** Parses a cursor; a missing or unknown one means the beginning. */
function parseCursor(text: string | undefined): { part: Part; place: QueuePlace } {
  const [name, since, id] = text?.split(':') ?? []
  const part = parts.find((known) => known === name)
  if (part === undefined) return { part: 'manifests', place: start }
  return { part, place: { since: Number(since), id: Number(id) } }
}
