/** Statements about content for backups: pages of all that has bytes, and the segments that a registry must have. */
import { sql, type SQL } from 'drizzle-orm'
import type { Database } from '../../db/database.ts'
import type { Digest } from '../../names.ts'
import type { SegmentPlace } from '../../storage/segments.ts'

/** A segment that the registry's bucket has to have. */
export interface NeededSegment extends SegmentPlace {
  /** The blob that it is a piece of; null for a document of a capability. */
  readonly digest: Digest | null
  /** The bytes of that blob. */
  readonly blobBytes: number | null
}

/**
 * Finds the next segments with content, in the order of their keys. Key: segments, blobs.
 *
 * @param prefix of the names of tables: a restore has them under other names until it is finished
 */
export const findNeededSegments = (
  db: Database,
  after: string,
  limit: number,
  prefix = '',
): Promise<readonly NeededSegment[]> =>
  db.all<NeededSegment>(sql`
    SELECT needed.key, needed.blob_digest AS digest, needed.offset_bytes AS offsetBytes,
      needed.size_bytes AS sizeBytes, blobs.size_bytes AS blobBytes
    FROM ${table(prefix, 'segments')} AS needed
    LEFT JOIN ${table(prefix, 'blobs')} AS blobs ON blobs.digest = needed.blob_digest
    WHERE needed.key > ${after} AND needed.size_bytes IS NOT NULL
      AND (needed.blob_digest IS NOT NULL OR needed.kept_for IS NOT NULL)
    ORDER BY needed.key LIMIT ${limit}`)

const table = (prefix: string, name: string): SQL => sql.raw(`"${prefix}${name}"`)
