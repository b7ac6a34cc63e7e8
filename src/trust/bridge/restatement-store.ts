/** What is restated, and what has to be. Each function is one round trip. */
import { sql, type SQL } from 'drizzle-orm'
import { databaseTime, runBatch, type Database } from '../../db/database.ts'
import { insertUnlessUnderWay, type NewJob } from '../../db/jobs/jobs.ts'
import { isThere } from '../../db/repositories/visible-repositories.ts'
import type { Digest, RepositoryName } from '../../names.ts'
import { hasExpired } from '../notary/expiries-store.ts'
import type { restatements } from './schema.ts'

/** A repository whose restatements have to be compared with what Notary signs. */
export interface Due {
  readonly repositoryId: number
  readonly repository: RepositoryName
  /** As of the beginning of the comparison. */
  readonly changes: number
}

/**
 * Selects the state of the registry that restatements follow: `off`, `none` before the first key, the fingerprint of the key, or
 * `lost` and the fingerprint of a key that opens with none of the secrets. When it changes, all is compared again.
 * Key: settings. Scan: registry_keys, one row for each change of the key.
 *
 * @param secrets the names of the secrets that there are
 */
const stateOf = (secrets: readonly string[]): SQL => sql`(
  SELECT iif(coalesce((SELECT value FROM settings WHERE name = 'trustBridge'), 'true') <> 'true', 'off', coalesce((
    SELECT iif(sealed_with IN (SELECT value FROM json_each(${JSON.stringify(secrets)})), '', 'lost ') || fingerprint
    FROM registry_keys ORDER BY generation DESC LIMIT 1), 'none')))`

/** Reads the state. */
export async function readState(db: Database, secrets: readonly string[]): Promise<string> {
  const [row] = await db.all<{ state: string }>(sql`SELECT ${stateOf(secrets)} AS state`)
  return row?.state ?? 'off'
}

/** Selects the repositories that are due. Index: bridged_repositories_due, bridged_repositories_by_state. Key: repositories. */
const selectDue = (state: SQL, now: number): SQL<Due> => sql`
  SELECT bridged.repository_id AS repositoryId, repositories.name AS repository, bridged.changes
  FROM (
    SELECT * FROM bridged_repositories WHERE due_at <= ${now} AND due_at IS NOT NULL
    UNION ALL SELECT * FROM bridged_repositories WHERE compared_in < ${state}
    UNION ALL SELECT * FROM bridged_repositories WHERE compared_in > ${state}) AS bridged
  JOIN repositories ON repositories.id = bridged.repository_id AND ${isThere}`

/** Those of which one is chosen. */
const mostCandidates = 100

/** Finds a repository that is due, by chance: one that is published to without end keeps no other from its turn. */
export async function findDue(db: Database, state: string, now: number): Promise<Due | undefined> {
  const [row] = await db.all<Due>(sql`
    SELECT * FROM (${selectDue(sql`${state}`, now)} LIMIT ${mostCandidates}) ORDER BY random() LIMIT 1`)
  return row
}

/** Inserts the job while a repository is due, unless it is under way. Index: jobs_unfinished. @returns its id if it was inserted */
export async function insertBridgeJob(
  db: Database,
  job: NewJob,
  secrets: readonly string[],
  now: number,
): Promise<string | undefined> {
  const [row] = await db.all<{ id: string }>(
    insertUnlessUnderWay(job, now, sql`EXISTS (${selectDue(stateOf(secrets), now)})`),
  )
  return row?.id
}

export type Kind = (typeof restatements.$inferSelect)['kind']

/** A restatement as it is stored. */
export interface StoredRestatement {
  readonly kind: Kind
  /** The fingerprint of the key. */
  readonly signedWith: string
  readonly signedAt: number
  /** r and s, in base64. */
  readonly signature: string
  /** Of the manifest. */
  readonly digest: Digest
  readonly isStored: boolean
}

/** An image whose restatements are not as they should be. */
export interface Differing {
  readonly subject: Digest
  /** Whether Notary signs it, and it is here. */
  readonly isWanted: boolean
  /** Of the image; null when it is not here. */
  readonly mediaType: string | null
  readonly sizeBytes: number | null
  readonly stored: readonly StoredRestatement[]
}

/** What a comparison is about. */
export interface Comparing {
  readonly repositoryId: number
  /** The images up to this digest were compared. */
  readonly after: string
  /** The fingerprint by which restatements are to be signed; empty when there are to be none. */
  readonly signedWith: string
  /** False while the key is lost: what is missing has to wait. */
  readonly canMake: boolean
}

export interface Compared {
  readonly differing: readonly Differing[]
  /** The digest after which the next page begins; undefined after the last. */
  readonly next: string | undefined
}

/** Both kinds. */
const restatementsOfImage = 2

