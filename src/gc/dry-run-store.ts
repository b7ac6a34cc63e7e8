/**
 * Finds what a collection would delete: page by page of the review queue, with all that the due content releases. Each
 * item is shown once, at one place of the queue: a manifest at the first review above it, a blob of a repository at the
 * first manifest that names it, bytes at the first repository.
 */
import { sql, type SQL } from 'drizzle-orm'
import type { Digest, RepositoryName } from '../names.ts'
import { isManifestGarbage, reviewAbove, type Keeping } from '../db/content/ancestry.ts'
import { runBatch, type Database } from '../db/database.ts'
import { jsonPiecesOf } from '../db/pieces.ts'
import { isBlobNamed, isBlobUsed, isDue, type ContentKey } from './review-store.ts'
import { nameOfRepository, nameOrFormerName } from '../db/repositories/visible-repositories.ts'

export interface Looking {
  readonly cutoff: number
  readonly keeping: Keeping
}

/** The place of a review in its queue. */
export interface QueuePlace {
  readonly since: number
  readonly id: number
}

export interface GarbageManifest extends ContentKey {
  readonly repository: RepositoryName
}

/** A blob of a repository, and the bytes deleted with it; null if they stay, or are deleted with another repository. */
export interface GarbageLink {
  readonly repository: RepositoryName
  readonly digest: Digest
  readonly blobBytes: number | null
}

export interface GarbageBlob {
  readonly digest: Digest
  readonly sizeBytes: number
}

export interface PageOf<Item> {
  readonly items: readonly Item[]
  /** Where the next page starts; undefined at the end of the queue. */
  readonly last: QueuePlace | undefined
}

/** The most released items of one page. */
const mostBelow = 5000

/**
 * Finds manifests that would be deleted: two round trips.
 * Index: manifest_reviews_since, manifests_by_subject, tags_by_age. Key: manifest_children, repositories.
 */
export async function garbageManifests(
  db: Database,
  looking: Looking,
  after: QueuePlace,
  limit: number,
): Promise<PageOf<GarbageManifest>> {
  const { cutoff, keeping } = looking
  const due = await dueAfter<ContentKey>(
    db,
    sql`SELECT since, rowid AS id, repository_id AS repositoryId, digest FROM manifest_reviews`,
    sql`${isDue(sql`since`, cutoff, keeping)}`,
    looking,
    after,
    limit,
  )
  if (due.items.length === 0) return { items: [], last: undefined }
  const above = reviewAbove(
    sql`below.repository_id`,
    sql`below.digest`,
    keeping,
    cutoff,
    isDue(sql`ancestor.since`, cutoff, keeping),
  )
  const items = await db.all<GarbageManifest>(sql`
    WITH RECURSIVE below (repository_id, root, digest) AS (
      SELECT value ->> 'repositoryId', value ->> 'digest', value ->> 'digest'
      FROM json_each(${JSON.stringify(due.items.map(keyOf))})
      UNION
      SELECT below.repository_id, root, child_digest FROM below CROSS JOIN manifest_children
      WHERE manifest_children.repository_id = below.repository_id AND manifest_digest = below.digest
      UNION
      SELECT below.repository_id, root, manifests.digest FROM below CROSS JOIN manifests
      WHERE manifests.repository_id = below.repository_id AND manifests.subject = below.digest
      UNION
      SELECT below.repository_id, root, tags.digest FROM below CROSS JOIN tags
      WHERE tags.repository_id = below.repository_id AND tags.accompanies = substr(below.digest, 1, 71)
      LIMIT ${mostBelow})
    SELECT below.repository_id AS repositoryId, below.digest, ${nameOrFormerName} AS repository
    FROM below CROSS JOIN repositories ON repositories.id = below.repository_id
    WHERE ${above} = root`)
  return { ...due, items }
}

/**
 * Finds what the manifests release: blobs of their repositories, and bodies of large manifests. One round trip for each
 * megabyte of keys.
 */
export async function garbageOfManifests(
  db: Database,
  looking: Looking,
  manifests: readonly ContentKey[],
): Promise<{ links: readonly GarbageLink[]; bodies: readonly GarbageBlob[] }> {
  const links: GarbageLink[] = []
  const bodies: GarbageBlob[] = []
  for (const piece of jsonPiecesOf(manifests.map(keyOf))) {
    const found = await runBatch(db, garbageOf(piece, looking))
    links.push(...found.links.rows)
    bodies.push(...found.bodies.rows)
  }
  return { links, bodies }
}

const keyOf = ({ repositoryId, digest }: ContentKey): ContentKey => ({ repositoryId, digest })

/**
 * Returns a statement for the links of the manifests, and one for their bodies.
 * Index: manifest_blobs_by_blob, manifests_by_body, repository_blobs_by_digest. Key: manifest_blobs, repository_blobs,
 * manifests, blobs.
 *
 * @param keys manifests, as JSON
 */
