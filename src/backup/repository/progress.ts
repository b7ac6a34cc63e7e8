/** How far a restore of repositories is. A slice that died is done again from its checkpoint. */
import * as z from 'zod'
import { digestSchema, repositoryNameSchema } from './rows.ts'

const wanted = z.object({
  /** Its id in the backup. The registry may have given it to no other, but only names count here. */
  id: z.int(),
  /** Its name in the backup. */
  name: z.string(),
  /** The name that it has in the registry. */
  as: repositoryNameSchema,
  /** The part of the backup that has its row. */
  part: z.int(),
})
export type WantedRepository = z.infer<typeof wanted>

const counts = z.object({
  /** Manifests, tags and blobs that came back. */
  manifests: z.int(),
  tags: z.int(),
  blobs: z.int(),
  /** Manifests and tags that did not. */
  left: z.int(),
})
export type Counts = z.infer<typeof counts>

export const noCounts: Counts = { manifests: 0, tags: 0, blobs: 0, left: 0 }

const place = z.object({
  /** The next of those parts that may have rows of the repository. */
  part: z.int(),
  /** The digest or tag that was dealt with last in it; empty before the first. */
  after: z.string(),
})

const upload = z.object({ id: z.string(), expiresAt: z.int(), digest: digestSchema })
export type BlobUpload = z.infer<typeof upload>

const current = z.object({
  /** Its id in the registry; null before it is made. */
  target: z.int().nullable(),
  /** The registry did not have it. */
  isNew: z.boolean(),
  stage: z.enum(['manifests', 'tags', 'returned', 'access']),
  place,
  /**
   * A manifest follows what it lists, so manifests are gone through until a pass stores none. The last pass tells why
   * the rest cannot be stored.
   */
  pass: z.object({ stored: z.int(), left: z.int(), isLast: z.boolean() }),
  /** The blobs of the next manifests up to this digest are there, or cannot be brought back. */
  tried: z.string(),
  upload: upload.nullable(),
  counts,
})
export type CurrentRepository = z.infer<typeof current>

export const firstPlace = { part: 0, after: '' }
export const firstPass = { stored: 0, left: 0, isLast: false }

export const repositoryProgress = z.object({
  /** The next part of the backup's table of repositories; null once all are read. */
  finding: z.int().nullable(),
  /** How many rows of that part are read. */
  rowsRead: z.int().default(0),
  /** Some of those that were found: a checkpoint has no room for all. The next are looked for when these are done. */
  wanted: z.array(wanted),
  /** How many of these are done. */
  done: z.int(),
  /** Null before it is made or found. */
  current: current.nullable(),
  counts,
})
export type RepositoryProgress = z.infer<typeof repositoryProgress>
