/**
 * What a restore does in SQL with tables of the core, as their declarations say (`db/tables.ts`). What triggers count is counted
 * again, as no trigger fires while rows are inserted.
 */
import { sql } from 'drizzle-orm'
import { databaseTime } from '../database.ts'
import { insertLines } from '../jobs/job-logs.ts'
import type { Mending } from './mended.ts'

/** Index: segments_by_blob. */
export const blobs: Mending = {
  sweeps: [
    {
      over: 'blobs',
      statement: (named, range) => sql`
        UPDATE ${named('blobs')} AS blob SET lost_at = ${databaseTime}
        WHERE ${range} AND lost_at IS NULL
          AND size_bytes <> coalesce((SELECT sum(size_bytes) FROM ${named('segments')} WHERE blob_digest = blob.digest), 0)`,
    },
  ],
}

/** The namespace of a repository, also of one whose rows a job still deletes. */
const namespace = sql`substr(coalesce(deleted_name, name), 1, instr(coalesce(deleted_name, name), '/') - 1)`

/** Scan: repositories, tags. */
export const namespaceTags: Mending = {
  last: [
    sql`DELETE FROM namespace_tags`,
    sql`
      INSERT INTO namespace_tags (namespace, count)
      SELECT ${namespace}, sum((SELECT count(*) FROM tags WHERE repository_id = repositories.id)) FROM repositories GROUP BY 1`,
  ],
}

/** Scan: repositories, manifests. */
export const namespaceManifests: Mending = {
  last: [
    sql`DELETE FROM namespace_manifests`,
    sql`
      INSERT INTO namespace_manifests (namespace, size_bytes)
      SELECT ${namespace}, sum((
        SELECT coalesce(sum(size_bytes), 0) FROM manifests
        WHERE repository_id = repositories.id AND body IS NOT NULL))
      FROM repositories GROUP BY 1`,
  ],
}

/** A name has no character that JSON would escape. */
const partsOfName = sql`'["' || replace(name, '/', '","') || '"]'`

/** Scan: repositories. */
export const repositoryWords: Mending = {
  last: [
    sql`DELETE FROM repository_words`,
    sql`
      INSERT OR IGNORE INTO repository_words (word, repository_id, namespace, is_public)
      SELECT value, repositories.id, namespace, visibility = 'public'
      FROM repositories, json_each('["' || replace(replace(replace(replace(name, '/', '","'), '.', '","'), '_', '","'), '-', '","') || '"]')
      WHERE value <> '' AND deleted_name IS NULL`,
    // A path in the name, from each of its parts on.
    sql`
      INSERT OR IGNORE INTO repository_words (word, repository_id, namespace, is_public)
      SELECT
        substr(name, 1 + (SELECT sum(length(before.value) + 1) FROM json_each(${partsOfName}) AS before WHERE before.key < part.key)),
        repositories.id, namespace, visibility = 'public'
      FROM repositories, json_each(${partsOfName}) AS part
      WHERE name LIKE '%/%/%' AND deleted_name IS NULL
        AND part.key > 0 AND part.key < length(name) - length(replace(name, '/', ''))`,
  ],
}

/** The job that makes backups is unfinished in each of them. Index: jobs_unfinished. */
const isUnfinished = sql`status IN ('waiting', 'running', 'cancel_request')`

export const jobs: Mending = {
  last: [
    ...insertLines(
      ['canceled: the database was restored from a backup, in which the job was unfinished'],
      isUnfinished,
    ),
    sql`
      UPDATE jobs SET status = 'canceled', ended_at = ${databaseTime}, last_updated = ${databaseTime}, lease_until = NULL,
        waiting_for = NULL, line_count = line_count + 1
      WHERE ${isUnfinished}`,
  ],
}
