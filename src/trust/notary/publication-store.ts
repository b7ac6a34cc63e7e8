/**
 * Writes collections and their documents. Each function is one round trip. A publication is one batch that compares and sets
 * the revision of its collection, so of two that began at the same time one has to read again.
 */
import { sql, type SQL } from 'drizzle-orm'
import { isHeldRepository, runBatchBy, type Right } from '../../db/access/rights.ts'
import { runBatch, type Database, type Statements } from '../../db/database.ts'
import { refuse } from '../../db/refusals.ts'
import { makeRepositoryOnPush, type Push } from '../../db/repositories/repositories.ts'
import { mostVersionsKept } from '../../limits.ts'
import { countPublication } from '../counts-store.ts'
import { markUsed } from './key-store.ts'
import { placed, type Collection, type CollectionPlace } from './notary-store.ts'

/**
 * Makes a collection, and its repository where the push may, unless it is there. Index: repositories_name_unique.
 *
 * @returns its id; undefined when there is no repository
 */
export async function makeCollection(db: Database, push: Push, gun: string, now: number): Promise<number | undefined> {
  const place = { held: push.right, gun }
  const { found } = await runBatchBy(
    db,
    push.right,
    {
      repository: makeRepositoryOnPush(push, now),
      made: sql`
        INSERT INTO trust_collections (repository_id, gun, created_at)
        SELECT repositories.id, ${gun}, ${now} FROM repositories WHERE ${isHeldRepository(push.right)}
        ON CONFLICT DO NOTHING`,
      found: sql<{ id: number }>`WITH ${placed(place)} SELECT id FROM place`,
    },
    'repeatable',
  )
  return found.first?.id
}

/** A document to store, with its bytes as text or in R2. */
export interface DocumentToStore {
  readonly role: string
  readonly version: number
  readonly sha256: string
  readonly sizeBytes: number
  readonly content: { readonly text: string } | { readonly segmentKey: string }
}

export interface Update {
  readonly place: CollectionPlace
  /** As it was read. */
  readonly collection: Pick<Collection, 'id' | 'repositoryId' | 'revision'>
  readonly documents: readonly DocumentToStore[]
  /** The keys of the registry that have signed. */
  readonly usedKeys: readonly string[]
  /** The hashes that the snapshot and the timestamp name, which are kept however old they are. */
  readonly named: readonly string[]
  readonly now: number
}

/**
 * Stores the documents of a publication, all or none. Key: trust_collections.
 *
 * @param right of the caller; undefined for a renewal, which is by the registry itself
 * @param further what else the publication changes
 * @throws the errors that `isOutrun`, `isUniqueViolation` and `isForeignKeyViolation` recognize when another one was
 *   faster
 */
export async function storeUpdate(
  db: Database,
  right: Right | undefined,
  update: Update,
  further: readonly SQL[],
): Promise<void> {
  const { place, collection, documents, usedKeys, now } = update
  const versionOf = (wanted: string): number => documents.find(({ role }) => role === wanted)?.version ?? 0
  const statements = {
    unchanged: refuse(
      'another request was faster',
      sql`NOT EXISTS (
        WITH ${placed(place)} SELECT 1 FROM place WHERE id = ${collection.id} AND revision = ${collection.revision})`,
    ),
    segments: documents.flatMap(keepSegment),
    documents: documents.map((document) => insertDocument(collection.id, document, now)),
    collection: sql`
      UPDATE trust_collections SET
        timestamp_version = max(timestamp_version, ${versionOf('timestamp')}),
        snapshot_version = max(snapshot_version, ${versionOf('snapshot')}),
        is_published = 1, revision = revision + 1
      WHERE id = ${collection.id}`,
    change: documents.filter(({ role }) => role === 'timestamp').map((timestamp) => recordUpdate(update, timestamp)),
    keys: markUsed(collection.id, usedKeys, now),
    old: deleteOld(update),
    // A renewal is none.
    counted: right === undefined ? undefined : countPublication,
    further,
  } satisfies Statements
  await (right === undefined ? runBatch(db, statements) : runBatchBy(db, right, statements))
}

/** Keeps the object of a long document. Key: segments. */
const keepSegment = ({ content, sizeBytes }: DocumentToStore): SQL[] =>
  'segmentKey' in content
    ? [sql`UPDATE segments SET kept_for = 'trust', size_bytes = ${sizeBytes} WHERE key = ${content.segmentKey}`]
    : []

const insertDocument = (collectionId: number, document: DocumentToStore, now: number): SQL => {
  const { role, version, sha256, content, sizeBytes } = document
  const [text, key] = 'text' in content ? [content.text, null] : [null, content.segmentKey]
  return sql`
    INSERT INTO trust_metadata (collection_id, role, version, sha256, body, segment_key, size_bytes, created_at)
    VALUES (${collectionId}, ${role}, ${version}, ${sha256}, ${text}, ${key}, ${sizeBytes}, ${now})`
}

const recordUpdate = ({ place, collection, now }: Update, { version, sha256 }: DocumentToStore): SQL => sql`
  INSERT INTO trust_changes (created_at, repository_id, gun, version, sha256, category)
  VALUES (${now}, ${collection.repositoryId}, ${place.gun}, ${version}, ${sha256}, 'update')`

/**
 * Deletes versions of the stored roles beyond those that are kept. Every root is kept: a client that missed some reads
 * them one by one. Key: trust_metadata.
 */
function deleteOld({ collection: { id }, documents, named }: Update): SQL {
  const roles = documents.map(({ role }) => role).filter((role) => role !== 'root')
  return sql`
    DELETE FROM trust_metadata WHERE rowid IN (
      SELECT old.rowid FROM (
        SELECT value AS role, (
          SELECT version FROM trust_metadata WHERE collection_id = ${id} AND role = value
          ORDER BY version DESC LIMIT 1 OFFSET ${mostVersionsKept}) AS newest
        FROM json_each(${JSON.stringify(roles)})) AS surplus
      CROSS JOIN trust_metadata AS old
        ON old.collection_id = ${id} AND old.role = surplus.role AND old.version <= surplus.newest
      WHERE old.sha256 NOT IN (SELECT value FROM json_each(${JSON.stringify(named)})))`
}

/**
 * Deletes the documents of a collection. Its row stays with the highest versions, and so do its keys. Key:
 * trust_collections, trust_metadata.
 *
 * @param further what else goes, by the id of the collection and its repository
 */
export async function deleteDocuments(
  db: Database,
  right: Right,
  gun: string,
  { id, repositoryId }: Pick<Collection, 'id' | 'repositoryId'>,
  further: readonly SQL[],
  now: number,
): Promise<void> {
  const isPublished = sql`EXISTS (SELECT 1 FROM trust_collections WHERE id = ${id} AND is_published = 1)`
  await runBatchBy(
    db,
    right,
    {
      change: sql`
        INSERT INTO trust_changes (created_at, repository_id, gun, version, sha256, category)
        SELECT ${now}, ${repositoryId}, ${gun}, 0, '', 'deletion' WHERE ${isPublished}`,
      documents: sql`DELETE FROM trust_metadata WHERE collection_id = ${id}`,
      collection: sql`
        UPDATE trust_collections SET is_published = 0, revision = revision + 1 WHERE id = ${id} AND is_published = 1`,
      further,
    },
    'repeatable',
  )
}

/** Claims the object of a long document before it is stored; without an owner it is garbage. */
export async function claimObject(db: Database, key: string, now: number): Promise<void> {
  await db.run(sql`INSERT INTO segments (key, offset_bytes, created_at) VALUES (${key}, 0, ${now})`)
}
