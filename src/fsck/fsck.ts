/**
 * Compares D1 with R2 and with itself, page by page, and repairs nothing. Content that is being uploaded or deleted is
 * no finding: rows and objects are read in the order in which they come and go, and what looks wrong is read once more.
 */
import * as z from 'zod'
import type { Stores } from '../context.ts'
import type { ExpectedError } from '../failures/failure.ts'
import { checkBlobContent, checkManifestContent } from './content.ts'
import { fsckError } from './failures.ts'
import { checkedThings, type Checked, type Finding, type Key, type Step } from './findings.ts'
import { checkObjects } from './objects.ts'
import {
  checkBlobReferences,
  checkBlobRows,
  checkChildReferences,
  checkLinkRows,
  checkManifestRows,
  checkTagRows,
} from './rows.ts'

export interface FsckPage {
  readonly findings: readonly Finding[]
  readonly checked: Checked
  /** The cursor of the next page; undefined on the last one. */
  readonly next: string | undefined
}

type Phase = (stores: Stores, after: Key, limit: number) => Promise<Step>

const rowPhases: readonly (readonly [string, Phase])[] = [
  ['objects', checkObjects],
  ['blobs', checkBlobRows],
  ['links', checkLinkRows],
  ['manifests', checkManifestRows],
  ['manifest-blobs', checkBlobReferences],
  ['manifest-children', checkChildReferences],
  ['tags', checkTagRows],
]
const contentPhases: readonly (readonly [string, Phase])[] = [
  ['blob-content', checkBlobContent],
  ['manifest-content', checkManifestContent],
]

/** The most rows or objects of one page, each of which may have to be read once more. */
export const pageLimit = 200

const cursorSchema = z.tuple([z.string()], z.union([z.string(), z.number()]))

/**
 * Checks one page.
 *
 * @param cursor `next` of the previous page; undefined for the first one
 * @param content also reads and hashes everything
 * @throws ExpectedError `fsck-cursor-invalid`
 */
export async function fsckPage(
  stores: Stores,
  cursor: string | undefined,
  content: boolean,
  limit = pageLimit,
): Promise<FsckPage> {
  const phases = content ? [...rowPhases, ...contentPhases] : rowPhases
  const [name, ...after] = cursor === undefined ? [phases[0]?.[0]] : parseCursor(cursor)
  const at = phases.findIndex(([phase]) => phase === name)
  const phase = phases[at]?.[1]
  if (phase === undefined) throw invalidCursor()
  const { findings, checked, last } = await phase(stores, after, limit)
  return { findings, checked: { ...nothing, ...checked }, next: nextCursor(name, last, phases[at + 1]?.[0]) }
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `fromEntries` forgets which keys it was given
const nothing = Object.fromEntries(checkedThings.map((thing) => [thing, 0])) as Checked

function nextCursor(
  phase: string | undefined,
  last: Key | undefined,
  nextPhase: string | undefined,
): string | undefined {
  if (last !== undefined) return JSON.stringify([phase, ...last])
  return nextPhase === undefined ? undefined : JSON.stringify([nextPhase])
}

function parseCursor(cursor: string): readonly [string, ...(string | number)[]] {
  try {
    return cursorSchema.parse(JSON.parse(cursor))
  } catch {
    throw invalidCursor()
  }
}

const invalidCursor = (): ExpectedError => fsckError({ kind: 'fsck-cursor-invalid' })