/** Matches facts of roles in which Docker looks: `targets/releases`, and `targets` for what that does not name. Key: signature_facts. */
const isSeenByDocker = sql`(
  facts.source = CAST(facts.source AS INTEGER) || '/targets/releases'
  OR (facts.source = CAST(facts.source AS INTEGER) || '/targets' AND NOT EXISTS (
    SELECT 1 FROM signature_facts AS released
    WHERE released.repository_id = facts.repository_id AND released.name = facts.name AND released.name <> ''
      AND released.kind = 'notary' AND released.source = CAST(facts.source AS INTEGER) || '/targets/releases'
      AND NOT ${hasExpired(sql`released`, databaseTime)})))`

/**
 * Matches if another key than those of the registry vouches for the name and the digest, in any role of the collection:
 * what the registry signs as a delegate is no ground to sign it again. Index: registry_keys_fingerprint_unique. Key:
 * signature_facts.
 */
const isOfUser = sql`EXISTS (
  SELECT 1 FROM signature_facts AS own
  WHERE own.repository_id = facts.repository_id AND own.digest = facts.digest AND own.kind = 'notary'
    AND own.name = facts.name AND CAST(own.source AS INTEGER) = CAST(facts.source AS INTEGER)
    AND NOT EXISTS (SELECT 1 FROM registry_keys WHERE registry_keys.fingerprint = own.fingerprint)
    AND NOT ${hasExpired(sql`own`, databaseTime)})`

/**
 * Selects a page of images that Notary signs or that are restated, in the order of their digests.
 * Key: signature_facts, restatements, manifests.
 */
const selectImages = ({ repositoryId, after, signedWith }: Comparing, limit: number): SQL => sql`
  images (digest, is_wanted) AS (
    SELECT page.digest, ${signedWith} <> ''
      AND EXISTS (SELECT 1 FROM manifests WHERE repository_id = ${repositoryId} AND digest = page.digest)
      AND EXISTS (
        SELECT 1 FROM signature_facts AS facts
        WHERE facts.repository_id = ${repositoryId} AND facts.digest = page.digest AND facts.kind = 'notary'
          AND ${isSeenByDocker} AND ${isOfUser} AND NOT ${hasExpired(sql`facts`, databaseTime)})
    FROM (
      SELECT digest FROM (
        SELECT DISTINCT digest FROM signature_facts
        WHERE repository_id = ${repositoryId} AND digest > ${after} AND kind = 'notary' ORDER BY digest LIMIT ${limit})
      UNION
      SELECT subject FROM (
        SELECT DISTINCT subject FROM restatements
        WHERE repository_id = ${repositoryId} AND subject > ${after} ORDER BY subject LIMIT ${limit})
      ORDER BY 1 LIMIT ${limit}) AS page)`

interface DifferingRow {
  readonly subject: Digest
  readonly isWanted: number
  readonly mediaType: string | null
  readonly sizeBytes: number | null
  readonly stored: string
}

/**
 * Compares a page of images with what is restated of them. Key: restatements, manifests.
 *
 * @param mostImages that are looked at
 * @param mostDiffering that are answered
 */
export async function compareImages(
  db: Database,
  comparing: Comparing,
  mostImages: number,
  mostDiffering: number,
): Promise<Compared> {
  const { repositoryId, after, signedWith, canMake } = comparing
  const ofImage = sql`restatements WHERE repository_id = ${repositoryId} AND subject = images.digest`
  const { page, differing } = await runBatch(db, {
    page: sql<{ last: string | null; count: number }>`
      WITH ${selectImages(comparing, mostImages)} SELECT max(digest) AS last, count(*) AS count FROM images`,
    differing: sql<DifferingRow>`
      WITH ${selectImages(comparing, mostImages)}
      SELECT images.digest AS subject, images.is_wanted AS isWanted, manifests.media_type AS mediaType,
        manifests.size_bytes AS sizeBytes, (
          SELECT json_group_array(json_object('kind', kind, 'signedWith', signed_with, 'signedAt', signed_at,
            'signature', signature, 'digest', digest, 'isStored', json(iif(is_stored, 'true', 'false'))))
          FROM ${ofImage}) AS stored
      FROM images
      LEFT JOIN manifests ON manifests.repository_id = ${repositoryId} AND manifests.digest = images.digest
      WHERE EXISTS (SELECT 1 FROM ${ofImage} AND (NOT images.is_wanted OR signed_with <> ${signedWith}))
        OR (images.is_wanted AND ${Number(canMake)} AND ${restatementsOfImage} > (
          SELECT count(*) FROM ${ofImage} AND signed_with = ${signedWith} AND is_stored))
      ORDER BY images.digest LIMIT ${mostDiffering}`,
  })
  const found = differing.rows.map(differingOf)
  const isCut = found.length === mostDiffering
  const { last, count } = page.first ?? { last: null, count: 0 }
  const lastDiffering = found.reduce<string>((_, { subject }) => subject, after)
  return { differing: found, next: isCut ? lastDiffering : count === mostImages ? (last ?? undefined) : undefined }
}

