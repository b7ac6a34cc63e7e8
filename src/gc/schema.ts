/**
 * What may have become garbage. Triggers (migration 0003) put a row here in the transaction of whatever drops the last
 * reference, or brings what has none yet, so a run of the collector looks at these rows and at nothing else.
 *
 * The invariant: what no tag leads to has a row here, or is listed by a manifest of which the same is true, or is about
 * one, or has a tag that accompanies one. A row may be wrong, never missing: the collector asks again in the statement that deletes.
 */
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { Digest } from '../names.ts'

/** Manifests that were pushed, lost their last tag, their subject, or an index that listed them. */
export const manifestReviews = sqliteTable(
  'manifest_reviews',
  {
    repositoryId: integer('repository_id').notNull(),
    digest: text().$type<Digest>().notNull(),
    /** Since when it may have been unused: grace begins here. Below zero: kept by a setting (see `gc/review-store.ts`). */
    since: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.repositoryId, table.digest] }),
    index('manifest_reviews_since').on(table.since),
  ],
)

/** Blobs of a repository that no manifest of it names. */
export const linkReviews = sqliteTable(
  'link_reviews',
  {
    repositoryId: integer('repository_id').notNull(),
    digest: text().$type<Digest>().notNull(),
    since: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.repositoryId, table.digest] }), index('link_reviews_since').on(table.since)],
)

/** Blobs that no repository has, and that are the body of no manifest. */
export const blobReviews = sqliteTable(
  'blob_reviews',
  { digest: text().$type<Digest>().primaryKey(), since: integer().notNull() },
  (table) => [index('blob_reviews_since').on(table.since)],
)

/**
 * One row: the highest token of the collector's lock that this database has seen. Every statement that deletes asks for
 * its own, so a run that has lost the lock without noticing deletes nothing.
 */
export const gcFence = sqliteTable('gc_fence', {
  id: integer().primaryKey(),
  token: integer().notNull(),
  /** Only within a batch of the collector: since when what the batch sets free was unused, too. */
  freedSince: integer('freed_since'),
})
