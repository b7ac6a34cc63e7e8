/** What an import asks of D1 beyond the store of publications. Each function is one round trip. */
import { sql } from 'drizzle-orm'
import { runBatch, type Database } from '../../db/database.ts'
import { jsonPiecesOf } from '../../db/pieces.ts'
import type { Digest } from '../../names.ts'

/** A version of a role that is to be stored. */
export interface WantedVersion {
  readonly role: string
  readonly version: number
}

/** What is stored where a version is to be stored. */
export interface HeldVersion extends WantedVersion {
  /** The newest version of the role; null where there is none. */
  readonly newest: number | null
  /** Of this very version; null where it is not stored. */
  readonly sha256: string | null
}

/** Finds what a collection has of some versions. Key: trust_metadata. */
export async function findHeldVersions(
  db: Database,
  collectionId: number,
  wanted: readonly WantedVersion[],
): Promise<HeldVersion[]> {
  return db.all<HeldVersion>(sql`
    SELECT wanted.value ->> 'role' AS role, wanted.value ->> 'version' AS version,
      (SELECT max(version) FROM trust_metadata
        WHERE collection_id = ${collectionId} AND role = wanted.value ->> 'role') AS newest,
      (SELECT sha256 FROM trust_metadata
        WHERE collection_id = ${collectionId} AND role = wanted.value ->> 'role'
          AND version = wanted.value ->> 'version') AS sha256
    FROM json_each(${JSON.stringify(wanted)}) AS wanted`)
}

/** Finds those of the manifests that a repository does not have. Key: manifests. */
export async function findMissingManifests(
  db: Database,
  repositoryId: number,
  digests: readonly Digest[],
): Promise<ReadonlySet<Digest>> {
  if (digests.length === 0) return new Set()
  const { missing } = await runBatch(db, {
    missing: jsonPiecesOf(digests).map(
      (piece) => sql<{ digest: Digest }>`
        SELECT wanted.value AS digest FROM json_each(${piece}) AS wanted
        WHERE NOT EXISTS (
          SELECT 1 FROM manifests WHERE repository_id = ${repositoryId} AND digest = wanted.value)`,
    ),
  })
  return new Set(missing.flatMap(({ rows }) => rows.map(({ digest }) => digest)))
}
