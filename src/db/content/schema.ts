/**
 * What repositories hold: blobs, manifests and tags, and the uploads that bring them. R2 holds bytes alone, so what is
 * not a row here does not exist.
 *
 * Times are milliseconds since 1970, in this and every other schema. Foreign keys carry the invariants that must hold
 * whatever the code does: a manifest cannot name a blob that its repository lost, and a segment that belongs to nothing
 * is, by that, rubbish.
 */
import { sql } from 'drizzle-orm'
import { foreignKey, index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { Digest, RepositoryName } from '../../names.ts'
import { accompaniedBy } from './accompanying.ts'
import { repositories } from '../repositories/schema.ts'

/**
 * An upload that has received at least one byte, or was cancelled. A session that was only started has no row: its
 * signed identifier is enough (see `registry/upload-session.ts`). Finished ones stay until they expire, so that a
 * repeated request is recognized.
 */
export const uploadSessions = sqliteTable(
  'upload_sessions',
  {
    id: text().primaryKey(),
    repository: text().$type<RepositoryName>().notNull(),
    /** Bytes received so far, which is also where the next chunk must start. */
    offsetBytes: integer('offset_bytes').notNull(),
    chunkCount: integer('chunk_count').notNull(),
    /** Digest of all bytes so far; null when they came in several chunks and were not read again yet. */
    digest: text().$type<Digest>(),
    state: text({ enum: ['open', 'finished', 'cancelled'] }).notNull(),
    expiresAt: integer('expires_at').notNull(),
  },
  (table) => [
    index('upload_sessions_expiry').on(table.expiresAt),
    // Those of a namespace are counted, up to its bound, when another one begins.
    index('upload_sessions_open')
      .on(table.repository)
      .where(sql`state = 'open'`),
  ],
)

/** Content by digest, once for the whole registry. Which repositories have it says `repository_blobs`. */
export const blobs = sqliteTable('blobs', {
  digest: text().$type<Digest>().primaryKey(),
  sizeBytes: integer('size_bytes').notNull(),
  /** The upload that brought the bytes: only its segments may become this blob's, however many raced to bring them. */
  sessionId: text('session_id').notNull(),
  createdAt: integer('created_at').notNull(),
  /** When it was found that R2 has lost bytes of it; null: never. The next upload of it brings them back. */
  lostAt: integer('lost_at'),
})

/**
 * One R2 object each: the row is written before the object and outlives it, so no object is ever without a row. A
 * segment belongs to an upload, then to a blob; one that belongs to neither is deleted by `registry/upload-sweep.ts`.
 */
export const segments = sqliteTable(
  'segments',
  {
    key: text().primaryKey(),
    sessionId: text('session_id').references(() => uploadSessions.id, { onDelete: 'set null' }),
    blobDigest: text('blob_digest')
      .$type<Digest>()
      .references(() => blobs.digest, { onDelete: 'set null' }),
    /** Where it starts within its blob. */
    offsetBytes: integer('offset_bytes').notNull(),
    /** Null while a request is still writing the object. */
    sizeBytes: integer('size_bytes'),
    /** R2's identifier of the multipart upload that writes it, for large ones. */
    multipartId: text('multipart_id'),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [
    index('segments_by_blob')
      .on(table.blobDigest, table.offsetBytes)
      .where(sql`blob_digest IS NOT NULL`),
    index('segments_by_session')
      .on(table.sessionId)
      .where(sql`session_id IS NOT NULL`),
    index('segments_unowned')
      .on(table.createdAt)
      .where(sql`session_id IS NULL AND blob_digest IS NULL`),
  ],
)

/** What a repository may serve. Another repository's blob is not there until it is pushed or mounted. */
export const repositoryBlobs = sqliteTable(
  'repository_blobs',
  {
    repositoryId: integer('repository_id')
      .notNull()
      .references(() => repositories.id),
    digest: text()
      .$type<Digest>()
      .notNull()
      .references(() => blobs.digest),
    /** When it was last pushed, mounted, or confirmed to a client that may push. */
    linkedAt: integer('linked_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.repositoryId, table.digest] }),
    index('repository_blobs_by_digest').on(table.digest),
  ],
)

/** The trigger `manifests_keep_media_type` (migration 0005) refuses another media type for bytes that are here. */
export const manifests = sqliteTable(
  'manifests',
  {
    repositoryId: integer('repository_id')
      .notNull()
      .references(() => repositories.id),
    digest: text().$type<Digest>().notNull(),
    mediaType: text('media_type').notNull(),
    /** What referrers are filtered by: the manifest's own `artifactType`, else the media type of its config. */
    artifactType: text('artifact_type'),
    subject: text().$type<Digest>(),
    sizeBytes: integer('size_bytes').notNull(),
    /** The exact bytes as text (JSON is UTF-8), or null when they are a blob. */
    body: text(),
    bodyDigest: text('body_digest')
      .$type<Digest>()
      .references(() => blobs.digest),
    pushedBy: text('pushed_by').notNull(),
    pushedAt: integer('pushed_at').notNull(),
    /** When it was last confirmed to a client that may push; later than `pushedAt`, or zero. */
    confirmedAt: integer('confirmed_at').notNull().default(0),
    /**
     * JSON, of a manifest with a subject, for the list of referrers; null when they are too long to be kept twice, and of
     * what was pushed before this column was there.
     */
    annotations: text(),
  },
  (table) => [
    primaryKey({ columns: [table.repositoryId, table.digest] }),
    index('manifests_by_subject')
      .on(table.repositoryId, table.subject, table.digest)
      .where(sql`subject IS NOT NULL`),
    index('manifests_by_artifact_type')
      .on(table.repositoryId, table.subject, table.artifactType, table.digest)
      .where(sql`subject IS NOT NULL`),
    index('manifests_by_body')
      .on(table.bodyDigest)
      .where(sql`body_digest IS NOT NULL`),
  ],
)

/** Manifest to config and layers. The foreign key is what refuses a manifest whose blobs are missing. */
export const manifestBlobs = sqliteTable(
  'manifest_blobs',
  {
    repositoryId: integer('repository_id').notNull(),
    manifestDigest: text('manifest_digest').$type<Digest>().notNull(),
    blobDigest: text('blob_digest').$type<Digest>().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.repositoryId, table.manifestDigest, table.blobDigest] }),
    foreignKey({
      columns: [table.repositoryId, table.manifestDigest],
      foreignColumns: [manifests.repositoryId, manifests.digest],
    }).onDelete('cascade'),
    foreignKey({
      columns: [table.repositoryId, table.blobDigest],
      foreignColumns: [repositoryBlobs.repositoryId, repositoryBlobs.digest],
    }),
    // With the manifest, or SQLite would rather read all rows of the repository in the primary key.
    index('manifest_blobs_by_blob').on(table.repositoryId, table.blobDigest, table.manifestDigest),
  ],
)

