/** Brings the images of a repository back: their blobs, and then their manifests. */
import type { Digest } from '../../names.ts'
import { bringBlob, bytesOfChunk } from './content.ts'
import { blobsOf, storeManifests } from './manifests.ts'
import { firstPass, firstPlace, type CurrentRepository } from './progress.ts'
import { manifestRow, partsWith, readRows } from './rows.ts'
import { pushTo, type RepositoryStep, type StepDone } from './steps.ts'
import { confirmManifests, linkBlobs } from './store.ts'

/** The manifests of which one slice asks whether they are there, and those that it stores. */
const manifestsOfPage = 500
const manifestsOfSlice = 25

/** The blobs that one slice brings back. */
const blobsOfSlice = 20

/** Stores the next manifests, once the blobs that they name are back as far as there are any. */
export async function manifestsSlice(step: RepositoryStep, at: CurrentRepository): Promise<StepDone> {
  const { context, source, wanted, target } = step
  const part = partsWith(source.manifest, 'manifests', wanted.id)[at.place.part]
  if (part === undefined) return endPass(at)
  const own = (await readRows(source, part, manifestRow)).filter(
    ({ row }) => row.repository_id === wanted.id && row.digest > at.place.after,
  )
  const page = own.slice(0, manifestsOfPage)
  const there = await confirmManifests(
    context.db,
    target,
    page.map(({ row }) => row.digest),
  )
  const lacking = page.filter(({ row }) => !there.has(row.digest))
  const some = lacking.slice(0, manifestsOfSlice)
  const brought = await bringBlobs(step, at, blobsOf(some))
  if (!brought.isDone) return { current: brought.at, lines: [] }
  const { stored, left } = await storeManifests(context, target, pushTo(target), some)
  const last = lacking.length > some.length ? some.at(-1)?.row.digest : page.at(-1)?.row.digest
  const isEnd = lacking.length <= some.length && page.length === own.length
  const { counts, pass } = brought.at
  return {
    current: {
      ...brought.at,
      place: isEnd || last === undefined ? { part: at.place.part + 1, after: '' } : { ...at.place, after: last },
      tried: '',
      pass: { ...pass, stored: pass.stored + stored, left: pass.left + left.length },
      counts: {
        ...counts,
        manifests: counts.manifests + stored,
        left: counts.left + (pass.isLast ? left.length : 0),
      },
    },
    lines: pass.isLast ? left.map(({ digest, why }) => `${target.name}@${digest} is not restored: ${why}`) : [],
  }
}

/** Ends a pass over the manifests: another one follows while some are left that the next may store. */
function endPass(at: CurrentRepository): StepDone {
  const { stored, left, isLast } = at.pass
  if (left === 0 || isLast) return { current: { ...at, stage: 'tags', place: firstPlace, pass: firstPass }, lines: [] }
  return { current: { ...at, place: firstPlace, pass: { ...firstPass, isLast: stored === 0 } }, lines: [] }
}

/** Links blobs, and brings the next of those back that the registry lacks. */
async function bringBlobs(
  { context, target }: RepositoryStep,
  at: CurrentRepository,
  blobs: readonly Digest[],
): Promise<{ readonly at: CurrentRepository; readonly isDone: boolean }> {
  const missing = (await linkBlobs(context.db, target, blobs)).filter((digest) => digest > at.tried)
  let { upload, tried } = at
  let [found, bytes, tries] = [0, 0, 0]
  for (const digest of missing.slice(0, blobsOfSlice)) {
    if (bytes >= bytesOfChunk) break
    const brought = await bringBlob(context, digest, target.name, pushTo(target), upload)
    ;({ upload } = brought)
    if (upload !== null) break
    bytes += brought.bytes
    found += brought.isFound ? 1 : 0
    tries++
    tried = digest
  }
  const counts = { ...at.counts, blobs: at.counts.blobs + found }
  return { at: { ...at, upload, tried, counts }, isDone: tries === missing.length }
}
