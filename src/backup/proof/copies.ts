/**
 * Checks the content of a backup that has it: the bucket of backups has every blob and every kept document with its size,
 * and a sample of the blobs has the right bytes. A restore needs them where the registry's bucket is lost.
 */
import { headBackupObject, openBackupObject } from '../../storage/backups.ts'
import { digestStreams } from '../../storage/hash.ts'
import { isUnavailable, readThrough } from '../../storage/transient-errors.ts'
import { algorithmOf, type Digest } from '../../names.ts'
import { readKept } from '../content/content-store.ts'
import { sizesOf, type Wanted } from '../content/copying.ts'
import { blobKey, blobsPrefix, keptKey, keptPrefix } from '../keys.ts'
import { awayPrefix } from '../load/load-store.ts'
import { restoredBlobs } from './drill-store.ts'
import { withFindings, type Finding } from './findings.ts'
import type { ProofProgress } from './progress.ts'
import type { Proving } from './proving.ts'
import { nextOfSample } from './sample.ts'

/** Looks for the copies of the next blobs. A backup without content has none, and none is looked for. */
export async function checkCopies(proving: Proving, at: ProofProgress): Promise<ProofProgress> {
  const { drill, manifest, limits } = proving
  if (manifest.content === null) return { ...at, phase: 'finish' }
  const [after = ''] = at.after
  const blobs = await restoredBlobs(drill, String(after), limits.segmentsOfSlice)
  const wanted = blobs.map(({ digest, sizeBytes }) => ({ key: blobKey(digest), sizeBytes, name: digest }))
  const progress = await compare(proving, at, blobsPrefix, wanted)
  const last = blobs.length < limits.segmentsOfSlice ? undefined : blobs.at(-1)
  return last === undefined ? { ...progress, phase: 'kept-copies', after: [] } : { ...progress, after: [last.digest] }
}

/** Looks for the copies of the next documents that capabilities keep. */
export async function checkKeptCopies(proving: Proving, at: ProofProgress): Promise<ProofProgress> {
  const { drill, limits } = proving
  const [after = ''] = at.after
  const rows = await readKept(drill, String(after), limits.segmentsOfSlice, awayPrefix)
  const wanted = rows.map(({ key, sizeBytes }) => ({ key: keptKey(key), sizeBytes, name: key }))
  const progress = await compare(proving, at, keptPrefix, wanted)
  const last = rows.length < limits.segmentsOfSlice ? undefined : rows.at(-1)
  return last === undefined
    ? { ...progress, phase: 'hash-copies', after: [], done: 0 }
    : { ...progress, after: [last.key] }
}

interface WantedCopy extends Wanted {
  /** The digest of a blob, or the segment of a document, as the manifest of the backup names what it lacks. */
  readonly name: string
}

async function compare(
  { backups, manifest }: Proving,
  at: ProofProgress,
  prefix: string,
  wanted: readonly WantedCopy[],
): Promise<ProofProgress> {
  const sizes = await sizesOf(backups, prefix, wanted)
  const absent = wanted.filter(({ key, sizeBytes }) => sizes.get(key) !== sizeBytes)
  const named = new Set(manifest.content?.missing.names)
  const unnamed = absent.filter(({ name }) => !named.has(name))
  // What the registry itself had lost is no finding. Of much that was lost, only the number is known.
  const mayLack = Math.max(0, (manifest.content?.missing.objects ?? 0) - named.size - at.unnamedCopies)
  const found = unnamed.slice(mayLack).map(({ key, name, sizeBytes }): Finding => {
    const size = sizes.get(key)
    return size === undefined
      ? { kind: 'copy-missing', name }
      : { kind: 'copy-size', name, found: size, wanted: sizeBytes }
  })
  return {
    ...at,
    unnamedCopies: at.unnamedCopies + unnamed.length,
    checked: { ...at.checked, copies: at.checked.copies + wanted.length - absent.length },
    ...withFindings(at, found),
  }
}

/** Hashes the copy of the next blob of the sample. */
export async function hashNextCopy(proving: Proving, at: ProofProgress): Promise<ProofProgress> {
  const blob = await nextOfSample(proving, at)
  if (blob === undefined) return { ...at, phase: 'finish' }
  const { digest } = blob
  const next = { ...at, done: at.done + 1, after: [digest] }
  const first = await digestOfCopy(proving, digest)
  // What is wrong twice in a row is no accident.
  const actual = first === undefined || first === digest ? first : await digestOfCopy(proving, digest)
  // That it is there was checked before.
  if (actual === undefined) return next
  // The bucket may give it again, and it may be the only one that is left, so it is not deleted.
  if (actual === 'unreadable') return { ...next, ...withFindings(at, [{ kind: 'copy-unreadable', digest }]) }
  const progress = { ...next, checked: { ...at.checked, hashedCopies: at.checked.hashedCopies + 1 } }
  if (actual === digest) return progress
  return {
    ...progress,
    damagedCopies: [...at.damagedCopies, blobKey(digest)],
    ...withFindings(at, [{ kind: 'copy-content', digest, actual }]),
  }
}

/**
 * Hashes the copy of a blob.
 *
 * @returns undefined if there is none; `unreadable` if the bucket describes it, but fails each time to give it
 * @throws RegistryError `storage-unavailable`
 */
async function digestOfCopy({ backups }: Proving, digest: Digest): Promise<Digest | 'unreadable' | undefined> {
  const key = blobKey(digest)
  try {
    return await readThrough(async () => {
      const opened = await openBackupObject(backups, key, 0)
      if (opened === undefined) return undefined
      async function* streams(body: ReadableStream): AsyncGenerator<ReadableStream> {
        yield body
      }
      return digestStreams(algorithmOf(digest), streams(opened.body))
    })
  } catch (error) {
    if (!isUnavailable(error)) throw error
    // In an outage this fails too.
    await headBackupObject(backups, key)
    return 'unreadable'
  }
}