/** Index to the manifests that it lists. */
export const manifestChildren = sqliteTable(
  'manifest_children',
  {
    repositoryId: integer('repository_id').notNull(),
    manifestDigest: text('manifest_digest').$type<Digest>().notNull(),
    childDigest: text('child_digest').$type<Digest>().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.repositoryId, table.manifestDigest, table.childDigest] }),
    foreignKey({
      columns: [table.repositoryId, table.manifestDigest],
      foreignColumns: [manifests.repositoryId, manifests.digest],
    }).onDelete('cascade'),
    foreignKey({
      columns: [table.repositoryId, table.childDigest],
      foreignColumns: [manifests.repositoryId, manifests.digest],
    }),
    index('manifest_children_by_child').on(table.repositoryId, table.childDigest, table.manifestDigest),
  ],
)

/**
 * The trigger `tags_immutable` refuses to move a tag of a repository whose tags are immutable, unless it accompanies an
 * image.
 */
export const tags = sqliteTable(
  'tags',
  {
    repositoryId: integer('repository_id').notNull(),
    name: text().notNull(),
    digest: text().$type<Digest>().notNull(),
    createdAt: integer('created_at').notNull().default(0),
    updatedBy: text('updated_by').notNull(),
    updatedAt: integer('updated_at').notNull(),
    /** The image that it is the signature, or the like, of: a digest, or the beginning of one. */
    accompanies: text().generatedAlwaysAs(accompaniedBy(sql`name`), { mode: 'virtual' }),
    /** The image that it accompanies was deleted (the trigger `manifest_deleted`): it keeps nothing any more. */
    isOrphaned: integer('is_orphaned', { mode: 'boolean' }).notNull().default(false),
  },
  (table) => [
    primaryKey({ columns: [table.repositoryId, table.name] }),
    foreignKey({
      columns: [table.repositoryId, table.digest],
      foreignColumns: [manifests.repositoryId, manifests.digest],
    }).onDelete('cascade'),
    index('tags_by_digest').on(table.repositoryId, table.digest, table.accompanies),
    // What accompanies an image; and by their age those that accompany none, for the tag limit.
    index('tags_by_age').on(table.repositoryId, table.accompanies, table.updatedAt, table.name),
  ],
)

/**
 * How many tags a namespace has, those of deleted repositories included until their rows are gone. Triggers on `tags` keep
 * it, and refuse a tag that is one too many.
 */
export const namespaceTags = sqliteTable('namespace_tags', {
  namespace: text().primaryKey(),
  count: integer().notNull(),
})

/**
 * How many bytes of manifests D1 holds for a namespace; larger manifests lie in R2 and do not count. Triggers on
 * `manifests` keep it, and refuse a manifest that is too much, so that one account cannot fill the database.
 */
export const namespaceManifests = sqliteTable('namespace_manifests', {
  namespace: text().primaryKey(),
  sizeBytes: integer('size_bytes').notNull(),
})
