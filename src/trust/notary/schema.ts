/** Trust data: collections of signed metadata, and the keys that the server holds. */
import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { segments } from '../../db/content/schema.ts'
import { repositories } from '../../db/repositories/schema.ts'

const repositoryId = () =>
  integer('repository_id')
    .notNull()
    .references(() => repositories.id, { onDelete: 'cascade' })
const collectionId = () =>
  integer('collection_id')
    .notNull()
    .references(() => trustCollections.id, { onDelete: 'cascade' })

/**
 * The trust data of one GUN. It belongs to the id of a repository, so a later repository of the same name never
 * inherits it. The row stays when the trust data is deleted: numbering continues, and old keys still sign.
 */
export const trustCollections = sqliteTable(
  'trust_collections',
  {
    id: integer().primaryKey({ autoIncrement: true }),
    repositoryId: repositoryId(),
    /** `<host>/<repository>`; one repository may have several, by the hosts that it is known under. */
    gun: text().notNull(),
    /** The highest version ever, also of deleted trust data: clients refuse a timestamp that goes back. */
    timestampVersion: integer('timestamp_version').notNull().default(0),
    snapshotVersion: integer('snapshot_version').notNull().default(0),
    /** False before the first publication and after a deletion. */
    isPublished: integer('is_published', { mode: 'boolean' }).notNull().default(false),
    /** Grows with each change of the metadata: a publication compares and sets it. */
    revision: integer().notNull().default(0),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [uniqueIndex('trust_collections_by_gun').on(table.repositoryId, table.gun)],
)

/** One version of one role, with the exact bytes that were uploaded. */
export const trustMetadata = sqliteTable(
  'trust_metadata',
  {
    collectionId: collectionId(),
    role: text().notNull(),
    version: integer().notNull(),
    /** In hexadecimal digits, of the stored bytes. */
    sha256: text().notNull(),
    /** The document as text (JSON is UTF-8); null for one that is too long for a row. */
    body: text(),
    /** Where R2 has a document that is too long for a row. The trigger `trust_metadata_deleted` gives it up. */
    segmentKey: text('segment_key').references(() => segments.key),
    sizeBytes: integer('size_bytes').notNull(),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.collectionId, table.role, table.version] }),
    index('trust_metadata_by_sha256').on(table.collectionId, table.role, table.sha256),
    index('trust_metadata_by_segment')
      .on(table.segmentKey)
      .where(sql`segment_key IS NOT NULL`),
  ],
)

/**
 * Until when the current documents of a collection hold, as their signers say. A timestamp or snapshot that the registry
 * signs again before it expires has no row. A missing row never refuses anything.
 */
export const trustExpiries = sqliteTable(
  'trust_expiries',
  {
    collectionId: collectionId(),
    role: text().notNull(),
    /** Null for a root whose collection is older than this table, until the job `trust_facts` has read its documents. */
    expiresAt: integer('expires_at'),
  },
  (table) => [
    primaryKey({ columns: [table.collectionId, table.role] }),
    index('trust_expiries_by_time').on(table.collectionId, table.expiresAt),
    index('trust_expiries_unknown')
      .on(table.collectionId)
      .where(sql`expires_at IS NULL`),
  ],
)

/** Keys of the roles `timestamp` and `snapshot` that the server holds. A key that was ever used stays. */
export const trustKeys = sqliteTable(
  'trust_keys',
  {
    collectionId: collectionId(),
    /** TUF's key id, which clients know it by. */
    keyId: text('key_id').notNull(),
    role: text({ enum: ['timestamp', 'snapshot'] }).notNull(),
    /** The DER SubjectPublicKeyInfo in base64. */
    publicKey: text('public_key').notNull(),
    /** The private key, encrypted under a key derived from the secret of the registry. */
    sealedPrivate: text('sealed_private').notNull(),
    /** Names the secret that it was encrypted under, without telling anything about it. */
    sealedWith: text('sealed_with').notNull(),
    createdAt: integer('created_at').notNull(),
    /** Null until its first signature: until then it is the pending key of its role. */
    usedAt: integer('used_at'),
  },
  (table) => [
    primaryKey({ columns: [table.collectionId, table.keyId] }),
    uniqueIndex('trust_keys_pending')
      .on(table.collectionId, table.role)
      .where(sql`used_at IS NULL`),
    index('trust_keys_by_secret').on(table.sealedWith),
  ],
)

/** A private key as it is stored. */
export type SealedPrivate = Pick<typeof trustKeys.$inferSelect, 'sealedPrivate' | 'sealedWith'>

/** The changefeed: a row for each timestamp that was stored, and for each deletion. */
export const trustChanges = sqliteTable(
  'trust_changes',
  {
    id: integer().primaryKey({ autoIncrement: true }),
    createdAt: integer('created_at').notNull(),
    /** Null once the repository is deleted. */
    repositoryId: integer('repository_id').references(() => repositories.id, { onDelete: 'set null' }),
    gun: text().notNull(),
    /** Of the timestamp; zero for a deletion. */
    version: integer().notNull(),
    /** Of the timestamp; empty for a deletion. */
    sha256: text().notNull(),
    category: text({ enum: ['update', 'deletion'] }).notNull(),
  },
  (table) => [
    index('trust_changes_by_gun').on(table.gun, table.id),
    index('trust_changes_by_repository').on(table.repositoryId, table.id),
  ],
)
