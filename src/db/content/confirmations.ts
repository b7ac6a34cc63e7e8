/**
 * Confirms existing content to clients that push. Such a client asks for content first, and sends none that exists. The
 * transaction that answers also renews the grace period of the content, so that garbage collection keeps it. Content of
 * which R2 has lost bytes is reported as missing, and the client sends it again. Each function is one round trip to D1.
 */
import { sql } from 'drizzle-orm'
import type { Digest, RepositoryName } from '../../names.ts'
import { prepareOnce, runPrepared, textOf, type Database } from '../database.ts'
import { groundValues, isHeld, type HeldRepository } from '../access/rights.ts'
import { graceMilliseconds, needsMajority as needsMajorityOf } from '../settings/settings.ts'

export interface ConfirmedBlob {
  readonly sizeBytes: number
  readonly needsMajority: boolean
}

export interface ConfirmedManifest extends ConfirmedBlob {
  readonly mediaType: string
}

/** Skips a renewal soon after the last one: within a tenth of the grace period, and ten minutes at most. */
const staleAfter = `min(600000, CAST(${textOf(graceMilliseconds)} / 10 AS INTEGER))`

const needsMajority = textOf(needsMajorityOf)

/** Finds the repository of the permission: parameters 1 to 3. */
const isAsked = `repositories.name = ?1 AND ${textOf(isHeld(sql`?2`, sql`?3`))}`

function askedValues(held: HeldRepository): [RepositoryName, number | null, string | null] {
  const { repositoryId, namespaceId } = groundValues(held)
  return [held.repository, repositoryId, namespaceId]
}

/** Index: repositories_name_unique. Key: repository_blobs, blobs. */
const blobStatements = prepareOnce(({ binding }) => ({
  confirm: binding.prepare(`
    UPDATE repository_blobs SET linked_at = ?5
    WHERE repository_id = (SELECT id FROM repositories WHERE ${isAsked}) AND digest = ?4
      AND linked_at < ?5 - ${staleAfter}`),
  find: binding.prepare(`
    SELECT blobs.size_bytes AS sizeBytes, ${needsMajority} AS needsMajority
    FROM repositories
    CROSS JOIN repository_blobs
      ON repository_blobs.repository_id = repositories.id AND repository_blobs.digest = ?4
    CROSS JOIN blobs ON blobs.digest = repository_blobs.digest AND blobs.lost_at IS NULL
    WHERE ${isAsked}`),
}))

/** Index: repositories_name_unique. Key: manifests, blobs. */
const manifestStatements = prepareOnce(({ binding }) => ({
  confirm: binding.prepare(`
    UPDATE manifests SET confirmed_at = ?5
    WHERE repository_id = (SELECT id FROM repositories WHERE ${isAsked}) AND digest = ?4
      AND max(pushed_at, confirmed_at) < ?5 - ${staleAfter}`),
  find: binding.prepare(`
    SELECT manifests.digest, media_type AS mediaType, size_bytes AS sizeBytes, ${needsMajority} AS needsMajority
    FROM repositories
    LEFT JOIN manifests ON manifests.repository_id = repositories.id AND manifests.digest = ?4
      AND NOT EXISTS (SELECT 1 FROM blobs WHERE blobs.digest = manifests.body_digest AND lost_at IS NOT NULL)
    WHERE ${isAsked}`),
}))

interface BlobRow {
  sizeBytes: number
  needsMajority: number
}

export async function confirmBlob(
  db: Database,
  held: HeldRepository,
  digest: Digest,
  now: number,
): Promise<ConfirmedBlob | undefined> {
  const asked = askedValues(held)
  const { confirm, find } = blobStatements(db)
  const { found } = await runPrepared<{ confirmed: unknown; found: BlobRow }>(db, {
    confirmed: confirm.bind(...asked, digest, now),
    found: find.bind(...asked, digest),
  })
  const row = found.first
  return row === undefined ? undefined : { sizeBytes: row.sizeBytes, needsMajority: row.needsMajority === 1 }
}

interface ManifestRow {
  mediaType: string | null
  sizeBytes: number | null
  needsMajority: number
}

export async function confirmManifest(
  db: Database,
  held: HeldRepository,
  digest: Digest,
  now: number,
): Promise<ConfirmedManifest | 'no-repository' | 'no-manifest'> {
  const asked = askedValues(held)
  const { confirm, find } = manifestStatements(db)
  const { found } = await runPrepared<{ confirmed: unknown; found: ManifestRow }>(db, {
    confirmed: confirm.bind(...asked, digest, now),
    found: find.bind(...asked, digest),
  })
  const row = found.first
  if (row === undefined) return 'no-repository'
  if (row.mediaType === null || row.sizeBytes === null) return 'no-manifest'
  return { mediaType: row.mediaType, sizeBytes: row.sizeBytes, needsMajority: row.needsMajority === 1 }
}