function garbageOf(keys: string, looking: Looking) {
  const gone = sql`(
    SELECT value ->> 'repositoryId' AS repository_id, value ->> 'digest' AS digest FROM json_each(${keys})) AS gone`
  return {
    links: sql<GarbageLink>`
      SELECT ${linkColumns(looking)}
      FROM ${gone}
      CROSS JOIN manifest_blobs AS named ON named.repository_id = gone.repository_id AND named.manifest_digest = gone.digest
      CROSS JOIN repository_blobs AS link
        ON link.repository_id = gone.repository_id AND link.digest = named.blob_digest
      WHERE CASE WHEN gone.digest = (
        SELECT min(first.manifest_digest) FROM manifest_blobs AS first
        WHERE first.repository_id = link.repository_id AND first.blob_digest = link.digest)
        THEN ${isLinkGarbage(sql`link`, looking)} END`,
    bodies: sql<GarbageBlob>`
      SELECT blobs.digest, blobs.size_bytes AS sizeBytes
      FROM ${gone}
      CROSS JOIN manifests AS large
        ON large.repository_id = gone.repository_id AND large.digest = gone.digest AND large.body_digest IS NOT NULL
      CROSS JOIN blobs ON blobs.digest = large.body_digest
      WHERE NOT EXISTS (SELECT 1 FROM repository_blobs WHERE repository_blobs.digest = blobs.digest)
        AND CASE WHEN gone.repository_id = (
          SELECT min(first.repository_id) FROM manifests AS first WHERE first.body_digest = blobs.digest)
          THEN ${isBlobGarbage(sql`blobs.digest`, looking)} END`,
  }
}

/**
 * Finds blobs of repositories that no manifest names: one round trip.
 * Index: link_reviews_since. Key: repository_blobs.
 */
export const garbageLinks = (
  db: Database,
  looking: Looking,
  after: QueuePlace,
  limit: number,
): Promise<PageOf<GarbageLink>> =>
  dueAfter(
    db,
    sql`
      SELECT review.since, review.rowid AS id, ${linkColumns(looking)},
        link.digest IS NOT NULL AND NOT ${isBlobNamed(sql`link`)} AND ${isLinkGarbage(sql`link`, looking)}
          AS isGarbage
      FROM link_reviews AS review
      LEFT JOIN repository_blobs AS link
        ON link.repository_id = review.repository_id AND link.digest = review.digest`,
    sql`true`,
    looking,
    after,
    limit,
  )

/**
 * Finds blobs that no repository has and no manifest uses as its body: one round trip.
 * Index: blob_reviews_since. Key: blobs.
 */
export const garbageBlobs = (
  db: Database,
  looking: Looking,
  after: QueuePlace,
  limit: number,
): Promise<PageOf<GarbageBlob>> =>
  dueAfter(
    db,
    sql`
      SELECT review.since, review.rowid AS id, review.digest, blobs.size_bytes AS sizeBytes,
        blobs.digest IS NOT NULL AND NOT ${isBlobUsed(sql`review.digest`)} AS isGarbage
      FROM blob_reviews AS review LEFT JOIN blobs ON blobs.digest = review.digest`,
    sql`true`,
    looking,
    after,
    limit,
  )

/** Reads a page of a queue in the order of its index. @param select columns with `since`, `id` and maybe `isGarbage` */
async function dueAfter<Item>(
  db: Database,
  select: SQL,
  which: SQL,
  { cutoff }: Looking,
  after: QueuePlace,
  limit: number,
): Promise<PageOf<Item>> {
  const rows = await db.all<Item & QueuePlace & { isGarbage?: number | null }>(sql`
    SELECT * FROM (${select}) WHERE since <= ${cutoff} AND (since, id) > (${after.since}, ${after.id}) AND ${which}
    ORDER BY since, id LIMIT ${limit}`)
  const end = rows.at(-1)
  return {
    items: rows.filter(({ isGarbage = 1 }) => isGarbage === 1),
    last: end === undefined || rows.length < limit ? undefined : { since: end.since, id: end.id },
  }
}

/** Selects the columns of `GarbageLink` from a link. Index: repository_blobs_by_digest. Key: blobs. */
const linkColumns = (looking: Looking): SQL => sql`
  ${nameOfRepository(sql`link.repository_id`)} AS repository, link.digest,
  CASE WHEN link.repository_id = (
      SELECT min(first.repository_id) FROM repository_blobs AS first WHERE first.digest = link.digest)
    AND ${isBlobGarbage(sql`link.digest`, looking)}
    THEN (SELECT size_bytes FROM blobs WHERE blobs.digest = link.digest) END AS blobBytes`

/**
 * Matches a blob of a repository that a collection would unlink.
 * Index: manifest_blobs_by_blob. Key: link_reviews.
 *
 * @param link the name of a row of `repository_blobs`
 */
const isLinkGarbage = (link: SQL, { cutoff, keeping }: Looking): SQL => sql`(
  ${link}.linked_at <= ${cutoff}
  AND NOT EXISTS (
    SELECT 1 FROM link_reviews AS later
    WHERE later.repository_id = ${link}.repository_id AND later.digest = ${link}.digest AND later.since > ${cutoff})
  AND NOT EXISTS (
    SELECT 1 FROM manifest_blobs AS naming
    WHERE naming.repository_id = ${link}.repository_id AND naming.blob_digest = ${link}.digest
      AND NOT ${isManifestGarbage(sql`naming.repository_id`, sql`naming.manifest_digest`, keeping, cutoff)}))`

/**
 * Matches blobs that are garbage with all links and manifests that have them.
 * Index: manifests_by_body, repository_blobs_by_digest. Key: blob_reviews.
 */
const isBlobGarbage = (digest: SQL, looking: Looking): SQL => sql`(
  NOT EXISTS (SELECT 1 FROM blob_reviews AS later WHERE later.digest = ${digest} AND later.since > ${looking.cutoff})
  AND NOT EXISTS (SELECT 1 FROM repository_blobs AS holding
    WHERE holding.digest = ${digest} AND NOT ${isLinkGarbage(sql`holding`, looking)})
  AND NOT EXISTS (
    SELECT 1 FROM manifests AS bodied
    WHERE bodied.body_digest = ${digest}
      AND NOT ${isManifestGarbage(sql`bodied.repository_id`, sql`bodied.digest`, looking.keeping, looking.cutoff)}))`
