/** Finds and deletes manifests. Each function is one round trip to D1. */
import { sql } from 'drizzle-orm'
import type { Digest, Reference, RepositoryName } from '../../names.ts'
import type { SegmentPlace } from '../../storage/segments.ts'
import {
  groundValues,
  isHeld,
  nameOfHolder,
  runBatchBy,
  type DeletionRight,
  type HeldRepository,
} from '../access/rights.ts'
import { prepareOnce, textOf, type Database } from '../database.ts'
import { recordEvent, recordEvents } from '../events/events.ts'
import { repositoryIdOf } from '../repositories/repositories.ts'
import { needsMajority } from '../settings/settings.ts'
import { askDatabase } from '../transient-errors.ts'
import { placesOf } from './blobs.ts'
import { refuseKept } from './kept-content.ts'

/** The demand of a repository that pulls by callers who may not push are signed: refused without, or only reported. */
export interface SignatureDemand {
  readonly repositoryId: number
  readonly mode: 'report' | 'enforce'
}

export interface StoredManifest {
  readonly digest: Digest
  readonly mediaType: string
  readonly sizeBytes: number
  /** The repository is served only while a majority of the replicas answers. */
  readonly needsMajority: boolean
  /** The exact bytes as text, or their place in R2. */
  readonly content: string | readonly SegmentPlace[]
  /** Whether R2 has lost bytes of it. */
  readonly isLost: boolean
  /** Undefined where no signature is demanded. */
  readonly demand?: SignatureDemand | undefined
}

export type FoundManifest = StoredManifest | 'no-repository' | 'no-manifest'

interface ManifestRow {
  repositoryId: number
  demandsSignatures: number
  digest: Digest | null
  mediaType: string | null
  manifestBytes: number | null
  body: string | null
  key: string | null
  offsetBytes: number | null
  sizeBytes: number | null
  lostAt: number | null
  needsMajority: number
}

/**
 * Finds a manifest of the repository 1 to 3 by the reference 4, with a row for each segment of a body in R2.
 * Index: repositories_name_unique, segments_by_blob. Key: manifests, blobs.
 */
const selectManifest = (isReferredTo: string): string => `
  SELECT repositories.id AS repositoryId, repositories.demands_signatures AS demandsSignatures,
    manifests.digest, manifests.media_type AS mediaType, manifests.size_bytes AS manifestBytes, manifests.body,
    segments.key, segments.offset_bytes AS offsetBytes, segments.size_bytes AS sizeBytes,
    (SELECT lost_at FROM blobs WHERE blobs.digest = manifests.body_digest) AS lostAt,
    ${textOf(needsMajority)} AS needsMajority
  FROM repositories
  LEFT JOIN manifests ON manifests.repository_id = repositories.id AND manifests.digest = ${isReferredTo}
  LEFT JOIN segments ON segments.blob_digest = manifests.body_digest
  WHERE repositories.name = ?1 AND ${textOf(isHeld(sql`?2`, sql`?3`))}
  ORDER BY segments.offset_bytes`

/** Finds a manifest by a tag. Key: tags. */
const manifestByTag = prepareOnce(({ binding }) =>
  binding.prepare(
    selectManifest('(SELECT digest FROM tags WHERE tags.repository_id = repositories.id AND tags.name = ?4)'),
  ),
)

const manifestByDigest = prepareOnce(({ binding }) => binding.prepare(selectManifest('?4')))

/**
 * Finds a manifest by tag or digest. A repository without it has one row of nulls, so one query tells both errors
 * apart.
 */
export async function findManifest(db: Database, held: HeldRepository, reference: Reference): Promise<FoundManifest> {
  const { repositoryId, namespaceId } = groundValues(held)
  const statement = 'tag' in reference ? manifestByTag(db) : manifestByDigest(db)
  const value = 'tag' in reference ? reference.tag : reference.digest
  const asked = statement.bind(held.repository, repositoryId, namespaceId, value)
  const { results: rows } = await askDatabase(
    () => asked.all<ManifestRow>(),
    () => true,
  )
  const [first] = rows
  if (first === undefined) return 'no-repository'
  if (first.digest === null || first.mediaType === null || first.manifestBytes === null) return 'no-manifest'
  return {
    demand: demandOf(first),
    digest: first.digest,
    mediaType: first.mediaType,
    sizeBytes: first.manifestBytes,
    content: first.body ?? placesOf(rows),
    isLost: first.lostAt !== null,
    needsMajority: first.needsMajority === 1,
  }
}

function demandOf({ repositoryId, demandsSignatures }: ManifestRow): SignatureDemand | undefined {
  if (demandsSignatures === 0) return undefined
  return { repositoryId, mode: demandsSignatures === 1 ? 'report' : 'enforce' }
}

/**
 * Deletes a manifest with its references and every tag that points at it.
 * Index: tags_by_digest. Key: manifests.
 *
 * @returns whether the repository had it
 * @throws a foreign key violation when an index of the repository lists it, and the errors that `isImmutableTag` and
 *   `isPinned` recognize
 */
export async function deleteManifest(
  db: Database,
  right: DeletionRight,
  digest: Digest,
  now: number,
): Promise<boolean> {
  const { repository } = right
  const actor = nameOfHolder(right)
  const found = sql`repository_id = ${repositoryIdOf(repository)} AND digest = ${digest}`
  const { deleted } = await runBatchBy(db, right, {
    kept: refuseKept(right, { digest }),
    tagEvents: recordEvents(
      { actor, type: 'DELETE', objectType: 'tag', repository, now },
      { objectId: sql`digest`, objectName: sql`name`, from: sql`tags WHERE ${found}` },
    ),
    event: recordEvent(
      { actor, type: 'DELETE', objectType: 'manifest', objectId: digest, objectName: digest, repository, now },
      sql`EXISTS (SELECT 1 FROM manifests WHERE ${found})`,
    ),
    // The number of changes would include the references.
    deleted: sql`DELETE FROM manifests WHERE ${found} RETURNING digest`,
  })
  return deleted.rows.length === 1
}

/**
 * Finds an index that lists the manifest, for the sentence of a refused deletion.
 * Index: manifest_children_by_child.
 */
export async function indexListing(
  db: Database,
  repository: RepositoryName,
  digest: Digest,
): Promise<string | undefined> {
  const [row] = await db.all<{ digest: string }>(sql`
    SELECT manifest_digest AS digest FROM manifest_children
    WHERE repository_id = ${repositoryIdOf(repository)} AND child_digest = ${digest} LIMIT 1`)
  return row?.digest
}
