/** Restores repositories out of a backup, a bounded slice a call. The README of backups says what comes back and what not. */
import { namespaceOf, parseRepositoryName, type RepositoryName } from '../../names.ts'
import { createRepository } from '../../registry/repositories.ts'
import { accessSlice } from './access.ts'
import { manifestsSlice } from './images.ts'
import { reasonIn } from './manifests.ts'
import type { RepositoryOrder } from './order.ts'
import {
  firstPass,
  firstPlace,
  noCounts,
  type Counts,
  type CurrentRepository,
  type RepositoryProgress,
  type WantedRepository,
} from './progress.ts'
import { partsOf, readRows, repositoryRow } from './rows.ts'
import { returnedSlice } from './returned.ts'
import type { Restoring } from './steps.ts'
import { findTarget } from './store.ts'
import { tagsSlice } from './tags.ts'

export interface RestoredSlice {
  readonly progress: RepositoryProgress
  readonly isDone: boolean
  readonly lines: readonly string[]
}

export const beginRepositories = (): RepositoryProgress => ({
  finding: 0,
  rowsRead: 0,
  wanted: [],
  done: 0,
  current: null,
  counts: noCounts,
})

/** Does the next slice, which may be done again. */
export async function repositoriesSlice(restoring: Restoring, at: RepositoryProgress): Promise<RestoredSlice> {
  const wanted = at.wanted[at.done]
  if (wanted === undefined) {
    return at.finding === null ? { progress: at, isDone: true, lines: [] } : findSlice(restoring, at, at.finding)
  }
  const before = at.current
  if (before === null) return beginRepository(restoring, at, wanted.as)
  if (before.target === null) return makeRepository(restoring, at, before, wanted)
  const step = { ...restoring, wanted, target: { id: before.target, name: wanted.as } }
  const { current, lines } = await slices[before.stage](step, before)
  if (current !== null) return { progress: { ...at, current }, isDone: false, lines }
  return { progress: nextRepository(at, before.counts), isDone: false, lines }
}

const slices = { manifests: manifestsSlice, tags: tagsSlice, returned: returnedSlice, access: accessSlice }

const nextRepository = (at: RepositoryProgress, counts: Counts): RepositoryProgress => ({
  ...at,
  done: at.done + 1,
  current: null,
  counts: {
    manifests: at.counts.manifests + counts.manifests,
    tags: at.counts.tags + counts.tags,
    blobs: at.counts.blobs + counts.blobs,
    left: at.counts.left + counts.left,
  },
})

/** The most repositories that a checkpoint names. */
const mostWanted = 50

/** Looks for the next wanted repositories in a part of the table. Those before them are done, and stay until some are found. */
async function findSlice({ source, order }: Restoring, at: RepositoryProgress, number: number): Promise<RestoredSlice> {
  const part = partsOf(source.manifest, 'repositories')[number]
  if (part === undefined) {
    const lines = at.wanted.length === 0 ? [`the backup ${order.backup} has no repository ${nameIn(order)}`] : []
    return { progress: { ...at, finding: null }, isDone: false, lines }
  }
  const rows = await readRows(source, part, repositoryRow)
  const wanted: WantedRepository[] = []
  let { rowsRead } = at
  for (const { row } of rows.slice(at.rowsRead)) {
    if (wanted.length === mostWanted) break
    rowsRead++
    const { id, name, deleted_name: deletedName } = row
    if (deletedName !== null || !isWanted(order, parseRepositoryName(name))) continue
    wanted.push({ id, name, as: parseRepositoryName(order.as ?? name), part: number })
  }
  const next = rowsRead < rows.length ? { rowsRead } : { finding: number + 1, rowsRead: 0 }
  const found = wanted.length === 0 ? {} : { wanted, done: 0 }
  return { progress: { ...at, ...next, ...found }, isDone: false, lines: [] }
}

const nameIn = ({ repository, namespace }: RepositoryOrder): string =>
  repository ?? `in the namespace ${namespace ?? ''}`

const isWanted = ({ repository, namespace }: RepositoryOrder, name: RepositoryName): boolean =>
  repository === undefined ? namespaceOf(name) === namespace : name === repository

/** Decides whether the repository is made again. The next slice makes it, so that this is known still if that slice dies. */
async function beginRepository(
  { context }: Restoring,
  at: RepositoryProgress,
  as: RepositoryName,
): Promise<RestoredSlice> {
  const found = await findTarget(context.db, as)
  const current: CurrentRepository = {
    target: found?.id ?? null,
    isNew: found === undefined,
    stage: 'manifests',
    place: firstPlace,
    pass: firstPass,
    tried: '',
    upload: null,
    counts: noCounts,
  }
  const lines = found === undefined ? [] : [`${as} is there: what it lacks comes back`]
  return { progress: { ...at, current }, isDone: false, lines }
}

/** Makes the repository again, with its settings. */
async function makeRepository(
  { context, source }: Restoring,
  at: RepositoryProgress,
  current: CurrentRepository,
  { id, as, part: number }: WantedRepository,
): Promise<RestoredSlice> {
  const part = partsOf(source.manifest, 'repositories')[number]
  const rows = part === undefined ? [] : await readRows(source, part, repositoryRow)
  const row = rows.find((one) => one.row.id === id)?.row
  if (row === undefined) throw new Error(`the row of ${as} was there, and is not`)
  const settings = {
    visibility: row.visibility,
    shortDescription: row.short_description,
    longDescription: row.long_description,
    immutableTags: row.immutable_tags === 1,
    tagLimit: row.tag_limit,
  }
  try {
    const made = (await findTarget(context.db, as)) ?? (await createRepository(context, as, settings, ''))
    const lines = [`${as} is made again, ${row.visibility}`]
    return { progress: { ...at, current: { ...current, target: made.id } }, isDone: false, lines }
  } catch (error) {
    const lines = [`${as} is not restored: ${reasonIn(error)}`]
    return { progress: nextRepository(at, { ...noCounts, left: 1 }), isDone: false, lines }
  }
}
