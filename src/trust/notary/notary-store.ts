/** Finds collections and their documents. Each function is one round trip. */
import { sql, type SQL } from 'drizzle-orm'
import { isHeldRepository, type HeldRepository } from '../../db/access/rights.ts'
import { runBatch, type Database } from '../../db/database.ts'
import { needsMajority } from '../../db/settings/settings.ts'
import { selectKeys, type StoredKey } from './key-store.ts'

/** A version of a role by its hash. */
export interface HashedFile {
  readonly role: string
  /** In hexadecimal digits. */
  readonly sha256: string
}

/** Where a collection is looked for: a repository that the caller has a right to, and one of its GUNs. */
export interface CollectionPlace {
  readonly held: HeldRepository
  readonly gun: string
}

export interface Collection {
  readonly id: number
  readonly repositoryId: number
  readonly revision: number
  /** The highest version ever, also of deleted trust data. */
  readonly timestampVersion: number
  readonly snapshotVersion: number
  /** The registry is served only while a majority of the replicas answers. */
  readonly needsMajority: boolean
}

/** A stored version of a role. */
export interface DocumentRow {
  readonly role: string
  readonly version: number
  readonly sha256: string
  /** Null for a document in R2. */
  readonly body: string | null
  readonly segmentKey: string | null
  readonly sizeBytes: number
  readonly createdAt: number
}

type CollectionRow = Omit<Collection, 'needsMajority'> & { readonly needsMajority: number }

/** Selects the collection as `place`. Index: trust_collections_by_gun, repositories_name_unique. Key: trust_collections. */
export const placed = ({ held, gun }: CollectionPlace): SQL => sql`
  place AS (
    SELECT trust_collections.* FROM repositories
    CROSS JOIN trust_collections
      ON trust_collections.repository_id = repositories.id AND trust_collections.gun = ${gun}
    WHERE ${isHeldRepository(held)})`

const selectCollection = (place: CollectionPlace): SQL<CollectionRow> => sql`
  WITH ${placed(place)}
  SELECT id, repository_id AS repositoryId, revision, timestamp_version AS timestampVersion,
    snapshot_version AS snapshotVersion, ${needsMajority} AS needsMajority
  FROM place`

const columns = sql`
  document.role, document.version, document.sha256, document.body, document.segment_key AS segmentKey,
  document.size_bytes AS sizeBytes, document.created_at AS createdAt`

/** Selects the newest version of each role. Key: trust_metadata. @param place the collection, as `place` */
const selectNewest = (place: SQL, roles: readonly string[]): SQL<DocumentRow> => sql`
  WITH ${place}
  SELECT ${columns} FROM place CROSS JOIN json_each(${JSON.stringify(roles)}) AS wanted
  CROSS JOIN trust_metadata AS document ON document.collection_id = place.id AND document.role = wanted.value
    AND document.version = (
      SELECT max(version) FROM trust_metadata WHERE collection_id = place.id AND role = wanted.value)`

const collectionOf = (row: CollectionRow | undefined): Collection | undefined =>
  row && { ...row, needsMajority: row.needsMajority === 1 }

/** A collection with the newest versions of some roles. */
export interface Found {
  /** Undefined where there is none, or none that the caller may see. */
  readonly collection: Collection | undefined
  readonly newest: ReadonlyMap<string, DocumentRow>
}

export async function findNewest(db: Database, place: CollectionPlace, roles: readonly string[]): Promise<Found> {
  const { collection, newest } = await runBatch(db, {
    collection: selectCollection(place),
    newest: selectNewest(placed(place), roles),
  })
  return { collection: collectionOf(collection.first), newest: byRole(newest.rows) }
}

/** Finds the newest versions of some roles, for the registry itself. Key: trust_collections. */
export async function findNewestOf(
  db: Database,
  collectionId: number,
  roles: readonly string[],
): Promise<ReadonlyMap<string, DocumentRow>> {
  const place = sql`place AS (SELECT id FROM trust_collections WHERE id = ${collectionId})`
  return byRole(await db.all<DocumentRow>(selectNewest(place, roles)))
}

const byRole = (rows: readonly DocumentRow[]): ReadonlyMap<string, DocumentRow> =>
  new Map(rows.map((row) => [row.role, row]))

/** What a publication is decided by. */
export interface FoundForUpdate extends Found {
  /** The version of the newest document of each role that is uploaded. */
  readonly versions: ReadonlyMap<string, number>
  readonly keys: readonly StoredKey[]
  /** The fingerprints of all keys that the registry signs with itself, or ever did. */
  readonly ownFingerprints: ReadonlySet<string>
}