const differingOf = ({ isWanted, stored, ...row }: DifferingRow): Differing => {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the statement wrote it
  const all = JSON.parse(stored) as StoredRestatement[]
  return { ...row, isWanted: isWanted === 1, stored: all }
}

/** Writes restatements down before they are stored, each unless there is one. Key: restatements. @returns what is written */
export async function writeRestatements(
  db: Database,
  repositoryId: number,
  subject: Digest,
  fresh: readonly StoredRestatement[],
): Promise<readonly StoredRestatement[]> {
  const { written } = await runBatch(
    db,
    {
      inserted: sql`
        INSERT INTO restatements (repository_id, subject, kind, signed_with, signed_at, signature, digest)
        SELECT ${repositoryId}, ${subject}, value ->> 'kind', value ->> 'signedWith', value ->> 'signedAt',
          value ->> 'signature', value ->> 'digest'
        FROM json_each(${JSON.stringify(fresh)}) WHERE true
        ON CONFLICT DO NOTHING`,
      written: sql<Omit<StoredRestatement, 'isStored'> & { isStored: number }>`
        SELECT kind, signed_with AS signedWith, signed_at AS signedAt, signature, digest, is_stored AS isStored
        FROM restatements WHERE repository_id = ${repositoryId} AND subject = ${subject}`,
    },
    'repeatable',
  )
  return written.rows.map(({ isStored, ...row }) => Object.assign(row, { isStored: isStored === 1 }))
}

/** Notes that the manifests of restatements are stored. Index: restatements_by_digest. */
export async function markStored(db: Database, repositoryId: number, digests: readonly Digest[]): Promise<void> {
  await db.run(sql`
    UPDATE restatements SET is_stored = 1
    WHERE repository_id = ${repositoryId} AND digest IN (SELECT value FROM json_each(${JSON.stringify(digests)}))`)
}

/** Forgets restatements. Index: restatements_by_digest. */
export async function forgetRestatements(
  db: Database,
  repositoryId: number,
  digests: readonly Digest[],
): Promise<void> {
  await db.run(sql`
    DELETE FROM restatements
    WHERE repository_id = ${repositoryId} AND digest IN (SELECT value FROM json_each(${JSON.stringify(digests)}))`)
}

/**
 * Ends a comparison: the repository is due again when the next document of its trust data expires, and at once when it was
 * changed meanwhile. Index: trust_collections_by_gun. Key: bridged_repositories, trust_expiries.
 *
 * @param again when it is due at the latest; undefined for never
 */
export async function endComparison(
  db: Database,
  { repositoryId, changes }: Due,
  state: string,
  now: number,
  again: number | undefined,
): Promise<void> {
  await db.run(sql`
    UPDATE bridged_repositories SET compared_in = ${state}, due_at = coalesce(${again ?? null}, (
      SELECT min(trust_expiries.expires_at) + 1 FROM trust_collections
      JOIN trust_expiries ON trust_expiries.collection_id = trust_collections.id
      WHERE trust_collections.repository_id = ${repositoryId} AND trust_expiries.expires_at >= ${now}))
    WHERE repository_id = ${repositoryId} AND changes = ${changes}`)
}

/**
 * Makes repositories due. Key: bridged_repositories. Scan: bridged_repositories, one row for each repository with trust data.
 *
 * @param repositoryId undefined for all
 */
export async function makeDue(db: Database, repositoryId: number | undefined): Promise<void> {
  const which = repositoryId === undefined ? sql`true` : sql`repository_id = ${repositoryId}`
  await db.run(sql`UPDATE bridged_repositories SET due_at = 0, changes = changes + 1 WHERE ${which}`)
}

/** How far a repository is. */
export interface BridgeStatus {
  readonly images: number
  readonly isDue: boolean
}

/** Reads how far a repository is. Key: restatements, bridged_repositories. */
export async function readStatus(
  db: Database,
  repositoryId: number,
  secrets: readonly string[],
  now: number,
): Promise<BridgeStatus> {
  const [row] = await db.all<{ images: number; isDue: number }>(sql`
    SELECT (SELECT count(DISTINCT subject) FROM restatements WHERE repository_id = ${repositoryId} AND is_stored) AS images,
      EXISTS (
        SELECT 1 FROM bridged_repositories
        WHERE repository_id = ${repositoryId} AND (due_at <= ${now} OR compared_in <> ${stateOf(secrets)})) AS isDue`)
  return { images: row?.images ?? 0, isDue: row?.isDue === 1 }
}
