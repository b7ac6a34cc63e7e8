/**
 * A client that may push asks for content before it pushes what refers to it: told that it is here, it sends no bytes. The
 * answer therefore renews the grace in which the garbage collector leaves the content alone, in the transaction of the
 * question. Each function is one round trip to D1.
 */
import type { Digest, RepositoryName } from '../names.ts'
import { prepareOnce, textOf, type Database } from './database.ts'
import { graceMilliseconds, needsMajority as needsMajorityOf } from './settings.ts'

export interface ConfirmedBlob {
  readonly sizeBytes: number
  readonly needsMajority: boolean
}

export interface ConfirmedManifest extends ConfirmedBlob {
  readonly mediaType: string
}

/** What was renewed a moment ago is not written again: a tenth of the grace, and ten minutes at most. */
const staleAfter = `min(600000, CAST(${textOf(graceMilliseconds)} / 10 AS INTEGER))`

const needsMajority = textOf(needsMajorityOf)

const blobStatements = prepareOnce(({ binding }) => ({
  confirm: binding.prepare(`
    UPDATE repository_blobs SET linked_at = ?3
    WHERE repository_id = (SELECT id FROM repositories WHERE name = ?1) AND digest = ?2
      AND linked_at < ?3 - ${staleAfter}`),
  find: binding.prepare(`
    SELECT blobs.size_bytes AS sizeBytes, ${needsMajority} AS needsMajority
    FROM repositories
    CROSS JOIN repository_blobs
      ON repository_blobs.repository_id = repositories.id AND repository_blobs.digest = ?2
    CROSS JOIN blobs ON blobs.digest = repository_blobs.digest
    WHERE repositories.name = ?1`),
}))

const manifestStatements = prepareOnce(({ binding }) => ({
  confirm: binding.prepare(`
    UPDATE manifests SET confirmed_at = ?3
    WHERE repository_id = (SELECT id FROM repositories WHERE name = ?1) AND digest = ?2
      AND max(pushed_at, confirmed_at) < ?3 - ${staleAfter}`),
  find: binding.prepare(`
    SELECT manifests.digest, media_type AS mediaType, size_bytes AS sizeBytes, ${needsMajority} AS needsMajority
    FROM repositories
    LEFT JOIN manifests ON manifests.repository_id = repositories.id AND manifests.digest = ?2
    WHERE repositories.name = ?1`),
}))

export async function confirmBlob(
  db: Database,
  repository: RepositoryName,
  digest: Digest,
  now: number,
): Promise<ConfirmedBlob | undefined> {
  const { confirm, find } = blobStatements(db)
  const [, found] = await db.binding.batch<{ sizeBytes: number; needsMajority: number }>([
    confirm.bind(repository, digest, now),
    find.bind(repository, digest),
  ])
  const row = found?.results[0]
  return row === undefined ? undefined : { sizeBytes: row.sizeBytes, needsMajority: row.needsMajority === 1 }
}

interface ManifestRow {
  mediaType: string | null
  sizeBytes: number | null
  needsMajority: number
}

export async function confirmManifest(
  db: Database,
  repository: RepositoryName,
  digest: Digest,
  now: number,
): Promise<ConfirmedManifest | 'no-repository' | 'no-manifest'> {
  const { confirm, find } = manifestStatements(db)
  const [, found] = await db.binding.batch<ManifestRow>([
    confirm.bind(repository, digest, now),
    find.bind(repository, digest),
  ])
  const row = found?.results[0]
  if (row === undefined) return 'no-repository'
  if (row.mediaType === null || row.sizeBytes === null) return 'no-manifest'
  return { mediaType: row.mediaType, sizeBytes: row.sizeBytes, needsMajority: row.needsMajority === 1 }
}
