/**
 * Candidates for garbage collection. Triggers (migrations 0003, 0007, 0015 and 0036) insert a row in the transaction that removes the last
 * reference of content or adds content without one, so the collector reads only these rows.
 *
 * The invariant: content that no tag and no pin leads to has a row here, or is listed by a manifest of which the same is true, or
 * has such a manifest as its subject, or has a tag that accompanies one. A row may be wrong, but is never missing: the
 * statement that deletes checks again.
 */
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { Digest } from '../names.ts'

/**
 * Manifests that were pushed, became a referrer by a tag, or lost their last tag or pin, their subject, or an index that listed them.
 */
export const manifestReviews = sqliteTable(
  'manifest_reviews',
  {
    repositoryId: integer('repository_id').notNull(),
    digest: text().$type<Digest>().notNull(),
    /**
     * Start of the grace period: when it may have become unused. Below zero: a setting keeps it (`gc/review-store.ts`).
     */
    since: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.repositoryId, table.digest] }),
    index('manifest_reviews_since').on(table.since),
  ],
)

/** Blobs of a repository that none of its manifests names. */
export const linkReviews = sqliteTable(
  'link_reviews',
  {
    repositoryId: integer('repository_id').notNull(),
    digest: text().$type<Digest>().notNull(),
    since: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.repositoryId, table.digest] }), index('link_reviews_since').on(table.since)],
)

/** Blobs that no repository has and no manifest uses as its body. */
export const blobReviews = sqliteTable(
  'blob_reviews',
  { digest: text().$type<Digest>().primaryKey(), since: integer().notNull() },
  (table) => [index('blob_reviews_since').on(table.since)],
)

/**
 * One row: the highest token of the collector's lock that this database has seen. Every statement that deletes compares
 * its own token, so a run that has lost the lock unnoticed deletes nothing.
 */
export const gcFence = sqliteTable('gc_fence', {
  id: integer().primaryKey(),
  token: integer().notNull(),
  /** Set only within a batch of the collector: the time from which released content counts as unused. */
  freedSince: integer('freed_since'),
})
