/** What a restore does in SQL with the tables of garbage collection, as their declarations say (`tables.ts`). */
import { sql } from 'drizzle-orm'
import { databaseTime } from '../db/database.ts'
import type { Mending } from '../db/restoration/mended.ts'

/** Scan: manifests, in ranges of the key. */
export const manifestReviews: Mending = {
  sweeps: [
    {
      over: 'manifests',
      statement: (named, range) => sql`
        INSERT INTO ${named('manifest_reviews')} (repository_id, digest, since)
        SELECT repository_id, digest, ${databaseTime} FROM ${named('manifests')} WHERE ${range} ON CONFLICT DO NOTHING`,
    },
  ],
}

/** Scan: repository_blobs, in ranges of the key. */
export const linkReviews: Mending = {
  sweeps: [
    {
      over: 'repository_blobs',
      statement: (named, range) => sql`
        INSERT INTO ${named('link_reviews')} (repository_id, digest, since)
        SELECT repository_id, digest, ${databaseTime} FROM ${named('repository_blobs')} WHERE ${range}
        ON CONFLICT DO NOTHING`,
    },
  ],
}

/** Scan: blobs, in ranges of the key. Index: repository_blobs_by_digest, manifests_by_body. */
export const blobReviews: Mending = {
  sweeps: [
    {
      over: 'blobs',
      statement: (named, range) => sql`
        INSERT INTO ${named('blob_reviews')} (digest, since)
        SELECT digest, ${databaseTime} FROM ${named('blobs')} AS blob
        WHERE ${range}
          AND NOT EXISTS (SELECT 1 FROM ${named('repository_blobs')} WHERE digest = blob.digest)
          AND NOT EXISTS (SELECT 1 FROM ${named('manifests')} WHERE body_digest = blob.digest)
        ON CONFLICT DO NOTHING`,
    },
  ],
}
