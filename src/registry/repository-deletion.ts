/** The job that deletes the content of deleted repositories. It continues until nothing is left. */
import * as z from 'zod'
import { deletePiece, type DeletedPiece, type RepositoryRows } from '../db/repositories/deleted-repositories.ts'
import type { NewJob } from '../db/jobs/jobs.ts'
import type { JobContext, JobSlice } from '../jobs/job-type.ts'

export const deletionAction = 'repository_deletion'

/**
 * Makes the job of a deletion. A failed one is not tried again: the next turn of the cron trigger makes another one.
 */
export const deletionJob = (now: number): NewJob => ({
  id: crypto.randomUUID(),
  retryFromId: null,
  action: deletionAction,
  exclusionKey: deletionAction,
  scheduledAt: now,
  retriesLeft: 0,
  retriesTotal: 0,
  capacityMap: '{}',
  parameters: '{}',
  deadline: '',
  stopTimeout: '',
})

/** Rows of one statement: with what their triggers write, below the 10,000 that D1 likes to do at a time. */
const rowsInPiece = 2000
/** A slice ends after the first piece that is later than this. */
const deletionSliceMilliseconds = 500

const progress = z.object({
  repositories: z.int().default(0),
  tags: z.int().default(0),
  manifests: z.int().default(0),
  blobs: z.int().default(0),
})
type Progress = z.infer<typeof progress>

/** Deletes piece by piece for half a second. @param hanging what capabilities hang on repositories */
export async function deleteSlice(
  { db, clock }: JobContext,
  checkpoint: unknown,
  hanging: readonly RepositoryRows[],
): Promise<JobSlice> {
  const endsAt = clock() + deletionSliceMilliseconds
  const lines: string[] = []
  let done = progress.parse(checkpoint ?? {})
  for (;;) {
    const piece = await deletePiece(db, rowsInPiece, hanging)
    done = withPiece(done, piece)
    lines.push(...piece.repositories.map((name) => `deleted ${name} with all that it held`))
    if (piece.isDone) return { checkpoint: done, isDone: true, lines: [...lines, sumOf(done)] }
    if (clock() >= endsAt) return { checkpoint: done, isDone: false, lines }
  }
}

const withPiece = (done: Progress, { repositories, tags, manifests, blobs }: DeletedPiece): Progress => ({
  repositories: done.repositories + repositories.length,
  tags: done.tags + tags,
  manifests: done.manifests + manifests,
  blobs: done.blobs + blobs,
})

const sumOf = ({ repositories, tags, manifests, blobs }: Progress): string =>
  `deleted in all: ${repositories} repositories, ${tags} tags, ${manifests} manifests, ${blobs} blobs of repositories; bytes that no other repository has go with the next garbage collection`
