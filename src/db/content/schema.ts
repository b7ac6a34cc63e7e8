/**
 * The content of repositories: blobs, manifests and tags, and the uploads that bring them. R2 has only bytes, so
 * content without a row here does not exist.
 *
 * Times are milliseconds since 1970, in this and every other schema. Foreign keys hold the invariants, whatever the
 * code does: a manifest cannot name a blob that its repository lost, and a segment without an owner is garbage.
 */
import { sql } from 'drizzle-orm'
import { foreignKey, index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { Digest, RepositoryName } from '../../names.ts'
import { accompaniedBy } from './accompanying.ts'
import { repositories } from '../repositories/schema.ts'

/**
 * An upload that has received at least one byte, or was canceled. A session that was only started has no row: its
 * signed identifier is enough (see `registry/upload-session.ts`). Finished sessions stay until they expire, to
 * recognize repeated requests.
 */
export const uploadSessions = sqliteTable(
  'upload_sessions',
  {
    id: text().primaryKey(),
    repository: text().$type<RepositoryName>().notNull(),
    /** The number of received bytes, which is where the next chunk must start. */
    offsetBytes: integer('offset_bytes').notNull(),
    chunkCount: integer('chunk_count').notNull(),
    /** The digest of the received bytes; null if they came in several chunks and were not read again yet. */
    digest: text().$type<Digest>(),
    state: text({ enum: ['open', 'finished', 'cancelled'] }).notNull(),
    expiresAt: integer('expires_at').notNull(),
  },
  (table) => [
    index('upload_sessions_expiry').on(table.expiresAt),
    // For counting the sessions of a namespace, up to its limit, when another one begins.
    index('upload_sessions_open')
      .on(table.repository)
      .where(sql`state = 'open'`),
  ],
)

/** Content by digest, once for the whole registry. `repository_blobs` has its repositories. */
export const blobs = sqliteTable('blobs', {
  digest: text().$type<Digest>().primaryKey(),
  sizeBytes: integer('size_bytes').notNull(),
  /** The upload that brought the bytes. Of concurrent uploads, only its segments become those of the blob. */
  sessionId: text('session_id').notNull(),
  createdAt: integer('created_at').notNull(),
  /** When R2 was found to have lost bytes of it; null otherwise. The next upload of the content replaces them. */
  lostAt: integer('lost_at'),
})

/**
 * One R2 object each. The row is written before the object and deleted after it, so no object is ever without a row. A
 * segment belongs to an upload, then to a blob. `registry/upload-sweep.ts` deletes segments that belong to neither.
 */
export const segments = sqliteTable(
  'segments',
  {
    key: text().primaryKey(),
    sessionId: text('session_id').references(() => uploadSessions.id, { onDelete: 'set null' }),
    blobDigest: text('blob_digest')
      .$type<Digest>()
      .references(() => blobs.digest, { onDelete: 'set null' }),
    /** The offset of the segment in its blob. */
    offsetBytes: integer('offset_bytes').notNull(),
    /** Null while a request is still writing the object. */
    sizeBytes: integer('size_bytes'),
    /** R2's identifier of the multipart upload that writes it, for large ones. */
    multipartId: text('multipart_id'),
    createdAt: integer('created_at').notNull(),
    /** The capability that owns it for a document of its own; null for segments of uploads and blobs. */
    keptFor: text('kept_for'),
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
      .where(sql`session_id IS NULL AND blob_digest IS NULL AND kept_for IS NULL`),
  ],
)

/** The blobs that a repository may serve: those that were pushed or mounted to it. */
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

/** The trigger `manifests_keep_media_type` (migration 0005) refuses another media type for the same bytes. */
export const manifests = sqliteTable(
  'manifests',
  {
    repositoryId: integer('repository_id')
      .notNull()
      .references(() => repositories.id),
    digest: text().$type<Digest>().notNull(),
    mediaType: text('media_type').notNull(),
    /** The filter of referrers: the manifest's own `artifactType`, or the media type of its config. */
    artifactType: text('artifact_type'),
    subject: text().$type<Digest>(),
    sizeBytes: integer('size_bytes').notNull(),
    /** The exact bytes as text (JSON is UTF-8); null if they are stored as a blob. */
    body: text(),
    bodyDigest: text('body_digest')
      .$type<Digest>()
      .references(() => blobs.digest),
    pushedBy: text('pushed_by').notNull(),
    pushedAt: integer('pushed_at').notNull(),
    /** When it was last confirmed to a client that may push; later than `pushedAt`, or zero. */
    confirmedAt: integer('confirmed_at').notNull().default(0),
    /**
     * The annotations of a manifest with a subject, as JSON, for the list of referrers. Null if they are too long to
     * store twice, and for manifests that are older than this column.
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

/** Manifest to config and layers. The foreign key refuses a manifest with missing blobs. */
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
    // Has the manifest too; otherwise SQLite would read all rows of the repository by the primary key.
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
    /** The image that the tag accompanies, such as a signature does: a digest, or a prefix of one. */
    accompanies: text().generatedAlwaysAs(accompaniedBy(sql`name`), { mode: 'virtual' }),
    /** The image that it accompanies was deleted (trigger `manifest_deleted`), so the tag keeps no content. */
    isOrphaned: integer('is_orphaned', { mode: 'boolean' }).notNull().default(false),
  },
  (table) => [
    primaryKey({ columns: [table.repositoryId, table.name] }),
    foreignKey({
      columns: [table.repositoryId, table.digest],
      foreignColumns: [manifests.repositoryId, manifests.digest],
    }).onDelete('cascade'),
    index('tags_by_digest').on(table.repositoryId, table.digest, table.accompanies),
    // Tags that accompany an image; and the others by age, for the tag limit.
    index('tags_by_age').on(table.repositoryId, table.accompanies, table.updatedAt, table.name),
  ],
)

/**
 * What a repository keeps because it is signed (see `pins.ts`). A row may name a tag or a manifest that is not there.
 * Triggers queue what a deleted row kept for garbage collection.
 */
export const pins = sqliteTable(
  'pins',
  {
    repositoryId: integer('repository_id')
      .notNull()
      .references(() => repositories.id, { onDelete: 'cascade' }),
    kind: text({ enum: ['repository', 'tag', 'manifest'] }).notNull(),
    /** The tag or the digest; empty for the repository itself. */
    name: text().notNull(),
    /** The kind of signature: each pins by itself, and what several pin stays until the last of them lets it go. */
    pinnedBy: text('pinned_by').notNull(),
  },
  (table) => [primaryKey({ columns: [table.repositoryId, table.kind, table.name, table.pinnedBy] })],
)

/**
 * The number of tags of a namespace, including those of deleted repositories until their rows are deleted. Triggers on
 * `tags` update it, and refuse a tag beyond the limit.
 */
export const namespaceTags = sqliteTable('namespace_tags', {
  namespace: text().primaryKey(),
  count: integer().notNull(),
})

/**
 * The number of bytes of a namespace's manifests in D1, with those of the documents of capabilities; what is in R2 does
 * not count. Triggers update it, and refuse a manifest beyond the limit, so that one account cannot fill the database.
 */
export const namespaceManifests = sqliteTable('namespace_manifests', {
  namespace: text().primaryKey(),
  sizeBytes: integer('size_bytes').notNull(),
})
