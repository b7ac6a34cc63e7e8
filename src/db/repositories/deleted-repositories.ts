/** Deletes the content of deleted repositories, a bounded number of rows at a time (see `repository-deletion.ts`). */
import { sql, type SQL } from 'drizzle-orm'
import type { RepositoryName } from '../../names.ts'
import { runBatch, type Database } from '../database.ts'
import { insertUnlessUnderWay, type NewJob } from '../jobs/jobs.ts'

/** Index: repositories_deleted. */
const deleted = sql`repositories INDEXED BY repositories_deleted WHERE deleted_name IS NOT NULL`
const isAnyDeleted = sql`EXISTS (SELECT 1 FROM ${deleted})`

/** Creates the job of a deletion again if the last one was canceled or failed. */
export async function resumeDeletion(db: Database, job: NewJob, now: number): Promise<void> {
  await db.run(insertUnlessUnderWay(job, now, isAnyDeleted))
}

/** The result of one batch of a deletion. */
export interface DeletedPiece {
  /** Names of the repositories of which nothing is left. */
  readonly repositories: readonly RepositoryName[]
  readonly tags: number
  readonly manifests: number
  readonly blobs: number
  /** Nothing is left to delete. */
  readonly isDone: boolean
}

/** The most repositories of a batch. The words of a name, 128 at most, go with its row. */
const repositoriesInPiece = 50

const doomed = sql`(SELECT id FROM ${deleted} ORDER BY id LIMIT ${repositoriesInPiece})`
const ofDoomed = sql`repository_id IN ${doomed}`
const isLeft = (rows: SQL): SQL => sql`EXISTS (SELECT 1 FROM ${rows})`

/** Index: manifest_children_by_child. Key: manifest_children. */
const children = sql`manifest_children WHERE ${ofDoomed}`
/** Index: manifest_blobs_by_blob. Key: manifest_blobs. */
const references = sql`manifest_blobs WHERE ${ofDoomed}`
/** Index: manifests_by_subject. */
const referrers = sql`manifests WHERE ${ofDoomed} AND subject IS NOT NULL`
/** Index: tags_by_digest. */
const tags = sql`tags WHERE ${ofDoomed}`
/** Key: manifests. */
const manifests = sql`manifests WHERE ${ofDoomed}`
/** Key: repository_blobs. */
const links = sql`repository_blobs WHERE ${ofDoomed}`
/** Key: repository_grants. */
const grants = sql`repository_grants WHERE ${ofDoomed}`
/** Key: pins. */
const pins = sql`pins WHERE ${ofDoomed}`

/** Rows of one table that a capability hangs on repositories. A deletion takes them piece by piece, as it does content. */
export interface RepositoryRows {
  /** Selects those of repositories, as what stands after FROM. @param repositories their ids, in parentheses */
  readonly of: (repositories: SQL) => SQL
  /** Deletes rows, or takes them off their repositories. @param rowids in parentheses */
  readonly release: (rowids: SQL) => SQL
  /** They have long texts, so fewer of them go at once. */
  readonly areLong?: boolean
}

const releasePiece = ({ of, release, areLong = false }: RepositoryRows, most: number): SQL =>
  release(sql`(SELECT rowid FROM ${of(doomed)} LIMIT ${areLong ? fewOf(most) : most})`)

/** Returns how many rows with long texts go at once: the pages of the texts go with them. */
const fewOf = (most: number): number => Math.ceil(most / 4)

/** Builds the statement that deletes a bounded number of rows. @param rows what stands after FROM, of one table */
const remove = (table: SQL, rows: SQL, most: number): SQL =>
  sql`DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${rows} LIMIT ${most}) RETURNING 1`

/**
 * Deletes a bounded number of rows of deleted repositories. A row goes only when no rows of the kinds that refer to it
 * are left, so no deletion cascades to an unknown number of rows: neither from a manifest to its references, nor from a
 * subject to its referrers or from an image to its tags.
 * Key: repositories, manifest_children, manifest_blobs, manifests, tags, repository_blobs, repository_grants, pins.
 *
 * @param most rows of each statement; the triggers of a row write two more at most
 * @param hanging what capabilities hang on repositories
 */
export async function deletePiece(
  db: Database,
  most: number,
  hanging: readonly RepositoryRows[] = [],
): Promise<DeletedPiece> {
  const isHeld = sql`${isLeft(children)} OR ${isLeft(references)} OR ${isLeft(referrers)} OR ${isLeft(tags)}`
  const own = sql`WHERE repository_id = repositories.id`
  const hangs = sql.join(hanging.map(({ of }) => sql`${isLeft(of(sql`(repositories.id)`))} OR `))
  const gone = await runBatch(db, {
    // A trigger refuses this in read-only mode, and with it the batch.
    gate: sql`UPDATE repositories SET deleted_name = deleted_name WHERE id IN ${doomed}`,
    children: remove(sql`manifest_children`, children, most),
    references: remove(sql`manifest_blobs`, references, most),
    subjects: sql`UPDATE manifests SET subject = NULL WHERE rowid IN (SELECT rowid FROM ${referrers} LIMIT ${most})`,
    tags: remove(sql`tags`, tags, most),
    manifests: remove(sql`manifests`, sql`${manifests} AND NOT (${isHeld})`, fewOf(most)),
    links: remove(sql`repository_blobs`, sql`${links} AND NOT ${isLeft(manifests)}`, most),
    grants: remove(sql`repository_grants`, grants, most),
    pins: remove(sql`pins`, pins, most),
    hanging: hanging.map((rows) => releasePiece(rows, most)),
    repositories: sql<{ name: RepositoryName }>`
      DELETE FROM repositories WHERE id IN ${doomed} AND NOT (
        ${hangs}${isLeft(sql`manifests ${own}`)} OR ${isLeft(sql`repository_blobs ${own}`)}
        OR ${isLeft(sql`repository_grants ${own}`)} OR ${isLeft(sql`pins ${own}`)})
      RETURNING deleted_name AS name`,
    left: sql<{ isAny: number }>`SELECT ${isAnyDeleted} AS isAny`,
  })
  return {
    repositories: gone.repositories.rows.map(({ name }) => name),
    tags: gone.tags.rows.length,
    manifests: gone.manifests.rows.length,
    blobs: gone.links.rows.length,
    isDone: gone.left.first?.isAny === 0,
  }
}