/**
 * Finds what a publication is decided by. Key: trust_metadata. Scan: registry_keys, one row for each key it ever had.
 *
 * @param roles those whose documents are needed
 * @param uploaded those of which only the version is needed
 */
export async function findForUpdate(
  db: Database,
  place: CollectionPlace,
  roles: readonly string[],
  uploaded: readonly string[],
): Promise<FoundForUpdate> {
  const { collection, newest, versions, keys, own } = await runBatch(db, {
    collection: selectCollection(place),
    newest: selectNewest(placed(place), roles),
    versions: sql<{ role: string; version: number | null }>`
      WITH ${placed(place)}
      SELECT wanted.value AS role, (
        SELECT max(version) FROM trust_metadata WHERE collection_id = place.id AND role = wanted.value) AS version
      FROM place CROSS JOIN json_each(${JSON.stringify(uploaded)}) AS wanted`,
    keys: selectKeys(idOf(place)),
    own: sql<{ fingerprint: string }>`SELECT fingerprint FROM registry_keys`,
  })
  return {
    collection: collectionOf(collection.first),
    newest: byRole(newest.rows),
    versions: new Map(versions.rows.map(({ role, version }) => [role, version ?? 0])),
    keys: keys.rows,
    ownFingerprints: new Set(own.rows.map(({ fingerprint }) => fingerprint)),
  }
}

const idOf = (place: CollectionPlace): SQL => sql`(WITH ${placed(place)} SELECT id FROM place)`

/** A document that was asked for by its version or its hash. */
export interface FoundDocument {
  readonly document: DocumentRow
  readonly needsMajority: boolean
}

/** Finds one version of a role. Key: trust_metadata. */
export const findVersion = (
  db: Database,
  place: CollectionPlace,
  role: string,
  version: number,
): Promise<FoundDocument | undefined> =>
  findOne(db, place, sql`document.role = ${role} AND document.version = ${version}`)

/** Finds the version of a role that has a hash. Index: trust_metadata_by_sha256. */
export const findByHash = (
  db: Database,
  place: CollectionPlace,
  { role, sha256 }: HashedFile,
): Promise<FoundDocument | undefined> =>
  findOne(db, place, sql`document.role = ${role} AND document.sha256 = ${sha256}`)

/** Finds one document. Index: trust_metadata_by_sha256. Key: trust_metadata. */
async function findOne(db: Database, place: CollectionPlace, which: SQL): Promise<FoundDocument | undefined> {
  const [row] = await db.all<DocumentRow & { needsMajority: number }>(sql`
    WITH ${placed(place)}
    SELECT ${columns}, ${needsMajority} AS needsMajority
    FROM place CROSS JOIN trust_metadata AS document ON document.collection_id = place.id AND ${which} LIMIT 1`)
  if (row === undefined) return undefined
  const { needsMajority: needed, ...document } = row
  return { document, needsMajority: needed === 1 }
}

/** Finds those of the files that are stored. Index: trust_metadata_by_sha256. */
export async function findFiles(
  db: Database,
  collectionId: number,
  files: readonly HashedFile[],
): Promise<DocumentRow[]> {
  return db.all<DocumentRow>(sql`
    SELECT ${columns} FROM json_each(${JSON.stringify(files)}) AS wanted
    CROSS JOIN trust_metadata AS document ON document.collection_id = ${collectionId}
      AND document.role = wanted.value ->> 'role' AND document.sha256 = wanted.value ->> 'sha256'`)
}

/** Finds those of the files that are not stored. Index: trust_metadata_by_sha256. */
export async function findMissingFiles(
  db: Database,
  collectionId: number,
  files: readonly HashedFile[],
): Promise<HashedFile[]> {
  return db.all<HashedFile>(sql`
    SELECT wanted.value ->> 'role' AS role, wanted.value ->> 'sha256' AS sha256
    FROM json_each(${JSON.stringify(files)}) AS wanted
    WHERE NOT EXISTS (
      SELECT 1 FROM trust_metadata
      WHERE collection_id = ${collectionId} AND role = wanted.value ->> 'role' AND sha256 = wanted.value ->> 'sha256')`)
}

/** Finds the keys of a collection. */
export async function findKeys(db: Database, collectionId: number): Promise<StoredKey[]> {
  return db.all<StoredKey>(selectKeys(collectionId))
}
